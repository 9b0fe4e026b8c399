// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network function whose every packet depends on all packets before it:
 * forwards between two devices, numbers what it forwards with one counter,
 * counts each flow, and writes both into the packet, with a digest of its own
 * history in which there is chance. A copy of it that has forgotten something gives
 * itself away with its next packet.
 *
 * It knows of no one that checkpoints it. It uses packet sockets with plain reads and
 * writes, names its devices once, and keeps nothing but its memory.
 *
 * usage: sequencer [-m MEGABYTES] DEVICE DEVICE
 *	-m: memory that it has, of which each packet changes a page
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checksum.h"
#include "stamp.h"

#define FLOWS	4096	/* a power of two */
#define PAGE	4096
#define FRAME	65536

/**
 * struct flow - what is known of a flow
 * @saddr: source
 * @daddr: destination
 * @ports: both
 * @count: packets; 0: the slot is free
 */
struct flow {
	uint32_t saddr;
	uint32_t daddr;
	uint32_t ports;
	uint64_t count;
};

static struct flow flows[FLOWS];
static uint64_t number, digest, anchor;
static uint8_t *ballast;
static uint64_t ballast_pages;
static int sockets[2];

/* A bijection of 64 bits in which each bit depends on all. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x9e3779b97f4a7c15;
	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9;
	return x ^ x >> 32;
}

static struct flow *flow_find(const struct iphdr *ip, uint32_t ports)
{
	uint64_t at = mix((uint64_t)ip->saddr << 32 | ip->daddr) ^ ports;
	unsigned int i;

	for (i = 0; i < FLOWS; i++) {
		struct flow *f = &flows[(mix(at) + i) % FLOWS];

		if (f->count && (f->saddr != ip->saddr ||
				 f->daddr != ip->daddr || f->ports != ports))
			continue;
		f->saddr = ip->saddr;
		f->daddr = ip->daddr;
		f->ports = ports;
		return f;
	}
	fputs("sequencer: too many flows\n", stderr);
	exit(2);
}

/* What cannot be foretold, and is not the same when it is done again. */
static uint64_t chance(void)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		exit(2);
	return random;
}

static void stamp_write(struct stamp *s, struct flow *f)
{
	if (number % STAMP_ANCHOR == 0)
		anchor = digest;
	s->before = digest;
	s->anchor = anchor;
	digest = mix(digest ^ chance()) ^ mix(s->sent_ns + s->seq);
	s->number = ++number;
	s->count = ++f->count;
	s->after = digest;
	if (ballast_pages)
		ballast[number % ballast_pages * PAGE]++;
}

static void checksum_write(const struct iphdr *ip, struct udphdr *udp)
{
	uint16_t len = ntohs(udp->len);
	uint32_t sum = IPPROTO_UDP + len;

	udp->check = 0;
	sum = checksum_add(&ip->saddr, 8, sum);
	udp->check = checksum_of(checksum_add(udp, len, sum));
	if (!udp->check)
		udp->check = 0xffff;
}

/* Packets of the witness; all others are forwarded as they are. */
static void packet_number(uint8_t *frame, size_t len)
{
	const struct ethhdr *eth = (void *)frame;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	struct stamp s;
	uint32_t ports;

	if (len < sizeof(*eth) + sizeof(*ip) + sizeof(*udp) + sizeof(s) ||
	    eth->h_proto != htons(ETH_P_IP) || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_UDP ||
	    ntohs(udp->len) > len - sizeof(*eth) - sizeof(*ip))
		return;
	memcpy(&s, udp + 1, sizeof(s));
	if (s.magic != STAMP_MAGIC)
		return;
	memcpy(&ports, udp, sizeof(ports));
	stamp_write(&s, flow_find(ip, ports));
	memcpy(udp + 1, &s, sizeof(s));
	checksum_write(ip, udp);
}

static void forward(unsigned int from)
{
	static uint8_t frame[FRAME];
	struct sockaddr_ll at = {};
	socklen_t at_len = sizeof(at);
	ssize_t len = recvfrom(sockets[from], frame, sizeof(frame),
			       MSG_DONTWAIT, (struct sockaddr *)&at, &at_len);

	if (len <= 0 || at.sll_pkttype == PACKET_OUTGOING)
		return;
	packet_number(frame, len);
	/* A full device loses packets, as any does. */
	(void)!write(sockets[!from], frame, len);
}

/* What two processors send overtakes each other, and a copy may begin on any. */
static void stay_at_home(void)
{
	static cpu_set_t home;

	if (!CPU_COUNT(&home))
		CPU_SET(sched_getcpu(), &home);
	if (!CPU_ISSET(sched_getcpu(), &home))
		sched_setaffinity(0, sizeof(home), &home);
}

static int socket_open(const char *name)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(name),
	};
	int size = 4 << 20, fd = socket(AF_PACKET, SOCK_RAW, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (!at.sll_ifindex || bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		fprintf(stderr, "sequencer: %s: %s\n", name, strerror(errno));
		exit(2);
	}
	return fd;
}

static void ballast_take(const char *megabytes)
{
	uint64_t bytes = strtoull(megabytes, NULL, 10) << 20;
	uint64_t i;

	ballast_pages = bytes / PAGE;
	ballast = aligned_alloc(PAGE, bytes);
	if (!bytes || !ballast) {
		fprintf(stderr, "sequencer: %s MB\n", megabytes);
		exit(2);
	}
	for (i = 0; i < ballast_pages; i++)
		memset(ballast + i * PAGE, (int)(i % 255 + 1), PAGE);
}

int main(int argc, char **argv)
{
	struct pollfd pfd[2];
	unsigned int i;
	int c;

	while ((c = getopt(argc, argv, "m:")) == 'm')
		ballast_take(optarg);
	if (c != -1 || argc - optind != 2) {
		fputs("usage: sequencer [-m MEGABYTES] DEVICE DEVICE\n", stderr);
		return 2;
	}
	for (i = 0; i < 2; i++) {
		sockets[i] = socket_open(argv[optind + i]);
		pfd[i].fd = sockets[i];
		pfd[i].events = POLLIN;
	}
	for (;;) {
		if (poll(pfd, 2, -1) < 0)
			continue;
		stay_at_home();
		for (i = 0; i < 2; i++)
			if (pfd[i].revents & POLLIN)
				forward(i);
	}
}
