// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of words, of which one is meant: whole, or by a beginning of its own. */

#include <ctype.h>
#include <string.h>

#include "../nearest.h"
#include "nfhactl.h"

void words_add(struct words *words, const char *word)
{
	unsigned int i;

	for (i = 0; i < words->n; i++)
		if (!strcmp(words->word[i], word))
			return;
	if (words->n < WORDS_MAX)
		words->word[words->n++] = word;
}

static bool begins(const char *name, const char *word)
{
	return *word && !strncmp(name, word, strlen(word));
}

int words_find(const struct words *words, const char *word)
{
	int found = -1;
	unsigned int i;

	for (i = 0; i < words->n; i++)
		if (!strcmp(words->word[i], word))
			return i;
	for (i = 0; i < words->n; i++) {
		if (!begins(words->word[i], word))
			continue;
		if (found >= 0)
			return -1;
		found = i;
	}
	return found;
}

/* What was typed goes into one line, whatever it is; what is cut ends with dots. */
const char *quoted(const char *word, char *buffer, size_t size)
{
	size_t i;

	for (i = 0; word[i] && i + 1 < size; i++)
		buffer[i] = iscntrl((unsigned char)word[i]) ? '?' : word[i];
	buffer[i] = 0;
	if (word[i] && size >= sizeof("..."))
		memcpy(buffer + size - sizeof("..."), "...", sizeof("..."));
	return buffer;
}

/* Says that a word is none of these, or which of them it may be. @where is what comes
 * before it: the command, and the argument if the word is a value.
 */
void words_refuse(const struct words *words, const char *where,
		  const char *word, const char *what)
{
	const char *meant = nearest_word(word, words->word, words->n);
	unsigned int i, candidates = 0;
	char text[QUOTED_MAX];

	for (i = 0; i < words->n; i++)
		candidates += begins(words->word[i], word);
	fprintf(stderr, "nfhactl: %s%s\"%s\" is %s%s, expected", where,
		*where ? ": " : "", quoted(word, text, sizeof(text)),
		candidates > 1 ? "ambiguous" : "not ",
		candidates > 1 ? "" : what);
	for (i = 0; i < words->n; i++)
		if (candidates < 2 || begins(words->word[i], word))
			fprintf(stderr, " %s", words->word[i]);
	if (meant && candidates < 2)
		fprintf(stderr, "; did you mean \"%s\"?", meant);
	fputs(words->n ? "\n" : " nothing more\n", stderr);
}
