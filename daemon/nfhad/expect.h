/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_EXPECT_H
#define NFHAD_EXPECT_H

#include <stddef.h>
#include "field.h"

/* What a field takes, to be read after "expected". */
void nfhad_expect_text(const struct nfhad_field *field, char *text, size_t size);

/* And one of a list of strings. */
const char *nfhad_expect_element(const struct nfhad_field *field);

/* What may have been meant by a key that there is not, to be read after "unknown key". */
void nfhad_expect_key(const struct nfhad_fields *fields, const char *key,
		      char *text, size_t size);

#endif /* NFHAD_EXPECT_H */
