/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_PACKET_H
#define BENCH_PACKET_H

#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>

#define FRAME_LEN 64

/**
 * struct frame - the smallest frame there is, with UDP or TCP inside
 * @align: not sent; brings the IP header to a multiple of four
 * @eth: link layer, begin of what is sent
 * @ip: without options
 * @udp: UDP, or
 * @tcp: TCP
 * @pad: up to FRAME_LEN
 */
struct frame {
	uint8_t align[2];
	struct ether_header eth;
	struct iphdr ip;
	union {
		struct udphdr udp;
		struct tcphdr tcp;
		uint8_t pad[FRAME_LEN - sizeof(struct ether_header) -
			    sizeof(struct iphdr)];
	};
};

/**
 * struct traffic - what the flows of a measurement have in common
 * @mac: destination of the frames
 * @address: the server, network order
 * @port: the server's, network order
 * @proto: IPPROTO_UDP or IPPROTO_TCP
 * @tcp_flags: TH_*
 * @reverse: from the server to the client
 */
struct traffic {
	uint8_t mac[ETH_ALEN];
	in_addr_t address;
	in_port_t port;
	uint8_t proto;
	uint8_t tcp_flags;
	bool reverse;
};

void frame_init(struct frame *frame, const struct traffic *traffic);
void frame_set_flow(struct frame *frame, const struct traffic *traffic,
		    uint32_t flow);
int packet_socket(const char *ifname, bool bypass_qdisc);

#endif /* BENCH_PACKET_H */
