// SPDX-License-Identifier: GPL-2.0-or-later
/* A text that grows, up to a limit. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define FIRST_SIZE 4096

/* Of 2^64 - 1. */
#define DIGITS_MAX 20

static bool make_room(struct nfhad_text *text, size_t length)
{
	size_t size = text->size ? text->size : FIRST_SIZE;
	char *bytes;

	if (text->error)
		return false;
	if (length > text->max - text->length) {
		text->error = -EFBIG;
		return false;
	}
	if (length <= text->size - text->length)
		return true;
	while (size - text->length < length)
		size *= 2;
	bytes = realloc(text->bytes, size);
	if (!bytes) {
		text->error = -ENOMEM;
		return false;
	}
	text->bytes = bytes;
	text->size = size;
	return true;
}

void nfhad_text_add(struct nfhad_text *text, const char *bytes, size_t length)
{
	if (!length || !make_room(text, length))
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

void nfhad_text_add_string(struct nfhad_text *text, const char *string)
{
	nfhad_text_add(text, string, strlen(string));
}

/* With zeros before it, if it has less digits than are wanted. */
static void add_digits(struct nfhad_text *text, uint64_t number,
		       unsigned int digits)
{
	char buffer[DIGITS_MAX];
	char *end = buffer + sizeof(buffer), *at = end;

	do {
		*--at = '0' + number % 10;
		number /= 10;
	} while (number || (size_t)(end - at) < digits);
	nfhad_text_add(text, at, end - at);
}

void nfhad_text_add_fraction(struct nfhad_text *text, uint64_t number,
			     uint64_t parts)
{
	unsigned int digits = 0;
	uint64_t n;

	for (n = parts; n > 1; n /= 10)
		digits++;
	add_digits(text, number / parts, 1);
	if (!digits)
		return;
	nfhad_text_add(text, ".", 1);
	add_digits(text, number % parts, digits);
}

void nfhad_text_free(struct nfhad_text *text)
{
	free(text->bytes);
	*text = (struct nfhad_text){ .max = text->max };
}
