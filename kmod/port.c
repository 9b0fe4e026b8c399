// SPDX-License-Identifier: GPL-2.0-only

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "failover.h"
#include "netlink.h"
#include "packet.h"
#include "port.h"

/* Every packet of the device may look at all of them. */
#define LINK_PORTS_MAX	1024

/**
 * nfha_port_by_source - the port that a frame on a shared device came in by
 * @link: the device, with several ports
 * @skb: the frame
 *
 * Context: softirq, RCU.
 * Return: the port of the host that sent it, else the one without a MAC
 * address, else NULL.
 */
struct nfha_port *nfha_port_by_source(const struct nfha_link *link,
				      const struct sk_buff *skb)
{
	struct nfha_port *port;

	list_for_each_entry_rcu(port, &link->ports, on_link)
		if (port->has_mac &&
		    ether_addr_equal(port->mac, eth_hdr(skb)->h_source))
			return port;
	return rcu_dereference(link->plain);
}

/* A device that is down passes nothing, whatever it says of its carrier. */
static bool has_carrier(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev);
}

/**
 * nfha_port_has_carrier - does the device of a port pass anything now?
 * @port: the port
 *
 * When many devices go at once, they all have stopped before an event tells of
 * the first.
 *
 * Context: any; the port cannot go meanwhile.
 * Return: true if so.
 */
bool nfha_port_has_carrier(const struct nfha_port *port)
{
	return has_carrier(port->dev);
}

static struct nfha_link *link_find(struct nfha_net *nn,
				   const struct net_device *dev)
{
	struct nfha_link *link;

	lockdep_assert_held(&nn->lock);
	list_for_each_entry(link, &nn->links, on_net)
		if (link->dev == dev)
			return link;
	return NULL;
}

/* Frames for the VNF carry the VNF's address, not the device's: the device has to
 * take them all.
 */
static int link_open(struct nfha_link *link)
{
	int ret = dev_set_promiscuity(link->dev, 1);

	if (ret)
		return ret;
	ret = nf_register_net_hook(dev_net(link->dev), &link->ops);
	if (ret)
		dev_set_promiscuity(link->dev, -1);
	return ret;
}

static struct nfha_link *link_alloc(struct net_device *dev)
{
	struct nfha_link *link = kzalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);

	if (!link)
		return NULL;
	INIT_LIST_HEAD(&link->ports);
	link->dev = dev;
	link->carrier = has_carrier(dev);
	link->ops.hook = nfha_packet_hook;
	link->ops.priv = link;
	link->ops.dev = dev;
	link->ops.pf = NFPROTO_NETDEV;
	link->ops.hooknum = NF_NETDEV_INGRESS;
	return link;
}

/* Which port frames come in by follows from the list. */
static void link_update(struct nfha_link *link)
{
	struct nfha_port *port, *plain = NULL;

	list_for_each_entry(port, &link->ports, on_link)
		if (!port->has_mac)
			plain = port;
	rcu_assign_pointer(link->plain, plain);
	rcu_assign_pointer(link->only,
			   list_is_singular(&link->ports) ?
			   list_first_entry(&link->ports, struct nfha_port,
					    on_link) : NULL);
}

static int link_check(const struct nfha_link *link,
		      const struct nfha_port_config *config,
		      struct netlink_ext_ack *extack)
{
	const struct nfha_port *port;
	unsigned int ports = 0;

	list_for_each_entry(port, &link->ports, on_link) {
		if (++ports == LINK_PORTS_MAX) {
			NL_SET_ERR_MSG(extack,
				       "the device has as many ports as it can have; use another one, such as a VLAN");
			return -ENOSPC;
		}
		if (!port->has_mac && !config->has_mac) {
			NL_SET_ERR_MSG(extack,
				       "the device is a port already; remove that, or give this one a MAC address");
			return -EBUSY;
		}
		if (port->has_mac && config->has_mac &&
		    ether_addr_equal(port->mac, config->mac)) {
			NL_SET_ERR_MSG(extack,
				       "the device has a port with this MAC address already");
			return -EBUSY;
		}
	}
	return 0;
}

static int dev_check(const struct net_device *dev,
		     struct netlink_ext_ack *extack)
{
	if (dev->type != ARPHRD_ETHER || (dev->flags & IFF_LOOPBACK)) {
		NL_SET_ERR_MSG(extack, "a port needs an Ethernet device");
		return -EINVAL;
	}
	if (dev->reg_state != NETREG_REGISTERED) {
		NL_SET_ERR_MSG(extack, "the device is being removed");
		return -ENODEV;
	}
	return 0;
}

static struct nfha_port *port_alloc(struct nfha_service *service,
				    struct nfha_instance *instance,
				    const struct nfha_port_config *config)
{
	struct nfha_port *port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);

	if (!port)
		return NULL;
	port->stats = nfha_port_stats_alloc();
	if (!port->stats) {
		kfree(port);
		return NULL;
	}
	port->dev = config->dev;
	port->service = service;
	port->instance = instance;
	port->side = config->side;
	port->detour = config->detour;
	port->has_mac = config->has_mac;
	ether_addr_copy(port->mac, config->mac);
	return port;
}

/**
 * nfha_port_settle - end LRO on devices that have become ports
 * @nn: the namespace
 *
 * Packets that LRO has put together cannot be sent on. A driver may close its
 * device over this, and then the notifier takes nfha_net.lock.
 *
 * Context: process, RTNL, without nfha_net.lock.
 */
