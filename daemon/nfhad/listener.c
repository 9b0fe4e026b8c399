// SPDX-License-Identifier: GPL-2.0-or-later
/* TCP sockets that listen. */

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checksum.h"
#include "diag.h"
#include "listener.h"
#include "netns.h"

/* Nobody has it, and nobody answers from it. */
#define PORT 1

/* Where the checksum is in a TCP header. */
#define CHECKSUM_OFFSET 16

/**
 * struct touch - of all listeners of a family
 * @netns: descriptor
 * @error: of the first that could not be touched
 */
struct touch {
	int netns;
	int error;
};

/**
 * struct pseudo - what a checksum of TCP over IPv4 also is about (RFC 9293, 3.1)
 * @from: address
 * @to: address
 * @zero: 0
 * @protocol: IPPROTO_TCP
 * @length: of what follows
 * @tcp: the header
 */
struct pseudo {
	uint32_t from;
	uint32_t to;
	uint8_t zero;
	uint8_t protocol;
	uint16_t length;
	struct tcphdr tcp;
};

static void syn_make(struct tcphdr *syn, uint16_t port)
{
	memset(syn, 0, sizeof(*syn));
	syn->source = htons(PORT);
	syn->dest = port;
	syn->doff = sizeof(*syn) / 4;
	syn->syn = 1;
	syn->window = htons(1);
}

/* From an address to itself. */
static int send_from(int fd, const void *address, socklen_t size,
		     const struct tcphdr *syn)
{
	int ret = 0;

	if (bind(fd, address, size) ||
	    sendto(fd, syn, sizeof(*syn), MSG_DONTWAIT, address, size) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int touch4(int netns, uint32_t address, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct pseudo packet;
	int fd;

	to.sin_addr.s_addr = address ?: htonl(INADDR_LOOPBACK);
	memset(&packet, 0, sizeof(packet));
	packet.protocol = IPPROTO_TCP;
	packet.length = htons(sizeof(packet.tcp));
	syn_make(&packet.tcp, port);
	packet.from = to.sin_addr.s_addr;
	packet.to = packet.from;
	packet.tcp.check = nfhad_checksum(&packet, sizeof(packet));
	fd = nfhad_netns_socket(netns, AF_INET, SOCK_RAW, IPPROTO_TCP);
	return fd < 0 ? fd : send_from(fd, &to, sizeof(to), &packet.tcp);
}

/* The kernel makes the checksum. */
static int touch6(int netns, const struct in6_addr *address, uint16_t port)
{
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6,
		.sin6_addr = *address,
	};
	int fd, ret, offset = CHECKSUM_OFFSET;
	struct tcphdr syn;

	syn_make(&syn, port);
	fd = nfhad_netns_socket(netns, AF_INET6, SOCK_RAW, IPPROTO_TCP);
	if (fd < 0)
		return fd;
	if (!setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &offset,
			sizeof(offset)))
		return send_from(fd, &to, sizeof(to), &syn);
	ret = -errno;
	close(fd);
	return ret;
}

/* One that listens at any address may have no use for those of IPv6. */
static int touch_any6(int netns, uint16_t port)
{
	return touch6(netns, &in6addr_loopback, port) ?
		       touch4(netns, 0, port) : 0;
}

static int touch_one(int netns, int family, const struct inet_diag_sockid *id)
{
	struct in6_addr address;

	if (family == AF_INET)
		return touch4(netns, id->idiag_src[0], id->idiag_sport);
	memcpy(&address, id->idiag_src, sizeof(address));
	if (IN6_IS_ADDR_UNSPECIFIED(&address))
		return touch_any6(netns, id->idiag_sport);
	if (IN6_IS_ADDR_V4MAPPED(&address))
		return touch4(netns, id->idiag_src[3], id->idiag_sport);
	return touch6(netns, &address, id->idiag_sport);
}

static int on_listener(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *message = mnl_nlmsg_get_payload(nlh);
	struct touch *touch = data;
	int ret;

	ret = touch_one(touch->netns, message->idiag_family, &message->id);
	touch->error = touch->error ?: ret;
	return MNL_CB_OK;
}

static int touch_family(int diag, int family, struct touch *touch)
{
	const struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = 1U << TCP_LISTEN,
	};

	return nfhad_diag_ask(diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request,
			      sizeof(request), on_listener, touch);
}

int nfhad_listener_touch(const char *netns)
{
	struct touch touch = { .netns = nfhad_netns_open(netns) };
	int ret, diag;

	if (touch.netns < 0)
		return touch.netns;
	diag = nfhad_diag_open(netns);
	ret = diag < 0 ? diag : touch_family(diag, AF_INET, &touch);
	ret = ret ?: touch_family(diag, AF_INET6, &touch);
	if (diag >= 0)
		close(diag);
	close(touch.netns);
	return ret ?: touch.error;
}
