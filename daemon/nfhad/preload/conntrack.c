// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loaded into criu before the C library, one of whose calls it answers.
 *
 * CRIU 3.17 asks for all entries of connection tracking while the VNF is frozen, twice,
 * and the kernel looks for them in a table of all namespaces, as large as the machine. In a
 * namespace without an entry that is half of the freeze, for nothing; and a
 * kernel that has no connection tracking loads it.
 */

#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of the network namespace of the task that looks. */
#define COUNT "/proc/sys/net/netfilter/nf_conntrack_count"

static bool has_entries(void)
{
	char first = '0';
	int fd;

	fd = open(COUNT, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, &first, 1) != 1)
		first = '1';
	close(fd);
	return first != '0';
}

static bool is_list(const struct nlmsghdr *nlh, size_t size)
{
	return size >= sizeof(*nlh) &&
	       nlh->nlmsg_type == (NFNL_SUBSYS_CTNETLINK << 8 |
				   IPCTNL_MSG_CT_GET) &&
	       (nlh->nlmsg_flags & NLM_F_DUMP);
}

/* A request for a list that would be empty becomes one that is only acknowledged. */
__attribute__((visibility("default")))
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct nlmsghdr *nlh;

	if (message->msg_iovlen == 1) {
		nlh = message->msg_iov->iov_base;
		if (is_list(nlh, message->msg_iov->iov_len) && !has_entries()) {
			nlh->nlmsg_type = NLMSG_NOOP;
			nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
		}
	}
	return syscall(SYS_sendmsg, fd, message, flags);
}
