// SPDX-License-Identifier: GPL-2.0-only

#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/ipv6.h>

#include "compat.h"
#include "netlink.h"
#include "netlink_gen.h"

static int match_address(struct nlattr *attr, struct nfha_match *match,
			 struct netlink_ext_ack *extack)
{
	if (!attr || (nla_len(attr) != sizeof(match->v4) &&
		      nla_len(attr) != sizeof(match->v6))) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a match needs an address of 4 or 16 bytes");
		return -EINVAL;
	}
	match->family = nla_len(attr) == sizeof(match->v4) ? 4 : 6;
	match->prefix_len = match->family == 4 ? 32 : 128;
	memcpy(&match->v6, nla_data(attr), nla_len(attr));
	return 0;
}

static int match_port(struct nlattr *attr, struct nfha_match *match,
		      struct netlink_ext_ack *extack)
{
	switch (match->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		match->has_port = true;
		match->port = nla_get_be16(attr);
		return 0;
	default:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a port means something with TCP, UDP and SCTP only; give proto too");
		return -EINVAL;
	}
}

/* Bits beyond the prefix mean nothing, and are not shown either. */
static void match_mask(struct nfha_match *match)
{
	struct in6_addr address = match->v6;

	if (match->family == 4) {
		match->mask = inet_make_mask(match->prefix_len);
		match->v4 &= match->mask;
	} else {
		ipv6_addr_prefix(&match->v6, &address, match->prefix_len);
	}
}

/* An empty nest takes the match away. */
static int match_parse(struct nlattr *attr, struct nfha_match *match,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFHA_A_MATCH_MAX + 1];
	int ret;

	ret = nla_parse_nested(tb, NFHA_A_MATCH_MAX, attr, nfha_match_nl_policy,
			       extack);
	if (ret)
		return ret;
	memset(match, 0, sizeof(*match));
	if (!nla_len(attr))
		return 0;
	ret = match_address(tb[NFHA_A_MATCH_ADDRESS], match, extack);
	if (ret)
		return ret;
	if (tb[NFHA_A_MATCH_PREFIX_LEN]) {
		u8 len = nla_get_u8(tb[NFHA_A_MATCH_PREFIX_LEN]);

		if (len > match->prefix_len) {
			NL_SET_ERR_MSG_ATTR(extack, tb[NFHA_A_MATCH_PREFIX_LEN],
					    "a prefix of an IPv4 address has at most 32 bits");
			return -EINVAL;
		}
		match->prefix_len = len;
	}
	match_mask(match);
	if (tb[NFHA_A_MATCH_PROTO])
		match->proto = nla_get_u8(tb[NFHA_A_MATCH_PROTO]);
	if (tb[NFHA_A_MATCH_PORT])
		return match_port(tb[NFHA_A_MATCH_PORT], match, extack);
	return 0;
}

static int timeouts_parse(struct nlattr *attr, struct nfha_settings *set,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFHA_A_TIMEOUTS_MAX + 1];
	unsigned int i;
	int ret;

	ret = nla_parse_nested(tb, NFHA_A_TIMEOUTS_MAX, attr,
			       nfha_timeouts_nl_policy, extack);
	if (ret)
		return ret;
	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++)
		if (tb[i])
			set->timeout[i] = nla_get_u32(tb[i]);
	return 0;
}

static int prefixes_check(struct nlattr **attrs,
			  const struct nfha_settings *set,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *attr = attrs[NFHA_A_SERVICE_PREFIX4] ?:
			      attrs[NFHA_A_SERVICE_PREFIX6];

	if (!attr || set->affinity == NFHA_AFFINITY_SOURCE ||
	    set->affinity == NFHA_AFFINITY_DESTINATION)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "a prefix goes with affinity source or destination only");
	return -EINVAL;
}

static void key_parse(const struct nlattr *attr, siphash_key_t *key)
{
	const __le64 *half = nla_data(attr);

	key->key[0] = get_unaligned_le64(&half[0]);
	key->key[1] = get_unaligned_le64(&half[1]);
}

