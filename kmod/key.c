// SPDX-License-Identifier: GPL-2.0-only

#include <net/ipv6.h>

#include "key.h"

static bool ends_swapped(const struct nfha_key *key)
{
	int cmp;

	if (likely(key->family == 4))
		cmp = ntohl(key->v4[0]) < ntohl(key->v4[1]) ? -1 :
		      key->v4[0] != key->v4[1];
	else
		cmp = memcmp(&key->v6[0], &key->v6[1], sizeof(key->v6[0]));
	if (cmp)
		return cmp > 0;
	return ntohs(key->port[0]) > ntohs(key->port[1]);
}

/**
 * nfha_key_sort - bring a key into the order that both directions share
 * @key: a key with the sender first
 *
 * Context: any.
 * Return: true if the ends changed places, so that the sender is second now.
 */
bool nfha_key_sort(struct nfha_key *key)
{
	if (!ends_swapped(key))
		return false;
	swap(key->port[0], key->port[1]);
	if (likely(key->family == 4))
		swap(key->v4[0], key->v4[1]);
	else
		swap(key->v6[0], key->v6[1]);
	return true;
}

/**
 * nfha_key_mask - reduce a key to a prefix of one of its ends
 * @key: a sorted key; becomes the affinity key of aggregate state
 * @end: 0 or 1, the end that counts
 * @prefix4: bits of an IPv4 address that count, 1 to 32
 * @prefix6: bits of an IPv6 address that count, 1 to 128
 *
 * What shares the prefix shares the flow ID, whatever protocol and ports
 * (aggregate state, ETSI GS NFV-REL 002 clause 5.2).
 *
 * Context: any.
 */
void nfha_key_mask(struct nfha_key *key, unsigned int end, u8 prefix4,
		   u8 prefix6)
{
	struct in6_addr v6;

	key->port[0] = 0;
	key->port[1] = 0;
	key->proto = 0;
	if (key->family == 4) {
		key->v4[0] = key->v4[end] & htonl(~0u << (32 - prefix4));
		key->v4[1] = 0;
		return;
	}
	ipv6_addr_prefix(&v6, &key->v6[end], prefix6);
	key->v6[0] = v6;
	memset(&key->v6[1], 0, sizeof(key->v6[1]));
}
