// SPDX-License-Identifier: GPL-2.0-or-later
/* An echo request is answered. */

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "checksum.h"
#include "probe_private.h"

/* What else comes from the same host is read, but not for ever. */
#define PACKETS_MAX 64

/* The same for both versions: RFC 792 and RFC 4443. */
struct echo {
	uint8_t type;
	uint8_t code;
	uint16_t checksum;
	uint8_t rest[NFHAD_PROBE_TOKEN];
};

static bool is_four(const struct nfhad_probe_wire *wire)
{
	return wire->to.any.sa_family == AF_INET;
}

/* The socket is connected, so it is from the right host. */
static bool is_reply(const struct nfhad_probe_wire *wire, const uint8_t *packet,
		     size_t size)
{
	/* IPv4 has its header before. */
	size_t header = is_four(wire) && size ? (packet[0] & 15) * 4 : 0;
	uint8_t type = is_four(wire) ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;

	return size >= header + sizeof(struct echo) && packet[header] == type &&
	       !memcmp(packet + header + offsetof(struct echo, rest),
		       wire->token, sizeof(wire->token));
}

static int look(struct nfhad_probe_wire *wire, const char **what)
{
	uint8_t packet[1500];
	unsigned int i;
	ssize_t n;

	*what = "receive";
	for (i = 0; i < PACKETS_MAX; i++) {
		n = recv(wire->fd, packet, sizeof(packet), 0);
		if (n < 0)
			return errno == EAGAIN ? -EINPROGRESS : -errno;
		if (is_reply(wire, packet, n))
			return 0;
	}
	return -EINPROGRESS;
}

static int ask(struct nfhad_probe_wire *wire, const char **what)
{
	struct echo echo = {
		.type = is_four(wire) ? ICMP_ECHO : ICMP6_ECHO_REQUEST,
	};

	*what = "connect";
	if (connect(wire->fd, &wire->to.any, wire->length))
		return -errno;
	*what = "random bytes";
	/* Identifier and number as well, so that no other reply is taken for ours. */
	if (getrandom(wire->token, sizeof(wire->token), 0) < 0)
		return -errno;
	memcpy(echo.rest, wire->token, sizeof(echo.rest));
	/* For IPv6 it covers addresses, and the kernel fills it in. */
	if (is_four(wire))
		echo.checksum = nfhad_checksum(&echo, sizeof(echo));
	*what = "send";
	if (send(wire->fd, &echo, sizeof(echo), 0) < 0)
		return -errno;
	/* One of the same host has answered by now. */
	return look(wire, what);
}

const struct nfhad_probe_kind nfhad_probe_icmp = {
	.type = SOCK_RAW,
	.protocol = IPPROTO_ICMP,
	.protocol6 = IPPROTO_ICMPV6,
	.events = EPOLLIN,
	.ask = ask,
	.look = look,
};
