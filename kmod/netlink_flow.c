// SPDX-License-Identifier: GPL-2.0-only

#include "compat.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "sweep.h"

/**
 * struct request - the flow that a request names
 * @pkt: a packet of it, from saddr to daddr
 * @hash: SipHash of its key
 * @left_end: which end of the key is on the left
 * @flags: NFHA_FLOW_FIRST_RIGHT or 0
 */
struct request {
	struct nfha_packet pkt;
	u64 hash;
	unsigned int left_end;
	u16 flags;
};

static int address_parse(struct nlattr **attrs, struct nfha_key *key,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *s = attrs[NFHA_A_FLOW_SADDR];
	struct nlattr *d = attrs[NFHA_A_FLOW_DADDR];

	if (!s || !d || !attrs[NFHA_A_FLOW_PROTO]) {
		NL_SET_ERR_MSG(extack, "a flow needs saddr, daddr and proto");
		return -EINVAL;
	}
	if (nla_len(s) != nla_len(d) || (nla_len(s) != 4 && nla_len(s) != 16)) {
		NL_SET_ERR_MSG_ATTR(extack, d,
				    "both addresses have 4 bytes, or both have 16");
		return -EINVAL;
	}
	if (nla_len(s) == 4) {
		key->family = 4;
		key->v4[0] = nla_get_be32(s);
		key->v4[1] = nla_get_be32(d);
	} else {
		key->family = 6;
		nla_memcpy(&key->v6[0], s, sizeof(key->v6[0]));
		nla_memcpy(&key->v6[1], d, sizeof(key->v6[1]));
	}
	return 0;
}

static int request_parse(struct nfha_service *service, struct nlattr **attrs,
			 struct request *req, struct netlink_ext_ack *extack)
{
	struct nfha_key *key = &req->pkt.key;
	bool right = attrs[NFHA_A_FLOW_SIDE] &&
		     nla_get_u32(attrs[NFHA_A_FLOW_SIDE]) == NFHA_SIDE_RIGHT;
	int ret;

	memset(req, 0, sizeof(*req));
	ret = address_parse(attrs, key, extack);
	if (ret)
		return ret;
	key->proto = nla_get_u8(attrs[NFHA_A_FLOW_PROTO]);
	if (attrs[NFHA_A_FLOW_SPORT])
		key->port[0] = nla_get_be16(attrs[NFHA_A_FLOW_SPORT]);
	if (attrs[NFHA_A_FLOW_DPORT])
		key->port[1] = nla_get_be16(attrs[NFHA_A_FLOW_DPORT]);
	if (key->proto == IPPROTO_ICMP || key->proto == IPPROTO_ICMPV6)
		key->port[1] = key->port[0];
	req->pkt.swapped = nfha_key_sort(key);
	req->left_end = right ? !req->pkt.swapped : req->pkt.swapped;
	req->flags = right ? NFHA_FLOW_FIRST_RIGHT : 0;
	req->hash = nfha_key_hash(key, &service->set.key);
	return 0;
}

static int import(struct nfha_service *service, struct genl_info *info)
{
	struct nfha_instance *instance;
	struct request req;
	int ret;

	instance = nfha_nl_instance(service, info->attrs[NFHA_A_FLOW_INSTANCE],
				    info->extack);
	if (IS_ERR(instance))
		return PTR_ERR(instance);
	if (instance->state == NFHA_STATE_STANDBY) {
		NL_SET_ERR_MSG(info->extack,
			       "an instance on standby takes no flow; set its state to active first");
		return -EBUSY;
	}
	ret = request_parse(service, info->attrs, &req, info->extack);
	if (ret)
		return ret;
	ret = nfha_flowtable_import(service, &req.pkt, req.hash >> 32,
				    nfha_service_flow_id(service, &req.pkt.key,
							 req.hash,
							 req.left_end),
				    instance->index, req.flags);
	if (ret == -ENOSPC)
		NL_SET_ERR_MSG(info->extack,
			       "imported-max is reached; wait until exceptions have ended, or raise it");
	else if (ret == -ENOBUFS)
		NL_SET_ERR_MSG(info->extack,
			       "the flow table has no room; raise flows-max");
	else if (ret == -EDQUOT)
		NL_SET_ERR_MSG(info->extack, NFHA_LOAD_USED_UP);
	return ret;
}

