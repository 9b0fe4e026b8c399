// SPDX-License-Identifier: GPL-2.0-or-later
/* Which packets are a service's: any, or ADDRESS[/LENGTH][,PROTO[:PORT]]. */

#include <string.h>

#include "nfhactl.h"

/* ADDRESS[/LENGTH]; NULL, or what was expected. */
static const char *match_address(struct nfha_match *match, char *text)
{
	char *slash = strchr(text, '/');
	uint64_t n;

	if (slash)
		*slash++ = 0;
	if (take_address(text, match->address, &match->family))
		return "any, or a numeric address first";
	match->prefix_len = match->family == 4 ? 32 : 128;
	if (!slash)
		return NULL;
	if (take_number(slash, match->prefix_len, &n))
		return match->family == 4 ? "0 to 32 bits behind the slash" :
					    "0 to 128 bits behind the slash";
	match->prefix_len = n;
	return NULL;
}

/* PROTO[:PORT], likewise; protocol 0 would be none. */
static const char *match_proto(struct nfha_match *match, char *text)
{
	char *port = strchr(text, ':');
	uint64_t n;

	if (port)
		*port++ = 0;
	if (take_proto(text, &match->proto) || !match->proto)
		return "tcp, udp, sctp, icmp, icmpv6 or 1 to 255 behind the comma";
	if (!port)
		return NULL;
	if (take_number(port, UINT16_MAX, &n))
		return "a port of 0 to 65535 behind the protocol";
	match->has_port = true;
	match->port = n;
	return NULL;
}

int take_match(struct request *r, const struct arg *arg, const char *word)
{
	struct nfha_match *match = &r->service.match;
	const char *expected;
	char text[64], *proto;

	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_MATCH);
	if (!strcmp(word, "any"))
		return 0;
	if (strlen(word) >= sizeof(text))
		return bad_value(r, arg, word, NULL);
	memcpy(text, word, strlen(word) + 1);
	proto = strchr(text, ',');
	if (proto)
		*proto++ = 0;
	expected = match_address(match, text);
	if (!expected && proto)
		expected = match_proto(match, proto);
	return expected ? bad_value(r, arg, word, expected) : 0;
}

void match_name(const struct nfha_match *match, char *text, size_t size)
{
	char address[64], proto[8];
	int n;

	if (!match->family) {
		snprintf(text, size, "any");
		return;
	}
	address_name(match->address, match->family, address, sizeof(address));
	n = snprintf(text, size, "%s/%u", address, match->prefix_len);
	if (match->proto)
		n += snprintf(text + n, size - n, ",%s",
			      proto_name(match->proto, proto, sizeof(proto)));
	if (match->has_port)
		snprintf(text + n, size - n, ":%u", match->port);
}
