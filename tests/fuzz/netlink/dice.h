/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_DICE_H
#define FUZZ_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct dice - a stream of chance that a seed decides
 * @state: where it is
 */
struct dice {
	uint64_t state;
};

/** Begin a stream. Streams of one seed have nothing to do with each other. */
void dice_seed(struct dice *dice, uint64_t seed, uint64_t stream);
/** 64 bits. */
uint64_t dice_u64(struct dice *dice);
/** A number from 0 to @p n - 1; 0 if @p n is 0. */
uint64_t dice_below(struct dice *dice, uint64_t n);
/** True in so many of a hundred. */
bool dice_percent(struct dice *dice, unsigned int percent);
/** A number from @p min to @p max, small ones and the ends more often. */
uint64_t dice_between(struct dice *dice, uint64_t min, uint64_t max);
/** Bytes. */
void dice_fill(struct dice *dice, void *to, size_t length);

#endif /* FUZZ_DICE_H */
