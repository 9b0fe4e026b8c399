/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_WORDS_H
#define NFHAD_WORDS_H

#include <stdbool.h>

#include "value.h"

#define NFHAD_WORDS_WRONG_MAX 192

/**
 * struct nfhad_word - what stands for something else in a template
 * @name: without the signs around it; NULL: that was the last
 * @value: what it stands for; NULL: it is known, and stands for nothing here
 */
struct nfhad_word {
	const char *name;
	const char *value;
};

/* All that there are, each with a value, to look whether a text is right at all. */
extern const struct nfhad_word nfhad_words_all[];

/**
 * nfhad_words_replace - put values in the place of words
 * @text: ${NAME} is the word NAME; $${ is ${ itself, and $ before anything else stays
 * @words: what there is
 * @value: set, to be freed
 * @wrong: of NFHAD_WORDS_WRONG_MAX bytes, set on failure but without memory: what was
 *	expected, and what came instead
 *
 * A value is not looked at for words again.
 *
 * Return: 0, -ENOENT for a word that is none, -ENODATA for one without a value,
 * -EINVAL without an end of a word, -ENOMEM.
 */
int nfhad_words_replace(const char *text, const struct nfhad_word *words,
			char **value, char *wrong);

#define NFHAD_WORDS_DEVICE NFHAD_VALUE_DEVICE ", and not lo, all or default"

/* Can a device that is made be called so? */
bool nfhad_words_is_device(const char *name);

#endif /* NFHAD_WORDS_H */
