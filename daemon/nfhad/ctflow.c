// SPDX-License-Identifier: GPL-2.0-or-later
/* What the module calls a flow, of a connection. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>

#include "ctflow.h"
#include "cttuple.h"

static void address(uint8_t to[16], const struct nlattr *from)
{
	memcpy(to, mnl_attr_get_payload(from), mnl_attr_get_payload_len(from));
}

/* An echo has its number in place of both ports. */
static void ports(struct nfha_flow *flow, const struct nfhad_cttuple *tuple)
{
	const struct nlattr *const *proto = tuple->proto;
	const struct nlattr *number = proto[CTA_PROTO_ICMP_ID];

	number = number ? number : proto[CTA_PROTO_ICMPV6_ID];
	flow->sport = nfhad_ctattr_u16(number ? number : proto[CTA_PROTO_SRC_PORT], 0);
	flow->dport = nfhad_ctattr_u16(number ? number : proto[CTA_PROTO_DST_PORT], 0);
}

/* That of one of the two tuples. */
static int flow_of(const struct nfhad_ctentry *entry, unsigned int direction,
		   struct nfha_flow *flow)
{
	bool v4 = entry->family == AF_INET;
	struct nfhad_ctattrs attrs;
	struct nfhad_cttuple tuple;

	memset(flow, 0, sizeof(*flow));
	if (nfhad_ctattrs_parse(entry->kind, entry->family, entry->attr,
				entry->len, &attrs) ||
	    nfhad_cttuple_parse(attrs.at[direction], entry->family, &tuple))
		return -EBADMSG;
	flow->family = v4 ? 4 : 6;
	flow->proto = tuple.number;
	address(flow->saddr, tuple.ip[v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC]);
	address(flow->daddr, tuple.ip[v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST]);
	ports(flow, &tuple);
	return 0;
}

int nfhad_ctflow_of(const struct nfhad_ctentry *entry, struct nfha_flow *flow)
{
	return flow_of(entry, CTA_TUPLE_ORIG, flow);
}

int nfhad_ctflow_of_answers(const struct nfhad_ctentry *entry,
			    struct nfha_flow *flow)
{
	return flow_of(entry, CTA_TUPLE_REPLY, flow);
}

bool nfhad_ctflow_is_translated(const struct nfhad_ctentry *entry)
{
	struct nfhad_ctattrs attrs;

	return !nfhad_ctattrs_parse(entry->kind, entry->family, entry->attr,
				    entry->len, &attrs) &&
	       (nfhad_ctattr_u32(attrs.at[CTA_STATUS], 0) & IPS_NAT_MASK);
}
