// SPDX-License-Identifier: GPL-2.0-only

#include <net/ipv6.h>

#include "match.h"

static bool match_address(const struct nfha_match *match,
			  const struct nfha_key *key, unsigned int end)
{
	if (key->family != match->family)
		return false;
	if (key->family == 4)
		return nfha_match_v4(match, key->v4[end]);
	return ipv6_prefix_equal(&key->v6[end], &match->v6,
				 match->prefix_len);
}

/**
 * nfha_match_packet - is a packet one that the service answers for?
 * @match: the match
 * @pkt: the packet
 * @inner: which end of its key is the service's, 0 or 1
 * @has_ports: false for a later fragment; its first fragment will tell
 *
 * Context: any.
 * Return: true if it is.
 */
bool nfha_match_packet(const struct nfha_match *match,
		       const struct nfha_packet *pkt, unsigned int inner,
		       bool has_ports)
{
	if (!match_address(match, &pkt->key, inner))
		return false;
	if (match->proto && pkt->key.proto && match->proto != pkt->key.proto)
		return false;
	return !match->has_port || !has_ports ||
	       pkt->key.port[inner] == match->port;
}
