/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_MATCH_H
#define NFHA_MATCH_H

#include <linux/etherdevice.h>
#include <net/ip.h>

#include "parse.h"

/**
 * struct nfha_match - which IP packets of an external port are the service's
 * @rcu: freed after a grace period
 * @family: 4 or 6; 0 if all are
 * @proto: IPPROTO_*, or 0 for any
 * @prefix_len: bits of @v6 or @v4 that count
 * @mask: of @v4, network order
 * @has_port: @port counts
 * @port: network order
 * @v4: address of the inner end
 * @v6: the same for IPv6
 */
struct nfha_match {
	struct rcu_head rcu;
	u8 family;
	u8 proto;
	u8 prefix_len;
	bool has_port;
	__be16 port;
	__be32 mask;
	union {
		__be32 v4;
		struct in6_addr v6;
	};
};

static inline bool nfha_match_v4(const struct nfha_match *match, __be32 inner)
{
	return !((inner ^ match->v4) & match->mask);
}

/**
 * nfha_match_excludes - does one address show that a packet does not match?
 * @match: the match
 * @skb: the packet, data at the network header
 * @left: it came in on the left side
 *
 * That is so for most of what is not the service's, and then there is nothing to
 * parse.
 *
 * Context: softirq, RCU.
 * Return: true if it does; false says nothing.
 */
static inline bool nfha_match_excludes(const struct nfha_match *match,
				       const struct sk_buff *skb, bool left)
{
	const struct iphdr *ih = (const struct iphdr *)skb->data;

	if (match->family != 4 ||
	    skb->protocol != htons(ETH_P_IP) ||
	    skb_headlen(skb) < sizeof(*ih) || *(const u8 *)ih != 0x45 ||
	    (ih->frag_off & htons(IP_MF | IP_OFFSET)) ||
	    ih->protocol == IPPROTO_ICMP ||
	    is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		return false;
	return !nfha_match_v4(match, left ? ih->daddr : ih->saddr);
}

bool nfha_match_packet(const struct nfha_match *match,
		       const struct nfha_packet *pkt, unsigned int inner,
		       bool has_ports);

#endif /* NFHA_MATCH_H */
