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

static void unplug(struct nfha_net *nn)
{
	struct nfha_service *service;

	ASSERT_RTNL();
	mutex_lock(&nn->lock);
	list_for_each_entry(service, &nn->services, on_net)
		nfha_service_unplug(service);
	mutex_unlock(&nn->lock);
}

/**
 * nfha_net_unplug_all - detach the ports of all services everywhere
 *
 * Nobody fails over after this, whatever becomes of the devices.
 *
 * Context: process; no command comes any more.
 */
void nfha_net_unplug_all(void)
{
	struct net *net;

	rtnl_lock();
	down_read(&net_rwsem);
	for_each_net(net)
		unplug(nfha_net(net));
	up_read(&net_rwsem);
	rtnl_unlock();
}

/* The devices of the namespace go after this, one by one, and none of them is to
 * look like a failure. A grace period follows that does for all services.
 */
static void __net_exit net_unplug(struct net *net)
{
	rtnl_lock();
	unplug(nfha_net(net));
	rtnl_unlock();
}

static void __net_exit net_close(struct net *net)
{
	struct nfha_net *nn = nfha_net(net);
	struct nfha_service *service, *next;

	list_for_each_entry_safe(service, next, &nn->services, on_net) {
		list_del(&service->on_net);
		nfha_service_free(service);
	}
}

static struct pernet_operations net_ops = {
	.init = net_open,
	.pre_exit = net_unplug,
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
