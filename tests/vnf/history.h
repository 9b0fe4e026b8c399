/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNF_HISTORY_H
#define VNF_HISTORY_H

#include <stdint.h>

#include "stamp.h"

/**
 * struct sighting - a packet that somebody outside has seen
 * @stamp: what it says
 * @arrival_ns: when it was seen, CLOCK_MONOTONIC
 */
struct sighting {
	struct stamp stamp;
	uint64_t arrival_ns;
};

/**
 * struct verdict - what follows from all sightings together
 * @seen: different packets
 * @lost: packets that were sent and not seen
 * @duplicates: copies of a packet that was seen before, alike to the last bit. A network
 *	may make such, and they contradict nothing.
 * @reordered: seen after a later one of their flow. No contradiction either.
 * @foreign: sightings of what was never sent, or was altered
 * @number: contradictions: a number that another packet has already
 * @digest: contradictions: another digest for the same number, so another history
 * @count: contradictions: a count of its flow that does not go with the number
 * @twice: contradictions: an input that was seen already, with another number
 * @latency_p50: nanoseconds from sent to seen
 * @latency_p99: the same
 * @latency_max: the same
 * @gaps: times longer than HISTORY_GAP in which nothing was seen
 * @gap_max: the longest
 * @first: the first contradiction in words
 */
struct verdict {
	uint64_t seen;
	uint64_t lost;
	uint64_t duplicates;
	uint64_t reordered;
	uint64_t foreign;
	uint64_t number;
	uint64_t digest;
	uint64_t count;
	uint64_t twice;
	uint64_t latency_p50;
	uint64_t latency_p99;
	uint64_t latency_max;
	uint64_t gaps;
	uint64_t gap_max;
	char first[192];
};

#define HISTORY_GAP	50000000ULL

struct history;

/**
 * history_new - begin to watch
 * @flows: their number; a larger one in a packet is foreign
 *
 * Return: the history. There is no program without one.
 */
struct history *history_new(uint32_t flows);
void history_free(struct history *h);

/**
 * history_see - a packet has been seen
 * @h: the history
 * @s: the packet
 */
void history_see(struct history *h, const struct sighting *s);

/**
 * history_at - what was seen
 * @h: the history
 * @i: which, in the order of arrival
 *
 * Return: the sighting, or NULL beyond the last one.
 */
const struct sighting *history_at(const struct history *h, uint64_t i);

/**
 * history_judge - is there one history that all sightings fit into?
 * @h: the history
 * @sent: packets that were sent, for each flow
 * @v: set
 *
 * A sighting that contradicts an earlier one counts once under each name that fits.
 */
void history_judge(struct history *h, const uint32_t *sent, struct verdict *v);

/* Contradictions of any kind. */
uint64_t history_contradictions(const struct verdict *v);

/* What the witness fills a packet with. */
void history_fill(struct stamp *s);

#endif /* VNF_HISTORY_H */
