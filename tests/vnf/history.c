// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The judge: all packets that were seen, and whether one single history of the
 * network function explains them. It knows what the packets say and nothing else.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

/* A run takes some 100,000; a number beyond is none that was counted up to. */
#define NUMBER_MAX	16777216ULL

#define LL(n) ((unsigned long long)(n))

/**
 * struct moment - what is known of a number
 * @digest: of the history up to it
 * @told: somebody told @digest
 * @sighting: index of the packet that has the number, plus 1
 */
struct moment {
	uint64_t digest;
	bool told;
	uint32_t sighting;
};

/**
 * struct line - what is known of a flow, in the order of numbers
 * @number: of its last packet
 * @count: of the same
 * @arrived: largest number that was seen yet
 * @input: index of its first packet in history.input
 */
struct line {
	uint64_t number;
	uint64_t count;
	uint64_t arrived;
	uint64_t input;
};

/**
 * struct history - all that was seen
 * @sighting: in the order of arrival
 * @sightings: how many
 * @room: for how many there is memory
 * @flows: how many
 * @moment: while judging: by number
 * @line: while judging: by flow
 * @input: while judging: the number that each packet that was sent was seen with, or 0
 * @number_max: while judging: the largest number
 */
struct history {
	struct sighting *sighting;
	uint64_t sightings;
	uint64_t room;
	uint32_t flows;
	struct moment *moment;
	struct line *line;
	uint32_t *input;
	uint64_t number_max;
};

