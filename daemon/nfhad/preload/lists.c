// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loaded into criu before the C library, one of whose calls it answers.
 *
 * While the VNF is frozen CRIU 3.17 asks for all entries of connection tracking, twice, and
 * for all TCP sockets, of IPv4 and of IPv6. The kernel looks for them in tables of all
 * namespaces, as large as the machine. In a namespace without an entry that is more
 * than half of the freeze, for nothing; and a kernel that has no connection
 * tracking loads it.
 */

#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All of the network namespace of the thread that looks. */
#define NETNS "/proc/thread-self/ns/net"
#define ENTRIES "/proc/sys/net/netfilter/nf_conntrack_count"
#define SOCKETS "/proc/thread-self/net/sockstat"
#define SOCKETS6 "/proc/thread-self/net/sockstat6"

struct request {
	struct nlmsghdr header;
	struct sock_diag_req diag;
};

/* Returns false if there is no such file, or not all of it can be read. */
static bool read_text(const char *path, char *text, size_t size)
{
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return false;
	text[n] = 0;
	return true;
}

static bool has_entries(void)
{
	char text[32];

	if (access(ENTRIES, F_OK))
		return false;
	return !read_text(ENTRIES, text, sizeof(text)) || text[0] != '0';
}

/* Those in TIME-WAIT are not counted: they are no process's. */
static bool has_sockets(const char *path, const char *title)
{
	char text[512];
	const char *count;

	if (!read_text(path, text, sizeof(text)))
		return true;
	count = strstr(text, title);
	return !count || count[strlen(title)] != '0';
}

static bool has_tcp(const struct request *request)
{
	if (request->diag.sdiag_family == AF_INET6)
		return has_sockets(SOCKETS6, "TCP6: inuse ");
	return has_sockets(SOCKETS, "TCP: inuse ");
}

/* A question about TCP is asked on a socket that was made in the namespace, and from
 * outside of it. Who cannot come back from there cannot go on.
 */
static bool has_tcp_there(int fd, const struct request *request)
{
	int here = open(NETNS, O_RDONLY | O_CLOEXEC);
	int there = ioctl(fd, SIOCGSKNS);
	bool has = true;

	if (here >= 0 && there >= 0 && !setns(there, CLONE_NEWNET)) {
		has = has_tcp(request);
		if (setns(here, CLONE_NEWNET))
			abort();
	}
	if (here >= 0)
		close(here);
	if (there >= 0)
		close(there);
	return has;
}

static bool is_list(const struct request *request, size_t size, int type)
{
	return size >= sizeof(*request) && request->header.nlmsg_type == type &&
	       (request->header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

static bool is_of_entries(const struct request *request, size_t size)
{
	return is_list(request, size,
		       NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET);
}

/* The number of the message is another family's, too. */
static bool is_of_tcp(int fd, const struct request *request, size_t size)
{
	socklen_t length = sizeof(int);
	int family;

	return is_list(request, size, SOCK_DIAG_BY_FAMILY) &&
	       request->diag.sdiag_protocol == IPPROTO_TCP &&
	       (request->diag.sdiag_family == AF_INET ||
		request->diag.sdiag_family == AF_INET6) &&
	       !getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &family, &length) &&
	       family == NETLINK_SOCK_DIAG;
}

static bool is_for_nothing(int fd, const struct request *request, size_t size)
{
	if (is_of_entries(request, size))
		return !has_entries();
	return is_of_tcp(fd, request, size) && !has_tcp_there(fd, request);
}

/* Instead of a request; who asks may use the same memory for the next one. */
static ssize_t send_nothing(int fd, const struct msghdr *message, int flags)
{
	struct nlmsghdr nothing = {
		.nlmsg_len = sizeof(nothing),
		.nlmsg_type = NLMSG_NOOP,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	};
	const struct iovec *asked = message->msg_iov;
	struct iovec iov = { &nothing, sizeof(nothing) };
	struct msghdr copy = *message;
	long ret;

	nothing.nlmsg_seq = ((struct nlmsghdr *)asked->iov_base)->nlmsg_seq;
	copy.msg_iov = &iov;
	ret = syscall(SYS_sendmsg, fd, &copy, flags);
	return ret < 0 ? ret : (ssize_t)asked->iov_len;
}

/* A request for a list that would be empty becomes one that is only acknowledged. */
__attribute__((visibility("default")))
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	const struct iovec *iov = message->msg_iov;

	if (message->msg_iovlen == 1 &&
	    is_for_nothing(fd, iov->iov_base, iov->iov_len))
		return send_nothing(fd, message, flags);
	return syscall(SYS_sendmsg, fd, message, flags);
}
