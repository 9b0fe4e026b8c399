// SPDX-License-Identifier: GPL-2.0-or-later
/* Who ends, as the kernel tells it; the kernel is the test. */

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptors.h"
#include "loop.h"
#include "obituary.h"
#include "unit.h"
#include "wraps.h"

#define FAMILY 33
#define DEATHS_MAX 8

static char buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
static sd_event *event;
static int kernel, theirs;
static int descriptors;
static struct nfhad_obituary *obituary;
static struct nfhad_death deaths[DEATHS_MAX];
static unsigned int told;

/* Whoever runs this may not look at process 1. */
int __wrap_open(const char *path, int flags, ...)
{
	return __real_open(strcmp(path, "/proc/1/ns/net") ? path : "/proc/self/ns/net",
			   flags);
}

int __wrap_nfhad_netns_socket(int netns, int domain, int type, int protocol)
{
	ck_assert_int_ge(netns, 0);
	ck_assert_int_eq(domain, AF_NETLINK);
	ck_assert_int_eq(type, SOCK_RAW);
	ck_assert_int_eq(protocol, NETLINK_GENERIC);
	return theirs;
}

static void on_death(const struct nfhad_death *death, void *data)
{
	ck_assert_ptr_eq(data, &told);
	ck_assert_uint_lt(told, DEATHS_MAX);
	deaths[told++] = *death;
}

static void setup(void)
{
	int pair[2];

	event = loop_open();
	descriptors = count_descriptors();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	kernel = pair[0];
	theirs = pair[1];
}

static void teardown(void)
{
	nfhad_obituary_close(obituary);
	close(kernel);
	ck_assert_int_eq(count_descriptors(), descriptors);
	sd_event_unref(event);
}

static struct nlmsghdr *message(uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	nlh->nlmsg_type = type;
	return nlh;
}

static void say(const struct nlmsghdr *nlh)
{
	ck_assert_int_eq(send(kernel, nlh, nlh->nlmsg_len, 0), nlh->nlmsg_len);
}

static void say_family(void)
{
	struct nlmsghdr *nlh = message(GENL_ID_CTRL);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME);
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	say(nlh);
}

static void say_error(int error)
{
	struct nlmsghdr *nlh = message(NLMSG_ERROR);
	struct nlmsgerr *said = mnl_nlmsg_put_extra_header(nlh, sizeof(*said));

	said->error = error;
	said->msg.nlmsg_len = sizeof(said->msg);
	say(nlh);
}

/* What it has heard; the command. */
static uint8_t heard(uint16_t type, const char *text)
{
	ssize_t n = recv(kernel, buffer, sizeof(buffer), MSG_DONTWAIT);
	struct nlmsghdr *nlh = (struct nlmsghdr *)buffer;

	ck_assert_int_ge(n, (ssize_t)sizeof(*nlh));
	ck_assert_uint_eq(nlh->nlmsg_len, n);
	ck_assert_uint_eq(nlh->nlmsg_type, type);
	if (text)
		ck_assert_ptr_nonnull(memmem(buffer, n, text, strlen(text)));
	return ((struct genlmsghdr *)mnl_nlmsg_get_payload(nlh))->cmd;
}

static int open_it(void)
{
	return nfhad_obituary_open(event, on_death, &told, &obituary);
}

static void begin(void)
{
	say_family();
	say_error(0);
	say_error(0);
	ck_assert_int_eq(open_it(), 0);
	ck_assert_uint_eq(heard(GENL_ID_CTRL, TASKSTATS_GENL_NAME), CTRL_CMD_GETFAMILY);
	/* There is a first processor. */
	ck_assert_uint_eq(heard(FAMILY, "0"), TASKSTATS_CMD_GET);
}

static void block(struct nlmsghdr *nlh, uint16_t aggregate, uint16_t type, uint32_t id)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, aggregate);

	mnl_attr_put_u32(nlh, type, id);
	mnl_attr_put(nlh, TASKSTATS_TYPE_STATS, 16, "0123456789abcdef");
	mnl_attr_nest_end(nlh, nest);
}

/* With the last thread of a process comes the sum of all. */
static void say_death(uint16_t family, uint32_t thread, uint32_t pid)
{
	struct nlmsghdr *nlh = message(family);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	if (thread)
		block(nlh, TASKSTATS_TYPE_AGGR_PID, TASKSTATS_TYPE_PID, thread);
	if (pid)
		block(nlh, TASKSTATS_TYPE_AGGR_TGID, TASKSTATS_TYPE_TGID, pid);
	say(nlh);
}

static void turns(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

START_TEST(whoever_ends)
{
	begin();
	say_death(FAMILY, 70, 0);
	say_death(FAMILY, 72, 71);
	turns();
	ck_assert_uint_eq(told, 2);
	ck_assert_int_eq(deaths[0].pid, 70);
	ck_assert_int_eq(deaths[0].thread, 70);
	ck_assert(!deaths[0].whole);
	ck_assert_int_eq(deaths[1].pid, 71);
	ck_assert_int_eq(deaths[1].thread, 72);
	ck_assert(deaths[1].whole);
}

/* It goes on with what comes behind. */
START_TEST(what_is_no_death)
{
	struct nlmsghdr *nlh;
	struct nlattr *attr;

	begin();
	say_death(FAMILY + 1, 70, 70);
	say_death(FAMILY, 0, 0);
	say_error(-ENOBUFS);
	ck_assert_int_eq(send(kernel, "x", 1, 0), 1);
	/* One that is longer than what is around it. */
	nlh = message(FAMILY);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	attr = mnl_nlmsg_get_payload_tail(nlh);
	block(nlh, TASKSTATS_TYPE_AGGR_PID, TASKSTATS_TYPE_PID, 70);
	attr->nla_len += 40;
	say(nlh);
	turns();
	ck_assert_uint_eq(told, 0);
	say_death(FAMILY, 70, 0);
	turns();
	ck_assert_uint_eq(told, 1);
}

START_TEST(no_such_family)
{
	say_error(-ENOENT);
	ck_assert_int_eq(open_it(), -ENOENT);
	ck_assert_ptr_null(obituary);
}

START_TEST(not_allowed)
{
	say_family();
	say_error(0);
	say_error(-EPERM);
	ck_assert_int_eq(open_it(), -EPERM);
	ck_assert_ptr_null(obituary);
}

START_TEST(a_socket_that_is_closed)
{
	close(kernel);
	kernel = dup(STDIN_FILENO);
	ck_assert_int_eq(open_it(), -EPIPE);
}

UNIT_MAIN_FIXTURE("obituary", setup, teardown, whoever_ends, what_is_no_death,
		  no_such_family, not_allowed, a_socket_that_is_closed)
