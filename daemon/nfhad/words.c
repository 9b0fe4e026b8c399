// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of a template, and what they stand for. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

const struct nfhad_word nfhad_words_all[] = {
	{ "service", "" },
	{ "instance", "" },
	{ "netns", "" },
	{ "left.address", "" },
	{ "right.address", "" },
	{ "ports.first", "" },
	{ "ports.last", "" },
	{ NULL, NULL },
};

static void list(const struct nfhad_word *words, char *text, size_t size)
{
	size_t n = 0;

	*text = '\0';
	for (; words->name && n < size; words++)
		n += snprintf(text + n, size - n, "%s%s", n ? ", " : "",
			      words->name);
}

/* The word at the beginning of @at, which is @length bytes long. */
static int value_of(const char *at, size_t length, const struct nfhad_word *words,
		    const char **value, char *wrong)
{
	const struct nfhad_word *word;
	char names[112];

	for (word = words; word->name; word++)
		if (strlen(word->name) == length &&
		    !strncmp(word->name, at, length))
			break;
	*value = word->value;
	if (word->value)
		return 0;
	list(words, names, sizeof(names));
	if (!word->name)
		snprintf(wrong, NFHAD_WORDS_WRONG_MAX,
			 "one of the words %s, got \"%.*s\"", names,
			 (int)(length < 32 ? length : 32), at);
	else
		snprintf(wrong, NFHAD_WORDS_WRONG_MAX,
			 "a value for ${%s} of its template, got nothing",
			 word->name);
	return word->name ? -ENODATA : -ENOENT;
}

/* What comes next in the text, up to the next word: put into the file. */
static int put_next(const char **text, const struct nfhad_word *words, FILE *file,
		    char *wrong)
{
	const char *end, *value;
	int ret;

	if (!strncmp(*text, "$${", 3)) {
		fputs("${", file);
		*text += 3;
		return 0;
	}
	if (strncmp(*text, "${", 2) != 0) {
		fputc(*(*text)++, file);
		return 0;
	}
	*text += 2;
	end = strchr(*text, '}');
	if (!end) {
		snprintf(wrong, NFHAD_WORDS_WRONG_MAX,
			 "a } after ${, got \"%.32s\"", *text);
		return -EINVAL;
	}
	ret = value_of(*text, end - *text, words, &value, wrong);
	if (!ret)
		fputs(value, file);
	*text = end + 1;
	return ret;
}

int nfhad_words_replace(const char *text, const struct nfhad_word *words,
			char **value, char *wrong)
{
	size_t size;
	FILE *file;
	int ret = 0;

	*value = NULL;
	snprintf(wrong, NFHAD_WORDS_WRONG_MAX, "memory for it, got none");
	file = open_memstream(value, &size);
	if (!file)
		return -ENOMEM;
	while (!ret && *text)
		ret = put_next(&text, words, file, wrong);
	if (fclose(file) && !ret)
		ret = -ENOMEM;
	if (ret) {
		free(*value);
		*value = NULL;
	}
	return ret;
}

bool nfhad_words_is_device(const char *name)
{
	/* The one that each namespace has, and what settings for all devices are under. */
	static const char *const taken[] = { "lo", "all", "default" };
	size_t n;

	for (n = 0; n < sizeof(taken) / sizeof(*taken); n++)
		if (!strcmp(name, taken[n]))
			return false;
	return nfhad_value_is_device(name);
}
