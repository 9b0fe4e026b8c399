// SPDX-License-Identifier: GPL-2.0-only

#include <linux/ctype.h>
#include <linux/module.h>

#include "compat.h"
#include "netlink.h"
#include "netlink_gen.h"

static const struct genl_multicast_group groups[] = {
	[NFHA_NLGRP_EVENTS] = {
		.name = NFHA_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family nfha_nl_family __ro_after_init = {
	.name = NFHA_FAMILY_NAME,
	.version = NFHA_FAMILY_VERSION,
	.netnsok = true,
	/* Each handler takes nfha_net.lock, and nobody waits for other families. */
	.parallel_ops = true,
	.module = THIS_MODULE,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.resv_start_op = __NFHA_CMD_MAX,
};

static bool is_registered;

/* isalnum() takes the letters of Latin-1, too. */
static bool is_alnum(char c)
{
	return isascii(c) && isalnum(c);
}

/**
 * nfha_nl_name_check - may an object have this name?
 * @attr: the name
 * @extack: told what is wrong
 *
 * Names end up in logs, in file names and in commands.
 *
 * Context: process.
 * Return: 0 or -EINVAL.
 */
int nfha_nl_name_check(struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const char *c = nla_data(attr);

	if (is_alnum(*c)) {
		while (is_alnum(*c) || *c == '.' || *c == '_' || *c == '-')
			c++;
		if (!*c)
			return 0;
	}
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "not a name; 1 to 31 letters, digits, '.', '_' or '-', a letter or digit first");
	return -EINVAL;
}

/**
 * nfha_nl_service - the service that a request names
 * @nn: the namespace
 * @attr: the name, or NULL
 * @extack: told what is wrong
 *
 * Context: process, nfha_net.lock.
 * Return: the service or an ERR_PTR.
 */
struct nfha_service *nfha_nl_service(struct nfha_net *nn, struct nlattr *attr,
				     struct netlink_ext_ack *extack)
{
	struct nfha_service *service;

	if (!attr) {
		NL_SET_ERR_MSG(extack, "name the service");
		return ERR_PTR(-EINVAL);
	}
	service = nfha_service_find(nn, nla_data(attr));
	if (service)
		return service;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "no such service in this network namespace");
	return ERR_PTR(-ENOENT);
}

/**
 * nfha_nl_instance - the instance that a request names
 * @service: its service
 * @attr: the name, or NULL
 * @extack: told what is wrong
 *
 * Context: process, nfha_net.lock.
 * Return: the instance or an ERR_PTR.
 */
struct nfha_instance *nfha_nl_instance(struct nfha_service *service,
				       struct nlattr *attr,
				       struct netlink_ext_ack *extack)
{
	struct nfha_instance *instance;

	if (!attr) {
		NL_SET_ERR_MSG(extack, "name the instance");
		return ERR_PTR(-EINVAL);
	}
	instance = nfha_instance_find(service, nla_data(attr));
	if (instance)
		return instance;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "the service has no such instance; add it first");
	return ERR_PTR(-ENOENT);
}

static struct net_device *port_device(struct net *net, struct nlattr **tb,
				      struct netlink_ext_ack *extack)
{
	struct net_device *dev = NULL;

	if (tb[NFHA_A_PORT_IFNAME])
		dev = __dev_get_by_name(net,
					nla_data(tb[NFHA_A_PORT_IFNAME]));
	else if (tb[NFHA_A_PORT_IFINDEX])
		dev = __dev_get_by_index(net,
					 nla_get_u32(tb[NFHA_A_PORT_IFINDEX]));
	else
		NL_SET_ERR_MSG(extack, "a port needs ifname or ifindex");
	if (!dev && (tb[NFHA_A_PORT_IFNAME] || tb[NFHA_A_PORT_IFINDEX]))
		NL_SET_ERR_MSG_ATTR(extack, tb[NFHA_A_PORT_IFNAME] ?:
				    tb[NFHA_A_PORT_IFINDEX],
				    "no such device in this network namespace");
	if (dev && tb[NFHA_A_PORT_IFINDEX] &&
	    nla_get_u32(tb[NFHA_A_PORT_IFINDEX]) != dev->ifindex) {
		NL_SET_ERR_MSG(extack,
			       "ifname and ifindex mean different devices; give one of them");
		return NULL;
	}
	return dev;
}

