// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections that outlive their processes. */

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diag.h"
#include "netns.h"
#include "tcp.h"
#include "tree.h"

#define CONNECTIONS (~0U & ~(1U << TCP_LISTEN) & ~(1U << TCP_CLOSE))
/* A round ends so many; the next one the rest. */
#define ROUND 4096
#define STEP_US 20000
#define WAIT_US 8000000
#define SETTINGS "/proc/sys/net/ipv4/"

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

static int find(int diag, int family, struct found *found)
{
	const struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = CONNECTIONS,
	};

	return nfhad_diag_ask(diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request,
			      sizeof(request), on_socket, found);
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
		nfhad_diag_ask(diag, SOCK_DESTROY, NLM_F_ACK, &found.request[i],
			       sizeof(found.request[i]), on_socket, &found);
	return found.count;
}

int nfhad_tcp_abort(const char *netns)
{
	int ret, diag = nfhad_diag_open(netns);

	if (diag < 0)
		return diag;
	ret = abort_all(diag);
	close(diag);
	return ret;
}

int nfhad_tcp_prepare(const char *netns)
{
	int ret = nfhad_netns_enter(netns);

	ret = ret ?: nfhad_tree_write(AT_FDCWD, SETTINGS "tcp_syncookies", "2");
	return ret ?: nfhad_tree_write(AT_FDCWD, SETTINGS "tcp_orphan_retries", "1");
}

int nfhad_tcp_clear(const char *netns)
{
	int ret, diag = nfhad_diag_open(netns);
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
	return ret > 0 ? -ETIMEDOUT : ret;
}
