/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNF_STAMP_H
#define VNF_STAMP_H

#include <stdint.h>

#define STAMP_MAGIC	0x6e666861736571ULL
#define STAMP_ANCHOR	32	/* numbers between two anchors */
#define STAMP_FILLER	24

/**
 * struct stamp - payload of a packet between witness and sequencer
 * @magic: tells it from all else
 * @sent_ns: by the witness: when it was sent, CLOCK_MONOTONIC
 * @flow: by the witness: number of the flow
 * @seq: by the witness: number of the packet in its flow, from 1
 * @filler: by the witness: follows from @flow and @seq
 * @number: by the sequencer: of all packets that it has forwarded; 0: none
 * @count: by the sequencer: of those of the flow
 * @before: by the sequencer: digest of all that it did up to @number - 1
 * @after: by the sequencer: the same up to @number
 * @anchor: by the sequencer: the same up to the last multiple of STAMP_ANCHOR
 *	that is smaller than @number
 *
 * The digest is a chain with a new random number in each link, so two histories
 * never have the same. All in the order of this machine, where both ends are.
 */
struct stamp {
	uint64_t magic;
	uint64_t sent_ns;
	uint32_t flow;
	uint32_t seq;
	uint8_t filler[STAMP_FILLER];
	uint64_t number;
	uint64_t count;
	uint64_t before;
	uint64_t after;
	uint64_t anchor;
};

#endif /* VNF_STAMP_H */
