// SPDX-License-Identifier: GPL-2.0-or-later
/* The module comes and goes. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/nfha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "module.h"

/* More than what is said of a family. */
#define BYTES 8192

/* Of what is told to all who listen for families; it is the same in each kernel. */
#define GROUP GENL_ID_CTRL

static bool is_ours(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_NAME &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			return !strcmp(mnl_attr_get_str(attr), NFHA_FAMILY_NAME);
	}
	return false;
}

bool nfhad_module_is_gone(const void *data, size_t len)
{
	const struct nlmsghdr *nlh = data;
	const struct genlmsghdr *genl;
	int left = (int)len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		genl = mnl_nlmsg_get_payload(nlh);
		if (nlh->nlmsg_type == GENL_ID_CTRL &&
		    mnl_nlmsg_get_payload_len(nlh) >= sizeof(*genl) &&
		    genl->cmd == CTRL_CMD_DELFAMILY && is_ours(nlh))
			return true;
	}
	return false;
}

static int on_family(sd_event_source *source, int fd, uint32_t revents,
		     void *data)
{
	static uint32_t buffer[BYTES / 4];
	ssize_t n;

	(void)revents;
	(void)data;
	n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (n <= 0 || !nfhad_module_is_gone(buffer, (size_t)n))
		return 0;
	nfhad_log(LOG_ALERT, NULL, NULL,
		  "the module has been unloaded, and what it held is lost: ends, to be started again");
	return sd_event_exit(sd_event_source_get_event(source), EXIT_FAILURE);
}

/* Bound, for without a number it would be passed over as the sender. */
static int listen_to_families(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const int group = GROUP;
	int fd, ret;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    NETLINK_GENERIC);
	if (fd < 0)
		return -errno;
	if (!bind(fd, (const struct sockaddr *)&any, sizeof(any)) &&
	    !setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			sizeof(group)))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

int nfhad_module_watch(struct sd_event *event, struct sd_event_source **source)
{
	int ret, fd = listen_to_families();

	if (fd < 0)
		return fd;
	ret = sd_event_add_io(event, source, fd, EPOLLIN, on_family, NULL);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return sd_event_source_set_io_fd_own(*source, true);
}
