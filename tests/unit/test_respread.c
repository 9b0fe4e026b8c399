// SPDX-License-Identifier: GPL-2.0-or-later
/* Shares of a range map: examples, and what is true of all of them. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "share.h"
#include "unit.h"

#define R 65536
#define ROUNDS 300
#define MEMBERS 7

static struct nfhad_share_plan plan;
static struct nfha_range ranges[R];
static struct nfha_map map = { .range = ranges };
static const char *const names[MEMBERS] = { "A", "B", "C", "D", "E", "F", "G" };

/* The same numbers each time. */
static uint32_t number(uint32_t below)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % below;
}

static void owned(unsigned int n, uint32_t first, const char *name)
{
	ranges[n].first = first;
	snprintf(ranges[n].instance, sizeof(ranges[n].instance), "%s", name);
}

static void ends_set(unsigned int count)
{
	unsigned int n;

	map.ranges = count;
	for (n = 0; n < count; n++)
		ranges[n].last = n + 1 < count ? ranges[n + 1].first - 1 : R - 1;
}

/* The map that was planned is the map from here on. */
static void plan_take(void)
{
	map.ranges = plan.ranges;
	memcpy(ranges, plan.range, plan.ranges * sizeof(*ranges));
}

static uint32_t width(const struct nfha_range *range, unsigned int count,
		      const char *name)
{
	uint32_t sum = 0;
	unsigned int n;

	for (n = 0; n < count; n++)
		if (!strcmp(range[n].instance, name))
			sum += range[n].last - range[n].first + 1;
	return sum;
}

static void assert_tiles(void)
{
	uint32_t next = 0;
	unsigned int n;

	for (n = 0; n < plan.ranges; n++) {
		ck_assert_uint_eq(plan.range[n].first, next);
		ck_assert_uint_ge(plan.range[n].last, plan.range[n].first);
		next = plan.range[n].last + 1;
		ck_assert(!n || strcmp(plan.range[n].instance,
				       plan.range[n - 1].instance) != 0);
	}
	ck_assert_uint_eq(next, R);
}

/* What changes is @from's, or becomes @to's; NULL: whoever's. */
static void assert_moves(const char *from, const char *to)
{
	const struct nfha_range *before = ranges, *after = plan.range;
	uint32_t id = 0, last;

	for (; id < R; id = last + 1) {
		before += before->last < id;
		after += after->last < id;
		last = before->last < after->last ? before->last : after->last;
		if (!strcmp(before->instance, after->instance))
			continue;
		ck_assert(!from || !strcmp(before->instance, from));
		ck_assert(!to || !strcmp(after->instance, to));
	}
}

/* Two of whom each has got, or given, something: by weight, within one. */
static void assert_fair(const struct nfhad_share *a, const struct nfhad_share *b)
{
	int64_t of_a = width(plan.range, plan.ranges, a->name);
	int64_t of_b = width(plan.range, plan.ranges, b->name);
	int64_t more = of_a * b->weight - of_b * a->weight;

	ck_assert_int_le(more < 0 ? -more : more, a->weight + b->weight);
}

static bool has_changed(const char *name)
{
	return width(ranges, map.ranges, name) !=
	       width(plan.range, plan.ranges, name);
}

static void assert_shares(const struct nfhad_share *share, size_t count)
{
	size_t i, k;

	for (i = 0; i < count; i++)
		for (k = 0; k < i; k++)
			if (has_changed(share[i].name) &&
			    has_changed(share[k].name))
				assert_fair(&share[i], &share[k]);
}

static void assert_range(unsigned int n, uint32_t first, const char *name)
{
	ck_assert_uint_lt(n, plan.ranges);
	ck_assert_uint_eq(plan.range[n].first, first);
	ck_assert_str_eq(plan.range[n].instance, name);
}

START_TEST(three_of_the_same_weight)
{
	const struct nfhad_share heirs[] = { { "A", 1 }, { "C", 1 } };
	const struct nfhad_share b = { "B", 1 };

	owned(0, 0, "A");
	owned(1, 20000, "B");
	owned(2, 40000, "C");
	ends_set(3);
	ck_assert_int_eq(nfhad_share_leave(&map, "B", heirs, 2, &plan), 0);
	ck_assert_uint_eq(plan.ranges, 2);
	assert_range(0, 0, "A");
	assert_range(1, 32768, "C");
	plan_take();
	ck_assert_int_eq(nfhad_share_join(&map, &b, heirs, 2, &plan), 0);
	ck_assert_uint_eq(plan.ranges, 3);
	assert_range(1, 21846, "B");
	assert_range(2, 43691, "C");
}

