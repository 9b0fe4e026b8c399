// SPDX-License-Identifier: GPL-2.0-only

#include <linux/ctype.h>
#include <linux/rtnetlink.h>

#include "compat.h"
#include "netlink.h"
#include "netlink_gen.h"

static int ports_parse(struct genl_info *info,
		       struct nfha_instance_config *config)
{
	int n = nfha_nl_ports_parse(info, NFHA_A_INSTANCE_PORT, config->port,
				    NFHA_INSTANCE_PORTS_MAX);

	if (n < 0)
		return n;
	config->ports = n;
	return 0;
}

static void state_parse(struct nlattr **attrs,
			struct nfha_instance_config *config)
{
	if (!attrs[NFHA_A_INSTANCE_STATE])
		return;
	config->set_state = true;
	config->state = nla_get_u32(attrs[NFHA_A_INSTANCE_STATE]);
}

/* Attributes of instance-set: the array of instance-new ends before them. */
static void deadline_parse(struct nlattr **attrs,
			   struct nfha_instance_config *config)
{
	if (attrs[NFHA_A_INSTANCE_DEADLINE_MS]) {
		config->set_deadline = true;
		config->deadline_ms =
			nla_get_u32(attrs[NFHA_A_INSTANCE_DEADLINE_MS]);
	}
}

/* An empty name takes the successor away. */
static int successor_parse(struct nfha_service *service,
			   struct genl_info *info,
			   struct nfha_instance_config *config)
{
	struct nlattr *attr = info->attrs[NFHA_A_INSTANCE_SUCCESSOR];

	if (!attr)
		return 0;
	config->set_successor = true;
	if (!nla_strcmp(attr, ""))
		return 0;
	config->successor = nfha_nl_instance(service, attr, info->extack);
	return PTR_ERR_OR_ZERO(config->successor);
}

static struct nfha_instance *instance_of(struct nfha_service *service,
					 struct genl_info *info)
{
	return nfha_nl_instance(service, info->attrs[NFHA_A_INSTANCE_NAME],
				info->extack);
}

static int instance_new(struct nfha_service *service, struct genl_info *info)
{
	struct nlattr *name = info->attrs[NFHA_A_INSTANCE_NAME];
	struct nfha_instance_config config = {};
	struct nfha_instance *instance;
	int ret;

	if (!name) {
		NL_SET_ERR_MSG(info->extack, "name the instance");
		return -EINVAL;
	}
	ret = nfha_nl_name_check(name, info->extack);
	if (!ret)
		ret = ports_parse(info, &config);
	if (ret)
		return ret;
	config.name = nla_data(name);
	config.privileged = netlink_capable(info->user_ptr[0], CAP_NET_ADMIN);
	state_parse(info->attrs, &config);
	if (info->attrs[NFHA_A_INSTANCE_REMOTE])
		config.remote = nla_get_u8(info->attrs[NFHA_A_INSTANCE_REMOTE]);
	instance = nfha_instance_create(service, &config, info->extack);
	if (IS_ERR(instance))
		return PTR_ERR(instance);
	nfha_event_instance(instance, NFHA_CMD_INSTANCE_NEW_NTF);
	return 0;
}

static int instance_set(struct nfha_service *service, struct genl_info *info)
{
	struct nfha_instance_config config = {};
	struct nfha_instance *instance = instance_of(service, info);
	int ret;

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	config.remote = instance->remote;
	state_parse(info->attrs, &config);
	deadline_parse(info->attrs, &config);
	ret = ports_parse(info, &config);
	if (!ret)
		ret = successor_parse(service, info, &config);
	if (!ret)
		ret = nfha_instance_change(instance, &config, info->extack);
	if (!ret)
		nfha_event_instance(instance, NFHA_CMD_INSTANCE_SET_NTF);
	return ret;
}

static int instance_del(struct nfha_service *service, struct genl_info *info)
{
	struct nfha_instance *instance = instance_of(service, info);

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	return nfha_instance_remove(instance,
				    nla_get_flag(info->attrs[NFHA_A_INSTANCE_FORCE]),
				    info->extack);
}

