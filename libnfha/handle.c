// SPDX-License-Identifier: LGPL-2.1-or-later

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

/* Extended acknowledgment attributes (linux/netlink.h). */
#define ACK_MESSAGE 1
#define ACK_OFFSET 2

/* Without calls of libmnl: a daemon that watches many instances does little else. */
static void table_fill(const char *at, size_t left, const struct nlattr **tb,
		       uint16_t max)
{
	const struct nlattr *attr;
	uint16_t type;
	size_t length;

	for (type = 0; type <= max; type++)
		tb[type] = NULL;
	while (left >= sizeof(*attr)) {
		attr = (const struct nlattr *)at;
		if (attr->nla_len < sizeof(*attr) || attr->nla_len > left)
			return;
		/* A newer kernel may know more; what it says first of its kind counts. */
		type = attr->nla_type & NLA_TYPE_MASK;
		if (type <= max && !tb[type])
			tb[type] = attr;
		length = NLA_ALIGN(attr->nla_len);
		if (length >= left)
			return;
		at += length;
		left -= length;
	}
}

void parse(const struct nlmsghdr *nlh, const struct nlattr **tb, uint16_t max)
{
	const size_t before = sizeof(*nlh) + NLMSG_ALIGN(sizeof(struct genlmsghdr));

	table_fill((const char *)nlh + before,
		   nlh->nlmsg_len > before ? nlh->nlmsg_len - before : 0, tb, max);
}

void parse_nested(const struct nlattr *nest, const struct nlattr **tb,
		  uint16_t max)
{
	table_fill(nest ? mnl_attr_get_payload(nest) : NULL,
		   nest ? mnl_attr_get_payload_len(nest) : 0, tb, max);
}

void put_name(struct nlmsghdr *nlh, uint16_t type, const char *name)
{
	if (name)
		mnl_attr_put_strz(nlh, type, name);
}

void get_name(const struct nlattr *attr, char *name, size_t size)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	if (len >= size)
		len = size - 1;
	if (len)
		memcpy(name, mnl_attr_get_payload(attr), len);
	name[len] = 0;
}

static struct nlmsghdr *message_begin(struct nfha *h, uint16_t type,
				      uint8_t cmd, uint8_t version,
				      uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(h->out);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++h->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

struct nlmsghdr *request_begin(struct nfha *h, uint8_t cmd, uint16_t flags)
{
	return message_begin(h, h->family, cmd, NFHA_FAMILY_VERSION, flags);
}

/* The request that an answer belongs to: the buffer still has it. */
static const struct nlmsghdr *request_find(const struct nfha *h, uint32_t seq)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)h->out;
	int left = h->out_length;

	for (; message_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		if (nlh->nlmsg_seq == seq)
			return nlh;
	return NULL;
}

/* Keeps the kernel's words, and the name of the attribute they are about. */
static void words_keep(struct nfha *h, const struct nlmsghdr *nlh, size_t at)
{
	const struct nlmsghdr *request = request_find(h, nlh->nlmsg_seq);
	char name[64] = "", said[sizeof(h->error) - sizeof(name) - 2] = "";
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, nlh, at) {
		if (mnl_attr_get_type(attr) == ACK_MESSAGE)
			get_name(attr, said, sizeof(said));
		else if (mnl_attr_get_type(attr) == ACK_OFFSET && request &&
			 request->nlmsg_type == h->family)
			attr_name(request, get_u32(attr), name, sizeof(name));
	}
	snprintf(h->error, sizeof(h->error), "%s%s%s", name,
		 *name && *said ? ": " : "", said);
}

/* The kernel's words follow the request in an error message, all of the request
 * or, if it was capped, its header only.
 */
int answer_error(struct nfha *h, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t at = sizeof(*err);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return -EBADMSG;
	if (!err->error)
		return 0;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len > sizeof(err->msg))
		at += mnl_nlmsg_get_payload_len(&err->msg);
	if (at <= mnl_nlmsg_get_payload_len(nlh))
		words_keep(h, nlh, at);
	return err->error;
}

/* A dump ends with its own error, and the kernel's words after it. */
static int answer_done(struct nfha *h, const struct nlmsghdr *nlh)
{
	int err;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(err))
		return 0;
	memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	if (err < 0)
		words_keep(h, nlh, MNL_ALIGN(sizeof(err)));
	return err;
}

/* One message of an answer. *ended is set by the last. */
static int answer_one(struct nfha *h, const struct nlmsghdr *nlh, answer_fn fn,
		      void *data, bool *ended)
{
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		*ended = true;
		return answer_error(h, nlh);
	case NLMSG_DONE:
		*ended = true;
		return answer_done(h, nlh);
	case NLMSG_NOOP:
		return 0;
	default:
		return fn ? fn(nlh, data) : 0;
	}
}

static int answer_some(struct nfha *h, ssize_t len, answer_fn fn, void *data,
		       bool *ended)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)h->in;
	int left = len;
	int ret = 0;

	while (message_ok(nlh, left) && !*ended) {
		/* An answer to a request that was given up is not ours. */
		if (nlh->nlmsg_seq == h->seq) {
			int one = answer_one(h, nlh, ret ? NULL : fn, data,
					     ended);

			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				h->is_interrupted = true;
			if (one && !ret)
				ret = one;
		}
		nlh = mnl_nlmsg_next(nlh, &left);
	}
	return ret;
}