/**
 * nfha_nl_port_parse - what a port is to be
 * @net: the network namespace
 * @attr: the nest
 * @config: filled in
 * @extack: told what is wrong
 *
 * Context: process, RTNL.
 * Return: 0 or a negative errno.
 */
int nfha_nl_port_parse(struct net *net, struct nlattr *attr,
		       struct nfha_port_config *config,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFHA_A_PORT_MAX + 1];
	int ret;

	ret = nla_parse_nested(tb, NFHA_A_PORT_MAX, attr, nfha_port_nl_policy,
			       extack);
	if (ret)
		return ret;
	memset(config, 0, sizeof(*config));
	if (!tb[NFHA_A_PORT_SIDE]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "a port needs a side");
		return -EINVAL;
	}
	config->side = nla_get_u32(tb[NFHA_A_PORT_SIDE]);
	config->dev = port_device(net, tb, extack);
	if (!config->dev)
		return tb[NFHA_A_PORT_IFINDEX] || tb[NFHA_A_PORT_IFNAME] ?
		       -ENODEV : -EINVAL;
	if (tb[NFHA_A_PORT_DETOUR])
		config->detour = nla_get_u8(tb[NFHA_A_PORT_DETOUR]);
	if (!tb[NFHA_A_PORT_MAC])
		return 0;
	config->has_mac = true;
	ether_addr_copy(config->mac, nla_data(tb[NFHA_A_PORT_MAC]));
	if (is_valid_ether_addr(config->mac))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[NFHA_A_PORT_MAC],
			    "not the MAC address of a station; it must be unicast and not zero");
	return -EINVAL;
}

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, NFHA_A_PORT_PAD);
}

/**
 * nfha_nl_ports_parse - read all ports of a request
 * @info: the request
 * @attrtype: type of the nests that are ports
 * @port: filled in
 * @max: how many there may be
 *
 * Context: process, RTNL and nfha_net.lock.
 * Return: how many there are, or a negative errno.
 */
int nfha_nl_ports_parse(struct genl_info *info, int attrtype,
			struct nfha_port_config *port, unsigned int max)
{
	struct nlattr *attr;
	int rem, ret, n = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != attrtype)
			continue;
		if (n == max) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "too many ports: a service has at most 16, an instance one on each side");
			return -E2BIG;
		}
		ret = nfha_nl_port_parse(genl_info_net(info), attr, &port[n++],
					 info->extack);
		if (ret)
			return ret;
	}
	return n;
}

/**
 * nfha_nl_request - do what a request about a service asks for
 * @info: the request
 * @attrtype: which of its attributes names the service
 * @fn: does it, with nfha_net.lock held
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int nfha_nl_request(struct genl_info *info, int attrtype,
		    nfha_nl_request_fn fn)
{
	struct nfha_net *nn = nfha_net(genl_info_net(info));
	struct nfha_service *service;
	int ret;

	mutex_lock(&nn->lock);
	service = nfha_nl_service(nn, info->attrs[attrtype], info->extack);
	ret = IS_ERR(service) ? PTR_ERR(service) : fn(service, info);
	mutex_unlock(&nn->lock);
	return ret;
}

/**
 * nfha_nl_answer - reply to a request about a service
 * @info: the request
 * @attrtype: which of its attributes names the service
 * @size: most that the reply takes
 * @fn: fills it in, with nfha_net.lock held
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int nfha_nl_answer(struct genl_info *info, int attrtype, size_t size,
		   nfha_nl_answer_fn fn)
{
	struct nfha_net *nn = nfha_net(genl_info_net(info));
	struct sk_buff *reply = genlmsg_new(size, GFP_KERNEL);
	struct nfha_service *service;
	int ret;

	if (!reply)
		return -ENOMEM;
	mutex_lock(&nn->lock);
	service = nfha_nl_service(nn, info->attrs[attrtype], info->extack);
	ret = IS_ERR(service) ? PTR_ERR(service) : fn(service, info, reply);
	mutex_unlock(&nn->lock);
	if (!ret)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return ret;
}

/**
 * nfha_nl_port_put - describe a port
 * @skb: the message
 * @attrtype: type of the nest
 * @port: the port
 *
 * Context: process, nfha_net.lock.
 * Return: 0 or -EMSGSIZE.
 */
