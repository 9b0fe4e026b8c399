// SPDX-License-Identifier: GPL-2.0-or-later
/* What a message says should have been there. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../nearest.h"
#include "config_made.h"
#include "expect.h"
#include "value.h"

#define KEYS_MAX 32

static size_t add(char *text, size_t size, size_t length, const char *more)
{
	int n = snprintf(text + length, size - length, "%s", more);

	return length + n < size ? length + n : size - 1;
}

static void add_words(char *text, size_t size, size_t length,
		      const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		length = add(text, size, length, i ? ", " : "");
		length = add(text, size, length, words[i]);
	}
}

static void expect_words(const struct nfhad_field *field, char *text,
			 size_t size)
{
	size_t n = 0, length = add(text, size, 0, "one of ");

	while (field->words[n])
		n++;
	add_words(text, size, length, field->words, n);
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
	static const char *const rates[] = { "G", "M", "k", "" };
	static const uint64_t thousands[] = { 1000000000, 1000000, 1000, 1 };

	if (field->kind == NFHAD_FIELD_MS || field->kind == NFHAD_FIELD_US)
		print_unit(text, size, value, times, time_us);
	else if (field->kind == NFHAD_FIELD_SIZE)
		print_unit(text, size, value, sizes, bytes);
	else if (field->kind == NFHAD_FIELD_RATE)
		print_unit(text, size, value, rates, thousands);
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
	else if (field->kind == NFHAD_FIELD_RATE)
		what = "a rate";
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
		[NFHAD_FIELD_NETNS] =
			("the name of a network namespace that does not begin with "
			 NFHAD_ATTACHED),
		[NFHAD_FIELD_PATH] = "an absolute path",
		[NFHAD_FIELD_GROUP] =
			"the absolute path of a control group below the root, without \"..\"",
		[NFHAD_FIELD_ADDRESS] = "a numeric IPv4 or IPv6 address",
		[NFHAD_FIELD_PREFIX] =
			"a numeric address with the length of its network, as 192.0.2.1/24",
		[NFHAD_FIELD_MAC] =
			"the Ethernet address of one station, as 02:00:00:00:00:01",
		[NFHAD_FIELD_TEXT] = "a text of 1 to 255 characters in one line",
		[NFHAD_FIELD_UNICAST] =
			"a numeric unicast address and its prefix, such as 192.0.2.1/24",
		[NFHAD_FIELD_DEVICE] = ("a name of " NFHAD_VALUE_DEVICE),
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
	else if (field->kind == NFHAD_FIELD_PREFIXES)
		snprintf(text, size,
			 "a list of 1 to %" PRIu64 " addresses with the length of their network",
			 field->max);
	else if (field->kind == NFHAD_FIELD_PAIRS)
		snprintf(text, size, "a list of 1 to %" PRIu64 " NAME=VALUE, or a map of them",
			 field->max);
	else if (field->kind == NFHAD_FIELD_SPAN)
		snprintf(text, size, "FIRST-LAST, from %" PRIu64 " to %" PRIu64,
			 field->min, field->max);
	else if (field->kind <= NFHAD_FIELD_MAP && is[field->kind])
		snprintf(text, size, "%s", is[field->kind]);
	else
		expect_number(field, text, size);
}

const char *nfhad_expect_element(const struct nfhad_field *field)
{
	if (field->kind == NFHAD_FIELD_PREFIXES)
		return "a numeric address with the length of its network, as 192.0.2.1/24";
	if (field->kind == NFHAD_FIELD_PAIRS)
		return "NAME=VALUE";
	return "an absolute path";
}

/* The names of keys, one after the other. */
static size_t keys_of(const struct nfhad_fields *fields, const char **keys)
{
	size_t n = 0;

	while (n < KEYS_MAX && fields->field[n].key) {
		keys[n] = fields->field[n].key;
		n++;
	}
	return n;
}

void nfhad_expect_key(const struct nfhad_fields *fields, const char *key,
		      char *text, size_t size)
{
	const char *keys[KEYS_MAX], *meant;
	size_t n = keys_of(fields, keys);

	meant = nearest_word(key, keys, n);
	if (meant) {
		snprintf(text, size, "did you mean \"%s\"?", meant);
		return;
	}
	add_words(text, size, add(text, size, 0, "expected one of "), keys, n);
}
