// SPDX-License-Identifier: GPL-2.0-or-later
/* Policies that hand out shares, in turn or at random, as RFC 5356 defines them. */

#include <errno.h>

#include "pool.h"

START_TEST(wrr)
{
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, 2, 1);
	comes(ALL, "aabaabaab");
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, 3, 2);
	comes(ALL, "abaababaab");
	/* In a circle, a run of a is never longer than 3. */
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, 5, 1, 1);
	comes(ALL, "aaabaacaaabaac");
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, 1, 2, 3);
	comes(ALL, "cbcbcacbcbca");
	/* Only proportions count. */
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, 1000000000, 2000000000, 3000000000);
	comes(ALL, "cbcbcacbcbca");
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, 2, 0, 1);
	comes(ALL, "aacaacaac");
}

/* 4.2.1: if all weights are 1, it is round robin; whoever is allowed. */
static void like_rr(uint32_t weight, unsigned int seed)
{
	struct nfhad_policy_candidate other[5] = { 0 };
	struct nfhad_policy_pool plain = {
		.policy = NFHAD_POLICY_RR, .count = 5, .candidate = other,
	};
	char allowed[6];
	int i, j, n;

	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, weight, weight, weight, weight, weight);
	for (i = 0; i < 1000; i++) {
		for (n = j = 0; j < 5; j++)
			if (rand_r(&seed) & 64)
				allowed[n++] = 'a' + j;
		allowed[n] = 0;
		ck_assert_int_eq(next_among(allowed),
				 nfhad_policy_select(&plain, is_among, allowed));
	}
}

START_TEST(wrr_of_equals)
{
	like_rr(1, 1);
	like_rr(UINT32_MAX, 2);
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, 4, 0, 4, 4);
	comes(ALL, "acdacd");
}

/* 4.2.2: the ratio, and as evenly as possible. */
static void is_even(const uint32_t *weight, size_t n)
{
	uint64_t times[16] = { 0 }, total = 0, turn;
	__int128 lag;
	size_t i;

	pool_of(NFHAD_POLICY_WRR, n);
	weigh(weight, n);
	for (i = 0; i < n; i++)
		total += weight[i];
	for (turn = 1; turn <= 3 * total; turn++) {
		times[next_among(ALL)]++;
		for (i = 0; i < n; i++) {
			lag = (__int128)turn * weight[i] -
			      (__int128)times[i] * total;
			ck_assert_msg(lag < total && -lag < total,
				      "%zu at %ju of %ju", i, turn, total);
			if (turn % total == 0)
				ck_assert_uint_eq(times[i],
						  turn / total * weight[i]);
		}
	}
}

START_TEST(wrr_is_even)
{
	static const uint32_t doubled[] = {
		1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512, 512, 512, 512,
		512,
	};
	unsigned int seed = seed_of();
	uint32_t weight[8];
	size_t i, n;
	int round;

	is_even((const uint32_t[]){ 1000, 1 }, 2);
	is_even((const uint32_t[]){ 1, 1000, 999 }, 3);
	is_even((const uint32_t[]){ 7, 1, 1, 1, 1, 1, 1, 1 }, 8);
	/* The one with the most credit would be too late here. */
	is_even((const uint32_t[]){ 5, 1, 5, 1, 1, 5, 5, 1, 1, 1 }, 10);
	is_even(doubled, ARRAY_SIZE(doubled));
	for (round = 0; round < 60; round++) {
		n = 1 + rand_r(&seed) % 8;
		for (i = 0; i < n; i++)
			weight[i] = 1 + rand_r(&seed) % (round < 30 ? 9 : 99);
		is_even(weight, n);
	}
}

