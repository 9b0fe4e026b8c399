// SPDX-License-Identifier: GPL-2.0-or-later
/* What a message says should have been there. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "expect.h"

#define KEY_MAX_BYTES 40

static size_t add(char *text, size_t size, size_t length, const char *more)
{
	int n = snprintf(text + length, size - length, "%s", more);

	return length + n < size ? length + n : size - 1;
}

static void expect_words(const struct nfhad_field *field, char *text,
			 size_t size)
{
	size_t i, length = add(text, size, 0, "one of ");

	for (i = 0; field->words[i]; i++) {
		length = add(text, size, length, i ? ", " : "");
		length = add(text, size, length, field->words[i]);
	}
}

/* The largest unit that it is a whole number of. */
static void print_unit(char *text, size_t size, uint64_t value,
		       const char *const *names, const uint64_t *factors)
{
	size_t i = 0;

	while (factors[i] > 1 && (value % factors[i] || !value))
		i++;
	snprintf(text, size, "%" PRIu64 "%s", value / factors[i], names[i]);
}

static void print_number(const struct nfhad_field *field, char *text,
			 size_t size, uint64_t value)
{
	static const char *const times[] = { "h", "m", "s", "ms", "us" };
	static const uint64_t time_us[] = { 3600000000, 60000000, 1000000, 1000, 1 };
	static const char *const sizes[] = { "G", "M", "K", "" };
	static const uint64_t bytes[] = { 1 << 30, 1 << 20, 1 << 10, 1 };

	if (field->kind == NFHAD_FIELD_MS || field->kind == NFHAD_FIELD_US)
		print_unit(text, size, value, times, time_us);
	else if (field->kind == NFHAD_FIELD_SIZE)
		print_unit(text, size, value, sizes, bytes);
	else
		snprintf(text, size, "%" PRIu64, value);
}

static void expect_number(const struct nfhad_field *field, char *text,
			  size_t size)
{
	const char *what = "a number";
	char min[24], max[24];

	if (field->kind == NFHAD_FIELD_MS)
		what = "a time in whole milliseconds";
	else if (field->kind == NFHAD_FIELD_US)
		what = "a time";
	else if (field->kind == NFHAD_FIELD_SIZE)
		what = "a size";
	print_number(field, min, sizeof(min), field->min);
	print_number(field, max, sizeof(max), field->max);
	snprintf(text, size, "%s from %s to %s%s", what, min, max,
		 field->zero ? ", or 0" : "");
}

void nfhad_expect_text(const struct nfhad_field *field, char *text, size_t size)
{
	static const char *const is[] = {
		[NFHAD_FIELD_NAME] =
			"1 to 31 letters, digits, '.', '_' or '-', a letter or digit first",
		[NFHAD_FIELD_NETNS] = "the name of a network namespace",
		[NFHAD_FIELD_PATH] = "an absolute path",
		[NFHAD_FIELD_ADDRESS] = "a numeric IPv4 or IPv6 address",
		[NFHAD_FIELD_COMMAND] =
			"a list of 1 to 256 strings, an absolute path first",
		[NFHAD_FIELD_BOOL] = "true or false",
		[NFHAD_FIELD_MAP] = "a map",
	};

	if (field->kind == NFHAD_FIELD_WORD)
		expect_words(field, text, size);
	else if (field->kind == NFHAD_FIELD_LIST)
		snprintf(text, size, "a list of %" PRIu64 " to %" PRIu64 " maps",
			 field->min, field->max);
	else if (field->kind == NFHAD_FIELD_PATHS)
		snprintf(text, size, "a list of 1 to %" PRIu64 " absolute paths",
			 field->max);
	else if (field->kind <= NFHAD_FIELD_MAP && is[field->kind])
		snprintf(text, size, "%s", is[field->kind]);
	else
		expect_number(field, text, size);
}

/* How many letters have to be put in, taken out or replaced. */
static size_t distance(const char *a, const char *b)
{
	size_t row[KEY_MAX_BYTES + 1], la = strlen(a), lb = strlen(b);
	size_t i, j, before, above;

	if (lb > KEY_MAX_BYTES)
		return SIZE_MAX;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		before = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			size_t best = before + (a[i - 1] != b[j - 1]);

			above = row[j];
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			before = above;
			row[j] = best;
		}
	}
	return row[lb];
}

const char *nfhad_expect_key(const struct nfhad_fields *fields, const char *key)
{
	size_t least = SIZE_MAX;
	const struct nfhad_field *field;
	const char *name = fields->field->key;

	for (field = fields->field; field->key; field++) {
		size_t d = distance(field->key, key);

		if (d >= least)
			continue;
		least = d;
		name = field->key;
	}
	return name;
}
