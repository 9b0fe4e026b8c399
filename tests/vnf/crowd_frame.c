// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frames of the crowd: UDP, TCP-like segments that follow no protocol, fragments, GSO,
 * IPv6 and frames that are not IP. Each carries a mark by which it is known again.
 */

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#include "checksum.h"
#include "crowd.h"

/* Of experiments, IEEE 802 local 1: nobody else sends it. */
#define ETH_LOCAL 0x88b5

/* A multiple of eight, for that is what fragments are counted in. */
#define DATA 40

#define SEGMENT 200
#define SEGMENTS 3
#define PORT 1024

enum kind {
	UDP4,
	UDP6,
	TCP4,
	FRAGMENTS,
	GSO,
	OTHER,
};

static enum kind kind_of(unsigned int percent)
{
	if (percent < 45)
		return UDP4;
	if (percent < 55)
		return UDP6;
	if (percent < 86)
		return TCP4;
	if (percent < 94)
		return FRAGMENTS;
	if (percent < 98)
		return GSO;
	return OTHER;
}

/**
 * crowd_packets - how many packets a frame counts as
 * @frame: the frame, as it was built or has come
 *
 * Return: 1, or as many as the segments that a GSO frame stands for.
 */
unsigned int crowd_packets(const struct crowd_frame *frame)
{
	return frame->vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE ? 1 : SEGMENTS;
}

/**
 * crowd_pieces - how many frames a packet is
 * @shape: the packet
 *
 * Return: 1, or 2 or 3 for fragments.
 */
unsigned int crowd_pieces(const struct crowd_shape *shape)
{
	return kind_of(shape->kind) == FRAGMENTS ? 2 + shape->dice % 2 : 1;
}

/* Lays out from @to on a flow's addresses; each flow has its own client. */
static void ends_set(const struct crowd_shape *shape, in_addr_t *source, in_addr_t *target)
{
	in_addr_t client = htonl(0x0a000000 | shape->slot << 16 | (shape->flow & 0xffff));
	in_addr_t server = htonl(0xc6336401);

	*source = shape->reverse ? server : client;
	*target = shape->reverse ? client : server;
}

static uint8_t *ip_put(uint8_t *at, const struct crowd_shape *shape, uint8_t proto,
		       size_t size, uint16_t fragment)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = 64, .protocol = proto,
		.tot_len = htons(sizeof(ip) + size),
		.id = htons(shape->dice >> 8),
		.frag_off = htons(fragment),
	};
	in_addr_t source, target;
	uint16_t check;

	ends_set(shape, &source, &target);
	ip.saddr = source;
	ip.daddr = target;
	memcpy(at, &ip, sizeof(ip));
	check = checksum_of(checksum_add(at, sizeof(ip), 0));
	memcpy(at + offsetof(struct iphdr, check), &check, sizeof(check));
	return at + sizeof(ip);
}

static uint8_t *ip6_put(uint8_t *at, const struct crowd_shape *shape, size_t size)
{
	struct ip6_hdr ip = {
		.ip6_vfc = 0x60, .ip6_hlim = 64, .ip6_nxt = IPPROTO_UDP,
		.ip6_plen = htons(size),
		.ip6_src.s6_addr = { 0x20, 0x01, 0x0d, 0xb8 },
		.ip6_dst.s6_addr = { 0x20, 0x01, 0x0d, 0xb8 },
	};
	in_addr_t source, target;

	ends_set(shape, &source, &target);
	memcpy(&ip.ip6_src.s6_addr[12], &source, sizeof(source));
	memcpy(&ip.ip6_dst.s6_addr[12], &target, sizeof(target));
	memcpy(at, &ip, sizeof(ip));
	return at + sizeof(ip);
}

static void ports_of(const struct crowd_shape *shape, uint16_t *source, uint16_t *target)
{
	uint16_t client = htons(PORT + shape->flow % 60000), server = htons(80);

	*source = shape->reverse ? server : client;
	*target = shape->reverse ? client : server;
}