static int configure(struct genl_info *info, nfha_nl_request_fn fn)
{
	int ret;

	rtnl_lock();
	ret = nfha_nl_request(info, NFHA_A_INSTANCE_SERVICE, fn);
	nfha_port_settle(nfha_net(genl_info_net(info)));
	rtnl_unlock();
	return ret;
}

int nfha_nl_instance_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	info->user_ptr[0] = skb;
	return configure(info, instance_new);
}

int nfha_nl_instance_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return configure(info, instance_set);
}

int nfha_nl_instance_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return configure(info, instance_del);
}

/* It ends up in logs and on terminals; isprint() takes Latin-1, too. */
static int reason_check(struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const char *reason = nla_data(attr), *c = reason;

	while (isascii(*c) && isprint(*c))
		c++;
	if (c != reason && !*c)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "not a reason; 1 to 63 printable characters of ASCII");
	return -EINVAL;
}

static int instance_overload(struct nfha_service *service,
			     struct genl_info *info)
{
	struct nlattr *level = info->attrs[NFHA_A_INSTANCE_OVERLOAD_LEVEL];
	struct nlattr *reason = info->attrs[NFHA_A_INSTANCE_OVERLOAD_REASON];
	struct nfha_instance *instance = instance_of(service, info);
	int ret;

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	ret = reason ? reason_check(reason, info->extack) : 0;
	if (ret)
		return ret;
	nfha_event_overload(instance,
			    level ? nla_get_u32(level) :
				    NFHA_OVERLOAD_LEVEL_OVERLOADED,
			    reason ? nla_data(reason) : NULL);
	return 0;
}

int nfha_nl_instance_overload_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_request(info, NFHA_A_INSTANCE_SERVICE,
			       instance_overload);
}

/* Milliseconds until the deadline; 1 at least, for 0 means that there is none. */
static u32 deadline_left(const struct nfha_instance *instance)
{
	long left = instance->deadline - jiffies;

	if (!instance->has_deadline)
		return 0;
	return left > 0 ? max(jiffies_to_msecs(left), 1U) : 1;
}

/* Nothing of one that has had no packets. */
static int latency_put(struct sk_buff *skb, const struct nfha_latency *latency)
{
	struct nfha_latency_sum sum;

	nfha_latency_read(latency, &sum);
	if (!sum.samples && !sum.lost)
		return 0;
	return nla_put_u32(skb, NFHA_A_INSTANCE_LATENCY_US, sum.us) ||
	       nla_put_u32(skb, NFHA_A_INSTANCE_LATENCY_SAMPLES, sum.samples) ||
	       nla_put_u32(skb, NFHA_A_INSTANCE_LATENCY_LOST, sum.lost);
}

/**
 * nfha_nl_instance_put - describe an instance
 * @skb: the message
 * @instance: the instance
 *
 * Context: process, nfha_net.lock.
 * Return: 0 or -EMSGSIZE.
 */
int nfha_nl_instance_put(struct sk_buff *skb,
			 const struct nfha_instance *instance)
{
	const struct nfha_map *map = nfha_service_map(instance->service);
	const struct nfha_port *port;

	if (nla_put_string(skb, NFHA_A_INSTANCE_SERVICE,
			   instance->service->name) ||
	    nla_put_string(skb, NFHA_A_INSTANCE_NAME, instance->name) ||
	    nla_put_u32(skb, NFHA_A_INSTANCE_STATE, instance->state) ||
	    nla_put_u8(skb, NFHA_A_INSTANCE_REMOTE, instance->remote) ||
	    nla_put_u32(skb, NFHA_A_INSTANCE_DEADLINE_MS,
			deadline_left(instance)) ||
	    nla_put_u32(skb, NFHA_A_INSTANCE_FLOWS,
			atomic_read(&instance->flows)) ||
	    nla_put_u32(skb, NFHA_A_INSTANCE_EXCEPTIONS,
			nfha_instance_exceptions(instance, map)) ||
	    nla_put_u32(skb, NFHA_A_INSTANCE_LEARNED,
			atomic_read(&instance->learned)) ||
	    nla_put_u32(skb, NFHA_A_INSTANCE_WIDTH,
			nfha_map_width(map, instance->index)) ||
	    (instance->successor &&
	     nla_put_string(skb, NFHA_A_INSTANCE_SUCCESSOR,
			    instance->successor->name)) ||
	    nla_put_u8(skb, NFHA_A_INSTANCE_FENCED,
		       nfha_failover_is_fenced(instance)) ||
	    latency_put(skb, &instance->latency))
		return -EMSGSIZE;
	list_for_each_entry(port, &instance->ports, on_owner)
		if (nfha_nl_port_put(skb, NFHA_A_INSTANCE_PORT, port))
			return -EMSGSIZE;
	return 0;
}

