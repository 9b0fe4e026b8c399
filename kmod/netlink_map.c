// SPDX-License-Identifier: GPL-2.0-only

#include <linux/sort.h>

#include "compat.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "split.h"

/* A nest with two numbers and a name. */
#define RANGE_SIZE (nla_total_size(0) + 2 * nla_total_size(2) + \
		    nla_total_size(NFHA_NAME_MAX + 1))

static size_t map_size(const struct nfha_service *service)
{
	const struct nfha_map *map = nfha_service_map(service);

	return nla_total_size(NFHA_NAME_MAX + 1) + nla_total_size(4) +
	       (map ? map->count * RANGE_SIZE : 0);
}

static int range_put(struct sk_buff *skb, const struct nfha_service *service,
		     const struct nfha_range *range)
{
	const struct nfha_instance *instance =
		nfha_service_instance(service, range->owner);
	struct nlattr *nest = nla_nest_start(skb, NFHA_A_MAP_RANGE);

	if (!nest ||
	    nla_put_u16(skb, NFHA_A_RANGE_FIRST, range->first) ||
	    nla_put_u16(skb, NFHA_A_RANGE_LAST, range->last) ||
	    (instance &&
	     nla_put_string(skb, NFHA_A_RANGE_INSTANCE, instance->name)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * nfha_nl_map_put - describe a range map
 * @skb: the message
 * @service: the service
 *
 * A range that nobody owns has no instance.
 *
 * Context: process, nfha_net.lock.
 * Return: 0 or -EMSGSIZE.
 */
int nfha_nl_map_put(struct sk_buff *skb, const struct nfha_service *service)
{
	const struct nfha_map *map = nfha_service_map(service);
	unsigned int i;

	if (nla_put_string(skb, NFHA_A_MAP_SERVICE, service->name) ||
	    nla_put_u32(skb, NFHA_A_MAP_GENERATION, map ? map->generation : 0))
		return -EMSGSIZE;
	for (i = 0; map && i < map->count; i++)
		if (range_put(skb, service, &map->range[i]))
			return -EMSGSIZE;
	return 0;
}

/**
 * nfha_nl_map_message - a message that describes a range map
 * @service: the service
 * @portid: of the receiver
 * @seq: of the request
 * @cmd: NFHA_CMD_MAP_GET, or NFHA_CMD_MAP_SET_NTF
 *
 * Context: process, nfha_net.lock.
 * Return: the message, as large as the map needs, or NULL.
 */
struct sk_buff *nfha_nl_map_message(const struct nfha_service *service,
				    u32 portid, u32 seq, u8 cmd)
{
	struct sk_buff *skb = genlmsg_new(map_size(service), GFP_KERNEL);
	void *hdr;

	if (!skb)
		return NULL;
	hdr = genlmsg_put(skb, portid, seq, &nfha_nl_family, 0, cmd);
	if (!hdr || nfha_nl_map_put(skb, service)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

int nfha_nl_map_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nfha_net *nn = nfha_net(genl_info_net(info));
	struct nfha_service *service;
	struct sk_buff *reply = NULL;
	int ret = -ENOMEM;

	mutex_lock(&nn->lock);
	service = nfha_nl_service(nn, info->attrs[NFHA_A_MAP_SERVICE],
				  info->extack);
	if (IS_ERR(service))
		ret = PTR_ERR(service);
	else
		reply = nfha_nl_map_message(service, info->snd_portid,
					    info->snd_seq, NFHA_CMD_MAP_GET);
	mutex_unlock(&nn->lock);
	return reply ? genlmsg_reply(reply, info) : ret;
}

static int message_put(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		       const struct nfha_service *service)
{
	void *hdr = genlmsg_put(skb, portid, seq, &nfha_nl_family, flags,
				NFHA_CMD_MAP_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nfha_nl_map_put(skb, service)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* A map is one message: each part has room for the largest that there is. */
static void dump_reserve(struct netlink_callback *cb, const struct nfha_net *nn)
{
	const struct nfha_service *service;
	size_t most = 0;

	list_for_each_entry(service, &nn->services, on_net)
		most = max(most, map_size(service));
	cb->min_dump_alloc = nlmsg_total_size(genlmsg_total_size(most));
}

int nfha_nl_map_get_start(struct netlink_callback *cb)
{
	struct nfha_net *nn = nfha_net(sock_net(cb->skb->sk));

	mutex_lock(&nn->lock);
	dump_reserve(cb, nn);
	mutex_unlock(&nn->lock);
	return 0;
}

/* The next part has the room that maps need now. */
int nfha_nl_map_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	int ret = nfha_nl_services_dump(skb, cb, NFHA_A_MAP_SERVICE,
					message_put);

	nfha_nl_map_get_start(cb);
	return ret;
}

static int range_parse(struct nfha_service *service, struct nlattr *attr,
		       struct nfha_range *range,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFHA_A_RANGE_MAX + 1];
	struct nfha_instance *instance;
	int ret;

	ret = nla_parse_nested(tb, NFHA_A_RANGE_MAX, attr, nfha_range_nl_policy,
			       extack);
	if (ret)
		return ret;
	if (!tb[NFHA_A_RANGE_FIRST] || !tb[NFHA_A_RANGE_LAST]) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a range needs first and last");
		return -EINVAL;
	}
	instance = nfha_nl_instance(service, tb[NFHA_A_RANGE_INSTANCE], extack);
	if (IS_ERR(instance))
		return PTR_ERR(instance);
	range->first = nla_get_u16(tb[NFHA_A_RANGE_FIRST]);
	range->last = nla_get_u16(tb[NFHA_A_RANGE_LAST]);
	range->owner = instance->index;
	return 0;
}

static unsigned int ranges_count(const struct genl_info *info)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		n += nla_type(attr) == NFHA_A_MAP_RANGE;
	return n;
}

static int ranges_parse(struct nfha_service *service, struct genl_info *info,
			struct nfha_map *map)
{
	struct nlattr *attr;
	unsigned int n = 0;
	int rem, ret;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != NFHA_A_MAP_RANGE)
			continue;
		ret = range_parse(service, attr, &map->range[n++],
				  info->extack);
		if (ret)
			return ret;
	}
	return 0;
}

