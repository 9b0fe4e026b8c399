// SPDX-License-Identifier: GPL-2.0-or-later
/* Probes by the network, one at a time: what becomes of each, and where the daemon is then. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "checksum.h"
#include "descriptors.h"
#include "loop.h"
#include "probe.h"
#include "spaces.h"
#include "unit.h"
#include "wraps.h"

#define SECOND 1000000ull
#define PORT 4000
#define HERE "/run/netns/here"
#define OTHER "/run/netns/other"

static sd_event *loop;
static struct nfhad_check_config check;
static struct nfhad_probe_target target;
static struct nfhad_probe *probe;
static char found[NFHAD_PROBE_WHY_MAX];
static int told;
static bool is_good;

/* Calls of setns() until one fails; 0: none does. */
static unsigned int setns_fails;

int __wrap_setns(int fd, int type)
{
	if (setns_fails && !--setns_fails) {
		errno = ENOMEM;
		return -1;
	}
	return __real_setns(fd, type);
}

/* The test stays in "other"; what is probed is in "here". */
static void setup(void)
{
	ck_assert(world_make());
	ck_assert(netns_make("other"));
	loop = loop_open();
	check = (struct nfhad_check_config){
		.kind = NFHAD_CHECK_TCP,
		.address = "127.0.0.1",
		.port = PORT,
	};
	target = (struct nfhad_probe_target){
		.check = &check,
		.netns = "here",
		.service = "fw",
		.instance = "A",
	};
}

static void teardown(void)
{
	nfhad_probe_cancel(probe);
	sd_event_unref(loop);
}

static ino_t whereabouts(void)
{
	struct stat st;

	ck_assert_int_eq(stat("/proc/self/ns/net", &st), 0);
	return st.st_ino;
}

/* Returns the way back. */
static int enter(const char *netns)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = open(netns, O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(__real_setns(there, CLONE_NEWNET), 0);
	close(there);
	return home;
}

static void leave(int home)
{
	ck_assert_int_eq(__real_setns(home, CLONE_NEWNET), 0);
	close(home);
}

