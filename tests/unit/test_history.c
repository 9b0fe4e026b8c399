// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The judge of rollback recovery finds what is planted, and nothing where nothing is.
 */

#include <string.h>

#include "../vnf/history.h"
#include "unit.h"

#define FLOWS	8
#define PACKETS	200

/* A network function that can be copied, as a checkpoint does. */
struct vnf {
	uint64_t number;
	uint64_t digest;
	uint64_t anchor;
	uint64_t count[FLOWS];
};

static struct history *history;
static uint32_t sent[FLOWS];
static uint64_t chance;
/* What begins, what may take over from it, and what is said of both. */
static struct vnf vnf, backup;
static struct verdict v;

static void setup(void)
{
	history = history_new(FLOWS);
	memset(sent, 0, sizeof(sent));
	chance = 1;
	memset(&vnf, 0, sizeof(vnf));
}

static void teardown(void)
{
	history_free(history);
}

static struct sighting input(uint32_t flow)
{
	struct sighting s = {
		.stamp.magic = STAMP_MAGIC,
		.stamp.flow = flow,
		.stamp.seq = ++sent[flow],
	};

	history_fill(&s.stamp);
	return s;
}

static struct sighting output(struct vnf *by, struct sighting s)
{
	if (by->number % STAMP_ANCHOR == 0)
		by->anchor = by->digest;
	s.stamp.before = by->digest;
	s.stamp.anchor = by->anchor;
	by->digest = (by->digest ^ ++chance) * 0x9e3779b97f4a7c15;
	s.stamp.after = by->digest;
	s.stamp.number = ++by->number;
	s.stamp.count = ++by->count[s.stamp.flow];
	s.stamp.sent_ns = s.stamp.number * 1000;
	s.arrival_ns = s.stamp.sent_ns + 500;
	return s;
}

static struct sighting next(struct vnf *by)
{
	return output(by, input(by->number % FLOWS));
}

static void see(struct sighting s)
{
	history_see(history, &s);
}

static void see_many(struct vnf *by, unsigned int n)
{
	while (n--)
		see(next(by));
}

static void lose_many(struct vnf *by, unsigned int n)
{
	while (n--)
		next(by);
}

static void judge(void)
{
	history_judge(history, sent, &v);
}

static void assert_only(const uint64_t *counter, uint64_t n)
{
	ck_assert_uint_eq(*counter, n);
	ck_assert_uint_eq(history_contradictions(&v), n);
	ck_assert(v.first[0]);
}

START_TEST(one_history)
{
	see_many(&vnf, PACKETS);
	lose_many(&vnf, 10);
	see_many(&vnf, PACKETS);
	judge();
	ck_assert_uint_eq(history_contradictions(&v), 0);
	ck_assert_uint_eq(v.seen, (uintmax_t)2 * PACKETS);
	ck_assert_uint_eq(v.lost, 10);
	ck_assert_uint_eq(v.duplicates + v.reordered + v.foreign, 0);
	ck_assert_uint_eq(v.latency_p50, 500);
	ck_assert_str_eq(v.first, "");
}

/* What has been forgotten was not seen: that is what output commit gives. */
START_TEST(forgotten_unseen)
{
	see_many(&vnf, PACKETS);
	backup = vnf;
	lose_many(&vnf, 50);
	see_many(&backup, PACKETS);
	judge();
	ck_assert_uint_eq(history_contradictions(&v), 0);
	ck_assert_uint_eq(v.lost, 50);
}

START_TEST(forgotten_seen)
{
	see_many(&vnf, PACKETS);
	backup = vnf;
	see_many(&vnf, 1);
	see_many(&backup, 1);
	judge();
	ck_assert_uint_eq(v.number, 1);
	ck_assert_uint_eq(v.digest, 1);
}

