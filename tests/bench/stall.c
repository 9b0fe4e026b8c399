// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long does a command keep packets waiting? Packets are queued in a device
 * that lets one out every so often (netem with a rate), whatever this process
 * does; where they arrive, the kernel writes down when. The one that is
 * furthest behind its turn while the command runs is the answer.
 */

#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <netinet/ether.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../vnf/netns.h"
#include "packet.h"

#define RECEIVE_BUFFER	(512 << 20)
#define PATIENCE_MS	2000

static const char usage[] =
"usage: stall GEN DEVICE OUT MAC ADDRESS PORT FLOWS PACKETS INTERVAL COMMAND...\n"
"GEN and OUT are namespaces. The device in GEN lets a packet of 64 bytes out\n"
"every INTERVAL nanoseconds.\n";

/**
 * struct schedule - the packets
 * @flows: that they belong to
 * @packets: how many
 * @interval: between two of them, nanoseconds
 */
struct schedule {
	uint32_t flows;
	uint32_t packets;
	uint32_t interval;
};

static uint64_t nanoseconds(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000ull + ts->tv_nsec;
}

/* By the clock that packets are stamped with. */
static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return nanoseconds(&ts);
}

/* Sees what comes into the namespace before it is dropped there. */
static int capture_socket(void)
{
	int on = 1, size = RECEIVE_BUFFER;
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))
		err(1, "capture");
	return fd;
}

/* Nanoseconds. */
static uint64_t stamp_of(struct msghdr *message)
{
	struct cmsghdr *c;
	struct timespec ts;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SO_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			return nanoseconds(&ts);
		}
	}
	errx(1, "a packet without time");
}

static uint64_t receive(int fd)
{
	char control[128], data[FRAME_LEN];
	struct iovec vector = { data, sizeof(data) };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct pollfd poller = { fd, POLLIN, 0 };

	if (poll(&poller, 1, PATIENCE_MS) != 1)
		errx(1, "packets are missing");
	if (recvmsg(fd, &message, 0) < 0)
		err(1, "recvmsg");
	return stamp_of(&message);
}

/* Of the packets that arrived from @begin to @end: how far the last one was
 * behind its turn, beyond the one that was least late. The queue keeps its
 * schedule, whatever happens to a packet.
 */
static int64_t longest_delay(int fd, const struct schedule *s, uint64_t begin,
			     uint64_t end)
{
	int64_t least = INT64_MAX, most = INT64_MIN;
	uint64_t first = receive(fd);
	uint32_t i;

	for (i = 1; i < s->packets; i++) {
		uint64_t stamp = receive(fd);
		int64_t late = stamp - first - (uint64_t)i * s->interval;

		if (late < least)
			least = late;
		if (late > most && stamp >= begin && stamp <= end)
			most = late;
	}
	if (most == INT64_MIN || end > first + (uint64_t)i * s->interval)
		errx(1, "the packets were over before the command was");
	return most - least;
}

static void send_packets(int fd, const struct traffic *traffic,
			 const struct schedule *s)
{
	struct frame frame;
	uint32_t i;

	frame_init(&frame, traffic);
	for (i = 0; i < s->packets; i++) {
		frame_set_flow(&frame, traffic, i % s->flows);
		if (send(fd, &frame.eth, FRAME_LEN, 0) != FRAME_LEN)
			err(1, "send");
	}
}

/* What it says is not the answer. */
static void run(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			err(1, "/dev/null");
		execvp(command[0], command);
		err(1, "%s", command[0]);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "%s failed", command[0]);
}

int main(int argc, char **argv)
{
	struct traffic traffic = { .proto = IPPROTO_UDP };
	const struct ether_addr *mac;
	struct schedule schedule;
	uint64_t begin, end;
	int in, out;

	if (argc < 11)
		errx(1, "%s", usage);
	mac = ether_aton(argv[4]);
	if (!mac || inet_pton(AF_INET, argv[5], &traffic.address) != 1)
		errx(1, "%s", usage);
	memcpy(traffic.mac, mac, ETH_ALEN);
	traffic.port = htons(atoi(argv[6]));
	schedule.flows = atoi(argv[7]);
	schedule.packets = atoi(argv[8]);
	schedule.interval = atoi(argv[9]);
	netns_must_enter(argv[3]);
	out = capture_socket();
	netns_must_enter(argv[1]);
	in = packet_socket(argv[2], false);
	send_packets(in, &traffic, &schedule);
	begin = now();
	run(argv + 10);
	end = now();
	printf("%lld\n", (long long)longest_delay(out, &schedule, begin, end));
	return 0;
}
