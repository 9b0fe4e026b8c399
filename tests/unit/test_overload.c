// SPDX-License-Identifier: GPL-2.0-or-later
/* What the overload detector decides, and when. */

#include <stddef.h>
#include <string.h>

#include "overload.h"
#include "unit.h"

#define MS UINT64_C(1000)
#define SECOND (1000 * MS)

static struct nfhad_detector_config detector;
static struct nfhad_overload instance;
static struct nfhad_sample sample;
static char cause[NFHAD_OVERLOAD_CAUSE_SIZE];

static void setup(void)
{
	detector = (struct nfhad_detector_config){
		.overload = { .packets = 10000, .cpu = 90 },
		.underload = { .packets = 100, .cpu = 20 },
		.overload_for_ms = 3000,
		.underload_for_ms = 60000,
		.hold_down_ms = 30000,
		.interval_ms = 1000,
	};
	instance = (struct nfhad_overload){ 0 };
	sample = (struct nfhad_sample){ .known = NFHAD_MEASURES_ALL };
	sample.value[NFHAD_MEASURE_PACKETS] = 5000;
	sample.value[NFHAD_MEASURE_CPU] = 50;
}

static enum nfhad_verdict look(uint64_t now)
{
	return nfhad_overload_look(&detector, &instance, &sample, now, cause);
}

static enum nfhad_verdict look_at(uint64_t now, uint64_t packets, uint64_t cpu)
{
	sample.value[NFHAD_MEASURE_PACKETS] = packets;
	sample.value[NFHAD_MEASURE_CPU] = cpu;
	return look(now);
}

