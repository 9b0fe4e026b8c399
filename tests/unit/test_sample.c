// SPDX-License-Identifier: GPL-2.0-or-later
/* What two readings say. */

#include "sample.h"
#include "unit.h"

#define BIT(name) NFHAD_MEASURE_BIT(NFHAD_MEASURE_##name)

static struct nfhad_reading before;
static struct nfhad_reading now;
static struct nfhad_sample sample;

/* Half a second, and in it something of everything. */
static void setup(void)
{
	before = (struct nfhad_reading){
		.known = NFHAD_MEASURES_ALL,
		.traffic_us = 7000000,
		.usage_us = 8000000,
		.packets_to = 100,
		.packets_from = 200,
		.bytes_to = 1000,
		.bytes_from = 2000,
		.new_flows = 10,
		.cpu_us = 5000000,
		.pressure_us = 1000,
		.drops = 3,
		.flows = 9,
		.latency_us = 77,
	};
	now = (struct nfhad_reading){
		.known = NFHAD_MEASURES_ALL,
		.traffic_us = 7500000,
		.usage_us = 8250000,
		.packets_to = 100 + 600,
		.packets_from = 200 + 500,
		.bytes_to = 1000 + 2500,
		.bytes_from = 2000 + 2600,
		.new_flows = 10 + 4,
		.cpu_us = 5000000 + 600000,
		.pressure_us = 1000 + 100000,
		.drops = 3 + 1,
		.flows = 12,
		.latency_us = 55,
	};
}

static void make(void)
{
	nfhad_sample_make(&before, &now, &sample);
}

/* Known is what is in @known; the rest has no value either. */
static void check_known(uint32_t known)
{
	int i;

	make();
	ck_assert_uint_eq(sample.known, known);
	for (i = 0; i < NFHAD_MEASURES; i++)
		if (!(known & NFHAD_MEASURE_BIT(i)))
			ck_assert_uint_eq(sample.value[i], 0);
}

static void check_value(enum nfhad_measure measure, uint64_t value)
{
	ck_assert_uint_eq(sample.value[measure], value);
}

START_TEST(rates)
{
	check_known(NFHAD_MEASURES_ALL);
	check_value(NFHAD_MEASURE_PACKETS, 1200);
	check_value(NFHAD_MEASURE_BITS, 41600);
	check_value(NFHAD_MEASURE_NEW_FLOWS, 8);
	check_value(NFHAD_MEASURE_FLOWS, 12);
	check_value(NFHAD_MEASURE_CPU, 240);
	check_value(NFHAD_MEASURE_PRESSURE, 40);
	check_value(NFHAD_MEASURE_DROPS, 2);
	check_value(NFHAD_MEASURE_LATENCY, 55);
}

/* Of both directions the one with more, whichever that is. */
START_TEST(directions)
{
	now.packets_from = before.packets_from + 700;
	now.bytes_to = before.bytes_to + 3000;
	make();
	check_value(NFHAD_MEASURE_PACKETS, 1400);
	check_value(NFHAD_MEASURE_BITS, 48000);
}

START_TEST(nothing_happened)
{
	uint64_t traffic = now.traffic_us, usage = now.usage_us;

	now = before;
	now.traffic_us = traffic;
	now.usage_us = usage;
	now.flows = 0;
	now.latency_us = 0;
	check_known(NFHAD_MEASURES_ALL);
	check_value(NFHAD_MEASURE_PACKETS, 0);
	check_value(NFHAD_MEASURE_CPU, 0);
}

START_TEST(first_reading)
{
	before = (struct nfhad_reading){ 0 };
	check_known(BIT(FLOWS) | BIT(LATENCY));
}

/* Whatever one of them does not know. */
START_TEST(unknown)
{
	before.known &= ~NFHAD_MEASURE_BIT(_i);
	check_known(NFHAD_MEASURE_BIT(_i) & (BIT(FLOWS) | BIT(LATENCY)) ?
			    NFHAD_MEASURES_ALL :
			    NFHAD_MEASURES_ALL & ~NFHAD_MEASURE_BIT(_i));
	before.known = NFHAD_MEASURES_ALL;
	now.known &= ~NFHAD_MEASURE_BIT(_i);
	check_known(NFHAD_MEASURES_ALL & ~NFHAD_MEASURE_BIT(_i));
}

