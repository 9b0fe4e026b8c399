// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The world outside of a network function: sends packets of many flows into its
 * sides, sees what comes out on the other side, and judges at the end whether one
 * single history explains it all. It sees packets and nothing else.
 *
 * usage: witness [-f FLOWS] [-r PACKETS] [-b] [-q MILLISECONDS] [-t TRACE]
 *	NETNS:DEVICE NETNS:DEVICE
 *	the left and the right side; sends -r packets each second (200) of -f flows
 *	(64), every other one from the right with -b, until SIGTERM. Then waits until nothing
 *	has come for -q (2000), and prints what it found as JSON. TRACE gets
 *	a line for each packet: arrival, sent, flow, seq, number.
 *
 * Exit status 0 whatever it found: 1 if it was blind or could not work.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "checksum.h"
#include "history.h"
#include "tap.h"

#define LEFT_NET	0x0a010000U	/* 10.1.0.0, clients */
#define RIGHT_HOST	0x0a020001U	/* 10.2.0.1 */
#define FIRST_PORT	10000
#define SECOND		1000000000ULL
#define LL(n)		((unsigned long long)(n))

#define FRAME_LEN	(sizeof(struct frame) - offsetof(struct frame, eth))

/**
 * struct frame - a packet
 * @align: not sent; brings the IP header to a multiple of four
 * @eth: link layer, begin of what is sent
 * @ip: without options
 * @udp: with a checksum
 * @stamp: a struct stamp
 */
struct frame {
	uint8_t align[2];
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t stamp[sizeof(struct stamp)];
};

static uint32_t flows = 64;
static uint64_t rate = 200;
static uint64_t quiet_ns = 2 * SECOND;
static bool both_ways;
static const char *trace;

static struct history *history;
static uint32_t *sent;
static uint64_t unsent;
static int sockets[2];
static volatile sig_atomic_t stopped;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "witness: %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool from_right(uint32_t flow)
{
	return both_ways && flow % 2;
}

static uint16_t udp_sum(const struct frame *f)
{
	uint32_t len = sizeof(f->udp) + sizeof(f->stamp);
	uint32_t sum = checksum_add(&f->ip.saddr, 8, IPPROTO_UDP + len);

	sum = checksum_add(&f->udp, sizeof(f->udp), sum);
	return checksum_of(checksum_add(f->stamp, sizeof(f->stamp), sum));
}

static void headers_write(struct frame *f, uint32_t flow)
{
	uint32_t left = htonl(LEFT_NET + 1 + flow / 8);
	uint16_t port = htons(FIRST_PORT + flow), server = htons(53);
	bool right = from_right(flow);

	memset(f, 0, sizeof(*f));
	f->eth.h_dest[0] = 2;
	f->eth.h_source[0] = 2;
	f->eth.h_source[5] = 1;
	f->eth.h_proto = htons(ETH_P_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.ttl = 64;
	f->ip.protocol = IPPROTO_UDP;
	f->ip.tot_len = htons(FRAME_LEN - sizeof(f->eth));
	f->ip.saddr = right ? htonl(RIGHT_HOST) : left;
	f->ip.daddr = right ? left : htonl(RIGHT_HOST);
	f->ip.check = checksum_of(checksum_add(&f->ip, sizeof(f->ip), 0));
	f->udp.source = right ? server : port;
	f->udp.dest = right ? port : server;
	f->udp.len = htons(sizeof(f->udp) + sizeof(f->stamp));
}

static void frame_write(struct frame *f, uint32_t flow)
{
	struct stamp s = {
		.magic = STAMP_MAGIC,
		.flow = flow,
		.seq = sent[flow] + 1,
		.sent_ns = now_ns(),
	};

	headers_write(f, flow);
	history_fill(&s);
	memcpy(f->stamp, &s, sizeof(s));
	f->udp.check = udp_sum(f);
}

/* In an order of flows that is not the order of their numbers. */
static void packet_send(void)
{
	static uint32_t turn;
	uint32_t flow = (uint64_t)turn++ * 7919 % flows;
	struct frame f;

	frame_write(&f, flow);
	if (send(sockets[from_right(flow)], &f.eth, FRAME_LEN, 0) > 0)
		sent[flow]++;
	else
		unsent++;
}

static bool packet_receive(bool side)
{
	struct sockaddr_ll at = {};
	socklen_t at_len = sizeof(at);
	struct sighting s;
	struct frame f;
	ssize_t len = recvfrom(sockets[side], &f.eth, FRAME_LEN,
			       MSG_DONTWAIT | MSG_TRUNC,
			       (struct sockaddr *)&at, &at_len);

	if (len < 0)
		return false;
	memcpy(&s.stamp, f.stamp, sizeof(s.stamp));
	if (at.sll_pkttype == PACKET_OUTGOING || len != FRAME_LEN ||
	    s.stamp.magic != STAMP_MAGIC)
		return true;
	s.arrival_ns = now_ns();
	/* A broken packet, or one on the wrong side, is not what was sent. */
	if (udp_sum(&f) || from_right(s.stamp.flow) == side)
		s.stamp.number = 0;
	history_see(history, &s);
	return true;
}

static uint64_t drops(void)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < 2; i++)
		sum += tap_drops(sockets[i]);
	return sum;
}

