// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets in another network namespace. */

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctnet.h"
#include "instance.h"
#include "netns.h"
#include "proc.h"

#define SYSCTL "/proc/sys/net/netfilter/nf_conntrack_"
/* Events of about 30,000 packets that nobody reads. */
#define RECEIVE_BUFFER (32 << 20)
#define SOCKETS 3
/* What a child that hangs may take: opening sockets waits for nobody. */
#define PATIENCE_S 2

enum { EVENTS_OFF, EVENTS_ON };

static int read_number(const char *path, uint32_t *number)
{
	char text[16];
	ssize_t n;

	n = nfhad_proc_read(path, text, sizeof(text));
	if (n <= 0)
		return n ? (int)n : -EIO;
	*number = (uint32_t)strtoul(text, NULL, 10);
	return 0;
}

static int write_on(const char *path)
{
	ssize_t n;
	int fd;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, "1", 1);
	close(fd);
	return n == 1 ? 0 : -EIO;
}

int nfhad_ctnet_socket(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const int size = RECEIVE_BUFFER, on = 1;
	int fd, ret;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    NETLINK_NETFILTER);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any))) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

int nfhad_ctnet_ask(int fd, uint8_t subsystem, uint8_t type, uint16_t flags)
{
	const struct {
		struct nlmsghdr header;
		struct nfgenmsg family;
	} question = {
		.header = {
			.nlmsg_len = sizeof(question),
			.nlmsg_type = (uint16_t)(subsystem << 8 | type),
			.nlmsg_flags = NLM_F_REQUEST | flags,
		},
	};

	return send(fd, &question, sizeof(question), 0) < 0 ? -errno : 0;
}

/* The kernel loads what a question is for before it answers it. */
static int load_module(void)
{
	int ret, fd = nfhad_ctnet_socket();

	if (fd < 0)
		return fd;
	ret = nfhad_ctnet_ask(fd, NFNL_SUBSYS_CTNETLINK,
			      IPCTNL_MSG_CT_GET_STATS, 0);
	close(fd);
	return ret;
}

int nfhad_ctnet_enter(const char *netns)
{
	uint32_t mode = EVENTS_OFF;
	int ret;

	ret = nfhad_netns_enter(netns);
	if (ret)
		return ret;
	ret = load_module();
	if (ret)
		return ret;
	ret = read_number(SYSCTL "events", &mode);
	if (ret)
		return ret;
	if (mode == EVENTS_OFF)
		return -ENODATA;
	if (mode != EVENTS_ON)
		ret = write_on(SYSCTL "events");
	return ret ? ret : (int)mode;
}

static int join(int fd, int group)
{
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return -errno;
	return 0;
}

static int listen_to(const int *group, size_t groups)
{
	int fd, ret;
	size_t i;

	fd = nfhad_ctnet_socket();
	for (i = 0; fd >= 0 && i < groups; i++) {
		ret = join(fd, group[i]);
		if (ret) {
			close(fd);
			return ret;
		}
	}
	return fd;
}

/**
 * struct reply - what the child says, beside the descriptors
 * @error: 0 or a negative errno
 * @net: its numbers; descriptors are another matter
 */
struct reply {
	int error;
	struct nfhad_ctnet net;
};

static int open_here(const struct nfhad_instance *instance,
		     int (*check)(const struct nfhad_instance *instance),
		     struct nfhad_ctnet *net)
{
	static const int events[] = {
		NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE,
		NFNLGRP_CONNTRACK_DESTROY, NFNLGRP_CONNTRACK_EXP_NEW,
		NFNLGRP_CONNTRACK_EXP_DESTROY,
	};
	static const int rules[] = { NFNLGRP_NFTABLES };
	int ret;

	ret = nfhad_ctnet_enter(instance->config->netns);
	if (ret < 0)
		return ret;
	net->events_mode = (uint32_t)ret;
	ret = read_number(SYSCTL "count", &net->connections);
	if (!ret)
		ret = check(instance);
	if (ret)
		return ret;
	net->event = listen_to(events, sizeof(events) / sizeof(*events));
	if (net->event < 0)
		return net->event;
	net->rules = listen_to(rules, 1);
	if (net->rules < 0)
		return net->rules;
	net->query = nfhad_ctnet_socket();
	return net->query < 0 ? net->query : 0;
}

union control {
	char data[CMSG_SPACE(SOCKETS * sizeof(int))];
	struct cmsghdr align;
};

/* Its exit status. */
static int child(const struct nfhad_instance *instance,
		 int (*check)(const struct nfhad_instance *instance), int fd)
{
	struct reply reply = { 0 };
	struct iovec iov = { &reply, sizeof(reply) };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	int fds[SOCKETS];

	reply.error = open_here(instance, check, &reply.net);
	if (!reply.error) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
		fds[0] = reply.net.event;
		fds[1] = reply.net.rules;
		fds[2] = reply.net.query;
		memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) < 0;
}

static int receive(int fd, struct nfhad_ctnet *net)
{
	struct reply reply;
	struct iovec iov = { &reply, sizeof(reply) };
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fds[SOCKETS];
	ssize_t n;

	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (n != sizeof(reply))
		return -ECHILD;
	if (reply.error)
		return reply.error;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS ||
	    cmsg->cmsg_len != CMSG_LEN(sizeof(fds)))
		return -ECHILD;
	memcpy(fds, CMSG_DATA(cmsg), sizeof(fds));
	*net = reply.net;
	net->event = fds[0];
	net->rules = fds[1];
	net->query = fds[2];
	return 0;
}

int nfhad_ctnet_open(const struct nfhad_instance *instance,
		     int (*check)(const struct nfhad_instance *instance),
		     struct nfhad_ctnet *net)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int pair[2], ret;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	pid = fork();
	if (!pid)
		_exit(child(instance, check, pair[1]));
	ret = pid < 0 ? -errno : 0;
	close(pair[1]);
	if (!ret) {
		ret = receive(pair[0], net);
		if (ret == -ETIMEDOUT)
			kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(pair[0]);
	return ret;
}

void nfhad_ctnet_close(struct nfhad_ctnet *net)
{
	close(net->event);
	close(net->rules);
	close(net->query);
}
