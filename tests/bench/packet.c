// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames and the socket that they are sent by. A flow has a number, and the
 * number gives the client's address and port.
 */

#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "packet.h"

#define FIRST_CLIENT	0x0a000100	/* 10.0.1.0 */
#define FIRST_PORT	1024
#define PORT_BITS	4

static uint32_t sum_words(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; len; len -= 2)
		sum += *word++;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return ~sum;
}

static uint16_t l4_len(const struct traffic *traffic)
{
	return traffic->proto == IPPROTO_TCP ? sizeof(struct tcphdr) :
		FRAME_LEN - sizeof(struct ether_header) - sizeof(struct iphdr);
}

/**
 * frame_init - fill in what all flows share
 * @frame: the frame
 * @traffic: what they share
 */
void frame_init(struct frame *frame, const struct traffic *traffic)
{
	memset(frame, 0, sizeof(*frame));
	memcpy(frame->eth.ether_dhost, traffic->mac, ETH_ALEN);
	frame->eth.ether_shost[0] = 2;
	frame->eth.ether_type = htons(ETHERTYPE_IP);
	frame->ip.version = 4;
	frame->ip.ihl = 5;
	frame->ip.tot_len = htons(sizeof(frame->ip) + l4_len(traffic));
	frame->ip.ttl = 64;
	frame->ip.protocol = traffic->proto;
	if (traffic->proto == IPPROTO_TCP) {
		frame->tcp.doff = 5;
		frame->tcp.th_flags = traffic->tcp_flags;
		frame->tcp.seq = htonl(traffic->tcp_flags & TH_SYN ? 1 : 2);
		frame->tcp.window = htons(1024);
	} else {
		frame->udp.len = htons(l4_len(traffic));
	}
}

/* UDP over IPv4 may go without one, and does. */
static void set_tcp_checksum(struct frame *frame)
{
	uint32_t sum = sum_words(&frame->ip.saddr, 8);

	frame->tcp.check = 0;
	sum += htons(IPPROTO_TCP) + htons(sizeof(frame->tcp));
	frame->tcp.check = fold(sum + sum_words(&frame->tcp,
						sizeof(frame->tcp)));
}

/**
 * frame_set_flow - make it a packet of one flow
 * @frame: the frame, which has been initialised
 * @traffic: as it was then
 * @flow: number of the flow
 *
 * Takes as many instructions for one flow as for another.
 */
void frame_set_flow(struct frame *frame, const struct traffic *traffic,
		    uint32_t flow)
{
	in_addr_t client = htonl(FIRST_CLIENT + (flow >> PORT_BITS));
	in_port_t port = htons(FIRST_PORT + (flow & ((1 << PORT_BITS) - 1)));

	frame->ip.saddr = traffic->reverse ? traffic->address : client;
	frame->ip.daddr = traffic->reverse ? client : traffic->address;
	frame->ip.check = 0;
	frame->ip.check = fold(sum_words(&frame->ip, sizeof(frame->ip)));
	/* Ports are at the same place in both protocols. */
	frame->udp.source = traffic->reverse ? traffic->port : port;
	frame->udp.dest = traffic->reverse ? port : traffic->port;
	if (traffic->proto == IPPROTO_TCP)
		set_tcp_checksum(frame);
}

/**
 * packet_socket - open a socket that sends frames out of a device
 * @ifname: the device
 * @bypass_qdisc: hand them to the driver directly
 *
 * It receives nothing, and so no packet is shared with it.
 *
 * Return: the socket. There is no program without one.
 */
int packet_socket(const char *ifname, bool bypass_qdisc)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(ifname),
	};
	int on = 1, fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		err(1, "packet socket");
	if (!sll.sll_ifindex)
		err(1, "%s", ifname);
	if (bypass_qdisc && setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS,
				       &on, sizeof(on)))
		err(1, "PACKET_QDISC_BYPASS");
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		err(1, "%s", ifname);
	return fd;
}