/* Sends when it is time, and sees whatever comes. */
static void watch(void)
{
	struct pollfd pfd[2] = {
		{ .fd = sockets[0], .events = POLLIN },
		{ .fd = sockets[1], .events = POLLIN },
	};
	uint64_t next = now_ns(), last = 0;
	unsigned int i;

	while (!stopped || now_ns() - last < quiet_ns) {
		struct timespec wait = { .tv_nsec = 100000000 };
		uint64_t now = now_ns();

		if (!stopped) {
			for (; next <= now; next += SECOND / rate)
				packet_send();
			wait.tv_nsec = next - now;
			last = now;
		}
		if (ppoll(pfd, 2, &wait, NULL) <= 0)
			continue;
		for (i = 0; i < 2; i++)
			while (pfd[i].revents && packet_receive(i))
				last = now_ns();
	}
}

static void trace_write(void)
{
	const struct sighting *s;
	FILE *file = fopen(trace, "we");
	uint64_t i;

	if (!file)
		die(trace);
	for (i = 0; (s = history_at(history, i)); i++)
		fprintf(file, "%llu %llu %u %u %llu\n", LL(s->arrival_ns),
			LL(s->stamp.sent_ns), s->stamp.flow, s->stamp.seq,
			LL(s->stamp.number));
	if (fclose(file))
		die(trace);
}

static void field(const char *name, uint64_t value)
{
	printf("\"%s\": %llu, ", name, LL(value));
}

static void report(uint64_t blind)
{
	struct verdict v;
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < flows; i++)
		total += sent[i];
	history_judge(history, sent, &v);
	printf("{");
	field("sent", total);
	field("unsent", unsent);
	field("blind", blind);
	field("seen", v.seen);
	field("lost", v.lost);
	field("duplicates", v.duplicates);
	field("reordered", v.reordered);
	field("foreign", v.foreign);
	field("contradictions", history_contradictions(&v));
	field("number", v.number);
	field("digest", v.digest);
	field("count", v.count);
	field("twice", v.twice);
	field("latency_p50_ns", v.latency_p50);
	field("latency_p99_ns", v.latency_p99);
	field("latency_max_ns", v.latency_max);
	field("gaps", v.gaps);
	field("gap_max_ns", v.gap_max);
	printf("\"first\": \"%s\"}\n", v.first);
}

static uint64_t number_of(const char *text, uint64_t most)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (*end || !n || n > most) {
		fprintf(stderr, "witness: not a number from 1 to %llu: %s\n",
			LL(most), text);
		exit(1);
	}
	return n;
}

static void parse_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "f:r:bq:t:")) != -1) {
		switch (c) {
		case 'f':
			flows = number_of(optarg, 4096);
			break;
		case 'r':
			rate = number_of(optarg, 1000000);
			break;
		case 'b':
			both_ways = true;
			break;
		case 'q':
			quiet_ns = number_of(optarg, 600000) * 1000000;
			break;
		case 't':
			trace = optarg;
			break;
		default:
			exit(1);
		}
	}
	if (argc - optind != 2) {
		fputs("usage: witness [OPTION...] NETNS:DEVICE NETNS:DEVICE\n",
		      stderr);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	uint64_t blind;
	unsigned int i;

	parse_options(argc, argv);
	for (i = 0; i < 2; i++) {
		sockets[i] = tap_open(argv[optind + i], SOCK_RAW);
		if (sockets[i] < 0)
			die(argv[optind + i]);
	}
	sent = calloc(flows, sizeof(*sent));
	if (!sent)
		die("memory");
	history = history_new(flows);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	watch();
	blind = drops();
	if (trace)
		trace_write();
	report(blind);
	history_free(history);
	free(sent);
	return blind ? 1 : 0;
}
