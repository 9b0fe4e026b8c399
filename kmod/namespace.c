// SPDX-License-Identifier: GPL-2.0-only

#include <linux/rtnetlink.h>
#include <net/netns/generic.h>

#include "namespace.h"
#include "service.h"

static unsigned int net_id __read_mostly;

/**
 * nfha_net - nfha's part of a network namespace
 * @net: the namespace
 *
 * Context: any.
 * Return: never NULL while the module is loaded.
 */
struct nfha_net *nfha_net(const struct net *net)
{
	return net_generic(net, net_id);
}

static int __net_init net_open(struct net *net)
{
	struct nfha_net *nn = nfha_net(net);

	nn->net = net;
	mutex_init(&nn->lock);
	INIT_LIST_HEAD(&nn->services);
	nn->changes = 1;
	INIT_LIST_HEAD(&nn->links);
	return 0;
}

/* All services are unplugged first, so that one grace period does for all. */
static void __net_exit net_close(struct net *net)
{
	struct nfha_net *nn = nfha_net(net);
	struct nfha_service *service, *next;

	rtnl_lock();
	mutex_lock(&nn->lock);
	list_for_each_entry(service, &nn->services, on_net)
		nfha_service_unplug(service);
	mutex_unlock(&nn->lock);
	rtnl_unlock();
	if (list_empty(&nn->services))
		return;
	synchronize_rcu();
	list_for_each_entry_safe(service, next, &nn->services, on_net) {
		list_del(&service->on_net);
		nfha_service_free(service);
	}
}

static struct pernet_operations net_ops = {
	.init = net_open,
	.exit = net_close,
	.id = &net_id,
	.size = sizeof(struct nfha_net),
};

int nfha_net_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void nfha_net_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