static int range_compare(const void *a, const void *b)
{
	const struct nfha_range *x = a, *y = b;

	return x->first - y->first;
}

static struct nfha_map *map_parse(struct nfha_service *service,
				  struct genl_info *info)
{
	unsigned int n = ranges_count(info);
	struct nfha_map *map;
	int ret;

	if (!n || n > NFHA_RANGES_MAX) {
		NL_SET_ERR_MSG(info->extack,
			       "a range map has 1 to 4096 ranges");
		return ERR_PTR(-EINVAL);
	}
	map = nfha_map_alloc(n);
	if (!map)
		return ERR_PTR(-ENOMEM);
	ret = ranges_parse(service, info, map);
	sort(map->range, n, sizeof(*map->range), range_compare, NULL);
	if (!ret && !nfha_map_check(map, info->extack))
		ret = -EINVAL;
	if (ret) {
		kvfree(map);
		return ERR_PTR(ret);
	}
	nfha_map_join(map);
	return map;
}

static void change_parse(const struct nfha_service *service,
			 struct nlattr **attrs, struct nfha_change *change)
{
	change->policy = service->set.policy;
	if (attrs[NFHA_A_MAP_POLICY])
		change->policy = nla_get_u32(attrs[NFHA_A_MAP_POLICY]);
	if (attrs[NFHA_A_MAP_GENERATION]) {
		change->has_generation = true;
		change->generation = nla_get_u32(attrs[NFHA_A_MAP_GENERATION]);
	}
}

