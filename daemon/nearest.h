/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

/**
 * nearest_word - what may have been meant by a word that there is not
 * @word: it
 * @known: the words that there are
 * @n: how many
 *
 * Return: the one that looks most like it, or NULL if none is near: two letters may
 * differ, and less than half of the word.
 */
const char *nearest_word(const char *word, const char *const *known, size_t n);

#endif /* NEAREST_H */
