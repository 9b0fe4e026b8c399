// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's own list of sockets. */

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diag.h"
#include "netns.h"

/**
 * struct query - a question and what happens to its answers
 * @parse: makes a socket of a message
 * @fn: told of it
 * @data: for @fn
 */
struct query {
	void (*parse)(const struct nlmsghdr *nlh,
		      struct nfhad_diag_socket *socket);
	nfhad_diag_fn fn;
	void *data;
};

int nfhad_diag_open(const char *name)
{
	int netns, diag;

	netns = nfhad_netns_open(name);
	if (netns < 0)
		return netns;
	diag = nfhad_netns_socket(netns, AF_NETLINK, SOCK_RAW,
				  NETLINK_SOCK_DIAG);
	close(netns);
	return diag;
}

int nfhad_diag_ask(int diag, uint16_t type, uint16_t flags,
		   const void *request, size_t size, mnl_cb_t fn, void *data)
{
	static char buffer[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	static unsigned int sequence;
	struct nlmsghdr *nlh;
	ssize_t n;
	int ret;

	nlh = mnl_nlmsg_put_header(buffer);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++sequence;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), request, size);
	if (send(diag, nlh, nlh->nlmsg_len, 0) < 0)
		return -errno;
	do {
		n = recv(diag, buffer, sizeof(buffer), 0);
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(buffer, n, sequence, 0, fn, data);
	} while (ret > MNL_CB_STOP);
	return ret < 0 ? -errno : 0;
}

static int on_message(const struct nlmsghdr *nlh, void *data)
{
	struct nfhad_diag_socket socket = { 0 };
	const struct query *query = data;

	query->parse(nlh, &socket);
	query->fn(&socket, query->data);
	return MNL_CB_OK;
}

static int ask(int diag, const void *request, size_t size,
	       const struct query *query)
{
	return nfhad_diag_ask(diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, request,
			      size, on_message, (void *)query);
}

static void parse_packet(const struct nlmsghdr *nlh,
			 struct nfhad_diag_socket *socket)
{
	const struct packet_diag_msg *message = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	const uint32_t *memory;

	socket->family = AF_PACKET;
	socket->inode = message->pdiag_ino;
	mnl_attr_for_each(attr, nlh, sizeof(*message)) {
		switch (mnl_attr_get_type(attr)) {
		case PACKET_DIAG_RX_RING:
		case PACKET_DIAG_TX_RING:
			socket->ring = true;
			break;
		case PACKET_DIAG_MEMINFO:
			memory = mnl_attr_get_payload(attr);
			socket->queued = memory[SK_MEMINFO_RMEM_ALLOC];
			break;
		}
	}
}

static void parse_unix(const struct nlmsghdr *nlh,
		       struct nfhad_diag_socket *socket)
{
	const struct unix_diag_msg *message = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	socket->family = AF_UNIX;
	socket->inode = message->udiag_ino;
	mnl_attr_for_each(attr, nlh, sizeof(*message)) {
		if (mnl_attr_get_type(attr) == UNIX_DIAG_PEER)
			socket->peer = mnl_attr_get_u32(attr);
	}
}

static void parse_inet(const struct nlmsghdr *nlh,
		       struct nfhad_diag_socket *socket)
{
	const struct inet_diag_msg *message = mnl_nlmsg_get_payload(nlh);

	socket->family = message->idiag_family;
	socket->inode = message->idiag_inode;
	socket->queued = message->idiag_rqueue;
}

int nfhad_diag_packet(int diag, nfhad_diag_fn fn, void *data)
{
	const struct packet_diag_req request = {
		.sdiag_family = AF_PACKET,
		.pdiag_show = PACKET_SHOW_RING_CFG | PACKET_SHOW_MEMINFO,
	};
	const struct query query = { parse_packet, fn, data };

	return ask(diag, &request, sizeof(request), &query);
}

int nfhad_diag_unix(int diag, nfhad_diag_fn fn, void *data)
{
	const struct unix_diag_req request = {
		.sdiag_family = AF_UNIX,
		.udiag_states = ~0U,
		.udiag_show = UDIAG_SHOW_PEER,
	};
	const struct query query = { parse_unix, fn, data };

	return ask(diag, &request, sizeof(request), &query);
}

static int ask_inet(int diag, int family, int protocol, uint32_t states,
		    nfhad_diag_fn fn, void *data)
{
	const struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = protocol,
		.idiag_states = states,
	};
	const struct query query = { parse_inet, fn, data };
	int ret;

	ret = ask(diag, &request, sizeof(request), &query);
	/* A kernel without that protocol has no such sockets. */
	return ret == -ENOENT ? 0 : ret;
}

static void add_queued(const struct nfhad_diag_socket *socket, void *data)
{
	uint64_t *sum = data;

	*sum += socket->queued;
}

int nfhad_diag_queued(int diag)
{
	static const struct {
		int protocol;
		uint32_t states;
	} kinds[] = {
		{ IPPROTO_UDP, ~0U },
		{ IPPROTO_RAW, ~0U },
		{ IPPROTO_TCP, 1U << TCP_LISTEN },
	};
	uint64_t sum = 0;
	size_t i;
	int ret;

	ret = nfhad_diag_packet(diag, add_queued, &sum);
	for (i = 0; !ret && !sum && i < 3; i++) {
		ret = ask_inet(diag, AF_INET, kinds[i].protocol,
			       kinds[i].states, add_queued, &sum);
		if (!ret && !sum)
			ret = ask_inet(diag, AF_INET6, kinds[i].protocol,
				       kinds[i].states, add_queued, &sum);
	}
	return ret ? ret : sum > 0;
}
