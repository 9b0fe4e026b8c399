/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_EXPECT_H
#define NFHAD_EXPECT_H

#include <stddef.h>
#include "field.h"

/* What a field takes, to be read after "expected". */
void nfhad_expect_text(const struct nfhad_field *field, char *text, size_t size);

/* The key that looks most like one that there is not. */
const char *nfhad_expect_key(const struct nfhad_fields *fields, const char *key);

#endif /* NFHAD_EXPECT_H */