int nfha_nl_flow_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_request(info, NFHA_A_FLOW_SERVICE, import);
}

static int remove_one(struct nfha_service *service, struct genl_info *info)
{
	struct request req;
	int ret;

	if (info->attrs[NFHA_A_FLOW_INSTANCE] ||
	    info->attrs[NFHA_A_FLOW_FLAGS]) {
		NL_SET_ERR_MSG(info->extack,
			       "one flow by its addresses, or flows by instance and flags, but not both");
		return -EINVAL;
	}
	ret = request_parse(service, info->attrs, &req, info->extack);
	if (ret)
		return ret;
	if (nfha_flowtable_remove(service, &req.pkt.key, req.hash >> 32, NULL))
		return 1;
	NL_SET_ERR_MSG(info->extack, "the service has no such flow");
	return -ENOENT;
}

/* Anything that says which flow, and not of which kind. */
static bool is_one(struct nlattr **attrs)
{
	return attrs[NFHA_A_FLOW_SADDR] || attrs[NFHA_A_FLOW_DADDR] ||
	       attrs[NFHA_A_FLOW_SPORT] || attrs[NFHA_A_FLOW_DPORT] ||
	       attrs[NFHA_A_FLOW_PROTO] || attrs[NFHA_A_FLOW_SIDE];
}

/* How many flows were removed, or a negative errno. */
static int remove(struct nfha_service *service, struct genl_info *info)
{
	struct nfha_flow_filter filter = { .owner = NFHA_NO_OWNER };
	struct nlattr **attrs = info->attrs;
	u32 flags = 0;

	if (is_one(attrs))
		return remove_one(service, info);
	if (attrs[NFHA_A_FLOW_FLAGS])
		flags = nla_get_u32(attrs[NFHA_A_FLOW_FLAGS]);
	/* Flags without a bit mean no flow, and not all of them. */
	if (!attrs[NFHA_A_FLOW_INSTANCE] && !flags) {
		NL_SET_ERR_MSG(info->extack,
			       "say which flows: one by its addresses, or those of an instance, or those with flags");
		return -EINVAL;
	}
	if (attrs[NFHA_A_FLOW_INSTANCE]) {
		struct nfha_instance *instance =
			nfha_nl_instance(service, attrs[NFHA_A_FLOW_INSTANCE],
					 info->extack);

		if (IS_ERR(instance))
			return PTR_ERR(instance);
		filter.owner = instance->index;
	}
	filter.exceptions = flags & NFHA_FLOW_FLAGS_EXCEPTION;
	if (flags & NFHA_FLOW_FLAGS_LEARNED)
		filter.flags |= NFHA_FLOW_LEARNED;
	if (flags & NFHA_FLOW_FLAGS_IMPORTED)
		filter.flags |= NFHA_FLOW_IMPORTED;
	return nfha_sweep_purge(service, &filter);
}

static int removed_put(struct sk_buff *reply, struct genl_info *info, u32 count)
{
	void *hdr = genlmsg_put_reply(reply, info, &nfha_nl_family, 0,
				      NFHA_CMD_FLOW_DEL);

	if (!hdr ||
	    nla_put_string(reply, NFHA_A_FLOW_SERVICE,
			   nla_data(info->attrs[NFHA_A_FLOW_SERVICE])) ||
	    nla_put_u32(reply, NFHA_A_FLOW_COUNT, count))
		return -EMSGSIZE;
	genlmsg_end(reply, hdr);
	return 0;
}

static int flow_del(struct nfha_service *service, struct genl_info *info,
		    struct sk_buff *reply)
{
	int count = remove(service, info);

	return count < 0 ? count : removed_put(reply, info, count);
}

int nfha_nl_flow_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_FLOW_SERVICE, GENLMSG_DEFAULT_SIZE,
			      flow_del);
}

