// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The observer: sees which packets come into which VNF, and what is on the
 * detour, on packet sockets inside their namespaces. It knows nothing of nfha.
 *
 * A flow is its addresses and ports from one SYN to the next, and with UDP the
 * number that the source puts into its records. One that is seen at two VNFs has
 * lost its affinity.
 *
 * usage: observer SERIES STATUS NETNS:DEV NETNS:DEV NETNS:DEV
 *	the two VNFs, then the detour; ends at SIGTERM. SERIES: the time, packets each
 *	second at the three, and flows that were first seen at each VNF in this half
 *	second. STATUS: packets each second at the three, violations, packets lost by
 *	the observer itself, and when it began, in milliseconds of CLOCK_MONOTONIC
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

#define PLACES		3
#define VNFS		2
#define TABLE		1048576
#define SECONDS_MAX	3600UL
#define SNAP		128
#define SLICES		2	/* of a second */

/**
 * struct seen - a flow
 * @key: addresses, ports and protocol, never all zero
 * @number: UDP, of the flow
 * @place: where it was first seen
 * @lost: it was seen at another place, too
 */
struct seen {
	uint64_t key[2];
	uint64_t number;
	uint8_t place;
	uint8_t lost;
};

static struct seen *table;
static uint64_t used, violations;
static uint64_t series[SECONDS_MAX * SLICES][PLACES];
static uint64_t begun[SECONDS_MAX * SLICES][VNFS];
static int sockets[PLACES];
static uint64_t start_ms;
static volatile sig_atomic_t stopped;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static struct seen *lookup(const uint64_t key[2], uint64_t number)
{
	uint64_t h = (key[0] * 0x9e3779b97f4a7c15 ^ key[1] ^ number) *
		     0xff51afd7ed558ccd;
	struct seen *s;

	for (h >>= 40;; h++) {
		s = &table[h % TABLE];
		if ((s->key[0] == key[0] && s->key[1] == key[1] &&
		     s->number == number) || !(s->key[0] | s->key[1]))
			break;
	}
	if (s->key[0] | s->key[1])
		return s;
	if (++used > TABLE / 2) {
		fputs("observer: too many flows\n", stderr);
		exit(2);
	}
	s->key[0] = key[0];
	s->key[1] = key[1];
	s->number = number;
	s->place = PLACES;
	return s;
}

static void flow_see(const struct iphdr *ip, const uint8_t *l4, size_t len,
		     unsigned int place, uint64_t slice)
{
	uint64_t key[2] = { (uint64_t)ip->saddr << 32 | ip->daddr, 0 };
	uint64_t number = 0;
	struct seen *s;
	int syn = 0;

	if (ip->protocol == IPPROTO_TCP && len >= sizeof(struct tcphdr)) {
		syn = ((const struct tcphdr *)l4)->syn;
	} else if (ip->protocol == IPPROTO_UDP && len >= 16) {
		memcpy(&number, l4 + 8, 8);
		number++;
	} else {
		return;
	}
	memcpy(&key[1], l4, 4);
	key[1] = key[1] << 8 | ip->protocol;
	s = lookup(key, number);
	if (s->place == PLACES || (syn && s->place != place)) {
		s->place = place;
		s->lost = 0;
		begun[slice][place]++;
	} else if (s->place != place && !s->lost) {
		s->lost = 1;
		violations++;
	}
}

static void packet_see(const uint8_t *packet, size_t len, unsigned int place)
{
	const struct iphdr *ip = (const struct iphdr *)packet;
	uint64_t slice = (now_ms() - start_ms) * SLICES / 1000;
	size_t header = ip->ihl * 4UL;

	if (slice >= SECONDS_MAX * SLICES)
		slice = SECONDS_MAX * SLICES - 1;
	series[slice][place]++;
	if (place < VNFS && len >= sizeof(*ip) && len > header)
		flow_see(ip, packet + header, len - header, place, slice);
}

static void socket_read(unsigned int place)
{
	static uint8_t data[64][SNAP];
	static struct sockaddr_ll from[64];
	struct mmsghdr msg[64];
	struct iovec iov[64];
	int i, n;

	memset(msg, 0, sizeof(msg));
	for (i = 0; i < 64; i++) {
		iov[i].iov_base = data[i];
		iov[i].iov_len = SNAP;
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
		msg[i].msg_hdr.msg_name = &from[i];
		msg[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	n = recvmmsg(sockets[place], msg, 64, MSG_DONTWAIT, NULL);
	for (i = 0; i < n; i++)
		if (from[i].sll_pkttype != PACKET_OUTGOING &&
		    from[i].sll_protocol == htons(ETH_P_IP))
			packet_see(data[i], msg[i].msg_len > SNAP ? SNAP :
				   msg[i].msg_len, place);
}

static uint64_t drops(void)
{
	static uint64_t sum;
	unsigned int i;

	for (i = 0; i < PLACES; i++)
		sum += tap_drops(sockets[i]);
	return sum;
}

static void status_write(const char *path)
{
	uint64_t slice = (now_ms() - start_ms) * SLICES / 1000;
	const uint64_t *last = series[slice ? slice - 1 : 0];
	char new[256];
	FILE *file;

	snprintf(new, sizeof(new), "%s.new", path);
	file = fopen(new, "we");
	if (!file)
		return;
	fprintf(file, "%llu %llu %llu %llu %llu %llu\n",
		(unsigned long long)last[0] * SLICES,
		(unsigned long long)last[1] * SLICES,
		(unsigned long long)last[2] * SLICES,
		(unsigned long long)violations, (unsigned long long)drops(),
		(unsigned long long)start_ms);
	fclose(file);
	rename(new, path);
}

static void series_write(const char *path)
{
	uint64_t i, n = (now_ms() - start_ms) * SLICES / 1000;
	FILE *file = fopen(path, "we");

	if (!file)
		exit(2);
	for (i = 0; i < n && i < SECONDS_MAX * SLICES; i++)
		fprintf(file, "%.1f %llu %llu %llu %llu %llu\n",
			(double)i / SLICES,
			(unsigned long long)series[i][0] * SLICES,
			(unsigned long long)series[i][1] * SLICES,
			(unsigned long long)series[i][2] * SLICES,
			(unsigned long long)begun[i][0],
			(unsigned long long)begun[i][1]);
	fclose(file);
}

int main(int argc, char **argv)
{
	struct pollfd pfd[PLACES];
	uint64_t said = 0;
	unsigned int i;

	if (argc != 3 + PLACES) {
		fputs("usage: observer SERIES STATUS NETNS:DEV NETNS:DEV NETNS:DEV\n",
		      stderr);
		return 2;
	}
	table = calloc(TABLE, sizeof(*table));
	for (i = 0; i < PLACES; i++) {
		sockets[i] = tap_open(argv[3 + i], SOCK_DGRAM);
		if (!table || sockets[i] < 0) {
			fprintf(stderr, "observer: %s: %s\n", argv[3 + i],
				strerror(errno));
			return 2;
		}
		pfd[i].fd = sockets[i];
		pfd[i].events = POLLIN;
	}
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	start_ms = now_ms();
	while (!stopped) {
		if (poll(pfd, PLACES, 100) > 0)
			for (i = 0; i < PLACES; i++)
				if (pfd[i].revents)
					socket_read(i);
		if (now_ms() / 500 != said) {
			said = now_ms() / 500;
			status_write(argv[2]);
		}
	}
	status_write(argv[2]);
	series_write(argv[1]);
	return 0;
}
