// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections that outlive their processes. */

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"
#include "tcp.h"

#define CONNECTIONS (~0U & ~(1U << TCP_LISTEN) & ~(1U << TCP_CLOSE))
/* A round ends so many; the next one the rest. */
#define ROUND 4096
#define STEP_US 20000
#define WAIT_US 8000000

/**
 * struct found - the connections of a round
 * @count: how many
 * @request: to end each
 */
struct found {
	size_t count;
	struct inet_diag_req_v2 request[ROUND];
};

static int on_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *message = mnl_nlmsg_get_payload(nlh);
	struct found *found = data;

	if (found->count == ROUND)
		return MNL_CB_OK;
	found->request[found->count++] = (struct inet_diag_req_v2){
		.sdiag_family = message->idiag_family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = CONNECTIONS,
		.id = message->id,
	};
	return MNL_CB_OK;
}

static int ask(int diag, uint16_t type, uint16_t flags,
	       const struct inet_diag_req_v2 *request, struct found *found)
{
	static char buffer[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	static unsigned int sequence;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	ssize_t n;
	int ret;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++sequence;
	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(*request)), request,
	       sizeof(*request));
	if (send(diag, nlh, nlh->nlmsg_len, 0) < 0)
		return -errno;
	do {
		n = recv(diag, buffer, sizeof(buffer), 0);
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(buffer, n, sequence, 0, on_socket, found);
	} while (ret > MNL_CB_STOP);
	return ret < 0 ? -errno : 0;
}

static int find(int diag, int family, struct found *found)
{
	const struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = CONNECTIONS,
	};

	return ask(diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request, found);
}

/* One that cannot be ended is found again, or has gone by itself. */
static int abort_all(int diag)
{
	static struct found found;
	size_t i;
	int ret;

	found.count = 0;
	ret = find(diag, AF_INET, &found);
	ret = ret ?: find(diag, AF_INET6, &found);
	if (ret)
		return ret;
	for (i = 0; i < found.count; i++)
		ask(diag, SOCK_DESTROY, NLM_F_ACK, &found.request[i], &found);
	return found.count;
}

static int diag_open(const char *name, int *netns)
{
	int diag;

	*netns = nfhad_netns_open(name);
	if (*netns < 0)
		return *netns;
	diag = nfhad_netns_socket(*netns, AF_NETLINK, SOCK_RAW,
				  NETLINK_SOCK_DIAG);
	if (diag < 0)
		close(*netns);
	return diag;
}

int nfhad_tcp_abort(const char *name)
{
	int netns, ret, diag = diag_open(name, &netns);

	if (diag < 0)
		return diag;
	ret = abort_all(diag);
	close(diag);
	close(netns);
	return ret;
}

/* A setting of the namespace that the job is in. */
static int set(const char *path, const char *value)
{
	int fd, ret = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int nfhad_tcp_prepare(const char *name)
{
	int netns, ret = 0;

	netns = nfhad_netns_open(name);
	if (netns < 0)
		return netns;
	if (setns(netns, CLONE_NEWNET))
		ret = -errno;
	close(netns);
	ret = ret ?: set("/proc/sys/net/ipv4/tcp_syncookies", "2");
	return ret ?: set("/proc/sys/net/ipv4/tcp_orphan_retries", "1");
}

int nfhad_tcp_clear(const char *name)
{
	int netns, ret, diag = diag_open(name, &netns);
	unsigned int waited;

	if (diag < 0)
		return diag;
	ret = abort_all(diag);
	for (waited = 0; ret > 0 && waited < WAIT_US; waited += STEP_US) {
		ret = abort_all(diag);
		if (ret > 0)
			usleep(STEP_US);
	}
	close(diag);
	close(netns);
	return ret > 0 ? -ETIMEDOUT : ret;
}
