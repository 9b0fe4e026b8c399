// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses and ports of a connection, and their translation. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include "cttuple.h"

static bool has(const struct nlattr *attr, size_t len)
{
	return attr && mnl_attr_get_payload_len(attr) == len;
}

static bool may_have(const struct nlattr *attr, size_t len)
{
	return !attr || mnl_attr_get_payload_len(attr) == len;
}

static bool is_sane(const struct nfhad_cttuple *tuple, uint8_t family)
{
	const struct nlattr *const *ip = tuple->ip, *const *proto = tuple->proto;

	if (family == AF_INET) {
		if (!has(ip[CTA_IP_V4_SRC], 4) || !has(ip[CTA_IP_V4_DST], 4))
			return false;
	} else if (family != AF_INET6 || !has(ip[CTA_IP_V6_SRC], 16) ||
		   !has(ip[CTA_IP_V6_DST], 16)) {
		return false;
	}
	return has(proto[CTA_PROTO_NUM], 1) &&
	       !proto[CTA_PROTO_SRC_PORT] == !proto[CTA_PROTO_DST_PORT] &&
	       may_have(proto[CTA_PROTO_SRC_PORT], 2) &&
	       may_have(proto[CTA_PROTO_DST_PORT], 2) &&
	       may_have(proto[CTA_PROTO_ICMP_ID], 2) &&
	       may_have(proto[CTA_PROTO_ICMPV6_ID], 2);
}

int nfhad_cttuple_parse(const struct nlattr *attr, uint8_t family,
			struct nfhad_cttuple *tuple)
{
	const struct nlattr *at[NFHAD_CTATTR_TYPES];

	if (nfhad_ctattrs_nested(attr, at) || !at[CTA_TUPLE_IP] ||
	    !at[CTA_TUPLE_PROTO] ||
	    nfhad_ctattrs_nested(at[CTA_TUPLE_IP], tuple->ip) ||
	    nfhad_ctattrs_nested(at[CTA_TUPLE_PROTO], tuple->proto) ||
	    !is_sane(tuple, family))
		return -EBADMSG;
	tuple->zone = at[CTA_TUPLE_ZONE];
	tuple->number = nfhad_ctattr_u8(tuple->proto[CTA_PROTO_NUM], 0);
	return 0;
}

/* An attribute's payload under another type, if it is there. */
static void put_as(struct nlmsghdr *nlh, uint16_t type,
		   const struct nlattr *attr)
{
	if (attr)
		mnl_attr_put(nlh, type, mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
}

/* Of ICMP, the kind of the answer is its own, and the number is the question's. */
static void put_proto(struct nlmsghdr *nlh, const struct nfhad_cttuple *orig,
		      const struct nfhad_cttuple *reply)
{
	static const uint16_t own[] = {
		CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMP_CODE,
		CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_ICMPV6_CODE,
	};
	static const uint16_t same[] = {
		CTA_PROTO_NUM, CTA_PROTO_ICMP_ID, CTA_PROTO_ICMPV6_ID,
	};
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(*same); i++)
		put_as(nlh, same[i], orig->proto[same[i]]);
	for (i = 0; i < sizeof(own) / sizeof(*own); i++)
		put_as(nlh, own[i], reply->proto[own[i]]);
	put_as(nlh, CTA_PROTO_SRC_PORT, orig->proto[CTA_PROTO_DST_PORT]);
	put_as(nlh, CTA_PROTO_DST_PORT, orig->proto[CTA_PROTO_SRC_PORT]);
}

void nfhad_cttuple_put_untranslated(struct nlmsghdr *nlh,
				    const struct nfhad_cttuple *orig,
				    const struct nfhad_cttuple *reply)
{
	struct nlattr *tuple, *nest;

	tuple = mnl_attr_nest_start(nlh, CTA_TUPLE_REPLY);
	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	put_as(nlh, CTA_IP_V4_SRC, orig->ip[CTA_IP_V4_DST]);
	put_as(nlh, CTA_IP_V4_DST, orig->ip[CTA_IP_V4_SRC]);
	put_as(nlh, CTA_IP_V6_SRC, orig->ip[CTA_IP_V6_DST]);
	put_as(nlh, CTA_IP_V6_DST, orig->ip[CTA_IP_V6_SRC]);
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	put_proto(nlh, orig, reply);
	mnl_attr_nest_end(nlh, nest);
	put_as(nlh, CTA_TUPLE_ZONE, reply->zone);
	mnl_attr_nest_end(nlh, tuple);
}

void nfhad_cttuple_put_nat(struct nlmsghdr *nlh,
			   const struct nfhad_cttuple *reply, bool is_source)
{
	const struct nlattr *v4, *v6, *port;
	struct nlattr *nat, *proto;

	v4 = reply->ip[is_source ? CTA_IP_V4_DST : CTA_IP_V4_SRC];
	v6 = reply->ip[is_source ? CTA_IP_V6_DST : CTA_IP_V6_SRC];
	port = reply->proto[is_source ? CTA_PROTO_DST_PORT :
					CTA_PROTO_SRC_PORT];
	/* The number of an ICMP question is translated with its source. */
	if (is_source && reply->proto[CTA_PROTO_ICMP_ID])
		port = reply->proto[CTA_PROTO_ICMP_ID];
	if (is_source && reply->proto[CTA_PROTO_ICMPV6_ID])
		port = reply->proto[CTA_PROTO_ICMPV6_ID];
	nat = mnl_attr_nest_start(nlh, is_source ? CTA_NAT_SRC : CTA_NAT_DST);
	put_as(nlh, CTA_NAT_V4_MINIP, v4);
	put_as(nlh, CTA_NAT_V4_MAXIP, v4);
	put_as(nlh, CTA_NAT_V6_MINIP, v6);
	put_as(nlh, CTA_NAT_V6_MAXIP, v6);
	if (port) {
		proto = mnl_attr_nest_start(nlh, CTA_NAT_PROTO);
		put_as(nlh, CTA_PROTONAT_PORT_MIN, port);
		put_as(nlh, CTA_PROTONAT_PORT_MAX, port);
		mnl_attr_nest_end(nlh, proto);
	}
	mnl_attr_nest_end(nlh, nat);
}