/* What was owed when others were allowed, or weighed more, is never a lot. */
START_TEST(wrr_changes)
{
	uint32_t had;
	int i;

	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, UINT32_MAX, 1, 2);
	for (i = 0; i < 1000; i++)
		ck_assert_int_eq(next_among(ALL), 0);
	comes("bc", "ccbccbccb");
	/* It is the turn of a again, and for as long. */
	for (i = 0; i < 1000; i++)
		ck_assert_int_eq(next_among(ALL), 0);
	weigh((const uint32_t[]){ 1, 3, 2 }, 3);
	had = candidate[0].selected;
	for (i = 0; i < 60; i++)
		next_among(ALL);
	ck_assert_uint_ge(candidate[0].selected - had, 9);
	ck_assert_uint_le(candidate[0].selected - had, 11);
	/* They had three and six before. */
	ck_assert_uint_ge(candidate[1].selected, 3 + 29);
	ck_assert_uint_le(candidate[1].selected, 3 + 31);
	ck_assert_uint_ge(candidate[2].selected, 6 + 19);
	ck_assert_uint_le(candidate[2].selected, 6 + 21);
	/* Their proportions stay, if only some are allowed each time. */
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, 1, 2, 1, 2);
	for (i = 0; i < 300; i++) {
		next_among("ab");
		next_among("cd");
	}
	ck_assert_int_eq(candidate[0].selected, 100);
	ck_assert_int_eq(candidate[1].selected, 200);
	ck_assert_int_eq(candidate[2].selected, 100);
	ck_assert_int_eq(candidate[3].selected, 200);
}

/* Anybody at any time, and credit stays within what a turn costs. */
START_TEST(wrr_among_any)
{
	unsigned int seed = seed_of();
	char allowed[9];
	int64_t price;
	int i, j, n;

	POOL_OF_WEIGHTS(NFHAD_POLICY_WRR, 1, 1, 2, 3, 50, UINT32_MAX, 7,
			UINT32_MAX);
	for (i = 0; i < 20000; i++) {
		for (n = j = 0; j < 8; j++)
			if (rand_r(&seed) & 64)
				allowed[n++] = 'a' + j;
		allowed[n] = 0;
		j = next_among(allowed);
		if (!n) {
			ck_assert_int_eq(j, -ENOENT);
			continue;
		}
		ck_assert_ptr_nonnull(strchr(allowed, 'a' + j));
		price = (int64_t)pool.total << 16;
		for (j = 0; j < 8; j++)
			ck_assert(candidate[j].credit <= price &&
				  candidate[j].credit >= -price);
	}
	for (j = 0; j < 8; j++)
		ck_assert_int_gt(candidate[j].selected, 10);
}

/* 4.3: no state. The number alone says who, and none is likelier than others. */
START_TEST(rand_by_number)
{
	pool_of(NFHAD_POLICY_RAND, 3);
	GIVEN(0, 1, 2, 3, 4, 5, 2, 2, 2);
	comes(ALL, "abcabcccc");
	GIVEN(0, 1, 2, 3, 0);
	comes("ac", "acaca");
	/* 2^64 is not a multiple of 3: the last number is one too many. */
	GIVEN(UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2);
	comes(ALL, "cb");
	ck_assert_int_eq(asked, 4);
	/* But it is one of 4. */
	pool_of(NFHAD_POLICY_RAND, 4);
	GIVEN(UINT64_MAX, UINT64_MAX - 3);
	comes(ALL, "da");
	/* Weights are nothing to it. */
	candidate[0].weight = 0;
	candidate[1].weight = 100;
	GIVEN(0, 1, 2, 3);
	comes(ALL, "abcd");
}

/* 4.4: the number of a candidate's numbers is its weight. */
START_TEST(wrand_by_number)
{
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRAND, 2, 0, 3, 1);
	GIVEN(0, 1, 2, 3, 4, 5, 6, 7, 8);
	comes(ALL, "aacccdaac");
	GIVEN(0, 1, 2, 3, 4);
	comes("bcd", "cccdc");
	/* 4.4.1: with weights of 1 it is like rand. */
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRAND, 1, 1, 1);
	GIVEN(0, 1, 2, UINT64_MAX, 4);
	comes(ALL, "abcb");
	/* More than 32 bits. */
	POOL_OF_WEIGHTS(NFHAD_POLICY_WRAND, UINT32_MAX, UINT32_MAX, 1);
	GIVEN(0xfffffffeull, 0xffffffffull, 0x1fffffffdull, 0x1fffffffeull);
	comes(ALL, "abbc");
}

START_TEST(random_fails)
{
	uint64_t number = UINT64_MAX;

	pool_of(NFHAD_POLICY_RAND, 3);
	GIVEN(0, 0);
	random_error = -EAGAIN;
	ck_assert_int_eq(next_among(ALL), -EAGAIN);
	random_error = 0;
	ck_assert_uint_eq(pool.turn, 0);
	/* It says the same for ever. */
	asked = 0;
	pool.random = give_the_same;
	pool.random_data = &number;
	ck_assert_int_eq(next_among(ALL), -EIO);
	ck_assert_int_eq(asked, 64);
	ck_assert_uint_eq(pool.turn, 0);
}