#define LOOK(verdict, now) ck_assert_int_eq(look(now), NFHAD_##verdict)
#define LOOK_AT(verdict, now, packets, cpu) \
	ck_assert_int_eq(look_at(now, packets, cpu), NFHAD_##verdict)

static void forget(enum nfhad_measure measure)
{
	sample.known &= ~NFHAD_MEASURE_BIT(measure);
}

static void know(enum nfhad_measure measure)
{
	sample.known |= NFHAD_MEASURE_BIT(measure);
}

/* Time begins anywhere. */
static const uint64_t starts[] = { 0, 1, 12345 * SECOND, UINT64_C(1) << 60 };

START_TEST(to_the_millisecond)
{
	uint64_t t = starts[_i];

	LOOK_AT(NORMAL, t, 10000, 50);
	LOOK(NORMAL, t + 2999 * MS);
	LOOK(NORMAL, t + 3000 * MS - 1);
	ck_assert_str_eq(cause, "");
	LOOK(OVERLOADED, t + 3000 * MS);
	ck_assert_str_eq(cause, "packets 10000/s, threshold 10000/s, for 3.0 s");
}

START_TEST(under_it_by_one)
{
	LOOK_AT(NORMAL, 0, 9999, 89);
	LOOK_AT(NORMAL, 3 * SECOND, 9999, 89);
	LOOK_AT(NORMAL, 300 * SECOND, 9999, 89);
}

START_TEST(says_what_it_is_now)
{
	LOOK_AT(NORMAL, 0, 10001, 50);
	LOOK_AT(NORMAL, 2 * SECOND, 20000, 50);
	LOOK_AT(OVERLOADED, 3456 * MS, 12034, 50);
	ck_assert_str_eq(cause, "packets 12034/s, threshold 10000/s, for 3.4 s");
}

START_TEST(at_once)
{
	detector.overload_for_ms = 0;
	LOOK_AT(OVERLOADED, 7, 10000, 50);
}

/* However short it is, the time begins anew. */
START_TEST(break_begins_anew)
{
	LOOK_AT(NORMAL, 0, 20000, 50);
	LOOK_AT(NORMAL, 2999 * MS, 9999, 50);
	LOOK_AT(NORMAL, 3000 * MS, 20000, 50);
	LOOK_AT(NORMAL, 5999 * MS, 20000, 50);
	LOOK_AT(OVERLOADED, 6000 * MS, 20000, 50);
}

/* Two that take turns are no overload of either. */
START_TEST(each_has_its_time)
{
	LOOK_AT(NORMAL, 0, 20000, 50);
	LOOK_AT(NORMAL, 2 * SECOND, 5000, 95);
	LOOK_AT(NORMAL, 4 * SECOND, 20000, 50);
	LOOK_AT(NORMAL, 6 * SECOND, 20000, 95);
	LOOK_AT(OVERLOADED, 7 * SECOND, 20000, 95);
	ck_assert_str_eq(cause, "packets 20000/s, threshold 10000/s, for 3.0 s");
	/* The other one is over for longer by now. */
	LOOK_AT(NORMAL, 8 * SECOND, 5000, 95);
	LOOK_AT(NORMAL, 9 * SECOND, 20000, 95);
	LOOK_AT(OVERLOADED, 37 * SECOND, 20000, 95);
	ck_assert_str_eq(cause, "cpu 95 %, threshold 90 %, for 31.0 s");
}

/* Each value, its threshold alone. */
static const struct {
	size_t offset;
	bool is_long;
	const char *cause;
} limits[NFHAD_MEASURES] = {
	{ offsetof(struct nfhad_limits_config, packets), true,
	  "packets 70/s, threshold 70/s, for 3.0 s" },
	{ offsetof(struct nfhad_limits_config, bits), true,
	  "bits 70/s, threshold 70/s, for 3.0 s" },
	{ offsetof(struct nfhad_limits_config, new_flows), false,
	  "new flows 70/s, threshold 70/s, for 3.0 s" },
	{ offsetof(struct nfhad_limits_config, flows), false,
	  "flows 70, threshold 70, for 3.0 s" },
	{ offsetof(struct nfhad_limits_config, cpu), false,
	  "cpu 70 %, threshold 70 %, for 3.0 s" },
	{ offsetof(struct nfhad_limits_config, pressure), false,
	  "pressure 70 %, threshold 70 %, for 3.0 s" },
	{ offsetof(struct nfhad_limits_config, drops), false,
	  "drops 70/s, threshold 70/s, for 3.0 s" },
	{ offsetof(struct nfhad_limits_config, latency_us), false,
	  "latency 70 us, threshold 70 us, for 3.0 s" },
};

static void set_limit(struct nfhad_limits_config *of, int i, uint32_t value)
{
	char *at = (char *)of + limits[i].offset;

	if (limits[i].is_long)
		*(uint64_t *)at = value;
	else
		*(uint32_t *)at = value;
}

START_TEST(each_value)
{
	detector.overload = (struct nfhad_limits_config){ 0 };
	detector.underload = (struct nfhad_limits_config){ 0 };
	ck_assert_uint_eq(nfhad_overload_wanted(&detector), 0);
	set_limit(&detector.overload, _i, 70);
	ck_assert_uint_eq(nfhad_overload_wanted(&detector),
			  NFHAD_MEASURE_BIT(_i));
	sample = (struct nfhad_sample){ .known = NFHAD_MEASURE_BIT(_i) };
	sample.value[_i] = 69;
	LOOK(NORMAL, 0);
	LOOK(NORMAL, 3 * SECOND);
	sample.value[_i] = 70;
	LOOK(NORMAL, 4 * SECOND);
	LOOK(OVERLOADED, 7 * SECOND);
	ck_assert_str_eq(cause, limits[_i].cause);
	/* And the other way round. */
	instance = (struct nfhad_overload){ 0 };
	detector.overload = (struct nfhad_limits_config){ 0 };
	set_limit(&detector.underload, _i, 71);
	ck_assert_uint_eq(nfhad_overload_wanted(&detector),
			  NFHAD_MEASURE_BIT(_i));
	LOOK(NORMAL, 0);
	LOOK(UNDERLOADED, 60 * SECOND);
	sample.value[_i] = 71;
	LOOK(NORMAL, 100 * SECOND);
	LOOK(NORMAL, 200 * SECOND);
}

/* Without thresholds nothing is ever decided, whatever there is. */
START_TEST(nothing_is_looked_at)
{
	int i;

	detector.overload = (struct nfhad_limits_config){ 0 };
	detector.underload = (struct nfhad_limits_config){ 0 };
	for (i = 0; i < NFHAD_MEASURES; i++)
		sample.value[i] = i % 2 ? UINT64_MAX : 0;
	LOOK(NORMAL, 0);
	LOOK(NORMAL, 1000 * SECOND);
}

START_TEST(longest_cause_fits)
{
	int i;

	detector.overload = (struct nfhad_limits_config){ 0 };
	detector.underload.packets = UINT64_MAX;
	detector.underload.bits = UINT64_MAX;
	for (i = NFHAD_MEASURE_NEW_FLOWS; i < NFHAD_MEASURES; i++)
		set_limit(&detector.underload, i, UINT32_MAX);
	for (i = 0; i < NFHAD_MEASURES; i++)
		sample.value[i] = i < NFHAD_MEASURE_NEW_FLOWS ? UINT64_MAX - 1 :
								UINT32_MAX - 1;
	LOOK(NORMAL, 0);
	LOOK(UNDERLOADED, UINT64_MAX / 2);
	ck_assert_ptr_nonnull(strstr(cause, ", for 9223372036854.7 s"));
}

START_TEST(all_have_to_be_under)
{
	LOOK_AT(NORMAL, 0, 99, 19);
	LOOK_AT(NORMAL, 59999 * MS, 99, 19);
	LOOK_AT(UNDERLOADED, 60000 * MS, 99, 19);
	ck_assert_str_eq(cause,
			 "packets 99/s, threshold 100/s, cpu 19 %, threshold 20 %, for 60.0 s");
	/* One at its threshold is not under it. */
	LOOK_AT(NORMAL, 91 * SECOND, 100, 19);
	LOOK_AT(NORMAL, 92 * SECOND, 99, 20);
	LOOK_AT(NORMAL, 93 * SECOND, 99, 19);
	LOOK_AT(NORMAL, 153 * SECOND - 1, 99, 19);
	LOOK_AT(UNDERLOADED, 153 * SECOND, 99, 19);
}

/* Between the thresholds it is neither. */
START_TEST(hysteresis)
{
	uint64_t t;

	for (t = 0; t < 600; t++)
		LOOK_AT(NORMAL, t * SECOND, 100 + t * 16, 20 + t / 10);
}

START_TEST(unknown_does_not_begin)
{
	forget(NFHAD_MEASURE_PACKETS);
	LOOK_AT(NORMAL, 0, 99999, 50);
	LOOK(NORMAL, 10 * SECOND);
	know(NFHAD_MEASURE_PACKETS);
	LOOK(NORMAL, 11 * SECOND);
	LOOK(NORMAL, 14 * SECOND - 1);
	LOOK(OVERLOADED, 14 * SECOND);
}

START_TEST(unknown_breaks_no_other)
{
	LOOK_AT(NORMAL, 0, 5000, 90);
	forget(NFHAD_MEASURE_PACKETS);
	LOOK(NORMAL, 1 * SECOND);
	know(NFHAD_MEASURE_PACKETS);
	LOOK(NORMAL, 2 * SECOND);
	forget(NFHAD_MEASURE_PACKETS);
	LOOK(OVERLOADED, 3 * SECOND);
	ck_assert_str_eq(cause, "cpu 90 %, threshold 90 %, for 3.0 s");
}

/* "Without a break" nobody can say then. */
START_TEST(unknown_breaks_its_own)
{
	LOOK_AT(NORMAL, 0, 20000, 50);
	forget(NFHAD_MEASURE_PACKETS);
	LOOK(NORMAL, 2 * SECOND);
	know(NFHAD_MEASURE_PACKETS);
	LOOK(NORMAL, 3 * SECOND);
	LOOK(NORMAL, 6 * SECOND - 1);
	LOOK(OVERLOADED, 6 * SECOND);
}

START_TEST(unknown_is_not_underload)
{
	LOOK_AT(NORMAL, 0, 50, 10);
	forget(NFHAD_MEASURE_CPU);
	LOOK(NORMAL, 60 * SECOND);
	LOOK(NORMAL, 61 * SECOND);
	know(NFHAD_MEASURE_CPU);
	LOOK(NORMAL, 62 * SECOND);
	/* Nobody looks at this one. */
	forget(NFHAD_MEASURE_LATENCY);
	LOOK(NORMAL, 122 * SECOND - 1);
	LOOK(UNDERLOADED, 122 * SECOND);
}

START_TEST(nothing_is_known)
{
	sample.known = 0;
	LOOK(NORMAL, 0);
	LOOK(NORMAL, 1000 * SECOND);
}

START_TEST(hold_down)
{
	LOOK_AT(NORMAL, 0, 20000, 50);
	LOOK(OVERLOADED, 3 * SECOND);
	LOOK(NORMAL, 4 * SECOND);
	LOOK(NORMAL, 33 * SECOND - 1);
	ck_assert_str_eq(cause, "");
	/* It has been so all the time. */
	LOOK(OVERLOADED, 33 * SECOND);
	ck_assert_str_eq(cause, "packets 20000/s, threshold 10000/s, for 33.0 s");
	LOOK(NORMAL, 63 * SECOND - 1);
	LOOK(OVERLOADED, 63 * SECOND);
}

/* What has begun in it goes on after it. */
START_TEST(hold_down_is_no_blindness)
{
	LOOK_AT(NORMAL, 0, 20000, 50);
	LOOK(OVERLOADED, 3 * SECOND);
	LOOK_AT(NORMAL, 20 * SECOND, 5000, 50);
	LOOK_AT(NORMAL, 31 * SECOND, 20000, 50);
	LOOK(NORMAL, 33 * SECOND);
	LOOK(OVERLOADED, 34 * SECOND);
	/* Of either kind. */
	detector.underload_for_ms = 1000;
	LOOK_AT(NORMAL, 35 * SECOND, 1, 1);
	LOOK(NORMAL, 64 * SECOND - 1);
	LOOK(UNDERLOADED, 64 * SECOND);
	LOOK_AT(NORMAL, 65 * SECOND, 20000, 50);
	LOOK(NORMAL, 94 * SECOND - 1);
	LOOK(OVERLOADED, 94 * SECOND);
}

START_TEST(no_hold_down)
{
	detector.hold_down_ms = 0;
	LOOK_AT(NORMAL, 0, 20000, 50);
	LOOK(OVERLOADED, 3 * SECOND);
	LOOK(OVERLOADED, 3 * SECOND);
	LOOK(OVERLOADED, 4 * SECOND);
}

static void notify(bool overloaded, uint64_t now)
{
	nfhad_overload_notify(&detector, &instance, overloaded, now);
}

START_TEST(notified)
{
	LOOK(NORMAL, 0);
	notify(true, 10 * SECOND);
	LOOK(OVERLOADED, 10500 * MS);
	ck_assert_str_eq(cause, "notified 0.5 s ago");
	/* In the hold-down it lapses. */
	LOOK(NORMAL, 40 * SECOND);
	LOOK(NORMAL, 41 * SECOND);
	LOOK(NORMAL, 100 * SECOND);
}

START_TEST(notified_at_the_edge)
{
	notify(true, 10 * SECOND);
	LOOK(OVERLOADED, 40 * SECOND - 1);
	instance = (struct nfhad_overload){ 0 };
	notify(true, 10 * SECOND);
	LOOK(NORMAL, 40 * SECOND);
}

START_TEST(notified_again)
{
	notify(true, 10 * SECOND);
	LOOK(OVERLOADED, 10 * SECOND);
	notify(true, 35 * SECOND);
	LOOK(NORMAL, 40 * SECOND - 1);
	LOOK(OVERLOADED, 40 * SECOND);
	ck_assert_str_eq(cause, "notified 5.0 s ago");
}

START_TEST(notified_in_a_hold_down)
{
	LOOK_AT(NORMAL, 0, 20000, 50);
	LOOK(OVERLOADED, 3 * SECOND);
	notify(true, 32 * SECOND);
	LOOK_AT(NORMAL, 33 * SECOND - 1, 1, 1);
	LOOK_AT(OVERLOADED, 33 * SECOND, 1, 1);
}

START_TEST(withdrawn)
{
	notify(true, 10 * SECOND);
	notify(false, 11 * SECOND);
	LOOK(NORMAL, 12 * SECOND);
	/* What is measured stays. */
	LOOK_AT(NORMAL, 13 * SECOND, 20000, 50);
	notify(false, 14 * SECOND);
	LOOK(OVERLOADED, 16 * SECOND);
}

/* One that takes samples seldom has to look at it once. */
START_TEST(notified_with_a_long_interval)
{
	detector.interval_ms = 60000;
	notify(true, 0);
	LOOK(OVERLOADED, 120 * SECOND - 1);
	instance = (struct nfhad_overload){ 0 };
	notify(true, 0);
	LOOK(NORMAL, 120 * SECOND);
}

/* Whom others call overloaded, or who begins to be, is not given less to do. */
START_TEST(overload_goes_first)
{
	detector.hold_down_ms = 0;
	LOOK_AT(NORMAL, 0, 1, 1);
	notify(true, 60 * SECOND);
	LOOK(OVERLOADED, 60 * SECOND);
	notify(false, 60 * SECOND);
	LOOK(UNDERLOADED, 60 * SECOND);
	detector.overload.flows = 10;
	sample.value[NFHAD_MEASURE_FLOWS] = 10;
	LOOK(NORMAL, 61 * SECOND);
	LOOK(OVERLOADED, 64 * SECOND);
}

/* A clock that is set back does no harm. */
START_TEST(time_goes_back)
{
	LOOK_AT(NORMAL, 100 * SECOND, 20000, 50);
	LOOK(NORMAL, 50 * SECOND);
	LOOK(NORMAL, 103 * SECOND - 1);
	LOOK(OVERLOADED, 103 * SECOND);
}

int main(void)
{
	const TTest * const tests[] = {
		under_it_by_one, says_what_it_is_now, at_once,
		break_begins_anew, each_has_its_time, nothing_is_looked_at,
		longest_cause_fits, all_have_to_be_under, hysteresis,
		unknown_does_not_begin, unknown_breaks_no_other,
		unknown_breaks_its_own, unknown_is_not_underload,
		nothing_is_known, hold_down, hold_down_is_no_blindness,
		no_hold_down, notified, notified_at_the_edge,
		notified_again, notified_in_a_hold_down, withdrawn,
		notified_with_a_long_interval, overload_goes_first,
		time_goes_back,
	};
	Suite *suite = suite_of("overload", setup, NULL, tests,
				ARRAY_SIZE(tests));
	TCase *tcase = tcase_create("each");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, to_the_millisecond, 0, ARRAY_SIZE(starts));
	tcase_add_loop_test(tcase, each_value, 0, NFHAD_MEASURES);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
