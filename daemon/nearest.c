// SPDX-License-Identifier: GPL-2.0-or-later
/* What is probably a slip of the fingers. For the daemon and the tool. */

#include <stdint.h>
#include <string.h>

#include "nearest.h"

#define NEAR 2
#define WORD_MAX_BYTES 40

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters have to be put in, taken out or replaced. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX_BYTES + 1], la = strlen(a), lb = strlen(b);
	size_t i, j, before, above;

	if (lb > WORD_MAX_BYTES)
		return SIZE_MAX;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		before = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			above = row[j];
			row[j] = least(before + (a[i - 1] != b[j - 1]),
				       least(above, row[j - 1]) + 1);
			before = above;
		}
	}
	return row[lb];
}

const char *nearest_word(const char *word, const char *const *known, size_t n)
{
	size_t i, d, best = NEAR + 1;
	const char *name = NULL;

	for (i = 0; i < n; i++) {
		d = distance(known[i], word);
		if (d >= best || 2 * d >= strlen(word))
			continue;
		best = d;
		name = known[i];
	}
	return name;
}