static uint8_t *udp_put(uint8_t *at, const struct crowd_shape *shape, size_t size)
{
	struct udphdr udp = { .len = htons(sizeof(udp) + size) };

	ports_of(shape, &udp.source, &udp.dest);
	memcpy(at, &udp, sizeof(udp));
	return at + sizeof(udp);
}

/* A connection of its flow begins, goes on and ends in any order. */
static uint8_t *tcp_put(uint8_t *at, const struct crowd_shape *shape)
{
	static const uint8_t flags[16] = {
		TH_SYN, TH_SYN, TH_SYN | TH_ACK, TH_FIN | TH_ACK, TH_FIN | TH_ACK, TH_RST,
		TH_ACK, TH_ACK, TH_ACK, TH_ACK, TH_ACK, TH_ACK | TH_PUSH,
		TH_ACK, TH_ACK, TH_ACK, TH_ACK,
	};
	struct tcphdr tcp = {
		.doff = sizeof(tcp) / 4,
		.window = htons(8192),
		.seq = htonl(shape->dice >> 20),
		.ack_seq = htonl(shape->dice >> 16 & 0xfff),
	};

	tcp.th_flags = flags[shape->dice % 16];
	ports_of(shape, &tcp.source, &tcp.dest);
	memcpy(at, &tcp, sizeof(tcp));
	return at + sizeof(tcp);
}

static uint8_t *mark_put(uint8_t *at, const struct crowd_mark *mark, size_t size)
{
	memset(at, 0, size);
	memcpy(at, mark, sizeof(*mark));
	return at + size;
}

/* The first has the header of UDP before its mark, and is as long as the others. */
static uint8_t *fragment_put(uint8_t *at, const struct crowd_shape *shape, unsigned int piece,
			     const struct crowd_mark *mark)
{
	bool last = piece + 1 == crowd_pieces(shape);
	size_t size = DATA;

	at = ip_put(at, shape, IPPROTO_UDP, DATA,
		    piece * DATA / 8 | (last ? 0 : IP_MF));
	if (!piece) {
		at = udp_put(at, shape, (size_t)crowd_pieces(shape) * DATA - sizeof(struct udphdr));
		size -= sizeof(struct udphdr);
	}
	return mark_put(at, mark, size);
}

static uint8_t *gso_put(uint8_t *at, struct crowd_frame *frame,
			const struct crowd_shape *shape, struct crowd_mark *mark)
{
	uint8_t *ip = at;
	unsigned int i;

	at = ip_put(at, shape, IPPROTO_TCP, sizeof(struct tcphdr) + (size_t)SEGMENTS * SEGMENT, 0);
	frame->vnet = (struct virtio_net_hdr) {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.gso_size = SEGMENT,
		.csum_start = at - frame->data,
		.csum_offset = offsetof(struct tcphdr, check),
	};
	at = tcp_put(at, shape);
	/* What ends or begins a connection is not cut into several. */
	((struct tcphdr *)(ip + sizeof(struct iphdr)))->th_flags = TH_ACK;
	frame->vnet.hdr_len = at - frame->data;
	for (i = 0; i < SEGMENTS; i++) {
		mark->piece = i;
		at = mark_put(at, mark, SEGMENT);
	}
	mark->piece = 0;
	return at;
}

static uint8_t *ether_put(uint8_t *at, uint16_t type)
{
	static const struct ether_header ether = {
		.ether_dhost = { 2, 0, 0, 0, 0, 2 },
		.ether_shost = { 2, 0, 0, 0, 0, 1 },
	};

	memcpy(at, &ether, sizeof(ether));
	type = htons(type);
	memcpy(at + offsetof(struct ether_header, ether_type), &type, sizeof(type));
	return at + sizeof(ether);
}

/**
 * crowd_build - make a frame
 * @frame: filled in
 * @shape: what it is to be
 * @piece: which one of its packet, from 0 on
 * @mark: what it carries
 *
 * Return: its size with that of the virtio header.
 */
