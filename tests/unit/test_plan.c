// SPDX-License-Identifier: GPL-2.0-or-later
/* What is made one after the other, and undone if one of it cannot be made. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"
#include "unit.h"

/**
 * struct bench - where it is made
 * @calls: letters of those that were called, small ones of what was to be removed
 * @bad: the one that cannot be made, or 0
 * @stuck: the one that cannot be removed, or 0
 */
struct bench {
	char calls[32];
	char bad;
	char stuck;
};

static int called(struct bench *b, char letter)
{
	size_t n = strlen(b->calls);

	b->calls[n] = letter;
	return letter == b->bad || letter == b->stuck ? -EIO : 0;
}

#define STEP(_big, _small)						\
	static int make_##_big(void *data)				\
	{								\
		return called(data, #_big[0]);				\
	}								\
	static int remove_##_big(void *data)				\
	{								\
		return called(data, #_small[0]);			\
	}

STEP(A, a)
STEP(B, b)
STEP(C, c)
STEP(D, d)

static const struct nfhad_plan_step steps[] = {
	{ "A", make_A, remove_A },
	{ "B", make_B, remove_B },
	{ "C", make_C, remove_C },
	{ "D", make_D, remove_D },
};

#define STEPS ARRAY_SIZE(steps)

START_TEST(all_is_made_in_order)
{
	const struct nfhad_plan_step *failed = NULL;
	struct bench b = {};

	ck_assert_int_eq(nfhad_plan_make(steps, STEPS, &b, &failed), 0);
	ck_assert_str_eq(b.calls, "ABCD");
	ck_assert_ptr_null(failed);
}

START_TEST(a_failure_leaves_nothing)
{
	static const char *const calls[] = {
		"Adcba", "ABdcba", "ABCdcba", "ABCDdcba",
	};
	const struct nfhad_plan_step *failed;
	size_t n;

	for (n = 0; n < STEPS; n++) {
		struct bench b = { .bad = 'A' + n };

		ck_assert_int_eq(nfhad_plan_make(steps, STEPS, &b, &failed), -EIO);
		ck_assert_ptr_eq(failed, &steps[n]);
		ck_assert_str_eq(b.calls, calls[n]);
	}
}

/* What is below one that stays has to stay. */
START_TEST(what_cannot_be_removed_stays)
{
	const struct nfhad_plan_step *failed;
	struct bench b = { .stuck = 'c' };

	ck_assert_int_eq(nfhad_plan_remove(steps, STEPS, &b, &failed), -EIO);
	ck_assert_str_eq(b.calls, "dc");
	ck_assert_ptr_eq(failed, &steps[2]);
	b = (struct bench){ .bad = 'B', .stuck = 'd' };
	ck_assert_int_eq(nfhad_plan_make(steps, STEPS, &b, &failed), -EIO);
	ck_assert_str_eq(b.calls, "ABd");
	ck_assert_ptr_eq(failed, &steps[1]);
}

START_TEST(all_is_removed_in_the_opposite_order)
{
	const struct nfhad_plan_step *failed;
	struct bench b = {};

	ck_assert_int_eq(nfhad_plan_remove(steps, STEPS, &b, &failed), 0);
	ck_assert_str_eq(b.calls, "dcba");
}

UNIT_MAIN("plan", all_is_made_in_order, a_failure_leaves_nothing,
	  what_cannot_be_removed_stays, all_is_removed_in_the_opposite_order)
