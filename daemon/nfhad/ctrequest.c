// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to ctnetlink. */

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "ctrequest.h"
#include "cttuple.h"

/*
 * A connection that goes around the connection tracking (a flow table) has no
 * timeout of its own; when it comes back it gets one that is like this.
 */
#define TIMEOUT_OFFLOADED 300

static struct nlmsghdr *begin(void *buffer, uint16_t subsystem, uint16_t type,
			      uint16_t flags, uint8_t family, uint32_t seq)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = (uint16_t)(subsystem << 8 | type);
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = seq;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = 0;
	return nlh;
}

static void put_raw(struct nlmsghdr *nlh, const struct nlattr *attr)
{
	if (attr)
		mnl_attr_put(nlh, attr->nla_type,
			     mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
}

struct nlmsghdr *nfhad_ctrequest_dump(void *buffer, enum nfhad_ctkind kind,
				      uint32_t seq)
{
	if (kind == NFHAD_CT_EXPECTATION)
		return begin(buffer, NFNL_SUBSYS_CTNETLINK_EXP,
			     IPCTNL_MSG_EXP_GET, NLM_F_DUMP, AF_UNSPEC, seq);
	return begin(buffer, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET,
		     NLM_F_DUMP, AF_UNSPEC, seq);
}

struct nlmsghdr *nfhad_ctrequest_flush(void *buffer, enum nfhad_ctkind kind,
				       uint32_t seq)
{
	if (kind == NFHAD_CT_EXPECTATION)
		return begin(buffer, NFNL_SUBSYS_CTNETLINK_EXP,
			     IPCTNL_MSG_EXP_DELETE, NLM_F_ACK, AF_UNSPEC, seq);
	return begin(buffer, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE,
		     NLM_F_ACK, AF_UNSPEC, seq);
}

/* Tuple and zone are what a request names it by. */
static struct nlmsghdr *name(void *buffer, const struct nfhad_ctentry *entry,
			     uint16_t type, uint16_t flags, uint32_t seq)
{
	struct nlmsghdr *nlh;

	nlh = begin(buffer, NFNL_SUBSYS_CTNETLINK, type, flags, entry->family,
		    seq);
	memcpy(mnl_nlmsg_get_payload_tail(nlh), entry->attr, entry->key);
	nlh->nlmsg_len += entry->key;
	return nlh;
}

struct nlmsghdr *nfhad_ctrequest_get(void *buffer,
				     const struct nfhad_ctentry *entry,
				     uint32_t seq)
{
	return name(buffer, entry, IPCTNL_MSG_CT_GET, 0, seq);
}

struct nlmsghdr *nfhad_ctrequest_remove(void *buffer,
					const struct nfhad_ctentry *entry,
					uint32_t seq)
{
	return name(buffer, entry, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, seq);
}

/*
 * Windows cannot be told to the kernel: it learns them from the next packets, and
 * until then, and for what was on its way, it must not take them too seriously. Other
 * flags stand for what it would know of windows.
 */
static void put_flags(struct nlmsghdr *nlh, uint16_t type,
		      const struct nlattr *was)
{
	struct nf_ct_tcp_flags flags = {
		.flags = nfhad_ctattr_u8(was, 0), .mask = 0xff,
	};

	flags.flags &= IP_CT_TCP_FLAG_WINDOW_SCALE | IP_CT_TCP_FLAG_SACK_PERM |
		       IP_CT_TCP_FLAG_CLOSE_INIT;
	flags.flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	mnl_attr_put(nlh, type, sizeof(flags), &flags);
}

static void put_tcp(struct nlmsghdr *nlh, const struct nlattr *info)
{
	const struct nlattr *at[NFHAD_CTATTR_TYPES] = { NULL };
	struct nlattr *nest, *tcp;

	if (info && (nfhad_ctattrs_nested(info, at) || !at[CTA_PROTOINFO_TCP] ||
		     nfhad_ctattrs_nested(at[CTA_PROTOINFO_TCP], at)))
		memset(at, 0, sizeof(at));
	nest = mnl_attr_nest_start(nlh, CTA_PROTOINFO);
	tcp = mnl_attr_nest_start(nlh, CTA_PROTOINFO_TCP);
	mnl_attr_put_u8(nlh, CTA_PROTOINFO_TCP_STATE,
			nfhad_ctattr_u8(at[CTA_PROTOINFO_TCP_STATE],
					TCP_CONNTRACK_ESTABLISHED));
	put_raw(nlh, at[CTA_PROTOINFO_TCP_WSCALE_ORIGINAL]);
	put_raw(nlh, at[CTA_PROTOINFO_TCP_WSCALE_REPLY]);
	put_flags(nlh, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL,
		  at[CTA_PROTOINFO_TCP_FLAGS_ORIGINAL]);
	put_flags(nlh, CTA_PROTOINFO_TCP_FLAGS_REPLY,
		  at[CTA_PROTOINFO_TCP_FLAGS_REPLY]);
	mnl_attr_nest_end(nlh, tcp);
	mnl_attr_nest_end(nlh, nest);
}

/*
 * The kernel sets up a translation itself, from what the answers would be without
 * and what they are to be; told the result, it would find nothing to translate.
 */
static void put_tuples(struct nlmsghdr *nlh, const struct nfhad_ctattrs *attrs,
		       const struct nfhad_cttuple *orig,
		       const struct nfhad_cttuple *reply)
{
	uint32_t status = nfhad_ctattr_u32(attrs->at[CTA_STATUS], 0);

	put_raw(nlh, attrs->at[CTA_TUPLE_ORIG]);
	put_raw(nlh, attrs->at[CTA_ZONE]);
	if (!(status & IPS_NAT_DONE_MASK)) {
		put_raw(nlh, attrs->at[CTA_TUPLE_REPLY]);
		return;
	}
	nfhad_cttuple_put_untranslated(nlh, orig, reply);
	nfhad_cttuple_put_nat(nlh, reply, true);
	nfhad_cttuple_put_nat(nlh, reply, false);
}

struct nlmsghdr *nfhad_ctrequest_connection(void *buffer,
					    const struct nfhad_ctentry *entry,
					    bool with_master, uint32_t seq)
{
	static const uint8_t same[] = {
		CTA_HELP, CTA_MARK, CTA_LABELS, CTA_SEQ_ADJ_ORIG,
		CTA_SEQ_ADJ_REPLY, CTA_SYNPROXY,
	};
	struct nfhad_cttuple orig, reply;
	struct nfhad_ctattrs attrs;
	struct nlmsghdr *nlh;
	uint32_t status, timeout;
	size_t i;

	if (nfhad_ctattrs_parse(NFHAD_CT_CONNECTION, entry->family, entry->attr,
				entry->len, &attrs) ||
	    nfhad_cttuple_parse(attrs.at[CTA_TUPLE_ORIG], entry->family,
				&orig) ||
	    nfhad_cttuple_parse(attrs.at[CTA_TUPLE_REPLY], entry->family,
				&reply))
		return NULL;
	nlh = begin(buffer, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW,
		    NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, entry->family, seq);
	put_tuples(nlh, &attrs, &orig, &reply);
	/* The kernel finds the other bits out, and refuses to be told. */
	status = nfhad_ctattr_u32(attrs.at[CTA_STATUS], 0);
	status &= IPS_SEEN_REPLY | IPS_ASSURED | IPS_FIXED_TIMEOUT | IPS_HELPER;
	mnl_attr_put_u32(nlh, CTA_STATUS, htonl(status | IPS_CONFIRMED));
	timeout = nfhad_ctattr_u32(attrs.at[CTA_TIMEOUT], TIMEOUT_OFFLOADED);
	mnl_attr_put_u32(nlh, CTA_TIMEOUT, htonl(timeout ? timeout : 1));
	if (orig.number == IPPROTO_TCP)
		put_tcp(nlh, attrs.at[CTA_PROTOINFO]);
	else
		put_raw(nlh, attrs.at[CTA_PROTOINFO]);
	for (i = 0; i < sizeof(same); i++)
		put_raw(nlh, attrs.at[same[i]]);
	if (with_master)
		put_raw(nlh, attrs.at[CTA_TUPLE_MASTER]);
	return nlh;
}

struct nlmsghdr *nfhad_ctrequest_expectation(void *buffer,
					     const struct nfhad_ctentry *entry,
					     uint16_t zone, bool is_update,
					     uint32_t seq)
{
	uint16_t flags = NLM_F_ACK;
	struct nlmsghdr *nlh;

	if (!is_update)
		flags |= NLM_F_CREATE | NLM_F_EXCL;
	nlh = begin(buffer, NFNL_SUBSYS_CTNETLINK_EXP, IPCTNL_MSG_EXP_NEW,
		    flags, entry->family, seq);
	memcpy(mnl_nlmsg_get_payload_tail(nlh), entry->attr, entry->len);
	nlh->nlmsg_len += entry->len;
	if (zone)
		mnl_attr_put_u16(nlh, CTA_EXPECT_ZONE, htons(zone));
	return nlh;
}
