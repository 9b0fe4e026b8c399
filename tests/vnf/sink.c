// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic sink: gives back what it gets, on TCP and UDP.
 *
 * usage: sink
 */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define FIRST_PORT	7000
#define PORTS		4
#define FILES_MAX	65536

enum kind { LISTENER, DATAGRAM, CONNECTION };

static enum kind kind_of[FILES_MAX];
static int epoll;

static void watch(int fd, enum kind kind)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	kind_of[fd] = kind;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) {
		perror("sink: epoll");
		exit(2);
	}
}

static void serve_port(int type, uint16_t port, enum kind kind)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    (kind == LISTENER && listen(fd, 4096))) {
		perror("sink");
		exit(2);
	}
	watch(fd, kind);
}

static void take_connections(int listener)
{
	int on = 1, fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		watch(fd, CONNECTION);
	}
}

static void echo_datagrams(int fd)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char buffer[2048];
	ssize_t n;

	while ((n = recvfrom(fd, buffer, sizeof(buffer), 0,
			     (struct sockaddr *)&from, &len)) >= 0)
		sendto(fd, buffer, n, 0, (struct sockaddr *)&from, len);
}

static void echo_stream(int fd)
{
	char buffer[2048];
	ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

	if (n > 0)
		n = send(fd, buffer, n, MSG_NOSIGNAL);
	if (!n || (n < 0 && errno != EAGAIN))
		close(fd);
}

int main(void)
{
	struct rlimit files = { FILES_MAX, FILES_MAX };
	struct epoll_event events[256];
	int i, n;

	setrlimit(RLIMIT_NOFILE, &files);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < PORTS; i++) {
		serve_port(SOCK_STREAM, FIRST_PORT + i, LISTENER);
		serve_port(SOCK_DGRAM, FIRST_PORT + i, DATAGRAM);
	}
	while ((n = epoll_wait(epoll, events, 256, -1)) >= 0 ||
	       errno == EINTR) {
		for (i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (kind_of[fd] == LISTENER)
				take_connections(fd);
			else if (kind_of[fd] == DATAGRAM)
				echo_datagrams(fd);
			else
				echo_stream(fd);
		}
	}
	return 1;
}