static int socket_in(const char *netns, int type, int protocol)
{
	int fd, home = enter(netns);

	fd = socket(AF_INET, type | SOCK_CLOEXEC, protocol);
	leave(home);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static const struct sockaddr_in *loopback(void)
{
	static struct sockaddr_in address = { .sin_family = AF_INET };

	address.sin_port = htons(PORT);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return &address;
}

static int listen_in(const char *netns, int backlog)
{
	int one = 1, fd = socket_in(netns, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	ck_assert_int_eq(bind(fd, (const void *)loopback(),
			      sizeof(*loopback())), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

static void on_probe(void *data, enum nfhad_probe_result result, const char *why)
{
	ck_assert_ptr_eq(data, &check);
	probe = NULL;
	told++;
	is_good = result == NFHAD_PROBE_GOOD;
	snprintf(found, sizeof(found), "%s", why);
}

/* Wherever it has been, and whatever has failed there. */
static int begin(void)
{
	ino_t before = whereabouts();
	int ret = nfhad_probe_start(loop, &target, on_probe, &check, found,
				    &probe);

	ck_assert_int_eq(whereabouts(), before);
	return ret;
}

/* What is known at once. */
static const char *at_once(void)
{
	ck_assert_int_eq(begin(), 0);
	ck_assert_ptr_null(probe);
	return found;
}

static void later(void)
{
	ck_assert_int_eq(begin(), 0);
	ck_assert_ptr_nonnull(probe);
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec / 1000;
}

static void wait_until_told(void)
{
	uint64_t end = now_us() + 20 * SECOND;

	while (!told && now_us() < end)
		sd_event_run(loop, SECOND / 10);
	ck_assert_int_eq(told, 1);
}

START_TEST(nobody_is_left_behind)
{
	int i, before, fd = listen_in(HERE, 100);

	ck_assert_str_eq(at_once(), "");
	before = count_descriptors();
	for (i = 0; i < 10; i++)
		ck_assert_str_eq(at_once(), "");
	check.kind = NFHAD_CHECK_ICMP;
	for (i = 0; i < 10; i++)
		ck_assert_str_eq(at_once(), "");
	ck_assert_int_eq(count_descriptors(), before);
	close(fd);
}

/* The VNF gets a connection that is closed, not broken off. */
START_TEST(seen_by_the_server)
{
	int peer, fd = listen_in(HERE, 100);
	char byte;

	ck_assert_str_eq(at_once(), "");
	peer = accept(fd, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	ck_assert_int_eq(read(peer, &byte, 1), 0);
	close(peer);
	close(fd);
}

START_TEST(refused)
{
	int fd = listen_in(OTHER, 100);

	ck_assert_str_eq(at_once(), "connect: Connection refused");
	close(fd);
}

/* A queue that is full: the first SYN is dropped, and the next comes a second later. */
static int listen_and_be_full(int *client)
{
	int fd = listen_in(HERE, 0);

	*client = socket_in(HERE, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(*client, (const void *)loopback(),
				 sizeof(*loopback())), 0);
	return fd;
}

START_TEST(connected_later)
{
	int client, fd = listen_and_be_full(&client);

	later();
	sd_event_run(loop, SECOND / 5);
	ck_assert_int_eq(told, 0);
	close(accept(fd, NULL, NULL));
	wait_until_told();
	ck_assert_msg(is_good, "%s", found);
	close(client);
	close(fd);
}

START_TEST(refused_later)
{
	int client, fd = listen_and_be_full(&client);

	later();
	close(fd);
	wait_until_told();
	ck_assert(!is_good);
	ck_assert_str_eq(found, "connect: Connection refused");
	close(client);
}

START_TEST(given_up)
{
	int client, before, fd = listen_and_be_full(&client);

	later();
	before = count_descriptors();
	nfhad_probe_cancel(probe);
	probe = NULL;
	ck_assert_int_lt(count_descriptors(), before);
	close(accept(fd, NULL, NULL));
	sd_event_run(loop, 2 * SECOND);
	ck_assert_int_eq(told, 0);
	close(client);
	close(fd);
}

/* An echo request that the test answers, not the kernel. */
static int be_mute(void)
{
	int fd, home = enter(HERE);

	check.kind = NFHAD_CHECK_ICMP;
	fd = open("/proc/sys/net/ipv4/icmp_echo_ignore_all",
		  O_WRONLY | O_CLOEXEC);
	leave(home);
	ck_assert_int_eq(write(fd, "1", 1), 1);
	close(fd);
	return socket_in(HERE, SOCK_RAW, IPPROTO_ICMP);
}

static void answer(int fd, uint8_t type, bool is_altered)
{
	uint8_t packet[1500], *icmp = packet + sizeof(struct iphdr);
	uint16_t sum;
	ssize_t n;

	do
		n = recv(fd, packet, sizeof(packet), 0) - sizeof(struct iphdr);
	while (n > 0 && *icmp != ICMP_ECHO);
	ck_assert_int_gt(n, 8);
	icmp[0] = type;
	icmp[n - 1] ^= is_altered;
	memset(icmp + 2, 0, 2);
	sum = nfhad_checksum(icmp, n);
	memcpy(icmp + 2, &sum, sizeof(sum));
	ck_assert_int_eq(sendto(fd, icmp, n, 0, (const void *)loopback(),
				sizeof(*loopback())), n);
}

START_TEST(answered_later)
{
	int fd = be_mute();

	later();
	sd_event_run(loop, SECOND / 5);
	ck_assert_int_eq(told, 0);
	answer(fd, ICMP_ECHOREPLY, false);
	wait_until_told();
	ck_assert_msg(is_good, "%s", found);
	close(fd);
}

/* Of somebody else's request; something else; an answer to the one before. */
START_TEST(answered_wrongly)
{
	int fd = be_mute();

	later();
	answer(fd, ICMP_ECHOREPLY, true);
	sd_event_run(loop, SECOND / 5);
	ck_assert_int_eq(told, 0);
	nfhad_probe_cancel(probe);
	later();
	answer(fd, ICMP_TIMESTAMPREPLY, false);
	sd_event_run(loop, SECOND / 5);
	ck_assert_int_eq(told, 0);
	nfhad_probe_cancel(probe);
	later();
	nfhad_probe_cancel(probe);
	later();
	answer(fd, ICMP_ECHOREPLY, false);
	sd_event_run(loop, SECOND / 5);
	ck_assert_int_eq(told, 0);
	answer(fd, ICMP_ECHOREPLY, false);
	wait_until_told();
	ck_assert(is_good);
	close(fd);
}

static int on_end_of_time(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	(void)data;
	ck_assert_int_eq(told, 1);
	return 0;
}

static int on_work(sd_event_source *source, void *data)
{
	(void)source;
	answer(*(int *)data, ICMP_ECHOREPLY, false);
	return 0;
}

/* The time is over, and before the loop comes to that the answer is there. */
START_TEST(answered_while_busy)
{
	sd_event_source *end, *work;
	int fd = be_mute();

	later();
	ck_assert_int_ge(sd_event_add_time_relative(loop, &end, CLOCK_MONOTONIC,
						    0, 1, on_end_of_time, NULL), 0);
	ck_assert_int_ge(sd_event_add_defer(loop, &work, on_work, &fd), 0);
	sd_event_source_set_priority(work, SD_EVENT_PRIORITY_IMPORTANT);
	while (sd_event_source_get_enabled(end, NULL) > 0)
		sd_event_run(loop, SECOND);
	ck_assert_msg(is_good, "%s", found);
	sd_event_source_unref(work);
	sd_event_source_unref(end);
	close(fd);
}

START_TEST(namespace_gone)
{
	int fd = listen_in(HERE, 100);

	ck_assert_str_eq(at_once(), "");
	ck_assert_int_eq(umount2(HERE, MNT_DETACH), 0);
	ck_assert_str_eq(at_once(),
			 "network namespace: This is no network namespace");
	ck_assert_int_eq(unlink(HERE), 0);
	ck_assert_str_eq(at_once(),
			 "network namespace: No such file or directory");
	close(fd);
}

/* It is the name that counts, for a recovered instance may have another one. */
START_TEST(namespace_replaced)
{
	int fd = listen_in(HERE, 100);

	ck_assert_str_eq(at_once(), "");
	ck_assert_int_eq(umount2(HERE, MNT_DETACH), 0);
	ck_assert_int_eq(mount(OTHER, HERE, NULL, MS_BIND, NULL), 0);
	ck_assert_str_eq(at_once(), "connect: Connection refused");
	close(fd);
}

/* Nobody ever writes to it. */
START_TEST(namespace_that_is_a_fifo)
{
	ck_assert_int_eq(mkfifo("/run/netns/fifo", 0600), 0);
	target.netns = "fifo";
	ck_assert_str_eq(at_once(),
			 "network namespace: This is no network namespace");
}

START_TEST(namespace_of_another_kind)
{
	ck_assert_int_eq(umount2(HERE, MNT_DETACH), 0);
	ck_assert_int_eq(mount("/proc/self/ns/uts", HERE, NULL, MS_BIND, NULL), 0);
	ck_assert_str_eq(at_once(),
			 "network namespace: This is no network namespace");
}

/* Nothing is known of the instance then, be it in its namespace or on the way. */
START_TEST(too_many_files)
{
	struct rlimit limit, usual;
	int fd, spare;

	ck_assert_str_eq(at_once(), "connect: Connection refused");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
	limit = usual;
	for (spare = 0; spare < 2; spare++) {
		fd = dup(0);
		close(fd);
		limit.rlim_cur = fd + spare;
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		ck_assert_int_eq(begin(), -EMFILE);
		ck_assert_ptr_null(probe);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
	ck_assert_int_eq(told, 0);
}

START_TEST(cannot_go_there)
{
	setns_fails = 1;
	ck_assert_int_eq(begin(), -ENOMEM);
	ck_assert_str_eq(at_once(), "connect: Connection refused");
}

/* By a signal: see main(). */
START_TEST(cannot_come_back)
{
	setns_fails = 2;
	begin();
}

int main(void)
{
	const TTest * const tests[] = {
		nobody_is_left_behind, seen_by_the_server, refused,
		connected_later, refused_later, given_up, answered_later,
		answered_wrongly, answered_while_busy, namespace_gone,
		namespace_replaced, namespace_that_is_a_fifo,
		namespace_of_another_kind, too_many_files, cannot_go_there,
	};
	Suite *suite = suite_of("probe", setup, teardown, tests,
				ARRAY_SIZE(tests));
	TCase *tcase = tcase_create("lost");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test_raise_signal(tcase, cannot_come_back, SIGABRT);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