static void *must(void *memory)
{
	if (!memory) {
		fputs("history: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

struct history *history_new(uint32_t flows)
{
	struct history *h = must(calloc(1, sizeof(*h)));

	h->flows = flows;
	h->room = 1 << 16;
	h->sighting = must(malloc(h->room * sizeof(*h->sighting)));
	return h;
}

static void forget(struct history *h)
{
	free(h->input);
	free(h->line);
	free(h->moment);
	h->input = NULL;
	h->line = NULL;
	h->moment = NULL;
	h->number_max = 0;
}

void history_free(struct history *h)
{
	forget(h);
	free(h->sighting);
	free(h);
}

void history_see(struct history *h, const struct sighting *s)
{
	if (h->sightings == h->room) {
		h->room *= 2;
		h->sighting = must(realloc(h->sighting,
					   h->room * sizeof(*h->sighting)));
	}
	h->sighting[h->sightings++] = *s;
}

const struct sighting *history_at(const struct history *h, uint64_t i)
{
	return i < h->sightings ? &h->sighting[i] : NULL;
}

uint64_t history_contradictions(const struct verdict *v)
{
	return v->number + v->digest + v->count + v->twice;
}

void history_fill(struct stamp *s)
{
	uint32_t x = s->flow * 2654435761U + s->seq;
	unsigned int i;

	for (i = 0; i < STAMP_FILLER; i++) {
		x = x * 1664525 + 1013904223;
		s->filler[i] = x >> 24;
	}
}

static void contradict(struct verdict *v, uint64_t *counter,
		       const struct stamp *s, const char *what)
{
	++*counter;
	if (!v->first[0])
		snprintf(v->first, sizeof(v->first),
			 "number %llu, flow %u, seq %u, count %llu: %s",
			 LL(s->number), s->flow, s->seq, LL(s->count), what);
}

static bool is_foreign(const struct history *h, const uint32_t *sent,
		       const struct stamp *s)
{
	struct stamp want = { .flow = s->flow, .seq = s->seq };

	if (s->flow >= h->flows || !s->seq || s->seq > sent[s->flow])
		return true;
	history_fill(&want);
	return !s->number || s->number >= NUMBER_MAX ||
	       memcmp(want.filler, s->filler, STAMP_FILLER) != 0;
}

/* One more who says what the history was up to a number. */
static bool tell(struct history *h, uint64_t number, uint64_t digest)
{
	struct moment *m = &h->moment[number];

	if (!m->told) {
		m->told = true;
		m->digest = digest;
	}
	return m->digest == digest;
}

static void judge_digests(struct history *h, const struct stamp *s,
			  struct verdict *v)
{
	uint64_t anchor = (s->number - 1) / STAMP_ANCHOR * STAMP_ANCHOR;
	bool after = tell(h, s->number, s->after);
	bool before = tell(h, s->number - 1, s->before);

	if (!tell(h, anchor, s->anchor) || !before || !after)
		contradict(v, &v->digest, s,
			   "of another history than what was seen before");
}

/* True if it is the first one with its number. */
static bool judge_number(struct history *h, uint64_t i, struct verdict *v)
{
	const struct stamp *s = &h->sighting[i].stamp;
	struct moment *m = &h->moment[s->number];

	if (!m->sighting) {
		m->sighting = i + 1;
		if (s->number > h->number_max)
			h->number_max = s->number;
		return true;
	}
	if (!memcmp(&h->sighting[m->sighting - 1].stamp, s, sizeof(*s)))
		v->duplicates++;
	else
		contradict(v, &v->number, s,
			   "another packet had this number");
	return false;
}

static void judge_input(struct history *h, const struct stamp *s,
			struct verdict *v)
{
	uint32_t *seen = &h->input[h->line[s->flow].input + s->seq - 1];

	if (!*seen) {
		*seen = s->number;
		v->seen++;
	} else if (*seen != s->number) {
		contradict(v, &v->twice, s, "it had another number before");
	}
}

static void judge_arrivals(struct history *h, const uint32_t *sent,
			   struct verdict *v)
{
	uint64_t i;

	for (i = 0; i < h->sightings; i++) {
		const struct stamp *s = &h->sighting[i].stamp;
		struct line *line;

		if (is_foreign(h, sent, s)) {
			v->foreign++;
			continue;
		}
		judge_digests(h, s, v);
		judge_input(h, s, v);
		if (!judge_number(h, i, v))
			continue;
		line = &h->line[s->flow];
		if (s->number < line->arrived)
			v->reordered++;
		else
			line->arrived = s->number;
	}
}

/* In the order of numbers: counts of a flow grow, and not faster than numbers. */
static void judge_counts(struct history *h, struct verdict *v)
{
	uint64_t n;

	for (n = 1; n <= h->number_max; n++) {
		const struct stamp *s;
		struct line *line;

		if (!h->moment[n].sighting)
			continue;
		s = &h->sighting[h->moment[n].sighting - 1].stamp;
		line = &h->line[s->flow];
		if (s->count <= line->count ||
		    s->count - line->count > n - line->number)
			contradict(v, &v->count, s,
				   "not what follows from its packet before");
		line->count = s->count;
		line->number = n;
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void judge_times(const struct history *h, struct verdict *v)
{
	uint64_t *took, i, last = 0;

	if (!h->sightings)
		return;
	took = must(malloc(h->sightings * sizeof(*took)));
	for (i = 0; i < h->sightings; i++) {
		uint64_t at = h->sighting[i].arrival_ns;

		took[i] = at - h->sighting[i].stamp.sent_ns;
		if (i && at - last > HISTORY_GAP)
			v->gaps++;
		if (i && at - last > v->gap_max)
			v->gap_max = at - last;
		last = at;
	}
	qsort(took, h->sightings, sizeof(*took), compare);
	v->latency_p50 = took[h->sightings / 2];
	v->latency_p99 = took[h->sightings * 99 / 100];
	v->latency_max = took[h->sightings - 1];
	free(took);
}

void history_judge(struct history *h, const uint32_t *sent, struct verdict *v)
{
	uint64_t total = 0;
	uint32_t i;

	memset(v, 0, sizeof(*v));
	forget(h);
	/* Pages of it that no number touches take no memory. */
	h->moment = must(calloc(NUMBER_MAX, sizeof(*h->moment)));
	h->line = must(calloc(h->flows, sizeof(*h->line)));
	for (i = 0; i < h->flows; i++) {
		h->line[i].input = total;
		total += sent[i];
	}
	h->input = must(calloc(total + 1, sizeof(*h->input)));
	judge_arrivals(h, sent, v);
	judge_counts(h, v);
	judge_times(h, v);
	v->lost = total - v->seen;
}