static void recovery_parse(struct nlattr **attrs, struct nfha_settings *set)
{
	if (attrs[NFHA_A_SERVICE_RECOVERY])
		set->recovery = nla_get_u32(attrs[NFHA_A_SERVICE_RECOVERY]);
	if (attrs[NFHA_A_SERVICE_LOG_MAX])
		set->log_max = nla_get_u32(attrs[NFHA_A_SERVICE_LOG_MAX]);
	if (attrs[NFHA_A_SERVICE_HOLD_MAX])
		set->hold_max = nla_get_u32(attrs[NFHA_A_SERVICE_HOLD_MAX]);
	if (attrs[NFHA_A_SERVICE_WATERMARK])
		set->watermark = nla_get_u8(attrs[NFHA_A_SERVICE_WATERMARK]);
	if (attrs[NFHA_A_SERVICE_HOLD_POLICY])
		set->hold_policy =
			nla_get_u32(attrs[NFHA_A_SERVICE_HOLD_POLICY]);
	if (attrs[NFHA_A_SERVICE_DEAD_MAN_MS])
		set->dead_man_ms =
			nla_get_u32(attrs[NFHA_A_SERVICE_DEAD_MAN_MS]);
	if (attrs[NFHA_A_SERVICE_DEAD_MAN_POLICY])
		set->dead_man_policy =
			nla_get_u32(attrs[NFHA_A_SERVICE_DEAD_MAN_POLICY]);
}

static int settings_parse(struct nlattr **attrs, struct nfha_settings *set,
			  struct netlink_ext_ack *extack)
{
	int ret;

	if (attrs[NFHA_A_SERVICE_KEY])
		key_parse(attrs[NFHA_A_SERVICE_KEY], &set->key);
	if (attrs[NFHA_A_SERVICE_AFFINITY])
		set->affinity = nla_get_u32(attrs[NFHA_A_SERVICE_AFFINITY]);
	if (attrs[NFHA_A_SERVICE_PREFIX4])
		set->prefix4 = nla_get_u8(attrs[NFHA_A_SERVICE_PREFIX4]);
	if (attrs[NFHA_A_SERVICE_PREFIX6])
		set->prefix6 = nla_get_u8(attrs[NFHA_A_SERVICE_PREFIX6]);
	if (attrs[NFHA_A_SERVICE_POLICY])
		set->policy = nla_get_u32(attrs[NFHA_A_SERVICE_POLICY]);
	if (attrs[NFHA_A_SERVICE_CONTROL])
		set->control = nla_get_u32(attrs[NFHA_A_SERVICE_CONTROL]);
	if (attrs[NFHA_A_SERVICE_TRACKING])
		set->tracking = nla_get_u32(attrs[NFHA_A_SERVICE_TRACKING]);
	if (attrs[NFHA_A_SERVICE_LEARN])
		set->learn = nla_get_u8(attrs[NFHA_A_SERVICE_LEARN]);
	if (attrs[NFHA_A_SERVICE_THRESHOLD])
		set->threshold = nla_get_u32(attrs[NFHA_A_SERVICE_THRESHOLD]);
	if (attrs[NFHA_A_SERVICE_FLOWS_MAX])
		set->flows_max = nla_get_u32(attrs[NFHA_A_SERVICE_FLOWS_MAX]);
	if (attrs[NFHA_A_SERVICE_IMPORTED_MAX])
		set->imported_max =
			nla_get_u32(attrs[NFHA_A_SERVICE_IMPORTED_MAX]);
	recovery_parse(attrs, set);
	ret = prefixes_check(attrs, set, extack);
	if (!ret && attrs[NFHA_A_SERVICE_TIMEOUTS])
		ret = timeouts_parse(attrs[NFHA_A_SERVICE_TIMEOUTS], set,
				     extack);
	if (!ret && attrs[NFHA_A_SERVICE_MATCH])
		ret = match_parse(attrs[NFHA_A_SERVICE_MATCH], &set->match,
				  extack);
	return ret;
}

static int ports_parse(struct genl_info *info,
		       struct nfha_service_config *config)
{
	int n = nfha_nl_ports_parse(info, NFHA_A_SERVICE_PORT, config->port,
				    NFHA_SERVICE_PORTS_MAX);

	if (n < 0)
		return n;
	config->ports = n;
	config->set_ports = n;
	return 0;
}

static int service_new(struct nfha_net *nn, struct genl_info *info,
		       struct nfha_service_config *config)
{
	struct nlattr *name = info->attrs[NFHA_A_SERVICE_NAME];
	struct nfha_service *service;
	int ret;

	if (!name || !info->attrs[NFHA_A_SERVICE_KEY]) {
		NL_SET_ERR_MSG(info->extack,
			       "a new service needs a name and a key of 16 bytes");
		return -EINVAL;
	}
	ret = nfha_nl_name_check(name, info->extack);
	if (ret)
		return ret;
	config->name = nla_data(name);
	nfha_settings_default(&config->set, config->privileged);
	ret = settings_parse(info->attrs, &config->set, info->extack);
	if (!ret)
		ret = ports_parse(info, config);
	if (ret)
		return ret;
	service = nfha_service_create(nn, config, info->extack);
	if (IS_ERR(service))
		return PTR_ERR(service);
	nfha_event_service(service, NFHA_CMD_SERVICE_NEW_NTF);
	return 0;
}

