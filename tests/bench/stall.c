// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long does a command keep packets waiting? Packets are queued in a device
 * that lets one out every so often (netem with a rate), whatever this process
 * does; where they arrive, the kernel writes down when. The one that is
 * furthest behind its turn is the answer.
 */

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <netinet/ether.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

#define RECEIVE_BUFFER	(512 << 20)
#define PATIENCE_MS	2000

static const char usage[] =
"usage: stall GEN DEVICE OUT MAC ADDRESS PORT FLOWS PACKETS INTERVAL COMMAND...\n"
"GEN and OUT are namespaces. The device in GEN lets a packet of 64 bytes out\n"
"every INTERVAL nanoseconds.\n";

static int enter(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
	return 0;
}

/* Sees every packet that comes into the namespace. */
static int capture_socket(void)
{
	int on = 1, size = RECEIVE_BUFFER;
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));

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
			return ts.tv_sec * 1000000000ull + ts.tv_nsec;
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

/* Behind the one that was least late; the queue keeps its schedule. */
static int64_t longest_delay(int fd, uint32_t packets, uint32_t interval)
{
	int64_t least = INT64_MAX, most = INT64_MIN;
	uint64_t first = receive(fd);
	uint32_t i;

	for (i = 1; i < packets; i++) {
		int64_t late = receive(fd) - first - (uint64_t)i * interval;

		if (late < least)
			least = late;
		if (late > most)
			most = late;
	}
	return most - least;
}

static void send_packets(int fd, const struct traffic *traffic, uint32_t flows,
			 uint32_t packets)
{
	struct frame frame;
	uint32_t i;

	frame_init(&frame, traffic);
	for (i = 0; i < packets; i++) {
		frame_set_flow(&frame, traffic, i % flows);
		if (send(fd, &frame.eth, FRAME_LEN, 0) != FRAME_LEN)
			err(1, "send");
	}
}

static void run(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
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
	int in, out;

	if (argc < 11)
		errx(1, "%s", usage);
	mac = ether_aton(argv[4]);
	if (!mac || inet_pton(AF_INET, argv[5], &traffic.address) != 1)
		errx(1, "%s", usage);
	memcpy(traffic.mac, mac, ETH_ALEN);
	traffic.port = htons(atoi(argv[6]));
	enter(argv[3]);
	out = capture_socket();
	enter(argv[1]);
	in = packet_socket(argv[2], false);
	send_packets(in, &traffic, atoi(argv[7]), atoi(argv[8]));
	run(argv + 10);
	printf("%lld\n", (long long)longest_delay(out, atoi(argv[8]),
						  atoi(argv[9])));
	return 0;
}
