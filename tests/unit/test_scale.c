// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A service gets more instances, and less, while everything that can fail does: the daemon is
 * killed at each of its calls to the modules in turn, and each instance fails at each of them.
 * Whatever happens, in the end the ranges tile R, each has an owner that works, nothing drains
 * for ever, and no flow has been taken from one that lives.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "farm.h"
#include "scale.h"
#include "unit.h"

#define CAUSE "for the test"

/* Steps have an end, or a test has none. */
#define CALLS_MAX 400

static int out(void)
{
	struct nfhad_refusal refusal = { "" };

	return nfhad_scale_out(farm_service, NULL, CAUSE, &refusal);
}

static int in(void)
{
	struct nfhad_refusal refusal = { "" };

	return nfhad_scale_in(farm_service, farm_at(B), 0, CAUSE, &refusal);
}

static int in_here(void)
{
	struct nfhad_refusal refusal = { "" };

	return nfhad_scale_in(farm_service, farm_at(A), 0, CAUSE, &refusal);
}

static void two(void)
{
	static const uint32_t first[] = { 0, 32768 };
	static const int owner[] = { A, B };

	farm_map(&farm->module[HOST], 2, first, owner);
	farm->module[HOST].state[B] = NFHA_STATE_ACTIVE;
	farm_flows(&farm->module[HOST], 2);
}

static void three(void)
{
	static const uint32_t first[] = { 0, 32768, 49152 };
	static const int owner[] = { A, B, C };

	farm_map(&farm->module[HOST], 3, first, owner);
	farm->module[HOST].state[B] = NFHA_STATE_ACTIVE;
	farm->module[HOST].state[C] = NFHA_STATE_ACTIVE;
	farm_flows(&farm->module[HOST], 2);
}

static unsigned int width(int place)
{
	const struct farm_module *m = &farm->module[HOST];
	unsigned int n, ids = 0;

	for (n = 0; n < 65536; n += 64)
		ids += farm_owner_of(m, n) == place;
	return ids * 64;
}

/* B and C are on other hosts, and a switch sends it all to A's. */
static void behind_switch(void)
{
	farm_config.scale.upstream.netns = (char *)"tor";
	farm_config.scale.upstream.service = (char *)"tor";
	farm->module[HOST].remote[B] = true;
	farm->module[HOST].remote[C] = true;
}

/* The switch has sent to B what is B's for long. */
static void two_behind_switch(void)
{
	struct farm_module *s = &farm->module[SWITCH];

	two();
	behind_switch();
	farm_map(s, farm->module[HOST].ranges, farm->module[HOST].first,
		 farm->module[HOST].owner);
	farm_flows(s, 2);
}

/* That one knows no flows. */
static void two_behind_exceptions(void)
{
	two_behind_switch();
	farm->module[SWITCH].tracking = NFHA_TRACKING_IMPORTED;
}

static void three_behind_switch(void)
{
	struct farm_module *s = &farm->module[SWITCH];

	three();
	behind_switch();
	farm_map(s, farm->module[HOST].ranges, farm->module[HOST].first,
		 farm->module[HOST].owner);
	farm_flows(s, 2);
}

/* Figure 6: the switch knows no flows, and B's host is told of those that are not B's. */
static void behind_ranges(void)
{
	static const uint32_t zero;
	static const int b = B;

	behind_switch();
	farm_config.scale.upstream.exceptions = NFHAD_EXCEPTIONS_HOST;
	farm_config.instance[C].role = NFHAD_ROLE_BACKUP;
	farm_config.instance[B].steering.netns = (char *)"s2";
	farm_config.instance[B].steering.service = (char *)"fw";
	farm->module[SWITCH].tracking = NFHA_TRACKING_IMPORTED;
	farm->module[OTHER].remote[A] = true;
	farm_map(&farm->module[OTHER], 1, &zero, &b);
}

static void behind_exceptions(void)
{
	behind_switch();
	farm->module[SWITCH].tracking = NFHA_TRACKING_IMPORTED;
}

