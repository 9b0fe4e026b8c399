// SPDX-License-Identifier: GPL-2.0-only

#include "compat.h"
#include "netlink.h"
#include "netlink_gen.h"

static u32 part_flows(const struct nfha_service *service, u16 first, u16 last)
{
	const struct nfha_instance *instance;
	u32 sum = 0;

	nfha_for_each_instance(instance, service)
		sum += nfha_load_sum(&instance->load, first, last);
	return sum;
}

static u64 part_packets(const struct nfha_service *service, unsigned int part)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(service->rate, cpu)->packets[part];
	return sum;
}

/* Packets each second; a part that has any at all does not show as idle. */
static u32 rate_of(const struct nfha_service *service, unsigned int part)
{
	u32 rate = READ_ONCE(service->rate_avg[part]);

	return DIV_ROUND_UP_ULL(rate, BIT(NFHA_RATE_SHIFT));
}

static int message_put(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		       const struct nfha_service *service, unsigned int part)
{
	u16 first = part * NFHA_LOAD_PART_IDS;
	u16 last = first + NFHA_LOAD_PART_IDS - 1;
	void *hdr;

	hdr = genlmsg_put(skb, portid, seq, &nfha_nl_family, flags,
			  NFHA_CMD_LOAD_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(skb, NFHA_A_LOAD_SERVICE, service->name) ||
	    nla_put_u16(skb, NFHA_A_LOAD_FIRST, first) ||
	    nla_put_u16(skb, NFHA_A_LOAD_LAST, last) ||
	    nla_put_u32(skb, NFHA_A_LOAD_FLOWS,
			part_flows(service, first, last)) ||
	    nla_put_u64_64bit(skb, NFHA_A_LOAD_PACKETS,
			      part_packets(service, part), NFHA_A_LOAD_PAD) ||
	    nla_put_u32(skb, NFHA_A_LOAD_RATE,
			rate_of(service, part))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int load_get(struct nfha_service *service, struct genl_info *info,
		    struct sk_buff *reply)
{
	struct nlattr *first = info->attrs[NFHA_A_LOAD_FIRST];

	return message_put(reply, info->snd_portid, info->snd_seq, 0, service,
			   first ? nla_get_u16(first) / NFHA_LOAD_PART_IDS : 0);
}

int nfha_nl_load_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_LOAD_SERVICE, GENLMSG_DEFAULT_SIZE,
			      load_get);
}

int nfha_nl_load_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *name = nfha_dump_attrs(cb)[NFHA_A_LOAD_SERVICE];
	struct nfha_net *nn = nfha_net(sock_net(skb->sk));
	struct nfha_service *service;
	int ret = 0;

	mutex_lock(&nn->lock);
	service = nfha_nl_service(nn, name, cb->extack);
	if (IS_ERR(service))
		ret = PTR_ERR(service);
	while (!ret && cb->args[0] < NFHA_LOAD_PARTS) {
		if (message_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, NLM_F_MULTI, service,
				cb->args[0]))
			break;
		cb->args[0]++;
	}
	if (!ret)
		ret = nfha_nl_dump_end(skb, cb, service->id, 0);
	mutex_unlock(&nn->lock);
	return ret;
}