static int message_put(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		       const struct nfha_instance *instance)
{
	void *hdr = genlmsg_put(skb, portid, seq, &nfha_nl_family, flags,
				NFHA_CMD_INSTANCE_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nfha_nl_instance_put(skb, instance)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int instance_get(struct nfha_service *service, struct genl_info *info,
			struct sk_buff *reply)
{
	struct nfha_instance *instance = instance_of(service, info);

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	return message_put(reply, info->snd_portid, info->snd_seq, 0, instance);
}

int nfha_nl_instance_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_INSTANCE_SERVICE, NFHA_NL_SIZE,
			      instance_get);
}

/* args: number of the last service that has been shown as a whole, and in the next one
 * the index to go on with. Others may go, and instances that stay are shown once.
 */
static int dump_service(struct sk_buff *skb, struct netlink_callback *cb,
			const struct nfha_service *service, int name_attr,
			nfha_nl_dump_fn put)
{
	struct nlattr *name = nfha_dump_attrs(cb)[name_attr];
	unsigned int index, left = service->instances;

	if (service->id <= (unsigned long)cb->args[0])
		return 0;
	/* One that had been begun may have gone. */
	if (service->id != (unsigned long)cb->args[2])
		cb->args[1] = 0;
	cb->args[2] = service->id;
	/* Behind the last one there is nothing to look at. */
	for (index = 0; left && index < NFHA_INSTANCES_MAX; index++) {
		const struct nfha_instance *instance =
			nfha_service_instance(service, index);

		if (!instance)
			continue;
		left--;
		if (index < cb->args[1] ||
		    (name && nla_strcmp(name, instance->name)))
			continue;
		if (put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			NLM_F_MULTI, instance))
			return -EMSGSIZE;
		cb->args[1] = index + 1;
	}
	cb->args[0] = service->id;
	return 0;
}

/**
 * nfha_nl_instances_dump - dump something of each instance
 * @skb: the message
 * @cb: the request
 * @service_attr: which of its attributes names the service; without it, all
 * @name_attr: which names the instance; without it, all
 * @put: adds a message about an instance, or none
 *
 * Context: process.
 * Return: length of @skb, or a negative errno.
 */
int nfha_nl_instances_dump(struct sk_buff *skb, struct netlink_callback *cb,
			   int service_attr, int name_attr,
			   nfha_nl_dump_fn put)
{
	struct nlattr *name = nfha_dump_attrs(cb)[service_attr];
	struct nfha_net *nn = nfha_net(sock_net(skb->sk));
	struct nfha_service *service;
	unsigned int seq;
	int ret = 0;

	mutex_lock(&nn->lock);
	seq = nn->changes;
	if (name) {
		service = nfha_nl_service(nn, name, cb->extack);
		if (IS_ERR(service)) {
			ret = PTR_ERR(service);
		} else {
			ret = dump_service(skb, cb, service, name_attr, put);
			seq = service->id;
		}
	} else {
		list_for_each_entry(service, &nn->services, on_net) {
			ret = dump_service(skb, cb, service, name_attr, put);
			if (ret)
				break;
		}
	}
	ret = nfha_nl_dump_end(skb, cb, seq, ret);
	mutex_unlock(&nn->lock);
	return ret;
}

int nfha_nl_instance_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	return nfha_nl_instances_dump(skb, cb, NFHA_A_INSTANCE_SERVICE,
				      NFHA_A_INSTANCE_NAME, message_put);
}