enum {
	SPLIT, SPLIT_OF_TWO, DRAIN, DRAIN_OF_THREE, SPLIT_BEHIND_SWITCH,
	SPLIT_BEHIND_EXCEPTIONS, SPLIT_BEHIND_RANGES, DRAIN_BEHIND_SWITCH,
	DRAIN_OF_THREE_BEHIND_SWITCH, DRAIN_HERE, DRAIN_HERE_BEHIND_EXCEPTIONS,
};

/* What is done, to whom, and how many have a range then. */
static const struct story {
	const char *name;
	void (*prepare)(void);
	int (*act)(void);
	unsigned int serving;
} stories[] = {
	[SPLIT] = {
		"a split", NULL, out, 2
	},
	[SPLIT_OF_TWO] = {
		"a split of one of two", two, out, 3
	},
	[DRAIN] = {
		"a drain", two, in, 1
	},
	[DRAIN_OF_THREE] = {
		"a drain of one of three", three, in, 2
	},
	[SPLIT_BEHIND_SWITCH] = {
		"a split behind a switch", behind_switch, out, 2
	},
	[SPLIT_BEHIND_EXCEPTIONS] = {
		"a split behind a switch with exceptions", behind_exceptions, out, 2
	},
	[SPLIT_BEHIND_RANGES] = {
		"a split behind a switch with ranges", behind_ranges, out, 2
	},
	[DRAIN_BEHIND_SWITCH] = {
		"a drain behind a switch", two_behind_switch, in, 1
	},
	[DRAIN_OF_THREE_BEHIND_SWITCH] = {
		"a drain of one of three behind a switch", three_behind_switch, in, 2
	},
	[DRAIN_HERE] = {
		"a drain of the one here, behind a switch", two_behind_switch,
		in_here, 1
	},
	[DRAIN_HERE_BEHIND_EXCEPTIONS] = {
		"a drain of the one here, behind a switch with exceptions",
		two_behind_exceptions, in_here, 1
	},
};

static unsigned int serving(void)
{
	return !!width(A) + !!width(B) + !!width(C);
}

static void begin(const struct story *story)
{
	farm_setup();
	if (story->prepare)
		story->prepare();
}

/* Those behind a switch take long: it is told again after a second, and asked each second.
 * Of these not each call is tried, but others in each test.
 */
static unsigned int step_of(const struct story *story)
{
	return story->prepare && farm_config.scale.upstream.netns ? 17 : 1;
}

/* Undisturbed; returns how many calls it takes. */
static unsigned int calls_of(const struct story *story)
{
	begin(story);
	ck_assert_int_eq(farm_run(story->act, 0, A), 0);
	ck_assert_uint_eq(serving(), story->serving);
	ck_assert_uint_lt(farm->calls, CALLS_MAX);
	return farm->calls;
}

START_TEST(undisturbed)
{
	unsigned int calls = calls_of(&stories[_i]);

	printf("# %s: %u calls\n", stories[_i].name, calls);
	ck_assert_uint_gt(calls, 5);
}

/* What was asked for need not have been done, but nothing is left half done. */
START_TEST(killed_at_each_call)
{
	const struct story *story = &stories[_i];
	unsigned int n, calls = calls_of(story);
	int ret;

	for (n = 1; n <= calls; n += step_of(story)) {
		begin(story);
		farm->die_at = n;
		ret = farm_run(story->act, 0, A);
		/* The last ones are those of looks that need not be. */
		if (ret != -SIGKILL)
			ck_assert_int_eq(ret, 0);
		farm->die_at = 0;
		ret = farm_run(NULL, 0, A);
		ck_assert_msg(!ret, "%s, killed at call %u: %s", story->name, n,
			      farm_wrong());
	}
}

/* And each time at the first call after that, too. */
START_TEST(killed_twice)
{
	const struct story *story = &stories[_i];
	unsigned int n, calls = calls_of(story);

	for (n = 5; n <= calls; n += 2 * step_of(story)) {
		begin(story);
		farm->die_at = n;
		farm_run(story->act, 0, A);
		farm->die_at = farm->calls + 1 + n % 7;
		farm_run(NULL, 0, A);
		farm->die_at = 0;
		ck_assert_msg(!farm_run(NULL, 0, A),
			      "%s, killed at call %u and again: %s", story->name,
			      n, farm_wrong());
	}
}