static int service_set(struct nfha_net *nn, struct genl_info *info,
		       struct nfha_service_config *config)
{
	struct nfha_service *service;
	int ret;

	service = nfha_nl_service(nn, info->attrs[NFHA_A_SERVICE_NAME],
				  info->extack);
	if (IS_ERR(service))
		return PTR_ERR(service);
	config->set = service->set;
	ret = settings_parse(info->attrs, &config->set, info->extack);
	if (!ret)
		ret = ports_parse(info, config);
	if (!ret)
		ret = nfha_service_change(service, config, info->extack);
	if (!ret)
		nfha_event_service(service, NFHA_CMD_SERVICE_SET_NTF);
	return ret;
}

typedef int (*configure_fn)(struct nfha_net *nn, struct genl_info *info,
			    struct nfha_service_config *config);

static int configure(struct sk_buff *skb, struct genl_info *info,
		     configure_fn fn)
{
	struct nfha_net *nn = nfha_net(genl_info_net(info));
	struct nfha_service_config *config;
	int ret;

	config = kzalloc(sizeof(*config), GFP_KERNEL);
	if (!config)
		return -ENOMEM;
	config->privileged = netlink_capable(skb, CAP_NET_ADMIN);
	rtnl_lock();
	mutex_lock(&nn->lock);
	ret = fn(nn, info, config);
	mutex_unlock(&nn->lock);
	nfha_port_settle(nn);
	rtnl_unlock();
	kfree_sensitive(config);
	return ret;
}

int nfha_nl_service_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return configure(skb, info, service_new);
}

int nfha_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return configure(skb, info, service_set);
}

static int service_del(struct nfha_service *service, struct genl_info *info)
{
	return nfha_service_remove(service,
				   nla_get_flag(info->attrs[NFHA_A_SERVICE_FORCE]),
				   info->extack);
}

int nfha_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret;

	rtnl_lock();
	ret = nfha_nl_request(info, NFHA_A_SERVICE_NAME, service_del);
	rtnl_unlock();
	return ret;
}

static int siphash_key_put(struct sk_buff *skb, const siphash_key_t *key)
{
	u8 raw[NFHA_KEY_LEN];

	put_unaligned_le64(key->key[0], raw);
	put_unaligned_le64(key->key[1], raw + 8);
	return nla_put(skb, NFHA_A_SERVICE_KEY, sizeof(raw), raw);
}

static int timeouts_put(struct sk_buff *skb, const struct nfha_settings *set)
{
	struct nlattr *nest = nla_nest_start(skb, NFHA_A_SERVICE_TIMEOUTS);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++)
		if (nla_put_u32(skb, i, set->timeout[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int match_put(struct sk_buff *skb, const struct nfha_match *match)
{
	struct nlattr *nest;

	if (!match->family)
		return 0;
	nest = nla_nest_start(skb, NFHA_A_SERVICE_MATCH);
	if (!nest ||
	    nla_put(skb, NFHA_A_MATCH_ADDRESS,
		    match->family == 4 ? sizeof(match->v4) : sizeof(match->v6),
		    &match->v6) ||
	    nla_put_u8(skb, NFHA_A_MATCH_PREFIX_LEN, match->prefix_len) ||
	    (match->proto &&
	     nla_put_u8(skb, NFHA_A_MATCH_PROTO, match->proto)) ||
	    (match->has_port &&
	     nla_put_be16(skb, NFHA_A_MATCH_PORT, match->port)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int recovery_put(struct sk_buff *skb, const struct nfha_settings *set)
{
	return nla_put_u32(skb, NFHA_A_SERVICE_RECOVERY, set->recovery) ||
	       nla_put_u32(skb, NFHA_A_SERVICE_LOG_MAX, set->log_max) ||
	       nla_put_u32(skb, NFHA_A_SERVICE_HOLD_MAX, set->hold_max) ||
	       nla_put_u8(skb, NFHA_A_SERVICE_WATERMARK, set->watermark) ||
	       nla_put_u32(skb, NFHA_A_SERVICE_HOLD_POLICY,
			   set->hold_policy) ||
	       nla_put_u32(skb, NFHA_A_SERVICE_DEAD_MAN_MS,
			   set->dead_man_ms) ||
	       nla_put_u32(skb, NFHA_A_SERVICE_DEAD_MAN_POLICY,
			   set->dead_man_policy);
}

static int settings_put(struct sk_buff *skb, const struct nfha_settings *set)
{
	if (siphash_key_put(skb, &set->key) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_AFFINITY, set->affinity) ||
	    nla_put_u8(skb, NFHA_A_SERVICE_PREFIX4, set->prefix4) ||
	    nla_put_u8(skb, NFHA_A_SERVICE_PREFIX6, set->prefix6) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_POLICY, set->policy) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_CONTROL, set->control) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_TRACKING, set->tracking) ||
	    nla_put_u8(skb, NFHA_A_SERVICE_LEARN, set->learn) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_THRESHOLD, set->threshold) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_FLOWS_MAX, set->flows_max) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_IMPORTED_MAX, set->imported_max) ||
	    timeouts_put(skb, set) || recovery_put(skb, set))
		return -EMSGSIZE;
	return match_put(skb, &set->match);
}

