// SPDX-License-Identifier: GPL-2.0-or-later
/* Policies without weights, and all policies, as RFC 5356 defines them. */

#include <errno.h>

#include "pool.h"

START_TEST(words)
{
	ck_assert_str_eq(nfhad_policy_words[NFHAD_POLICY_RR], "rr");
	ck_assert_str_eq(nfhad_policy_words[NFHAD_POLICY_WRR], "wrr");
	ck_assert_str_eq(nfhad_policy_words[NFHAD_POLICY_RAND], "rand");
	ck_assert_str_eq(nfhad_policy_words[NFHAD_POLICY_WRAND], "wrand");
	ck_assert_str_eq(nfhad_policy_words[NFHAD_POLICY_PRIO], "prio");
	ck_assert_str_eq(nfhad_policy_words[NFHAD_POLICY_LU], "lu");
	ck_assert_str_eq(nfhad_policy_words[NFHAD_POLICY_LUD], "lud");
	ck_assert_ptr_null(nfhad_policy_words[NFHAD_POLICY_LUD + 1]);
}

START_TEST(none)
{
	enum nfhad_policy policy;

	for (policy = NFHAD_POLICY_RR; policy <= NFHAD_POLICY_LUD; policy++) {
		pool_of(policy, 0);
		ck_assert_int_eq(next_among(ALL), -ENOENT);
		pool_of(policy, 3);
		ck_assert_int_eq(next_among(""), -ENOENT);
		/* And that has changed nothing. */
		ck_assert_uint_eq(pool.turn, 0);
		ck_assert_int_ge(next_among(ALL), 0);
		ck_assert_int_eq(next_among("b"), 1);
		pool.count = NFHAD_POLICY_POOL_MAX + 1;
		ck_assert_int_eq(next_among(ALL), -E2BIG);
	}
}

/* 3.2: such a candidate is not capable of anything, if there are weights at all. */
START_TEST(weight_zero)
{
	enum nfhad_policy policy;
	bool weighted;
	int i;

	for (policy = NFHAD_POLICY_RR; policy <= NFHAD_POLICY_LUD; policy++) {
		weighted = policy == NFHAD_POLICY_WRR ||
			   policy == NFHAD_POLICY_WRAND;
		pool_of(policy, 2);
		candidate[0].weight = 0;
		ck_assert_int_eq(nfhad_policy_takes(&pool, 0), !weighted);
		ck_assert_int_eq(nfhad_policy_takes(&pool, 1), true);
		for (i = 0; weighted && i < 100; i++)
			ck_assert_int_eq(next_among(ALL), 1);
		candidate[1].weight = 0;
		if (weighted)
			ck_assert_int_eq(next_among(ALL), -ENOENT);
		else
			ck_assert_int_ge(next_among(ALL), 0);
	}
}

/* 4.1.2: the list is a circle. */
START_TEST(rr)
{
	pool_of(NFHAD_POLICY_RR, 3);
	comes(ALL, "abcabcabc");
	/* Weights and loads are nothing to it. */
	candidate[0].weight = 7;
	candidate[1].load = 9;
	candidate[2].priority = 5;
	comes(ALL, "abcabc");
	/* Who is passed over comes as soon as possible. */
	comes("bc", "bcb");
	comes(ALL, "acbacb");
	/* Nobody waits for ever, whoever is allowed at which turn. */
	pool_of(NFHAD_POLICY_RR, 4);
	comes("ab", "a");
	comes("cd", "c");
	comes("ab", "b");
	comes("cd", "d");
}

/* 4.5: always the highest; larger numbers are higher, and all 32 bits count. */
START_TEST(prio)
{
	pool_of(NFHAD_POLICY_PRIO, 4);
	candidate[0].priority = 1;
	candidate[1].priority = 7;
	candidate[2].priority = UINT32_MAX;
	comes(ALL, "ccc");
	/* In decreasing order, where some are not active. */
	comes("abd", "bbb");
	comes("ad", "aa");
	comes("d", "dd");
	comes(ALL, "c");
	/* Equal ones come in any order: here, in turn. */
	candidate[0].priority = UINT32_MAX;
	comes(ALL, "acac");
	/* Loads and weights are nothing to it. */
	candidate[0].load = UINT32_MAX;
	candidate[0].weight = 0;
	comes(ALL, "acac");
}

