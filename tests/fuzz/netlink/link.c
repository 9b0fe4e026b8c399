// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link.h"

/* More than a request takes. */
#define REQUEST_SIZE 1024

int link_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	return fd;
}

void link_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

static struct nlmsghdr *request_begin(void *buffer, uint16_t type, uint16_t flags,
				      unsigned int up)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	info->ifi_flags = up;
	info->ifi_change = IFF_UP;
	return nlh;
}

static int request_send(int fd, const struct nlmsghdr *nlh)
{
	char answer[4096] __attribute__((aligned(4)));
	const struct nlmsghdr *said = (void *)answer;
	const struct nlmsgerr *error;
	ssize_t length;

	if (send(fd, nlh, nlh->nlmsg_len, 0) < 0)
		return -errno;
	length = recv(fd, answer, sizeof(answer), 0);
	if (length < 0)
		return -errno;
	if (!mnl_nlmsg_ok(said, length) || said->nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	error = mnl_nlmsg_get_payload(said);
	return error->error;
}

int link_make(int fd, const char *name, const char *peer)
{
	char buffer[REQUEST_SIZE] __attribute__((aligned(4)));
	struct nlmsghdr *nlh = request_begin(buffer, RTM_NEWLINK,
					     NLM_F_CREATE | NLM_F_EXCL, IFF_UP);
	struct nlattr *kind, *data, *other;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	kind = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	/* It cannot be up before there are both. */
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, peer);
	mnl_attr_nest_end(nlh, other);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, kind);
	return request_send(fd, nlh) ?: link_switch(fd, peer, true);
}

int link_switch(int fd, const char *name, bool on)
{
	char buffer[REQUEST_SIZE] __attribute__((aligned(4)));
	struct nlmsghdr *nlh = request_begin(buffer, RTM_NEWLINK, 0, on ? IFF_UP : 0);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return request_send(fd, nlh);
}

int link_remove(int fd, const char *name)
{
	char buffer[REQUEST_SIZE] __attribute__((aligned(4)));
	struct nlmsghdr *nlh = request_begin(buffer, RTM_DELLINK, 0, 0);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return request_send(fd, nlh);
}
