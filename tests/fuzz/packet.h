/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_PACKET_H
#define FUZZ_PACKET_H

#include <linux/skbuff.h>

/**
 * struct packet - a packet as the hook has it, each part in memory of its own
 * @skb: it
 * @room: the Ethernet header, the linear part, and the pages
 */
struct packet {
	struct sk_buff skb;
	u8 *room[2 + SHIM_PAGES];
};

/**
 * packet_make - a frame becomes a packet
 * @packet: set; freed with packet_free()
 * @frame: from the Ethernet header on
 * @size: of it, ETH_HLEN at least
 * @layout: 0: all is in the linear part; else how it is cut
 *
 * A read beyond any part is one that the sanitizer sees.
 */
void packet_make(struct packet *packet, const u8 *frame, size_t size, u16 layout);
void packet_free(struct packet *packet);

#endif /* FUZZ_PACKET_H */