/* 5.1.2: the lowest load; round robin among equals. */
START_TEST(lu)
{
	pool_of(NFHAD_POLICY_LU, 3);
	nfhad_policy_update(&candidate[0], 20);
	nfhad_policy_update(&candidate[1], 10);
	nfhad_policy_update(&candidate[2], 30);
	comes(ALL, "bbbb");
	comes("ac", "aa");
	nfhad_policy_update(&candidate[2], 10);
	comes(ALL, "cbcbc");
	nfhad_policy_update(&candidate[0], 10);
	comes(ALL, "abcabc");
	/* All 32 bits, and without a sign. */
	nfhad_policy_update(&candidate[0], UINT32_MAX);
	nfhad_policy_update(&candidate[1], UINT32_MAX - 1);
	nfhad_policy_update(&candidate[2], INT32_MAX);
	comes(ALL, "cc");
	comes("ab", "bb");
	comes("a", "a");
	/* It does not degrade. */
	pool_of(NFHAD_POLICY_LU, 2);
	candidate[0].degradation = UINT32_MAX;
	nfhad_policy_update(&candidate[1], 1);
	comes(ALL, "aaaa");
}

/* 5.2.2: the lowest sum of load value + degradation counter * load degradation. */
START_TEST(lud)
{
	pool_of(NFHAD_POLICY_LUD, 2);
	candidate[0].degradation = 30;
	candidate[1].degradation = 10;
	nfhad_policy_update(&candidate[0], 0);
	nfhad_policy_update(&candidate[1], 50);
	/* a 0 30 60, b 50 60; both are at 60 now, and a was before b. */
	comes(ALL, "aab");
	ck_assert_uint_eq(nfhad_policy_load(&candidate[0]), 60);
	ck_assert_uint_eq(nfhad_policy_load(&candidate[1]), 60);
	/* a 90, b 70 80 90; then a again, for b was last. */
	comes(ALL, "abbba");
	ck_assert_uint_eq(nfhad_policy_load(&candidate[0]), 120);
	ck_assert_uint_eq(candidate[0].selected, 4);
	ck_assert_uint_eq(candidate[1].selected, 4);
	/* The counter of the one that tells its load is 0 again, and no other. */
	nfhad_policy_update(&candidate[0], 80);
	ck_assert_uint_eq(candidate[0].selected, 0);
	ck_assert_uint_eq(nfhad_policy_load(&candidate[0]), 80);
	ck_assert_uint_eq(nfhad_policy_load(&candidate[1]), 90);
	comes(ALL, "ab");
	/* So it is if the load is the same. */
	nfhad_policy_update(&candidate[0], 80);
	comes(ALL, "a");
	/* Only who is selected counts. */
	comes("b", "bb");
	ck_assert_uint_eq(candidate[0].selected, 1);
	ck_assert_uint_eq(candidate[1].selected, 7);
	/* Without degradation it is lu. */
	pool_of(NFHAD_POLICY_LUD, 3);
	nfhad_policy_update(&candidate[1], 1);
	comes(ALL, "acacac");
}

/* 3.1: nobody is more than fully utilized. */
START_TEST(load_is_bounded)
{
	struct nfhad_policy_candidate c = { .degradation = 5 };

	nfhad_policy_update(&c, UINT32_MAX - 5);
	ck_assert_uint_eq(nfhad_policy_load(&c), UINT32_MAX - 5);
	c.selected = 1;
	ck_assert_uint_eq(nfhad_policy_load(&c), UINT32_MAX);
	c.selected = 2;
	ck_assert_uint_eq(nfhad_policy_load(&c), UINT32_MAX);
	c = (struct nfhad_policy_candidate){ .degradation = 1u << 31,
					     .selected = 2 };
	ck_assert_uint_eq(nfhad_policy_load(&c), UINT32_MAX);
	c = (struct nfhad_policy_candidate){ .load = UINT32_MAX,
					     .degradation = UINT32_MAX,
					     .selected = UINT32_MAX };
	ck_assert_uint_eq(nfhad_policy_load(&c), UINT32_MAX);
	/* Those who are, are equals. */
	pool_of(NFHAD_POLICY_LUD, 3);
	candidate[0].degradation = UINT32_MAX;
	candidate[1].degradation = UINT32_MAX / 2 + 1;
	candidate[2].load = UINT32_MAX;
	comes(ALL, "abbcabcabc");
	/* The counter stays at its end. */
	candidate[2].selected = UINT32_MAX;
	comes("c", "cc");
	ck_assert_uint_eq(candidate[2].selected, UINT32_MAX);
}

START_TEST(thousand)
{
	static const enum nfhad_policy in_turn[] = {
		NFHAD_POLICY_RR, NFHAD_POLICY_WRR, NFHAD_POLICY_PRIO,
		NFHAD_POLICY_LU, NFHAD_POLICY_LUD,
	};
	size_t i;
	int n;

	/* All of them in their order, before one comes a second time. */
	for (i = 0; i < ARRAY_SIZE(in_turn); i++) {
		pool_of(in_turn[i], MANY);
		for (n = 0; n < 2 * MANY; n++)
			ck_assert_int_eq(next_among(ALL), n % MANY);
	}
}

UNIT_MAIN("policy", words, none, weight_zero, rr, prio, lu, lud,
	  load_is_bounded, thousand)
