/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_NAMESPACE_H
#define NFHA_NAMESPACE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <net/net_namespace.h>

/**
 * struct nfha_net - what nfha knows of one network namespace
 * @net: the namespace
 * @lock: guards all configuration of the namespace; taken after RTNL
 * @services: struct nfha_service.on_net, in the order of their numbers
 * @last_id: number of the last service that was made
 * @changes: grows when a service comes or goes
 * @links: struct nfha_link.on_net
 */
struct nfha_net {
	struct net *net;
	struct mutex lock;
	struct list_head services;
	unsigned long last_id;
	u32 changes;
	struct list_head links;
};

struct nfha_net *nfha_net(const struct net *net);
void nfha_net_unplug_all(void);
int nfha_net_init(void);
void nfha_net_exit(void);

#endif /* NFHA_NAMESPACE_H */