START_TEST(random_of_the_kernel)
{
	uint64_t a = 0, b = 0, ones = 0, zeros = 0;
	int i;

	for (i = 0; i < 64; i++) {
		ck_assert_int_eq(nfhad_policy_random(NULL, &a), 0);
		ones |= a;
		zeros |= ~a;
		ck_assert_uint_ne(a, b);
		b = a;
	}
	ck_assert_uint_eq(ones, UINT64_MAX);
	ck_assert_uint_eq(zeros, UINT64_MAX);
}

static int shuffle(void *data, uint64_t *number)
{
	int32_t word;
	int i;

	for (*number = i = 0; i < 5; i++) {
		random_r(data, &word);
		*number = *number << 15 ^ (uint64_t)word;
	}
	return 0;
}

/*
 * Pearson's sum of squares. Of ten candidates it is more than 64 once in a thousand
 * million times.
 */
static void is_in_proportion(enum nfhad_policy policy, const uint32_t *weight)
{
	const int draws = 100000;
	struct random_data data = { 0 };
	double wanted, sum = 0, squares = 0;
	unsigned int seed = seed_of();
	char state[256];
	int i, times[10] = { 0 };

	ck_assert_int_eq(initstate_r(seed, state, sizeof(state), &data), 0);
	pool_of(policy, 10);
	if (weight)
		weigh(weight, 10);
	pool.random = shuffle;
	pool.random_data = &data;
	for (i = 0; i < draws; i++)
		times[next_among(ALL)]++;
	for (i = 0; i < 10; i++)
		sum += candidate[i].weight;
	for (i = 0; i < 10; i++) {
		wanted = candidate[i].weight / sum * draws;
		squares += (times[i] - wanted) * (times[i] - wanted) / wanted;
	}
	ck_assert_msg(squares < 64, "%f with NFHA_SEED=%u", squares, seed);
}

START_TEST(rand_in_proportion)
{
	is_in_proportion(NFHAD_POLICY_RAND, NULL);
}

START_TEST(wrand_in_proportion)
{
	is_in_proportion(NFHAD_POLICY_WRAND, (const uint32_t[]){
			 1, 2, 3, 4, 5, 6, 7, 8, 9, 100 });
	is_in_proportion(NFHAD_POLICY_WRAND, (const uint32_t[]){
			 1u << 31, UINT32_MAX, 1u << 28, 1u << 29, 1u << 30,
			 1u << 31, 3u << 30, 1u << 30, 1u << 30, 1u << 31 });
}

START_TEST(thousand)
{
	uint64_t number;
	int i;

	/* The last one, with the largest sum of weights. */
	pool_of(NFHAD_POLICY_WRAND, MANY);
	for (i = 0; i < MANY; i++)
		candidate[i].weight = UINT32_MAX;
	number = (uint64_t)UINT32_MAX * MANY - 1;
	pool.random = give_the_same;
	pool.random_data = &number;
	ck_assert_int_eq(next_among(ALL), MANY - 1);
	/* The one that has less comes less often, and the others in turn. */
	pool_of(NFHAD_POLICY_WRR, MANY);
	for (i = 0; i < MANY; i++)
		candidate[i].weight = i ? UINT32_MAX : UINT32_MAX / 2;
	for (i = 0; i < 3 * MANY; i++)
		ck_assert_int_ge(next_among(ALL), 0);
	ck_assert_uint_ge(candidate[0].selected, 1);
	ck_assert_uint_le(candidate[0].selected, 2);
	for (i = 1; i < MANY; i++) {
		ck_assert_uint_ge(candidate[i].selected, 3);
		ck_assert_uint_le(candidate[i].selected, 4);
	}
}

UNIT_MAIN("shares", wrr, wrr_of_equals, wrr_is_even, wrr_changes, wrr_among_any,
	  rand_by_number, wrand_by_number, random_fails, random_of_the_kernel,
	  rand_in_proportion, wrand_in_proportion, thousand)