void nfha_port_settle(struct nfha_net *nn)
{
	struct nfha_link *link;

	ASSERT_RTNL();
	lockdep_assert_not_held(&nn->lock);
	/* New ones are at the end, and RTNL is held whenever the list changes. */
	list_for_each_entry_reverse(link, &nn->links, on_net) {
		if (link->settled)
			return;
		link->settled = true;
		dev_disable_lro(link->dev);
	}
}

/**
 * nfha_port_attach - connect a service or an instance to a device
 * @service: the service
 * @instance: its instance, or NULL for an external port
 * @config: what the port is to be
 * @extack: told what is wrong
 *
 * Packets may come in by the port before this returns. Who has given up
 * nfha_net.lock calls nfha_port_settle() before it gives up RTNL.
 *
 * Context: process, RTNL and nfha_net.lock.
 * Return: the port, which the caller puts on its owner's list, or an ERR_PTR:
 * -EBUSY if the device is taken, -EINVAL or -ENODEV if it cannot be a port,
 * -ENOMEM.
 */
struct nfha_port *nfha_port_attach(struct nfha_service *service,
				   struct nfha_instance *instance,
				   const struct nfha_port_config *config,
				   struct netlink_ext_ack *extack)
{
	struct nfha_link *link = link_find(service->net, config->dev);
	bool is_new = !link;
	struct nfha_port *port;
	int ret;

	ASSERT_RTNL();
	ret = link ? link_check(link, config, extack) :
		     dev_check(config->dev, extack);
	if (ret)
		return ERR_PTR(ret);
	port = port_alloc(service, instance, config);
	if (!link)
		link = link_alloc(config->dev);
	if (!port || !link) {
		ret = -ENOMEM;
		goto free;
	}
	port->link = link;
	list_add_tail_rcu(&port->on_link, &link->ports);
	link_update(link);
	if (!is_new)
		return port;
	ret = link_open(link);
	if (ret) {
		NL_SET_ERR_MSG(extack, "the device does not take an ingress hook");
		goto free;
	}
	netdev_hold(link->dev, &link->tracker, GFP_KERNEL);
	list_add_tail(&link->on_net, &service->net->links);
	return port;
free:
	/* No packet has seen them. */
	if (port)
		free_percpu(port->stats);
	kfree(port);
	if (is_new)
		kfree(link);
	return ERR_PTR(ret);
}

static void port_free_rcu(struct rcu_head *rcu)
{
	struct nfha_port *port = container_of(rcu, struct nfha_port, rcu);

	free_percpu(port->stats);
	kfree(port);
}

/**
 * nfha_port_detach - disconnect a port from its device
 * @port: off its owner's list, and not to be found through its owner
 *
 * Packets that are under way with it may still use it; it is freed when they
 * are through.
 *
 * Context: process, RTNL and nfha_net.lock.
 */
void nfha_port_detach(struct nfha_port *port)
{
	struct nfha_link *link = port->link;

	ASSERT_RTNL();
	list_del_rcu(&port->on_link);
	link_update(link);
	if (list_empty(&link->ports)) {
		nf_unregister_net_hook(port->service->net->net, &link->ops);
		dev_set_promiscuity(link->dev, -1);
		list_del(&link->on_net);
		netdev_put(link->dev, &link->tracker);
		kfree_rcu(link, rcu);
	}
	call_rcu(&port->rcu, port_free_rcu);
}

/* The core waits for readers after this, before it lets go of the device. */
static void link_gone(struct nfha_link *link)
{
	struct nfha_port *port, *next;

	link->carrier = false;
	list_for_each_entry(port, &link->ports, on_link) {
		nfha_event_port(port, NFHA_PORT_EVENT_GONE);
		if (port->instance)
			nfha_failover_carrier(port->instance);
	}
	list_for_each_entry_safe(port, next, &link->ports, on_link) {
		struct nfha_instance *instance = port->instance;
		bool last = list_is_singular(&link->ports);

		nfha_service_forget_port(port);
		nfha_port_detach(port);
		if (instance)
			nfha_failover_succeed(instance);
		if (last)
			return;
	}
}

static void link_changed(struct nfha_link *link)
{
	bool carrier = has_carrier(link->dev);
	struct nfha_port *port;

	if (carrier == link->carrier)
		return;
	link->carrier = carrier;
	list_for_each_entry(port, &link->ports, on_link) {
		nfha_event_port(port, carrier ? NFHA_PORT_EVENT_CARRIER_BACK :
						NFHA_PORT_EVENT_CARRIER_LOST);
		if (!carrier && port->instance)
			nfha_failover_carrier(port->instance);
	}
	list_for_each_entry(port, &link->ports, on_link)
		if (!carrier && port->instance)
			nfha_failover_succeed(port->instance);
}

static int port_netdev_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct nfha_net *nn = nfha_net(dev_net(dev));
	struct nfha_link *link;

	switch (event) {
	case NETDEV_UNREGISTER:
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		break;
	default:
		return NOTIFY_DONE;
	}
	mutex_lock(&nn->lock);
	link = link_find(nn, dev);
	if (link && event == NETDEV_UNREGISTER)
		link_gone(link);
	else if (link)
		link_changed(link);
	mutex_unlock(&nn->lock);
	return NOTIFY_DONE;
}

static struct notifier_block port_notifier = {
	.notifier_call = port_netdev_event,
};

int nfha_port_init(void)
{
	return register_netdevice_notifier(&port_notifier);
}

void nfha_port_exit(void)
{
	unregister_netdevice_notifier(&port_notifier);
}