static int ends_parse(struct nfha_service *service, struct genl_info *info,
		      struct nfha_change *change)
{
	change->from = nfha_nl_instance(service, info->attrs[NFHA_A_MAP_FROM],
					info->extack);
	if (IS_ERR(change->from))
		return PTR_ERR(change->from);
	change->to = nfha_nl_instance(service, info->attrs[NFHA_A_MAP_TO],
				      info->extack);
	return PTR_ERR_OR_ZERO(change->to);
}

static int map_set(struct nfha_service *service, struct genl_info *info,
		   struct nfha_change *change)
{
	struct nfha_map *map = map_parse(service, info);

	if (IS_ERR(map))
		return PTR_ERR(map);
	return nfha_map_replace(service, map, change, info->extack);
}

static int split(struct nfha_service *service, struct genl_info *info,
		 struct nfha_change *change)
{
	int ret = ends_parse(service, info, change);

	if (ret)
		return ret;
	if (info->attrs[NFHA_A_MAP_AT]) {
		change->has_at = true;
		change->at = nla_get_u16(info->attrs[NFHA_A_MAP_AT]);
	}
	if (info->attrs[NFHA_A_MAP_MEASURE])
		change->measure = nla_get_u32(info->attrs[NFHA_A_MAP_MEASURE]);
	if (change->has_at && info->attrs[NFHA_A_MAP_MEASURE]) {
		NL_SET_ERR_MSG(info->extack,
			       "give either the flow ID to cut at, or the load to halve");
		return -EINVAL;
	}
	if (info->attrs[NFHA_A_MAP_FIRST]) {
		change->has_first = true;
		change->first = nla_get_u16(info->attrs[NFHA_A_MAP_FIRST]);
	}
	return nfha_split(service, change, info->extack);
}

static int merge(struct nfha_service *service, struct genl_info *info,
		 struct nfha_change *change)
{
	int ret = ends_parse(service, info, change);

	if (ret)
		return ret;
	if (info->attrs[NFHA_A_MAP_DEADLINE_MS])
		change->deadline_ms =
			nla_get_u32(info->attrs[NFHA_A_MAP_DEADLINE_MS]);
	return nfha_merge(service, change, info->extack);
}

static int reply_put(struct sk_buff *reply, struct genl_info *info,
		     const struct nfha_change *change, bool with_at)
{
	void *hdr = genlmsg_put_reply(reply, info, &nfha_nl_family, 0,
				      info->genlhdr->cmd);

	if (!hdr ||
	    nla_put_string(reply, NFHA_A_MAP_SERVICE,
			   nla_data(info->attrs[NFHA_A_MAP_SERVICE])) ||
	    nla_put_u32(reply, NFHA_A_MAP_GENERATION, change->generation) ||
	    nla_put_u32(reply, NFHA_A_MAP_EXCEPTIONS, change->exceptions) ||
	    nla_put_u32(reply, NFHA_A_MAP_MOVED, change->moved) ||
	    (with_at && nla_put_u16(reply, NFHA_A_MAP_AT, change->at)))
		return -EMSGSIZE;
	genlmsg_end(reply, hdr);
	return 0;
}

typedef int (*change_fn)(struct nfha_service *service, struct genl_info *info,
			 struct nfha_change *change);

/* The reply has its memory before anything changes. */
static int change(struct genl_info *info, change_fn fn)
{
	struct nfha_net *nn = nfha_net(genl_info_net(info));
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct nfha_change change = {};
	struct nfha_service *service;
	int ret;

	if (!reply)
		return -ENOMEM;
	mutex_lock(&nn->lock);
	service = nfha_nl_service(nn, info->attrs[NFHA_A_MAP_SERVICE],
				  info->extack);
	if (IS_ERR(service)) {
		ret = PTR_ERR(service);
	} else {
		change_parse(service, info->attrs, &change);
		ret = fn(service, info, &change);
	}
	mutex_unlock(&nn->lock);
	if (!ret)
		ret = reply_put(reply, info, &change, fn == split);
	if (!ret)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return ret;
}

int nfha_nl_map_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, map_set);
}

int nfha_nl_split_doit(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, split);
}

int nfha_nl_merge_doit(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, merge);
}
