// SPDX-License-Identifier: GPL-2.0-or-later
/* The load of an instance. */

#include <stdbool.h>

#include "sample.h"

#define US_PER_S 1000000
#define BITS_PER_BYTE 8
#define PERCENT 100

/* A counter at two times. */
struct span {
	uint64_t before;
	uint64_t now;
};

static struct span span_of(uint64_t before, uint64_t now)
{
	return (struct span){ before, now };
}

/* How much it grew in each microsecond, times @factor. False if that is not known. */
static bool rate_of(struct span counter, struct span time, uint32_t factor,
		    uint64_t *rate)
{
	unsigned __int128 grown;

	if (counter.now < counter.before || time.now <= time.before)
		return false;
	*rate = 0;
	/* Nearly all of those at rest. */
	if (counter.now == counter.before)
		return true;
	grown = (unsigned __int128)(counter.now - counter.before) * factor /
		(time.now - time.before);
	*rate = grown > UINT64_MAX ? UINT64_MAX : (uint64_t)grown;
	return true;
}

static void put(struct nfhad_sample *sample, enum nfhad_measure measure,
		uint64_t value)
{
	sample->known |= NFHAD_MEASURE_BIT(measure);
	sample->value[measure] = value;
}

static void put_rate(struct nfhad_sample *sample, enum nfhad_measure measure,
		     struct span counter, struct span time, uint32_t factor)
{
	uint64_t rate;

	if (rate_of(counter, time, factor, &rate))
		put(sample, measure, rate);
}

/* Of both directions the one with more. */
static void put_greater(struct nfhad_sample *sample, enum nfhad_measure measure,
			struct span to, struct span from, struct span time,
			uint32_t factor)
{
	uint64_t in, out;

	if (rate_of(to, time, factor, &in) && rate_of(from, time, factor, &out))
		put(sample, measure, in > out ? in : out);
}

static void put_traffic(const struct nfhad_reading *before,
			const struct nfhad_reading *now, uint32_t both,
			struct nfhad_sample *sample)
{
	const struct span time = span_of(before->traffic_us, now->traffic_us);

	if (both & NFHAD_MEASURE_BIT(NFHAD_MEASURE_PACKETS))
		put_greater(sample, NFHAD_MEASURE_PACKETS,
			    span_of(before->packets_to, now->packets_to),
			    span_of(before->packets_from, now->packets_from),
			    time, US_PER_S);
	if (both & NFHAD_MEASURE_BIT(NFHAD_MEASURE_BITS))
		put_greater(sample, NFHAD_MEASURE_BITS,
			    span_of(before->bytes_to, now->bytes_to),
			    span_of(before->bytes_from, now->bytes_from),
			    time, BITS_PER_BYTE * US_PER_S);
	if (both & NFHAD_MEASURE_BIT(NFHAD_MEASURE_NEW_FLOWS))
		put_rate(sample, NFHAD_MEASURE_NEW_FLOWS,
			 span_of(before->new_flows, now->new_flows), time,
			 US_PER_S);
	if (both & NFHAD_MEASURE_BIT(NFHAD_MEASURE_DROPS))
		put_rate(sample, NFHAD_MEASURE_DROPS,
			 span_of(before->drops, now->drops), time, US_PER_S);
}

static void put_usage(const struct nfhad_reading *before,
		      const struct nfhad_reading *now, uint32_t both,
		      struct nfhad_sample *sample)
{
	const struct span time = span_of(before->usage_us, now->usage_us);
	uint64_t share;

	if (both & NFHAD_MEASURE_BIT(NFHAD_MEASURE_CPU))
		put_rate(sample, NFHAD_MEASURE_CPU,
			 span_of(before->cpu_us, now->cpu_us), time, PERCENT);
	/* The kernel takes its own time for it, not exactly when we take ours. */
	if (both & NFHAD_MEASURE_BIT(NFHAD_MEASURE_PRESSURE) &&
	    rate_of(span_of(before->pressure_us, now->pressure_us), time,
		    PERCENT, &share))
		put(sample, NFHAD_MEASURE_PRESSURE,
		    share > PERCENT ? PERCENT : share);
}

void nfhad_sample_make(const struct nfhad_reading *before,
		       const struct nfhad_reading *now,
		       struct nfhad_sample *sample)
{
	uint32_t both = before->known & now->known;

	*sample = (struct nfhad_sample){ 0 };
	put_traffic(before, now, both, sample);
	put_usage(before, now, both, sample);
	if (now->known & NFHAD_MEASURE_BIT(NFHAD_MEASURE_FLOWS))
		put(sample, NFHAD_MEASURE_FLOWS, now->flows);
	if (now->known & NFHAD_MEASURE_BIT(NFHAD_MEASURE_LATENCY))
		put(sample, NFHAD_MEASURE_LATENCY, now->latency_us);
}

/* Each flow has its part of these. */
#define SHARED (NFHAD_MEASURE_BIT(NFHAD_MEASURE_PACKETS) |		\
		NFHAD_MEASURE_BIT(NFHAD_MEASURE_BITS) |			\
		NFHAD_MEASURE_BIT(NFHAD_MEASURE_FLOWS) |		\
		NFHAD_MEASURE_BIT(NFHAD_MEASURE_CPU))

void nfhad_sample_share(const struct nfhad_sample *sample, uint32_t flows,
			uint32_t gone, struct nfhad_sample *left)
{
	unsigned int i;

	*left = *sample;
	if (!flows || gone > flows)
		return;
	for (i = 0; i < NFHAD_MEASURES; i++)
		if (SHARED & NFHAD_MEASURE_BIT(i))
			left->value[i] = (double)sample->value[i] *
					 (flows - gone) / flows;
}

void nfhad_sample_add(const struct nfhad_sample *a, const struct nfhad_sample *b,
		      struct nfhad_sample *sum)
{
	unsigned int i;

	sum->known = a->known & b->known;
	for (i = 0; i < NFHAD_MEASURES; i++)
		sum->value[i] = a->value[i] + b->value[i];
}
