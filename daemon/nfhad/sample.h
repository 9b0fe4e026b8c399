/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SAMPLE_H
#define NFHAD_SAMPLE_H

#include <stdint.h>

/**
 * enum nfhad_measure - what the load of an instance is measured by
 * @NFHAD_MEASURE_PACKETS: each second, to it or from it, whichever are more
 * @NFHAD_MEASURE_BITS: the same
 * @NFHAD_MEASURE_NEW_FLOWS: each second
 * @NFHAD_MEASURE_FLOWS: that live
 * @NFHAD_MEASURE_CPU: percent of one processor; may be over 100
 * @NFHAD_MEASURE_PRESSURE: percent of the time in which something of it waited for a
 *	processor
 * @NFHAD_MEASURE_DROPS: packets each second that found no room in its queues
 * @NFHAD_MEASURE_LATENCY: microseconds
 * @NFHAD_MEASURES: how many there are
 */
enum nfhad_measure {
	NFHAD_MEASURE_PACKETS,
	NFHAD_MEASURE_BITS,
	NFHAD_MEASURE_NEW_FLOWS,
	NFHAD_MEASURE_FLOWS,
	NFHAD_MEASURE_CPU,
	NFHAD_MEASURE_PRESSURE,
	NFHAD_MEASURE_DROPS,
	NFHAD_MEASURE_LATENCY,
	NFHAD_MEASURES
};

/* Of sets of them. */
#define NFHAD_MEASURE_BIT(measure) (UINT32_C(1) << (measure))
#define NFHAD_MEASURES_ALL (NFHAD_MEASURE_BIT(NFHAD_MEASURES) - 1)

/**
 * struct nfhad_reading - counters of an instance as they were at a time
 * @known: set of enum nfhad_measure: whose counters have been read
 * @traffic_us: when those of the module were, in microseconds
 * @usage_us: when @cpu_us and @pressure_us were
 * @packets_to: to the instance
 * @packets_from: from it
 * @bytes_to: to it
 * @bytes_from: from it
 * @new_flows: that have begun
 * @cpu_us: processor time that it has used
 * @pressure_us: time in which something of it waited for a processor
 * @drops: packets that were lost
 * @flows: that live
 * @latency_us: of now
 */
struct nfhad_reading {
	uint32_t known;
	uint64_t traffic_us;
	uint64_t usage_us;
	uint64_t packets_to;
	uint64_t packets_from;
	uint64_t bytes_to;
	uint64_t bytes_from;
	uint64_t new_flows;
	uint64_t cpu_us;
	uint64_t pressure_us;
	uint64_t drops;
	uint32_t flows;
	uint32_t latency_us;
};

/**
 * struct nfhad_sample - the load of an instance
 * @known: set of enum nfhad_measure: what is known of it
 * @value: by enum nfhad_measure; 0 if it is not known
 */
struct nfhad_sample {
	uint32_t known;
	uint64_t value[NFHAD_MEASURES];
};

/**
 * nfhad_sample_make - what two readings say of the time between them
 * @before: the earlier one; all zero: there is none
 * @now: the later one
 * @sample: set
 *
 * Unknown is what one of them does not know, a counter that has gone backwards (the
 * instance was made anew), and each rate if no time has passed. What is no rate needs
 * @now only.
 */
void nfhad_sample_make(const struct nfhad_reading *before,
		       const struct nfhad_reading *now,
		       struct nfhad_sample *sample);

/**
 * nfhad_sample_share - what is left of a load without some of its flows
 * @sample: the load
 * @flows: that it is of
 * @gone: how many of them end, or go
 * @left: set
 *
 * What flows do not have a share of each, such as waiting, stays as it is.
 */
void nfhad_sample_share(const struct nfhad_sample *sample, uint32_t flows,
			uint32_t gone, struct nfhad_sample *left);

/* Two loads that one instance would have; known is what is of both. */
void nfhad_sample_add(const struct nfhad_sample *a, const struct nfhad_sample *b,
		      struct nfhad_sample *sum);

#endif /* NFHAD_SAMPLE_H */