static int ends_put(struct sk_buff *skb, const struct nfha_flow *flow)
{
	unsigned int s = !!(flow->flags & NFHA_FLOW_FIRST_SWAPPED);
	const struct nfha_key *key = &flow->key;
	size_t len = key->family == 4 ? 4 : 16;
	const void *saddr, *daddr;

	saddr = key->family == 4 ? (void *)&key->v4[s] : (void *)&key->v6[s];
	daddr = key->family == 4 ? (void *)&key->v4[!s] : (void *)&key->v6[!s];
	return nla_put(skb, NFHA_A_FLOW_SADDR, len, saddr) ||
	       nla_put(skb, NFHA_A_FLOW_DADDR, len, daddr) ||
	       nla_put_u8(skb, NFHA_A_FLOW_PROTO, key->proto) ||
	       nla_put_be16(skb, NFHA_A_FLOW_SPORT, key->port[s]) ||
	       nla_put_be16(skb, NFHA_A_FLOW_DPORT, key->port[!s]);
}

static u32 flags_of(const struct nfha_service *service,
		    const struct nfha_flow *flow)
{
	u32 flags = 0;

	if (nfha_flow_is_exception(service, flow))
		flags |= NFHA_FLOW_FLAGS_EXCEPTION;
	if (flow->flags & NFHA_FLOW_LEARNED)
		flags |= NFHA_FLOW_FLAGS_LEARNED;
	if (flow->flags & NFHA_FLOW_IMPORTED)
		flags |= NFHA_FLOW_FLAGS_IMPORTED;
	return flags;
}

static int times_put(struct sk_buff *skb, const struct nfha_service *service,
		     const struct nfha_flow *flow)
{
	s32 idle = max_t(s32, (u32)jiffies - READ_ONCE(flow->stamp), 0);
	s32 left = max_t(s32, nfha_flow_timeout(service, flow) - idle, 0);

	return nla_put_u32(skb, NFHA_A_FLOW_IDLE_MS, jiffies_to_msecs(idle)) ||
	       nla_put_u32(skb, NFHA_A_FLOW_EXPIRES_MS, jiffies_to_msecs(left));
}

static int flow_put(struct sk_buff *skb, const struct nfha_service *service,
		    const struct nfha_flow *flow)
{
	const struct nfha_instance *instance =
		nfha_service_instance(service, flow->owner);

	if (nla_put_string(skb, NFHA_A_FLOW_SERVICE, service->name) ||
	    (instance &&
	     nla_put_string(skb, NFHA_A_FLOW_INSTANCE, instance->name)) ||
	    ends_put(skb, flow) ||
	    nla_put_u32(skb, NFHA_A_FLOW_SIDE,
			flow->flags & NFHA_FLOW_FIRST_RIGHT ?
			NFHA_SIDE_RIGHT : NFHA_SIDE_LEFT) ||
	    nla_put_u16(skb, NFHA_A_FLOW_FLOW_ID, flow->id) ||
	    nla_put_u32(skb, NFHA_A_FLOW_STATE, flow->state) ||
	    nla_put_u32(skb, NFHA_A_FLOW_FLAGS, flags_of(service, flow)) ||
	    times_put(skb, service, flow) ||
	    nla_put_u64_64bit(skb, NFHA_A_FLOW_PACKETS,
			      atomic64_read(&flow->packets), NFHA_A_FLOW_PAD) ||
	    nla_put_u64_64bit(skb, NFHA_A_FLOW_BYTES,
			      atomic64_read(&flow->bytes), NFHA_A_FLOW_PAD) ||
	    nla_put_u32(skb, NFHA_A_FLOW_CURSOR, flow->hash))
		return -EMSGSIZE;
	return 0;
}