START_TEST(fails_at_each_call)
{
	const struct story *story = &stories[_i / PLACES];
	unsigned int n, calls = calls_of(story);
	int place = _i % PLACES;

	for (n = 1 + place; n <= calls; n += 2 + step_of(story)) {
		begin(story);
		ck_assert_msg(!farm_run(story->act, n, place),
			      "%s, %c fails at call %u: %s", story->name,
			      'A' + place, n, farm_wrong());
	}
}

/* Somebody else changes the map between the look and the split. */
START_TEST(rejected_generation)
{
	begin(&stories[0]);
	farm->module[HOST].meddlers = 3;
	ck_assert_int_eq(farm_run(out, 0, A), 0);
	ck_assert_uint_eq(farm->module[HOST].meddlers, 0);
	ck_assert_uint_eq(serving(), 2);
}

/* Again and again: then nothing is split, and whoever has been started is at rest. */
START_TEST(rejected_for_ever)
{
	begin(&stories[0]);
	farm->module[HOST].meddlers = 1000;
	ck_assert_int_eq(farm_run(out, 0, A), 0);
	ck_assert_uint_eq(serving(), 1);
	ck_assert_uint_eq(width(A), 65536);
}

/* The same at the switch, which is told again later. */
START_TEST(switch_is_changed_by_others)
{
	begin(&stories[SPLIT_BEHIND_SWITCH]);
	farm->module[SWITCH].meddlers = 6;
	ck_assert_int_eq(farm_run(out, 0, A), 0);
	ck_assert_uint_eq(farm->module[SWITCH].meddlers, 0);
	ck_assert_uint_eq(serving(), 2);
}

START_TEST(switch_refuses)
{
	begin(&stories[SPLIT_BEHIND_SWITCH]);
	farm->module[SWITCH].refusals = 2;
	ck_assert_int_eq(farm_run(out, 0, A), 0);
	ck_assert_uint_eq(farm->module[SWITCH].refusals, 0);
}

/* Then nobody leaves, for it would have to begin there. */
START_TEST(switch_refuses_a_merge)
{
	begin(&stories[DRAIN_BEHIND_SWITCH]);
	farm->module[SWITCH].refusals = 1;
	ck_assert_int_eq(farm_run(in, 0, A), 0);
	ck_assert_uint_eq(farm->module[SWITCH].refusals, 0);
	ck_assert_uint_eq(serving(), 2);
}

static int in_and_out(void)
{
	struct nfhad_refusal refusal = { "" };

	if (nfhad_scale_state(farm_service) != NFHAD_SCALE_DRAINING) {
		in();
		return -EAGAIN;
	}
	ck_assert_int_eq(nfhad_scale_out(farm_service, farm_at(A), CAUSE,
					 &refusal),
			 farm->module[HOST].meddlers ? -ESTALE : 0);
	return 0;
}

/* Who drains gets a range again if there is too much to do. */
START_TEST(stays)
{
	begin(&stories[DRAIN]);
	ck_assert_int_eq(farm_run(in_and_out, 0, A), 0);
	ck_assert_uint_eq(width(B), 32768);
}

/* Or drains on, with the flows that it has. */
START_TEST(cannot_stay)
{
	begin(&stories[DRAIN]);
	farm->module[HOST].meddlers = 1000;
	ck_assert_int_eq(farm_run(in_and_out, 0, A), 0);
	ck_assert_uint_eq(width(A), 65536);
}

/* Nobody knows the flows that the switch sends to B, nor would they live on. */
static int not_in(void)
{
	struct nfhad_refusal refusal = { "" };
	int ret = nfhad_scale_in(farm_service, farm_at(B), 0, CAUSE, &refusal);

	if (ret == -EAGAIN)
		return ret;
	ck_assert_int_eq(ret, -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(refusal.text, "does not know the flows"));
	ck_assert_int_eq(nfhad_scale_out(farm_service, farm_at(B), CAUSE,
					 &refusal), -EOPNOTSUPP);
	return 0;
}

START_TEST(switch_without_flows)
{
	begin(&stories[DRAIN_BEHIND_SWITCH]);
	farm->module[SWITCH].tracking = NFHA_TRACKING_IMPORTED;
	ck_assert_int_eq(farm_run(not_in, 0, A), 0);
	ck_assert_uint_eq(serving(), 2);
}

