/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What libFuzzer calls. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise; libFuzzer keeps the input that breaks it. */
#define must(what)							\
	do {								\
		if (!(what)) {						\
			fprintf(stderr, "%s:%d: not so: %s\n",		\
				__FILE__, __LINE__, #what);		\
			abort();					\
		}							\
	} while (0)

/**
 * struct input - what is left of an input
 * @data: of it
 * @size: of it
 *
 * What a target decides by chance it takes from the end, so that a captured packet, or a
 * file, is an input with a few bytes behind it.
 */
struct input {
	const uint8_t *data;
	size_t size;
};

/* Zero if there is nothing left. */
static inline uint8_t take_u8(struct input *in)
{
	return in->size ? in->data[--in->size] : 0;
}

static inline uint16_t take_u16(struct input *in)
{
	uint16_t high = take_u8(in);

	return high << 8 | take_u8(in);
}

#endif /* FUZZ_H */
