/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_PORT_H
#define NFHA_PORT_H

#include <linux/etherdevice.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>

#include "stats.h"

struct nfha_instance;
struct nfha_link;
struct nfha_net;
struct nfha_service;

/**
 * struct nfha_port - where a service or an instance meets a device
 * @rcu: freed after a grace period
 * @dev: the device; its reference is the link's
 * @service: lives longer than the port
 * @instance: NULL for an external port; lives longer than the port
 * @stats: per CPU
 * @side: enum nfha_side
 * @detour: external port to a host that has steered already
 * @has_mac: @mac is valid
 * @mac: put into the frames that leave here; frames from it come in here
 * @link: what holds the device
 * @on_link: in link->ports, RCU
 * @on_owner: in service->ports or instance->ports; nfha_net.lock
 */
struct nfha_port {
	struct rcu_head rcu;
	struct net_device *dev;
	struct nfha_service *service;
	struct nfha_instance *instance;
	struct nfha_port_stats __percpu *stats;
	u8 side;
	bool detour;
	bool has_mac;
	u8 mac[ETH_ALEN] __aligned(2);
	struct nfha_link *link;
	struct list_head on_link;
	struct list_head on_owner;
};

/**
 * struct nfha_link - a device with its ports
 * @rcu: freed after a grace period
 * @on_net: in nfha_net.links; nfha_net.lock
 * @dev: the device, with a reference
 * @tracker: of the reference
 * @ops: the ingress hook; its private data is this link
 * @ports: RCU; written under nfha_net.lock
 * @plain: the port without a MAC address, or NULL; RCU
 * @only: the port if there is one only; RCU
 * @carrier: as last said in an event
 * @settled: LRO was ended; RTNL
 */
struct nfha_link {
	struct rcu_head rcu;
	struct list_head on_net;
	struct net_device *dev;
	netdevice_tracker tracker;
	struct nf_hook_ops ops;
	struct list_head ports;
	struct nfha_port __rcu *plain;
	struct nfha_port __rcu *only;
	bool carrier;
	bool settled;
};

/**
 * struct nfha_port_config - what a port is to be
 * @dev: the device, valid under RTNL
 * @side: enum nfha_side
 * @detour: see struct nfha_port
 * @has_mac: see struct nfha_port
 * @mac: see struct nfha_port
 */
struct nfha_port_config {
	struct net_device *dev;
	u8 side;
	bool detour;
	bool has_mac;
	u8 mac[ETH_ALEN];
};

void nfha_port_settle(struct nfha_net *nn);
struct nfha_port *nfha_port_attach(struct nfha_service *service,
				   struct nfha_instance *instance,
				   const struct nfha_port_config *config,
				   struct netlink_ext_ack *extack);
void nfha_port_detach(struct nfha_port *port);
bool nfha_port_has_carrier(const struct nfha_port *port);
struct nfha_port *nfha_port_by_source(const struct nfha_link *link,
				      const struct sk_buff *skb);

/* The port that a frame came in by. Softirq, RCU. */
static inline struct nfha_port *nfha_port_of(const struct nfha_link *link,
					     const struct sk_buff *skb)
{
	struct nfha_port *port = rcu_dereference(link->only);

	return likely(port) ? port : nfha_port_by_source(link, skb);
}

int nfha_port_init(void);
void nfha_port_exit(void);

#endif /* NFHA_PORT_H */
