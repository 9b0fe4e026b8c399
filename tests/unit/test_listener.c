// SPDX-License-Identifier: GPL-2.0-or-later
/* Listeners get a SYN from their own namespace, and nothing else comes of it. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptors.h"
#include "listener.h"
#include "spaces.h"
#include "unit.h"

/* What spaces.c listens at. */
#define PORT 4000

/* All TCP that comes in. */
static int four, six;
static int descriptors;

static void setup(void)
{
	ck_assert(world_make());
	/* The way back to one's own namespace stays open. */
	ck_assert_int_eq(nfhad_listener_touch("here"), 0);
	descriptors = count_descriptors();
	four = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	six = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	ck_assert(four >= 0 && six >= 0);
}

static void teardown(void)
{
	close(four);
	close(six);
	ck_assert_int_eq(count_descriptors(), descriptors);
}

static bool is_syn(const void *packet, size_t size)
{
	struct tcphdr tcp;

	ck_assert_uint_ge(size, sizeof(tcp));
	memcpy(&tcp, packet, sizeof(tcp));
	return tcp.syn && !tcp.ack && tcp.dest == htons(PORT);
}

/* How many SYN have come; with IPv4 the header of IP is there, too. */
static unsigned int syns(int fd, size_t before)
{
	unsigned char packet[512];
	unsigned int count = 0;
	ssize_t n;

	while ((n = recv(fd, packet, sizeof(packet), 0)) > 0)
		count += is_syn(packet + before, n - before);
	return count;
}

static unsigned int syns4(void)
{
	return syns(four, sizeof(struct iphdr));
}

static unsigned int syns6(void)
{
	return syns(six, 0);
}

/* Nobody waits there afterwards. */
static void touch(int listener)
{
	ck_assert_int_eq(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(nfhad_listener_touch("here"), 0);
	ck_assert_int_lt(accept(listener, NULL, NULL), 0);
	ck_assert_int_eq(errno, EAGAIN);
	close(listener);
}

START_TEST(nobody_listens)
{
	ck_assert_int_eq(nfhad_listener_touch("here"), 0);
	ck_assert_uint_eq(syns4() + syns6(), 0);
}

START_TEST(no_such_namespace)
{
	ck_assert_int_eq(nfhad_listener_touch("nowhere"), -ENOENT);
	ck_assert_int_eq(nfhad_listener_touch("../netns/here"), -EINVAL);
}

START_TEST(one_of_ipv6)
{
	touch(listen_at("::1"));
	ck_assert_uint_eq(syns6(), 1);
	ck_assert_uint_eq(syns4(), 0);
}

START_TEST(one_at_any_address)
{
	touch(listen_at("::"));
	ck_assert_uint_eq(syns6(), 1);
}

START_TEST(one_of_ipv4_by_a_socket_of_ipv6)
{
	touch(listen_at("::ffff:127.0.0.1"));
	ck_assert_uint_eq(syns4(), 1);
	ck_assert_uint_eq(syns6(), 0);
}

static int listen4(uint32_t address)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(address),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(listen(fd, 10), 0);
	return fd;
}

START_TEST(some_of_ipv4)
{
	int other = listen4(INADDR_LOOPBACK + 1);

	touch(listen4(INADDR_LOOPBACK));
	ck_assert_uint_eq(syns4(), 2);
	close(other);
	touch(listen4(INADDR_ANY));
	ck_assert_uint_eq(syns4(), 1);
}

UNIT_MAIN_FIXTURE("listener", setup, teardown, nobody_listens, no_such_namespace,
		  one_of_ipv6, one_at_any_address, one_of_ipv4_by_a_socket_of_ipv6,
		  some_of_ipv4)