/* All of it has been read, but it is no picture of any instant. */
static int interrupted(struct nfha *h)
{
	snprintf(h->error, sizeof(h->error),
		 "what was read has changed meanwhile");
	return -EINTR;
}

/* After a callback has had enough, the rest of a dump is read and thrown away, so
 * that the next request finds the socket empty.
 */
int request_send(struct nfha *h, struct nlmsghdr *nlh, answer_fn fn,
		 void *data)
{
	bool ended = false;
	int ret = 0;

	h->error[0] = 0;
	h->is_interrupted = false;
	nlh->nlmsg_flags |= NLM_F_ACK;
	h->out_length = nlh->nlmsg_len;
	if (mnl_socket_sendto(h->socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (!ended) {
		ssize_t len = mnl_socket_recvfrom(h->socket, h->in,
						  sizeof(h->in));
		int some;

		if (len < 0)
			return -errno;
		some = answer_some(h, len, ret ? NULL : fn, data, &ended);
		if (some && !ret)
			ret = some;
	}
	return !ret && h->is_interrupted ? interrupted(h) : ret;
}

static int group_find(const struct nlattr *groups, uint32_t *id)
{
	const struct nlattr *group, *tb[CTRL_ATTR_MCAST_GRP_ID + 1];
	char name[GENL_NAMSIZ];

	mnl_attr_for_each_nested(group, groups) {
		parse_nested(group, tb, CTRL_ATTR_MCAST_GRP_ID);
		get_name(tb[CTRL_ATTR_MCAST_GRP_NAME], name, sizeof(name));
		if (!strcmp(name, NFHA_MCGRP_EVENTS))
			*id = get_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return 0;
}

static int family_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GROUPS + 1];
	struct nfha *h = data;

	parse(nlh, tb, CTRL_ATTR_MCAST_GROUPS);
	h->family = get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	if (tb[CTRL_ATTR_MCAST_GROUPS])
		return group_find(tb[CTRL_ATTR_MCAST_GROUPS], &h->group);
	return 0;
}

static int family_find(struct nfha *h)
{
	struct nlmsghdr *nlh = message_begin(h, GENL_ID_CTRL,
					     CTRL_CMD_GETFAMILY, 1, 0);
	int ret;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NFHA_FAMILY_NAME);
	ret = request_send(h, nlh, family_answer, h);
	return ret == -ENOENT ? -ENOPROTOOPT : ret;
}

/**
 * struct opener - work for a thread that may change its namespace
 * @netns: path of the namespace, or NULL
 * @socket: the socket
 * @error: negative errno
 */
struct opener {
	const char *netns;
	struct mnl_socket *socket;
	int error;
};

static void *opener_run(void *arg)
{
	struct opener *opener = arg;

	if (opener->netns) {
		int fd = open(opener->netns, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
			opener->error = -errno;
		if (fd >= 0)
			close(fd);
		if (opener->error)
			return NULL;
	}
	opener->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!opener->socket)
		opener->error = -errno;
	return NULL;
}

/* A namespace belongs to a thread: one that lives for the opening only leaves
 * that of the caller alone.
 */
static int socket_open(struct nfha *h, const char *netns)
{
	char path[PATH_MAX];
	struct opener opener = {};
	pthread_t thread;
	int ret;

	if (netns) {
		ret = snprintf(path, sizeof(path), "%s%s",
			       strchr(netns, '/') ? "" : "/run/netns/", netns);
		if (ret >= (int)sizeof(path))
			return -ENAMETOOLONG;
		opener.netns = path;
	}
	ret = pthread_create(&thread, NULL, opener_run, &opener);
	if (ret)
		return -ret;
	pthread_join(thread, NULL);
	h->socket = opener.socket;
	return opener.error;
}

static int socket_setup(struct nfha *h)
{
	int fd = mnl_socket_get_fd(h->socket);
	int on = 1, size = BUFFER_SIZE;

	if (mnl_socket_bind(h->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	/* Without these there are fewer words, and dumps check less. */
	mnl_socket_setsockopt(h->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(h->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(h->socket, NETLINK_GET_STRICT_CHK, &on,
			      sizeof(on));
	/* A long map is one message, and a batch has many answers. Without the
	 * privilege the kernel gives what it can.
	 */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	h->portid = mnl_socket_get_portid(h->socket);
	return family_find(h);
}

int nfha_open(struct nfha **out, const char *netns)
{
	struct nfha *h = calloc(1, sizeof(*h));
	int ret;

	*out = NULL;
	if (!h)
		return -ENOMEM;
	h->seq = time(NULL);
	ret = socket_open(h, netns);
	if (!ret)
		ret = socket_setup(h);
	if (ret) {
		nfha_close(h);
		return ret;
	}
	*out = h;
	return 0;
}

void nfha_close(struct nfha *h)
{
	if (!h)
		return;
	if (h->socket)
		mnl_socket_close(h->socket);
	/* A service's key may have been in there. */
	explicit_bzero(h, sizeof(*h));
	free(h);
}

const char *nfha_error(const struct nfha *h)
{
	return h->error;
}
