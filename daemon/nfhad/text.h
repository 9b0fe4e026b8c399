/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_TEXT_H
#define NFHAD_TEXT_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct nfhad_text - a text that grows, up to a limit
 * @max: bytes; set by whoever begins it, all else is zero then
 * @bytes: the text, not ended by a NUL; NULL while there is none
 * @length: of it
 * @size: of the memory
 * @error: 0, -EFBIG past the limit, or -ENOMEM; nothing is added any more
 */
struct nfhad_text {
	size_t max;
	char *bytes;
	size_t length;
	size_t size;
	int error;
};

void nfhad_text_add(struct nfhad_text *text, const char *bytes, size_t length);
void nfhad_text_add_string(struct nfhad_text *text, const char *string);

/**
 * nfhad_text_add_fraction - a number that is not whole, exactly
 * @text: where to
 * @number: in parts
 * @parts: that make one: 1, 10, 100...
 */
void nfhad_text_add_fraction(struct nfhad_text *text, uint64_t number,
			     uint64_t parts);

/* Can be begun anew then. */
void nfhad_text_free(struct nfhad_text *text);

#endif /* NFHAD_TEXT_H */