size_t crowd_build(struct crowd_frame *frame, const struct crowd_shape *shape,
		   unsigned int piece, struct crowd_mark *mark)
{
	enum kind kind = kind_of(shape->kind);
	uint8_t *at;

	memset(&frame->vnet, 0, sizeof(frame->vnet));
	at = ether_put(frame->data, kind == OTHER ? ETH_LOCAL :
		       kind == UDP6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	switch (kind) {
	case UDP4:
		at = ip_put(at, shape, IPPROTO_UDP, sizeof(struct udphdr) + DATA, 0);
		at = mark_put(udp_put(at, shape, DATA), mark, DATA);
		break;
	case UDP6:
		at = ip6_put(at, shape, sizeof(struct udphdr) + DATA);
		at = mark_put(udp_put(at, shape, DATA), mark, DATA);
		break;
	case TCP4:
		at = ip_put(at, shape, IPPROTO_TCP, sizeof(struct tcphdr) + DATA, 0);
		at = mark_put(tcp_put(at, shape), mark, DATA);
		break;
	case FRAGMENTS:
		at = fragment_put(at, shape, piece, mark);
		break;
	case GSO:
		at = gso_put(at, frame, shape, mark);
		break;
	case OTHER:
		at = mark_put(at, mark, 64 - sizeof(struct ether_header));
		break;
	}
	return at - (uint8_t *)frame;
}

static size_t header_size(const struct crowd_frame *frame)
{
	const struct iphdr *ip = (const void *)(frame->data + sizeof(struct ether_header));
	uint16_t type;

	memcpy(&type, frame->data + offsetof(struct ether_header, ether_type), sizeof(type));
	if (type == htons(ETHERTYPE_IPV6))
		return sizeof(struct ip6_hdr) + sizeof(struct udphdr);
	if (type != htons(ETHERTYPE_IP))
		return 0;
	if (ip->frag_off & htons(IP_OFFMASK))
		return sizeof(*ip);
	return sizeof(*ip) + (ip->protocol == IPPROTO_TCP ? sizeof(struct tcphdr) :
			      sizeof(struct udphdr));
}

/**
 * crowd_read - read the mark of a frame
 * @frame: the frame
 * @size: of it, with the virtio header
 * @mark: filled in
 *
 * Return: false if it is none of the crowd's.
 */
bool crowd_read(const struct crowd_frame *frame, size_t size, struct crowd_mark *mark)
{
	size_t begin = sizeof(frame->vnet) + sizeof(struct ether_header);

	if (size < begin + sizeof(struct iphdr))
		return false;
	begin += header_size(frame);
	if (size < begin + sizeof(*mark))
		return false;
	memcpy(mark, (const uint8_t *)frame + begin, sizeof(*mark));
	return mark->magic == CROWD_MAGIC && mark->slot < CROWD_SLOTS &&
	       mark->sender < CROWD_SENDERS && mark->number;
}

static void swap(uint8_t *a, uint8_t *b, size_t size)
{
	uint8_t byte;

	while (size--) {
		byte = a[size];
		a[size] = b[size];
		b[size] = byte;
	}
}

/**
 * crowd_turn - make the answer of a server of a frame
 * @frame: one that crowd_read() has read
 */
void crowd_turn(struct crowd_frame *frame)
{
	uint8_t *ip = frame->data + sizeof(struct ether_header);
	size_t headers = header_size(frame);

	swap(frame->data, frame->data + ETH_ALEN, ETH_ALEN);
	if (ip[0] >> 4 == 6 && headers) {
		swap(ip + 8, ip + 24, 16);
		swap(ip + 40, ip + 42, 2);
	} else if (headers) {
		swap(ip + 12, ip + 16, 4);
		if (headers > sizeof(struct iphdr))
			swap(ip + 20, ip + 22, 2);
	}
}