int nfha_nl_port_put(struct sk_buff *skb, int attrtype,
		     const struct nfha_port *port)
{
	struct nlattr *nest = nla_nest_start(skb, attrtype);
	struct rtnl_link_stats64 device;
	struct nfha_port_sum sum;
	u64 dropped;

	if (!nest)
		return -EMSGSIZE;
	nfha_port_stats_read(port->stats, &sum);
	rcu_read_lock();
	dropped = dev_get_stats(port->dev, &device)->tx_dropped;
	rcu_read_unlock();
	if (nla_put_u32(skb, NFHA_A_PORT_SIDE, port->side) ||
	    nla_put_u32(skb, NFHA_A_PORT_IFINDEX, port->dev->ifindex) ||
	    nla_put_string(skb, NFHA_A_PORT_IFNAME, port->dev->name) ||
	    (port->has_mac &&
	     nla_put(skb, NFHA_A_PORT_MAC, ETH_ALEN, port->mac)) ||
	    nla_put_u8(skb, NFHA_A_PORT_DETOUR, port->detour) ||
	    nla_put_u8(skb, NFHA_A_PORT_CARRIER, port->link->carrier) ||
	    put_u64(skb, NFHA_A_PORT_RX_PACKETS, sum.rx_packets) ||
	    put_u64(skb, NFHA_A_PORT_RX_BYTES, sum.rx_bytes) ||
	    put_u64(skb, NFHA_A_PORT_TX_PACKETS, sum.tx_packets) ||
	    put_u64(skb, NFHA_A_PORT_TX_BYTES, sum.tx_bytes) ||
	    put_u64(skb, NFHA_A_PORT_TX_DROPPED, dropped))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * nfha_nl_dump_end - a part of a dump is complete
 * @skb: what has been dumped this time
 * @cb: the request
 * @seq: differs from last time if the parts do not belong together
 * @ret: why there is no more in @skb; 0 or a negative errno
 *
 * The lock is given up between two parts. Who reads is told by NLM_F_DUMP_INTR in the
 * first message of a part, or in the one that ends the dump.
 *
 * Context: process.
 * Return: length of @skb, or @ret if that is empty.
 */
int nfha_nl_dump_end(struct sk_buff *skb, struct netlink_callback *cb,
		     unsigned int seq, int ret)
{
	cb->seq = seq;
	if (skb->len)
		nl_dump_check_consistent(cb, nlmsg_hdr(skb));
	return skb->len ?: ret;
}

/**
 * nfha_nl_is_heard - does anybody listen to the events?
 * @net: the namespace
 *
 * Devices, packets and time cause events longer than there is a family, and then its
 * group may be another one's.
 *
 * Context: process.
 * Return: true if so.
 */
bool nfha_nl_is_heard(struct net *net)
{
	return READ_ONCE(is_registered) &&
	       genl_has_listeners(&nfha_nl_family, net, NFHA_NLGRP_EVENTS);
}

int __init nfha_netlink_init(void)
{
	int ret = nfha_genl_family_register(&nfha_nl_family, nfha_nl_ops,
					    ARRAY_SIZE(nfha_nl_ops));

	WRITE_ONCE(is_registered, !ret);
	return ret;
}

void nfha_netlink_exit(void)
{
	WRITE_ONCE(is_registered, false);
	genl_unregister_family(&nfha_nl_family);
}