/* What is given up may go anywhere. */
static int in_by(uint32_t deadline_ms)
{
	struct nfhad_refusal refusal = { "" };

	farm->failed[B] = true;
	return nfhad_scale_in(farm_service, farm_at(B), deadline_ms, CAUSE,
			      &refusal);
}

static int in_time(void)
{
	return in_by(100);
}

static int in_time_of_configuration(void)
{
	farm_config.scale.deadline_ms = 100;
	return in_by(0);
}

static int by_force(void)
{
	return in_by(NFHAD_SCALE_NOW_MS);
}

/* First it may take as long as it takes. */
static int hurried(void)
{
	if (nfhad_scale_state(farm_service) == NFHAD_SCALE_DRAINING)
		return by_force();
	in_by(0);
	return -EAGAIN;
}

static int (*const deadlines[])(void) = {
	in_time, in_time_of_configuration, by_force, hurried,
};

START_TEST(flows_that_do_not_end)
{
	begin(&stories[_i % 2 ? DRAIN_BEHIND_SWITCH : DRAIN]);
	farm->endless = true;
	ck_assert_int_eq(farm_run(deadlines[_i / 2], 0, A), 0);
	ck_assert_uint_eq(serving(), 1);
}

/* One that is never healthy gets nothing, and the next one is tried at once. */
START_TEST(not_healthy)
{
	begin(&stories[0]);
	farm_config.timeout_ms = 300;
	farm->sick[B] = true;
	ck_assert_int_eq(farm_run(out, 0, A), 0);
	ck_assert_uint_eq(width(B), 0);
	ck_assert_uint_eq(width(C), 32768);
	/* It had its time, and was not given up at the first that was found. */
	ck_assert_uint_gt(farm->probes[B], 2UL * farm_check.failures);
}

START_TEST(nobody_is_healthy)
{
	begin(&stories[0]);
	farm_config.timeout_ms = 300;
	farm->sick[B] = true;
	farm->sick[C] = true;
	ck_assert_int_eq(farm_run(out, 0, A), 0);
	ck_assert_uint_eq(width(A), 65536);
	ck_assert_uint_gt(farm->probes[B], 0);
	ck_assert_uint_gt(farm->probes[C], 0);
}

static int out_again(void)
{
	struct nfhad_refusal refusal = { "" };

	farm_at(B)->relapses = 4;
	farm_at(C)->rests_until_us = UINT64_MAX;
	farm_at(B)->rests_until_us = UINT64_MAX;
	ck_assert_int_eq(nfhad_scale_out(farm_service, NULL, CAUSE, &refusal),
			 -ENOENT);
	ck_assert_ptr_nonnull(strstr(refusal.text, "waits"));
	farm_at(C)->rests_until_us = 0;
	return out();
}

/* Whoever has failed again and again rests. */
START_TEST(back_off)
{
	begin(&stories[0]);
	ck_assert_int_eq(farm_run(out_again, 0, A), 0);
	ck_assert_uint_eq(width(B), 0);
	ck_assert_uint_eq(width(C), 32768);
}

int main(void)
{
	const TTest * const tests[] = {
		rejected_generation, rejected_for_ever, not_healthy,
		nobody_is_healthy, switch_is_changed_by_others,
		back_off, switch_refuses, switch_refuses_a_merge,
		switch_without_flows, stays, cannot_stay,
	};
	Suite *suite = suite_of("scale", NULL, farm_teardown, tests,
				ARRAY_SIZE(tests));
	TCase *tcase = tcase_create("each");

	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, NULL, farm_teardown);
	tcase_add_loop_test(tcase, flows_that_do_not_end, 0,
			    2 * ARRAY_SIZE(deadlines));
	tcase_add_loop_test(tcase, undisturbed, 0, ARRAY_SIZE(stories));
	tcase_add_loop_test(tcase, killed_at_each_call, 0, ARRAY_SIZE(stories));
	tcase_add_loop_test(tcase, killed_twice, 0, ARRAY_SIZE(stories));
	tcase_add_loop_test(tcase, fails_at_each_call, 0,
			    PLACES * ARRAY_SIZE(stories));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
