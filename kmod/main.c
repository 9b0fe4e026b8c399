// SPDX-License-Identifier: GPL-2.0-only

#include <linux/module.h>
#include <linux/rcupdate.h>

#include "fragment.h"
#include "load.h"
#include "namespace.h"
#include "netlink.h"
#include "port.h"
#include "watch.h"
#ifdef NFHA_DEBUG
#include "selftest.h"
#endif

static int __init nfha_init(void)
{
	int ret;

#ifdef NFHA_DEBUG
	ret = nfha_selftest_run();
	if (ret)
		return ret;
#endif
	ret = nfha_load_init();
	if (ret)
		return ret;
	ret = nfha_flow_cache_init();
	if (ret)
		goto load;
	ret = nfha_fragment_init();
	if (ret)
		goto flow;
	ret = nfha_watch_init();
	if (ret)
		goto fragment;
	ret = nfha_net_init();
	if (ret)
		goto watch;
	ret = nfha_port_init();
	if (ret)
		goto net;
	ret = nfha_netlink_init();
	if (ret)
		goto port;
	return 0;
port:
	nfha_port_exit();
net:
	nfha_net_exit();
watch:
	nfha_watch_exit();
fragment:
	nfha_fragment_exit();
flow:
	nfha_flow_cache_exit();
load:
	nfha_load_exit();
	return ret;
}

/* Commands end first, then packets, then what both left to RCU. The notifier is
 * told of all devices that they go when it goes itself: it needs the namespaces, and
 * must find no port any more, or living instances would fail over.
 */
static void __exit nfha_exit(void)
{
	nfha_netlink_exit();
	nfha_net_unplug_all();
	nfha_port_exit();
	nfha_net_exit();
	rcu_barrier();
	nfha_watch_exit();
	nfha_fragment_exit();
	nfha_flow_cache_exit();
	nfha_load_exit();
}

module_init(nfha_init);
module_exit(nfha_exit);

MODULE_DESCRIPTION("High availability for stateful virtual network functions");
MODULE_AUTHOR("The nfha authors");
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(NFHA_FAMILY_NAME);