#define TRAFFIC (BIT(PACKETS) | BIT(BITS) | BIT(NEW_FLOWS) | BIT(DROPS))
#define USAGE (BIT(CPU) | BIT(PRESSURE))

/* Not a moment, or less. */
START_TEST(no_time)
{
	now.traffic_us = before.traffic_us;
	check_known(NFHAD_MEASURES_ALL & ~TRAFFIC);
	now.traffic_us--;
	check_known(NFHAD_MEASURES_ALL & ~TRAFFIC);
	now.traffic_us += 2;
	check_known(NFHAD_MEASURES_ALL);
	now.usage_us = before.usage_us;
	check_known(NFHAD_MEASURES_ALL & ~USAGE);
	now.usage_us = 0;
	check_known(NFHAD_MEASURES_ALL & ~USAGE);
	now.traffic_us = 0;
	check_known(BIT(FLOWS) | BIT(LATENCY));
}

/* Each counter, and what depends on it. */
static const struct {
	size_t offset;
	uint32_t depends;
} counters[] = {
	{ offsetof(struct nfhad_reading, packets_to), BIT(PACKETS) },
	{ offsetof(struct nfhad_reading, packets_from), BIT(PACKETS) },
	{ offsetof(struct nfhad_reading, bytes_to), BIT(BITS) },
	{ offsetof(struct nfhad_reading, bytes_from), BIT(BITS) },
	{ offsetof(struct nfhad_reading, new_flows), BIT(NEW_FLOWS) },
	{ offsetof(struct nfhad_reading, cpu_us), BIT(CPU) },
	{ offsetof(struct nfhad_reading, pressure_us), BIT(PRESSURE) },
	{ offsetof(struct nfhad_reading, drops), BIT(DROPS) },
};

static uint64_t *counter_of(struct nfhad_reading *reading, int i)
{
	return (uint64_t *)((char *)reading + counters[i].offset);
}

/* By one only, from the end of all numbers, and back to where it was. */
START_TEST(backwards)
{
	uint64_t *then = counter_of(&before, _i), *value = counter_of(&now, _i);

	*value = *then - 1;
	check_known(NFHAD_MEASURES_ALL & ~counters[_i].depends);
	*then = UINT64_MAX;
	*value = 0;
	check_known(NFHAD_MEASURES_ALL & ~counters[_i].depends);
	*value = UINT64_MAX;
	check_known(NFHAD_MEASURES_ALL);
}

/* As much as there can be, in a microsecond and in a year. */
START_TEST(as_much_as_can_be)
{
	before.bytes_to = 0;
	now.bytes_to = UINT64_MAX;
	now.traffic_us = before.traffic_us + 1;
	make();
	check_value(NFHAD_MEASURE_BITS, UINT64_MAX);
	/* 400 Gbit/s for a year. */
	now.bytes_to = UINT64_C(50000000000) * 31536000;
	now.traffic_us = before.traffic_us + UINT64_C(31536000) * 1000000;
	make();
	check_value(NFHAD_MEASURE_BITS, UINT64_C(400000000000));
}

START_TEST(pressure_is_a_share)
{
	now.pressure_us = before.pressure_us + 251000;
	make();
	check_value(NFHAD_MEASURE_PRESSURE, 100);
}

int main(void)
{
	const TTest * const tests[] = {
		rates, directions, nothing_happened, first_reading, no_time,
		as_much_as_can_be, pressure_is_a_share,
	};
	Suite *suite = suite_of("sample", setup, NULL, tests, ARRAY_SIZE(tests));
	TCase *tcase = tcase_create("each");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, unknown, 0, NFHAD_MEASURES);
	tcase_add_loop_test(tcase, backwards, 0, ARRAY_SIZE(counters));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