static int message_put(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		       const struct nfha_service *service,
		       const struct nfha_flow *flow)
{
	void *hdr = genlmsg_put(skb, portid, seq, &nfha_nl_family, flags,
				NFHA_CMD_FLOW_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (flow_put(skb, service, flow)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Under the lock, unlike a packet: the key of a flow that ends just now would be
 * an RCU head before all of it is in the message.
 */
static int flow_get(struct nfha_service *service, struct genl_info *info,
		    struct sk_buff *reply)
{
	const struct nfha_flow *flow;
	struct nfha_stripe *stripe;
	struct request req;
	u32 hash;
	int ret;

	ret = request_parse(service, info->attrs, &req, info->extack);
	if (ret)
		return ret;
	hash = req.hash >> 32;
	stripe = &service->table.stripe[hash >> (32 - NFHA_STRIPE_BITS)];
	rcu_read_lock();
	spin_lock_bh(&stripe->lock);
	flow = nfha_flowtable_find(&service->table, &req.pkt.key, hash);
	ret = flow ? message_put(reply, info->snd_portid, info->snd_seq, 0,
				 service, flow) : -ENOENT;
	spin_unlock_bh(&stripe->lock);
	rcu_read_unlock();
	if (ret == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "the service has no such flow");
	return ret;
}

int nfha_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_FLOW_SERVICE, GENLMSG_DEFAULT_SIZE,
			      flow_get);
}

/**
 * struct dump - a dump that is under way
 * @skb: the message
 * @cb: the request
 * @service: the service
 * @owner: flows of this instance, or of any
 * @exceptions: exceptions only
 * @mark: length of @skb at the start of the chain
 */
struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct nfha_service *service;
	u16 owner;
	bool exceptions;
	unsigned int mark;
};

static void dump_begin(void *arg)
{
	struct dump *dump = arg;

	dump->mark = dump->skb->len;
}

/* A chain goes into a message as a whole: that is what makes a place in the
 * dump out of a hash.
 */
static int dump_visit(const struct nfha_flow *flow, void *arg)
{
	struct dump *dump = arg;

	if ((dump->owner != NFHA_NO_OWNER && flow->owner != dump->owner) ||
	    (dump->exceptions &&
	     !nfha_flow_is_exception(dump->service, flow)))
		return 0;
	if (!message_put(dump->skb, NETLINK_CB(dump->cb->skb).portid,
			 dump->cb->nlh->nlmsg_seq, NLM_F_MULTI, dump->service,
			 flow))
		return 0;
	skb_trim(dump->skb, dump->mark);
	return -EMSGSIZE;
}

static int dump_service(struct nfha_service *service, struct dump *dump)
{
	struct netlink_callback *cb = dump->cb;
	struct nlattr **attrs = nfha_dump_attrs(cb);
	u64 cursor = (unsigned long)cb->args[1];

	if (attrs[NFHA_A_FLOW_INSTANCE]) {
		struct nfha_instance *instance =
			nfha_nl_instance(service, attrs[NFHA_A_FLOW_INSTANCE],
					 cb->extack);

		if (IS_ERR(instance))
			return PTR_ERR(instance);
		dump->owner = instance->index;
	}
	dump->exceptions = nla_get_flag(attrs[NFHA_A_FLOW_EXCEPTIONS_ONLY]);
	if (!cb->args[0] && attrs[NFHA_A_FLOW_CURSOR])
		cursor = nla_get_u32(attrs[NFHA_A_FLOW_CURSOR]);
	dump->service = service;
	if (nfha_sweep_walk(service, &cursor, dump_begin, dump_visit,
			    dump) && !dump->skb->len)
		return -EMSGSIZE;
	/* 2^32 need not fit into a long: past the end is a state of its own. */
	cb->args[0] = cursor >> 32 ? 2 : 1;
	cb->args[1] = (u32)cursor;
	return nfha_nl_dump_end(dump->skb, cb, service->id, 0);
}

int nfha_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *name = nfha_dump_attrs(cb)[NFHA_A_FLOW_SERVICE];
	struct nfha_net *nn = nfha_net(sock_net(skb->sk));
	struct dump dump = {
		.skb = skb,
		.cb = cb,
		.owner = NFHA_NO_OWNER,
	};
	struct nfha_service *service;
	int ret;

	if (cb->args[0] == 2)
		return 0;
	mutex_lock(&nn->lock);
	service = nfha_nl_service(nn, name, cb->extack);
	ret = IS_ERR(service) ? PTR_ERR(service) :
				dump_service(service, &dump);
	mutex_unlock(&nn->lock);
	return ret;
}
