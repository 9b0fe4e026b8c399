/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_OVERLOAD_H
#define NFHAD_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include "sample.h"

/*
 * The overload detector (ETSI GS NFV-REL 002, 6.2 component 1 and 7.2). It looks at
 * samples and decides; it reads nothing, and the time is given, in microseconds.
 */

/*
 * A notification counts for so long, unless it is repeated; or for two intervals if
 * they are longer, so that it is looked at.
 */
#define NFHAD_OVERLOAD_NOTICE_US UINT64_C(30000000)

/* Room for a cause, with its NUL. */
#define NFHAD_OVERLOAD_CAUSE_SIZE 512

/**
 * struct nfhad_limits_config - thresholds; 0: not looked at
 * @packets: each second
 * @bits: each second
 * @new_flows: each second
 * @flows: that live
 * @cpu: percent of one processor
 * @pressure: percent
 * @drops: each second
 * @latency_us: microseconds
 */
struct nfhad_limits_config {
	uint64_t packets;
	uint64_t bits;
	uint32_t new_flows;
	uint32_t flows;
	uint32_t cpu;
	uint32_t pressure;
	uint32_t drops;
	uint32_t latency_us;
};

/**
 * struct nfhad_detector_config - when an instance has too much to do, or too little
 * @overload: overloaded is what has reached one of these
 * @underload: underloaded is what is under all of these
 * @overload_for_ms: it takes so long without a break to be overloaded
 * @underload_for_ms: and to be underloaded
 * @hold_down_ms: after a decision there is none for so long
 * @interval_ms: between two samples, for whoever takes them
 */
struct nfhad_detector_config {
	struct nfhad_limits_config overload;
	struct nfhad_limits_config underload;
	uint32_t overload_for_ms;
	uint32_t underload_for_ms;
	uint32_t hold_down_ms;
	uint32_t interval_ms;
};

enum nfhad_verdict {
	NFHAD_NORMAL,
	NFHAD_OVERLOADED,
	NFHAD_UNDERLOADED,
};

/**
 * struct nfhad_overload - what the detector remembers of an instance
 * @over: set of enum nfhad_measure: what has reached its threshold
 * @over_since: by enum nfhad_measure: when it did
 * @under_since: since when it has been under all thresholds of underload
 * @is_under: it is
 * @is_noticed: somebody has said that it is overloaded
 * @noticed: when last
 * @noticed_until: and for how long that counts
 * @held_until: nothing is decided before
 */
struct nfhad_overload {
	uint32_t over;
	uint64_t over_since[NFHAD_MEASURES];
	uint64_t under_since;
	bool is_under;
	bool is_noticed;
	uint64_t noticed;
	uint64_t noticed_until;
	uint64_t held_until;
};

/**
 * nfhad_overload_wanted - what has to be measured
 * @detector: the thresholds
 *
 * Return: set of enum nfhad_measure: what there is a threshold for.
 */
uint32_t nfhad_overload_wanted(const struct nfhad_detector_config *detector);

/**
 * nfhad_overload_is_reached - is a load as much as one of these, or more?
 * @limits: thresholds
 * @sample: a load
 *
 * What is not known is not.
 */
bool nfhad_overload_is_reached(const struct nfhad_limits_config *limits,
			       const struct nfhad_sample *sample);

/**
 * nfhad_overload_look - look at a sample, and decide
 * @detector: the thresholds
 * @instance: zero before the first time
 * @sample: the load of the instance
 * @now: when
 * @cause: set: "packets 12034/s, threshold 10000/s, for 3.0 s", "notified 0.5 s ago", or
 *	"" if it is normal
 *
 * Each value has a time of its own, from the first sample in which it is at or over
 * its threshold to the first in which it is not, or is not known. What other values do
 * meanwhile, or that they are not known, makes no difference. To be underloaded, all
 * values that have a threshold must be known and under it, and none over one of
 * overload.
 *
 * Whatever is not normal is a decision, and the hold-down begins. The values are
 * looked at in it, too: so who is overloaded all the time is so again when it ends.
 */
enum nfhad_verdict
nfhad_overload_look(const struct nfhad_detector_config *detector,
		    struct nfhad_overload *instance,
		    const struct nfhad_sample *sample, uint64_t now,
		    char cause[NFHAD_OVERLOAD_CAUSE_SIZE]);

/**
 * nfhad_overload_notify - somebody else says whether an instance is overloaded (7.2, 1 a)
 * @detector: the thresholds
 * @instance: the instance
 * @overloaded: it is; or it is not any more, as far as he knows
 * @now: when
 *
 * Overload counts from the next look on, without a time that it has to last, if there
 * is no hold-down, and until it lapses. It takes nothing away from what is
 * measured.
 */
void nfhad_overload_notify(const struct nfhad_detector_config *detector,
			   struct nfhad_overload *instance, bool overloaded,
			   uint64_t now);

#endif /* NFHAD_OVERLOAD_H */
