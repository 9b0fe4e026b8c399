// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stand-in's sockets. A request is done in the process that sends it, and its answer waits
 * there. Events come through sockets with a name, so that other processes of the test hear of
 * them. One that many wait in takes no more: who sent the answer there, too, would wait for
 * himself.
 */

#include <check.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "standin.h"
#include "standin_private.h"

#define FAMILY 0x1234
#define GROUP 5
#define ACK_MESSAGE 1

struct mnl_socket {
	int fd;
	struct sockaddr_un at;
};

/* The last one, and which socket it is to be read from, until it has been. */
static struct {
	char data[STANDIN_ANSWER] __attribute__((aligned(8)));
	struct nlmsghdr *last;
	uint32_t seq;
	const char *words;
	const struct mnl_socket *socket;
} answer;

static void datagram_send(const struct sockaddr_un *to, const void *data, size_t len)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* Who has ended meanwhile has no use for it. */
	sendto(fd, data, len, MSG_NOSIGNAL, (const struct sockaddr *)to, sizeof(*to));
	close(fd);
}

static struct nlmsghdr *message_begin(uint16_t type)
{
	char *at = answer.last ? (char *)answer.last + MNL_ALIGN(answer.last->nlmsg_len) :
				 answer.data;

	ck_assert_uint_le(at - answer.data, sizeof(answer.data) - ATTRIBUTES - 64);
	answer.last = mnl_nlmsg_put_header(at);
	answer.last->nlmsg_type = type;
	answer.last->nlmsg_seq = answer.seq;
	return answer.last;
}

struct nlmsghdr *standin_answer(uint8_t cmd)
{
	struct nlmsghdr *nlh = message_begin(FAMILY);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = cmd;
	genl->version = NFHA_FAMILY_VERSION;
	return nlh;
}

int standin_say(int error, const char *words)
{
	answer.words = words;
	return error;
}

struct nlmsghdr *standin_message(uint8_t cmd)
{
	static char data[8192];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(data);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = FAMILY;
	genl->cmd = cmd;
	return nlh;
}

struct nlmsghdr *standin_event(uint8_t cmd, const char *service, const char *instance)
{
	struct nlmsghdr *nlh = standin_message(cmd);

	mnl_attr_put_strz(nlh, NFHA_A_EVENT_SERVICE, service);
	mnl_attr_put_strz(nlh, NFHA_A_EVENT_INSTANCE, instance);
	return nlh;
}

void standin_tell(const struct nlmsghdr *nlh)
{
	unsigned int n;

	for (n = 0; n < LISTENERS; n++)
		if (standin->listener[n].sun_family)
			datagram_send(&standin->listener[n], nlh, nlh->nlmsg_len);
}

unsigned int standin_listeners(void)
{
	unsigned int n, count = 0;

	for (n = 0; n < LISTENERS; n++)
		count += standin->listener[n].sun_family != 0;
	return count;
}

/* What the family is called here, and its events. */
static int family_answer(void)
{
	struct nlmsghdr *nlh = message_begin(GENL_ID_CTRL);
	struct nlattr *groups, *group;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, NFHA_MCGRP_EVENTS);
	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, GROUP);
	mnl_attr_nest_end(nlh, group);
	mnl_attr_nest_end(nlh, groups);
	return 0;
}

static bool is_interrupted(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);

	return standin->interrupts[genl->cmd] && standin->interrupts[genl->cmd]--;
}

/* The end of an answer: of a dump, or the kernel's word for a request. */
static void ack(const struct nlmsghdr *request, int error)
{
	struct nlmsghdr *nlh;
	struct nlmsgerr *err;
	int *done;

	if (request->nlmsg_flags & NLM_F_DUMP && !error) {
		nlh = message_begin(NLMSG_DONE);
		done = mnl_nlmsg_put_extra_header(nlh, sizeof(*done));
		*done = 0;
		if (is_interrupted(request))
			nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
		return;
	}
	nlh = message_begin(NLMSG_ERROR);
	err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
	err->error = error;
	err->msg = *request;
	nlh->nlmsg_flags |= NLM_F_CAPPED;
	if (!error || !answer.words)
		return;
	nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
	mnl_attr_put_strz(nlh, ACK_MESSAGE, answer.words);
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *data, size_t len)
{
	const struct nlmsghdr *nlh = data;
	int left = len;

	ck_assert_ptr_null(answer.socket);
	answer.last = NULL;
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		answer.seq = nlh->nlmsg_seq;
		answer.words = NULL;
		ack(nlh, nlh->nlmsg_type == GENL_ID_CTRL ? family_answer() : standin_do(nlh));
	}
	answer.socket = socket;
	return len;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *data, size_t size)
{
	size_t length;

	if (answer.socket != socket)
		return recv(socket->fd, data, size, 0);
	answer.socket = NULL;
	length = (char *)answer.last + MNL_ALIGN(answer.last->nlmsg_len) - answer.data;
	length = length < size ? length : size;
	memcpy(data, answer.data, length);
	return length;
}

int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket)
{
	return socket->fd;
}

unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return 0;
}

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *s = calloc(1, sizeof(*s));

	(void)bus;
	(void)flags;
	ck_assert_ptr_nonnull(s);
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s->at.sun_family = AF_UNIX;
	snprintf(s->at.sun_path, sizeof(s->at.sun_path), "%s/%u", standin->directory,
		 __atomic_fetch_add(&standin->sockets, 1, __ATOMIC_SEQ_CST));
	return s;
}

int __wrap_mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t pid)
{
	(void)groups;
	(void)pid;
	return bind(socket->fd, (struct sockaddr *)&socket->at, sizeof(socket->at));
}

int __wrap_mnl_socket_setsockopt(const struct mnl_socket *socket, int type, void *data,
				 socklen_t len)
{
	unsigned int n;

	(void)len;
	if (type != NETLINK_ADD_MEMBERSHIP)
		return 0;
	ck_assert_uint_eq(*(uint32_t *)data, GROUP);
	for (n = 0; standin->listener[n].sun_family; n++)
		ck_assert_uint_lt(n + 1, LISTENERS);
	standin->listener[n] = socket->at;
	return 0;
}

int __wrap_mnl_socket_close(struct mnl_socket *socket)
{
	unsigned int n;

	for (n = 0; n < LISTENERS; n++)
		if (!strcmp(standin->listener[n].sun_path, socket->at.sun_path))
			memset(&standin->listener[n], 0, sizeof(standin->listener[n]));
	unlink(socket->at.sun_path);
	close(socket->fd);
	free(socket);
	return 0;
}

void standin_sockets_begin(void)
{
	snprintf(standin->directory, sizeof(standin->directory), "/tmp/nfha-standin.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(standin->directory));
}

/* A process that was killed may have left one. */
void standin_sockets_end(void)
{
	char path[64];
	unsigned int n;

	for (n = 0; n < standin->sockets; n++) {
		snprintf(path, sizeof(path), "%s/%u", standin->directory, n);
		unlink(path);
	}
	rmdir(standin->directory);
}
