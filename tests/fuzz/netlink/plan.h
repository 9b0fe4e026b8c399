/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_PLAN_H
#define FUZZ_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "tally.h"

/**
 * struct plan - what all who take part know
 * @seed: decides all that is chance
 * @round: which round it is
 * @operations: messages of each who sends, in a round
 * @is_control: much is wrong on purpose, and has to be found: strangers are root, the judge
 *	does not see the last range of a map nor the first flow, one answer of several is
 *	counted before it is there, and services are not removed
 * @tally: shared
 */
struct plan {
	uint64_t seed;
	uint64_t round;
	unsigned int operations;
	bool is_control;
	struct tally *tally;
};

#endif /* FUZZ_PLAN_H */
