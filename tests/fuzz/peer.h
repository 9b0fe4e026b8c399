/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_PEER_H
#define FUZZ_PEER_H

#include <stdint.h>

/* The library's flow ID: its structures have names that the module's have, too. */

#define PEER_KEY 16

/**
 * struct peer_flow - a packet, its sender first
 * @family: 4 or 6
 * @proto: IPPROTO_*
 * @port: network order
 * @address: the same
 * @affinity: enum nfha_affinity
 * @prefix4: bits that count
 * @prefix6: the same for IPv6
 * @key: of the service
 */
struct peer_flow {
	uint8_t family;
	uint8_t proto;
	uint16_t port[2];
	uint8_t address[2][16];
	unsigned int affinity;
	uint8_t prefix4;
	uint8_t prefix6;
	uint8_t key[PEER_KEY];
};

/* As it comes in on the left side. */
uint16_t peer_flow_id(const struct peer_flow *flow);

#endif /* FUZZ_PEER_H */
