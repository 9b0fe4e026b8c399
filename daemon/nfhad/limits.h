/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LIMITS_H
#define NFHAD_LIMITS_H

#include <stdint.h>

/**
 * struct nfhad_limits - of what an instance does; 0: is not looked at
 * @packets: to and from it, in one second
 * @bits: the same
 * @new_flows: in one second
 * @flows: that live
 * @cpu: its processes, in percent of one processor
 * @pressure: time in which one of them waits for a processor, in percent (PSI, some)
 * @drops: packets to or from it that its queues lose, in one second
 * @latency_us: of a packet through it
 */
struct nfhad_limits {
	uint64_t packets;
	uint64_t bits;
	uint32_t new_flows;
	uint32_t flows;
	uint32_t cpu;
	uint32_t pressure;
	uint32_t drops;
	uint32_t latency_us;
};

#endif /* NFHAD_LIMITS_H */