static int stats_put(struct sk_buff *skb, const struct nfha_service *service)
{
	struct nlattr *nest = nla_nest_start(skb, NFHA_A_SERVICE_STATS);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = NFHA_A_SERVICE_STATS_PAD + 1; i <= NFHA_A_SERVICE_STATS_MAX;
	     i++)
		if (nla_put_u64_64bit(skb, i,
				      nfha_stats_read(service->stats, i),
				      NFHA_A_SERVICE_STATS_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * nfha_nl_service_put - describe a service
 * @skb: the message
 * @service: the service
 *
 * Context: process, nfha_net.lock.
 * Return: 0 or -EMSGSIZE.
 */
int nfha_nl_service_put(struct sk_buff *skb,
			const struct nfha_service *service)
{
	const struct nfha_map *map = nfha_service_map(service);
	const struct nfha_port *port;

	if (nla_put_string(skb, NFHA_A_SERVICE_NAME, service->name) ||
	    settings_put(skb, &service->set) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_GENERATION,
			map ? map->generation : 0) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_FLOWS,
			atomic_read(&service->table.count)) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_EXCEPTIONS,
			nfha_service_exceptions(service)) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_IMPORTED,
			atomic_read(&service->table.imported)) ||
	    nla_put_u32(skb, NFHA_A_SERVICE_INSTANCES, service->instances))
		return -EMSGSIZE;
	list_for_each_entry(port, &service->ports, on_owner)
		if (nfha_nl_port_put(skb, NFHA_A_SERVICE_PORT, port))
			return -EMSGSIZE;
	return stats_put(skb, service);
}

static int message_put(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		       const struct nfha_service *service)
{
	void *hdr = genlmsg_put(skb, portid, seq, &nfha_nl_family, flags,
				NFHA_CMD_SERVICE_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nfha_nl_service_put(skb, service)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int service_get(struct nfha_service *service, struct genl_info *info,
		       struct sk_buff *reply)
{
	return message_put(reply, info->snd_portid, info->snd_seq, 0, service);
}

int nfha_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_SERVICE_NAME, NFHA_NL_SIZE,
			      service_get);
}

/**
 * nfha_nl_services_dump - dump something of each service
 * @skb: the message
 * @cb: the request; its args: number of the last service that has been shown. Others may
 *	go, and those that stay are shown once.
 * @name_attr: which of its attributes names the service; without it, all
 * @put: adds a message about a service
 *
 * Context: process.
 * Return: length of @skb, or a negative errno.
 */
int nfha_nl_services_dump(struct sk_buff *skb, struct netlink_callback *cb,
			  int name_attr, nfha_nl_service_dump_fn put)
{
	struct nlattr *name = nfha_dump_attrs(cb)[name_attr];
	struct nfha_net *nn = nfha_net(sock_net(skb->sk));
	const struct nfha_service *service;
	int ret = 0;

	mutex_lock(&nn->lock);
	list_for_each_entry(service, &nn->services, on_net) {
		if (service->id <= (unsigned long)cb->args[0] ||
		    (name && nla_strcmp(name, service->name)))
			continue;
		ret = put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  NLM_F_MULTI, service);
		if (ret)
			break;
		cb->args[0] = service->id;
	}
	ret = nfha_nl_dump_end(skb, cb, nn->changes, ret);
	mutex_unlock(&nn->lock);
	return ret;
}

int nfha_nl_service_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb)
{
	return nfha_nl_services_dump(skb, cb, NFHA_A_SERVICE_NAME, message_put);
}