START_TEST(by_weight)
{
	const struct nfhad_share heirs[] = { { "A", 3 }, { "B", 1 } };

	owned(0, 0, "A");
	owned(1, 24576, "B");
	owned(2, 32768, "C");
	ends_set(3);
	ck_assert_int_eq(nfhad_share_leave(&map, "C", heirs, 2, &plan), 0);
	ck_assert_uint_eq(width(plan.range, plan.ranges, "A"), 49152);
	ck_assert_uint_eq(width(plan.range, plan.ranges, "B"), 16384);
}

START_TEST(who_has_enough_gets_nothing)
{
	const struct nfhad_share heirs[] = {
		{ "A", 1 }, { "B", 1 }, { "C", 1 },
	};

	owned(0, 0, "A");
	owned(1, 40000, "B");
	owned(2, 45000, "C");
	owned(3, 50000, "D");
	ends_set(4);
	ck_assert_int_eq(nfhad_share_leave(&map, "D", heirs, 3, &plan), 0);
	ck_assert_uint_eq(width(plan.range, plan.ranges, "A"), 40000);
	ck_assert_uint_eq(width(plan.range, plan.ranges, "B"), 12768);
	ck_assert_uint_eq(width(plan.range, plan.ranges, "C"), 12768);
}

START_TEST(one_heir_gets_all)
{
	const struct nfhad_share heir = { "A", 7 };

	owned(0, 0, "B");
	owned(1, 1, "A");
	owned(2, 65535, "B");
	ends_set(3);
	ck_assert_int_eq(nfhad_share_leave(&map, "B", &heir, 1, &plan), 0);
	ck_assert_uint_eq(plan.ranges, 1);
	assert_range(0, 0, "A");
}

/* What is nobody's stays so. */
static void map_random(void)
{
	uint32_t at = 0;
	unsigned int n;

	for (n = 0; at < R; n++) {
		owned(n, at, number(9) ? names[number(MEMBERS)] : "");
		at += 1 + number(number(4) ? 4000 : 60);
	}
	ends_set(n);
}

static void shares_random(struct nfhad_share *share)
{
	size_t n;

	for (n = 0; n < MEMBERS; n++) {
		share[n].name = names[n];
		share[n].weight = 1 + number(number(3) ? 5 : 65535);
	}
}

START_TEST(always)
{
	struct nfhad_share share[MEMBERS];
	unsigned int round;
	size_t some;

	for (round = 0; round < ROUNDS; round++) {
		map_random();
		shares_random(share);
		some = 1 + number(MEMBERS - 1);
		ck_assert_int_eq(nfhad_share_leave(&map, names[some], share,
						   some, &plan), 0);
		assert_tiles();
		assert_moves(names[some], NULL);
		ck_assert_uint_eq(width(plan.range, plan.ranges, names[some]), 0);
		assert_shares(share, some);
		plan_take();
		ck_assert_int_eq(nfhad_share_join(&map, &share[some], share,
						  some, &plan), 0);
		assert_tiles();
		assert_moves(NULL, names[some]);
		assert_shares(share, some + 1);
	}
}

/* They come and go a thousand times. */
START_TEST(does_not_fall_to_pieces)
{
	struct nfhad_share share[MEMBERS], others[MEMBERS - 1];
	unsigned int round, most = 0;
	size_t n, gone;

	for (n = 0; n < MEMBERS; n++) {
		share[n] = (struct nfhad_share){ names[n], 1 };
		owned(n, R / MEMBERS * n, names[n]);
	}
	ends_set(MEMBERS);
	for (round = 0; round < 1000; round++) {
		gone = number(MEMBERS);
		memcpy(others, share, gone * sizeof(*share));
		memcpy(others + gone, share + gone + 1,
		       (MEMBERS - 1 - gone) * sizeof(*share));
		ck_assert_int_eq(nfhad_share_leave(&map, names[gone], others,
						   MEMBERS - 1, &plan), 0);
		plan_take();
		ck_assert_int_eq(nfhad_share_join(&map, &share[gone], others,
						  MEMBERS - 1, &plan), 0);
		plan_take();
		most = map.ranges > most ? map.ranges : most;
	}
	printf("# %u ranges at most\n", most);
	ck_assert_uint_le(most, 2UL * MEMBERS * MEMBERS);
}

START_TEST(too_many_ranges)
{
	const struct nfhad_share heirs[] = { { "A", 1 }, { "B", 1 } };
	unsigned int n;

	for (n = 0; n < NFHAD_SHARE_RANGES_MAX + 2; n++)
		owned(n, n, n % 2 ? "A" : "B");
	owned(n, n, "C");
	ends_set(n + 1);
	ck_assert_int_eq(nfhad_share_leave(&map, "C", heirs, 2, &plan), -E2BIG);
}

UNIT_MAIN("respread", three_of_the_same_weight, by_weight,
	  who_has_enough_gets_nothing, one_heir_gets_all, always,
	  does_not_fall_to_pieces, too_many_ranges)