/* The same again after a failure, alike but for the chance in it. */
START_TEST(done_again)
{
	struct sighting in;

	see_many(&vnf, PACKETS);
	backup = vnf;
	in = input(3);
	see(output(&vnf, in));
	see(output(&backup, in));
	judge();
	ck_assert_uint_eq(v.number, 1);
	ck_assert_uint_eq(v.digest, 1);
	ck_assert_uint_eq(v.twice, 0);
}

/* No number is seen twice, and yet there are two histories. */
START_TEST(neighbour)
{
	see_many(&vnf, PACKETS);
	backup = vnf;
	see_many(&vnf, 5);
	lose_many(&backup, 5);
	see_many(&backup, 1);
	judge();
	ck_assert_uint_eq(v.number, 0);
	ck_assert_uint_eq(v.digest, 1);
}

/* Far behind the fork, with nothing seen in between. */
START_TEST(anchor)
{
	see_many(&vnf, STAMP_ANCHOR - 4);
	backup = vnf;
	see_many(&vnf, 8);
	lose_many(&backup, 8 + STAMP_ANCHOR / 2);
	see_many(&backup, 1);
	judge();
	assert_only(&v.digest, 1);
}

START_TEST(input_twice)
{
	struct sighting in;

	see_many(&vnf, PACKETS);
	in = input(2);
	see(output(&vnf, in));
	see(output(&vnf, in));
	judge();
	assert_only(&v.twice, 1);
}

/* The counter of all is right, and the one of a flow has been lost. */
START_TEST(flow_forgotten)
{
	see_many(&vnf, PACKETS);
	vnf.count[PACKETS % FLOWS] = 0;
	see_many(&vnf, 1);
	judge();
	assert_only(&v.count, 1);
}

START_TEST(flow_ahead)
{
	see_many(&vnf, PACKETS);
	vnf.count[PACKETS % FLOWS] += FLOWS + 1;
	see_many(&vnf, 1);
	judge();
	assert_only(&v.count, 1);
}

START_TEST(copies)
{
	struct sighting s;

	see_many(&vnf, PACKETS);
	s = next(&vnf);
	see(s);
	see(s);
	judge();
	ck_assert_uint_eq(v.duplicates, 1);
	ck_assert_uint_eq(history_contradictions(&v), 0);
}

START_TEST(out_of_order)
{
	struct sighting first, second, other;

	first = output(&vnf, input(1));
	second = output(&vnf, input(1));
	other = output(&vnf, input(2));
	see(other);
	see(second);
	see(first);
	judge();
	ck_assert_uint_eq(v.reordered, 1);
	ck_assert_uint_eq(history_contradictions(&v), 0);
}

START_TEST(altered)
{
	struct sighting s;

	see_many(&vnf, PACKETS);
	s = next(&vnf);
	s.stamp.filler[STAMP_FILLER - 1] ^= 1;
	see(s);
	s = next(&vnf);
	s.stamp.seq += 100;
	history_fill(&s.stamp);
	see(s);
	s = next(&vnf);
	s.stamp.flow = FLOWS;
	see(s);
	s = next(&vnf);
	s.stamp.number = 0;
	see(s);
	judge();
	ck_assert_uint_eq(v.foreign, 4);
	ck_assert_uint_eq(v.lost, 4);
}

START_TEST(times)
{
	struct sighting s;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		s = next(&vnf);
		if (i >= 50)
			s.arrival_ns += 2 * HISTORY_GAP;
		see(s);
	}
	judge();
	ck_assert_uint_eq(v.gaps, 1);
	ck_assert_uint_eq(v.gap_max, 2 * HISTORY_GAP + 1000);
	ck_assert_uint_eq(v.latency_p99, 2 * HISTORY_GAP + 500);
	ck_assert_uint_eq(v.latency_max, 2 * HISTORY_GAP + 500);
}

UNIT_MAIN_FIXTURE("history", setup, teardown, one_history, forgotten_unseen,
		  forgotten_seen, done_again, neighbour, anchor, input_twice,
		  flow_forgotten, flow_ahead, copies, out_of_order, altered,
		  times)
