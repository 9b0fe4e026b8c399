// SPDX-License-Identifier: GPL-2.0-only

#include <linux/slab.h>

#include "deadman.h"
#include "netlink.h"
#include "service.h"
#include "sweep.h"
#include "watch.h"

/* What a namespace gets whose owner has no rights outside of it: services, and flows of each. */
#define SERVICES_UNPRIVILEGED 16
#define FLOWS_UNPRIVILEGED BIT(16)
#define LOAD_PAGES_UNPRIVILEGED 4096

/**
 * nfha_settings_default - settings of a service for which nothing is said
 * @set: filled in, but for the key
 * @privileged: for somebody who has CAP_NET_ADMIN in the first user namespace
 *
 * Established TCP: RFC 5382, REQ-5; UDP: RFC 4787, REQ-5.
 *
 * Context: any.
 */
void nfha_settings_default(struct nfha_settings *set, bool privileged)
{
	*set = (struct nfha_settings) {
		.affinity = NFHA_AFFINITY_FIVE_TUPLE,
		.prefix4 = 32,
		.prefix6 = 128,
		.policy = NFHA_POLICY_AVOID,
		.control = NFHA_CONTROL_OWNER,
		.tracking = NFHA_TRACKING_FLOWS,
		.threshold = 1024,
		.flows_max = privileged ? 1 << 20 : FLOWS_UNPRIVILEGED,
		.imported_max = 1 << 16,
		.timeout = {
			[NFHA_A_TIMEOUTS_TCP_EMBRYONIC] = 30,
			[NFHA_A_TIMEOUTS_TCP_ESTABLISHED] = 7440,
			[NFHA_A_TIMEOUTS_TCP_CLOSING] = 10,
			[NFHA_A_TIMEOUTS_UDP] = 300,
			[NFHA_A_TIMEOUTS_ICMP] = 30,
			[NFHA_A_TIMEOUTS_OTHER] = 600,
			[NFHA_A_TIMEOUTS_FRAGMENT] = 30,
		},
		.recovery = NFHA_RECOVERY_NONE,
		.log_max = SZ_16M,
		.hold_max = SZ_16M,
		.watermark = 75,
		.hold_policy = NFHA_HOLD_POLICY_DROP,
		.dead_man_policy = NFHA_DEAD_MAN_POLICY_RELEASE,
	};
}

/**
 * nfha_service_find - look a service up by name
 * @nn: the namespace
 * @name: the name
 *
 * Context: process, nfha_net.lock.
 * Return: the service or NULL.
 */
struct nfha_service *nfha_service_find(struct nfha_net *nn, const char *name)
{
	struct nfha_service *service;

	lockdep_assert_held(&nn->lock);
	list_for_each_entry(service, &nn->services, on_net)
		if (!strcmp(service->name, name))
			return service;
	return NULL;
}

static bool port_is_like(const struct nfha_port *port,
			 const struct nfha_port_config *config)
{
	return port->dev == config->dev && port->side == config->side &&
	       port->detour == config->detour &&
	       port->has_mac == config->has_mac &&
	       (!port->has_mac || ether_addr_equal(port->mac, config->mac));
}

static struct nfha_port *port_like(const struct nfha_service *service,
				   const struct nfha_port_config *config)
{
	struct nfha_port *port;

	list_for_each_entry(port, &service->ports, on_owner)
		if (port_is_like(port, config))
			return port;
	return NULL;
}

/* Packets leave by the first port of a side that is no detour. */
static void out_update(struct nfha_service *service)
{
	struct nfha_port *out[2] = {};
	struct nfha_port *port;

	list_for_each_entry(port, &service->ports, on_owner)
		if (!port->detour && !out[port->side])
			out[port->side] = port;
	rcu_assign_pointer(service->out[NFHA_SIDE_LEFT], out[NFHA_SIDE_LEFT]);
	rcu_assign_pointer(service->out[NFHA_SIDE_RIGHT], out[NFHA_SIDE_RIGHT]);
}

static void ports_detach(struct list_head *ports)
{
	struct nfha_port *port, *next;

	list_for_each_entry_safe(port, next, ports, on_owner) {
		list_del(&port->on_owner);
		nfha_port_detach(port);
	}
}

static bool config_is_one_armed(const struct nfha_service_config *config)
{
	unsigned int i;

	for (i = 0; i < config->ports; i++)
		if (config->port[i].side == NFHA_SIDE_RIGHT)
			return false;
	return true;
}

static bool is_same_port(const struct nfha_port_config *a,
			 const struct nfha_port_config *b)
{
	return a->dev == b->dev && a->has_mac == b->has_mac &&
	       (!a->has_mac || ether_addr_equal(a->mac, b->mac));
}

static int ports_check(const struct nfha_service *service,
		       const struct nfha_service_config *config,
		       struct netlink_ext_ack *extack)
{
	unsigned int i, j;

	/* ports_apply() finds a port of its own for each. */
	for (i = 0; i < config->ports; i++) {
		for (j = 0; j < i; j++) {
			if (!is_same_port(&config->port[i], &config->port[j]))
				continue;
			NL_SET_ERR_MSG(extack, "the same port is given twice");
			return -EBUSY;
		}
	}
	for (i = 0; i < config->ports; i++)
		if (config->port[i].side == NFHA_SIDE_LEFT &&
		    !config->port[i].detour)
			break;
	if (i == config->ports) {
		NL_SET_ERR_MSG(extack,
			       "a service needs a left external port that is no detour");
		return -EINVAL;
	}
	if (service->instances &&
	    service->one_armed != config_is_one_armed(config)) {
		NL_SET_ERR_MSG(extack,
			       "the right side can only come or go while the service has no instance");
		return -EBUSY;
	}
	return 0;
}

/* Attaches what is new, and only when all of it could be attached gives up
 * what is not wanted any more.
 */
static int ports_apply(struct nfha_service *service,
		       const struct nfha_service_config *config,
		       struct netlink_ext_ack *extack)
{
	struct nfha_port *port;
	LIST_HEAD(kept);
	LIST_HEAD(new);
	unsigned int i;

	for (i = 0; i < config->ports; i++) {
		if (port_like(service, &config->port[i]))
			continue;
		port = nfha_port_attach(service, NULL, &config->port[i],
					extack);
		if (IS_ERR(port)) {
			ports_detach(&new);
			return PTR_ERR(port);
		}
		list_add_tail(&port->on_owner, &new);
	}
	for (i = 0; i < config->ports; i++) {
		port = port_like(service, &config->port[i]);
		if (!port)
			port = list_first_entry(&new, struct nfha_port,
						on_owner);
		list_move_tail(&port->on_owner, &kept);
	}
	list_splice_init(&service->ports, &new);
	list_splice(&kept, &service->ports);
	service->one_armed = config_is_one_armed(config);
	out_update(service);
	ports_detach(&new);
	return 0;
}

static int settings_check(const struct nfha_settings *set,
			  struct netlink_ext_ack *extack)
{
	if (set->learn && set->tracking == NFHA_TRACKING_IMPORTED) {
		NL_SET_ERR_MSG(extack,
			       "a service that tracks imported flows only cannot learn");
		return -EINVAL;
	}
	return 0;
}

/* Memory that packets take is charged to nobody. Who has rights in its own user
 * namespace only gets no more of it than the defaults, and not too often.
 */
static int share_check(const struct nfha_net *nn,
		       const struct nfha_settings *old,
		       const struct nfha_service_config *config,
		       struct netlink_ext_ack *extack)
{
	const struct nfha_settings *set = &config->set;
	const struct list_head *each;
	unsigned int services = 0;
	struct nfha_settings usual;

	if (config->privileged)
		return 0;
	nfha_settings_default(&usual, false);
	if (set->flows_max > max(usual.flows_max, old ? old->flows_max : 0) ||
	    set->imported_max > max(usual.imported_max,
				    old ? old->imported_max : 0)) {
		NL_SET_ERR_MSG(extack,
			       "more flows than by default take CAP_NET_ADMIN in the first user namespace");
		return -EPERM;
	}
	if (set->recovery != NFHA_RECOVERY_NONE) {
		NL_SET_ERR_MSG(extack,
			       "recovery takes CAP_NET_ADMIN in the first user namespace");
		return -EPERM;
	}
	list_for_each(each, &nn->services)
		services++;
	if (!old && services >= SERVICES_UNPRIVILEGED) {
		NL_SET_ERR_MSG(extack,
			       "more services take CAP_NET_ADMIN in the first user namespace");
		return -EPERM;
	}
	return 0;
}

/* Packets see the old match or the new one, never a mixture. */
static int match_prepare(const struct nfha_settings *set,
			 struct nfha_match **match)
{
	*match = NULL;
	if (!set->match.family)
		return 0;
	*match = kmemdup(&set->match, sizeof(**match), GFP_KERNEL_ACCOUNT);
	return *match ? 0 : -ENOMEM;
}

static void match_publish(struct nfha_service *service,
			  struct nfha_match *match)
{
	struct nfha_match *old;

	old = rcu_replace_pointer(service->match, match,
				  lockdep_is_held(&service->net->lock));
	if (old)
		kfree_rcu(old, rcu);
}

static void service_release(struct nfha_service *service)
{
	kfree(rcu_dereference_raw(service->match));
	nfha_flowtable_free(service);
	free_percpu(service->rate);
	free_percpu(service->stats);
	kvfree(service);
}

static struct nfha_service *service_alloc(struct nfha_net *nn,
					  const struct nfha_service_config *config)
{
	struct nfha_service *service;
	struct nfha_match *match;

	service = kvzalloc(sizeof(*service), GFP_KERNEL_ACCOUNT);
	if (!service)
		return NULL;
	service->net = nn;
	service->set = config->set;
	service->load_share.max = config->privileged ? INT_MAX :
						       LOAD_PAGES_UNPRIVILEGED;
	strscpy(service->name, config->name, sizeof(service->name));
	INIT_LIST_HEAD(&service->ports);
	INIT_DELAYED_WORK(&service->work, nfha_watch_work);
	INIT_DELAYED_WORK(&service->dead_man, nfha_deadman_work);
	nfha_fragments_init(&service->fragments);
	service->rate_at = jiffies;
	service->stats = nfha_stats_alloc();
	service->rate = alloc_percpu_gfp(struct nfha_rate, GFP_KERNEL_ACCOUNT);
	if (!service->stats || !service->rate ||
	    nfha_flowtable_init(&service->table) ||
	    match_prepare(&config->set, &match)) {
		service_release(service);
		return NULL;
	}
	RCU_INIT_POINTER(service->match, match);
	return service;
}

/**
 * nfha_service_create - create a service
 * @nn: the namespace
 * @config: what it is to be
 * @extack: told what is wrong
 *
 * It forwards nothing before it has a range map.
 *
 * Context: process, RTNL and nfha_net.lock.
 * Return: the service or an ERR_PTR.
 */
struct nfha_service *
nfha_service_create(struct nfha_net *nn,
		    const struct nfha_service_config *config,
		    struct netlink_ext_ack *extack)
{
	struct nfha_service *service;
	int ret;

	if (nfha_service_find(nn, config->name)) {
		NL_SET_ERR_MSG(extack, "there is a service of this name");
		return ERR_PTR(-EEXIST);
	}
	ret = settings_check(&config->set, extack);
	if (!ret)
		ret = share_check(nn, NULL, config, extack);
	if (ret)
		return ERR_PTR(ret);
	service = service_alloc(nn, config);
	if (!service)
		return ERR_PTR(-ENOMEM);
	ret = ports_check(service, config, extack);
	if (!ret)
		ret = ports_apply(service, config, extack);
	if (ret) {
		/* Frames may have come in by a port that did attach. */
		synchronize_net();
		cancel_delayed_work_sync(&service->work);
		nfha_fragments_purge(&service->fragments);
		service_release(service);
		return ERR_PTR(ret);
	}
	service->id = ++nn->last_id;
	nn->changes++;
	list_add_tail(&service->on_net, &nn->services);
	nfha_deadman_start(service);
	return service;
}

static bool identity_differs(const struct nfha_settings *a,
			     const struct nfha_settings *b)
{
	return memcmp(&a->key, &b->key, sizeof(a->key)) ||
	       a->affinity != b->affinity || a->prefix4 != b->prefix4 ||
	       a->prefix6 != b->prefix6 || a->tracking != b->tracking;
}

static bool dead_man_differs(const struct nfha_settings *a,
			     const struct nfha_settings *b)
{
	return a->dead_man_ms != b->dead_man_ms ||
	       a->dead_man_policy != b->dead_man_policy ||
	       a->recovery != b->recovery;
}

/**
 * nfha_service_change - change settings and ports of a service
 * @service: the service
 * @config: the settings it is to have, complete
 * @extack: told what is wrong
 *
 * Context: process, RTNL and nfha_net.lock.
 * Return: 0 or a negative errno; then all is as it was.
 */
int nfha_service_change(struct nfha_service *service,
			const struct nfha_service_config *config,
			struct netlink_ext_ack *extack)
{
	bool other = dead_man_differs(&service->set, &config->set);
	int ret = settings_check(&config->set, extack);
	struct nfha_match *match;

	if (!ret)
		ret = share_check(service->net, &service->set, config, extack);
	if (ret)
		return ret;
	if (identity_differs(&service->set, &config->set) &&
	    (atomic_read(&service->table.count) ||
	     rcu_access_pointer(service->map))) {
		NL_SET_ERR_MSG(extack,
			       "key, affinity, prefixes and tracking cannot change once there are ranges or flows; make a new service");
		return -EBUSY;
	}
	ret = nfha_epoch_prepare(service, config->set.recovery, extack);
	if (!ret)
		ret = match_prepare(&config->set, &match);
	if (ret)
		return ret;
	if (config->set_ports) {
		ret = ports_check(service, config, extack);
		if (!ret)
			ret = ports_apply(service, config, extack);
		if (ret) {
			kfree(match);
			return ret;
		}
	}
	nfha_epoch_apply(service, config->set.recovery);
	service->set = config->set;
	if (config->privileged)
		WRITE_ONCE(service->load_share.max, INT_MAX);
	if (other)
		nfha_deadman_start(service);
	match_publish(service, match);
	nfha_sweep_due(service);
	nfha_watch_kick(service);
	return 0;
}

/**
 * nfha_service_forget_port - make a port unreachable through its owner
 * @port: a port whose device goes away
 *
 * Context: process, nfha_net.lock.
 */
void nfha_service_forget_port(struct nfha_port *port)
{
	struct nfha_instance *instance = port->instance;

	list_del(&port->on_owner);
	if (!instance)
		out_update(port->service);
	else if (rcu_access_pointer(instance->port[port->side]) == port)
		RCU_INIT_POINTER(instance->port[port->side], NULL);
}

/**
 * nfha_service_remove - remove a service by request
 * @service: the service; gone on success
 * @force: even if it has instances, which go with it
 * @extack: told what is wrong
 *
 * Context: process, RTNL and nfha_net.lock.
 * Return: 0 or -EBUSY.
 */
int nfha_service_remove(struct nfha_service *service, bool force,
			struct netlink_ext_ack *extack)
{
	if (service->instances && !force) {
		NL_SET_ERR_MSG(extack,
			       "the service has instances; remove them, or force");
		return -EBUSY;
	}
	nfha_event_service(service, NFHA_CMD_SERVICE_DEL_NTF);
	nfha_service_unplug(service);
	synchronize_net();
	service->net->changes++;
	list_del(&service->on_net);
	nfha_service_free(service);
	return 0;
}

/**
 * nfha_service_unplug - detach all ports of a service and of its instances
 * @service: the service
 *
 * After a grace period no packet is under way in it.
 *
 * Context: process, RTNL and nfha_net.lock.
 */
void nfha_service_unplug(struct nfha_service *service)
{
	struct nfha_instance *instance;

	nfha_for_each_instance(instance, service)
		nfha_instance_unplug(instance);
	RCU_INIT_POINTER(service->out[NFHA_SIDE_LEFT], NULL);
	RCU_INIT_POINTER(service->out[NFHA_SIDE_RIGHT], NULL);
	ports_detach(&service->ports);
}

/**
 * nfha_service_free - free a service with all that it has
 * @service: unplugged, off its namespace's list, a grace period ago
 *
 * Context: process.
 */
void nfha_service_free(struct nfha_service *service)
{
	unsigned int i;

	cancel_delayed_work_sync(&service->dead_man);
	cancel_delayed_work_sync(&service->work);
	nfha_fragments_purge(&service->fragments);
	/* What waits for one may be delivered to another one. */
	for (i = 0; i < NFHA_INSTANCES_MAX; i++)
		if (rcu_access_pointer(service->instance[i]))
			nfha_epoch_stop(rcu_dereference_raw(service->instance[i]));
	for (i = 0; i < NFHA_INSTANCES_MAX; i++) {
		struct nfha_instance *instance =
			rcu_dereference_raw(service->instance[i]);

		if (!instance)
			continue;
		RCU_INIT_POINTER(service->instance[i], NULL);
		nfha_epoch_free(instance);
		nfha_load_free(&instance->load);
		kvfree(instance);
	}
	kvfree(rcu_dereference_raw(service->map));
	RCU_INIT_POINTER(service->map, NULL);
	service_release(service);
}

/**
 * nfha_service_flow_id - the flow ID of a packet
 * @service: the service
 * @key: sorted key
 * @hash: SipHash of @key
 * @left_end: which end of @key is on the left side, 0 or 1
 *
 * Computed from the packet's header alone (ETSI GS NFV-REL 002 clause 6.2,
 * assumption 1), the same for both directions.
 *
 * Context: any.
 * Return: flow ID.
 */
u16 nfha_service_flow_id(const struct nfha_service *service,
			 const struct nfha_key *key, u64 hash,
			 unsigned int left_end)
{
	const struct nfha_settings *set = &service->set;
	struct nfha_key affinity;

	if (likely(set->affinity == NFHA_AFFINITY_FIVE_TUPLE))
		return nfha_key_fold(hash);
	affinity = *key;
	if (set->affinity == NFHA_AFFINITY_THREE_TUPLE) {
		affinity.port[0] = 0;
		affinity.port[1] = 0;
	} else {
		nfha_key_mask(&affinity,
			      set->affinity == NFHA_AFFINITY_SOURCE ?
			      left_end : !left_end,
			      set->prefix4, set->prefix6);
	}
	return nfha_key_fold(nfha_key_hash(&affinity, &set->key));
}

/**
 * nfha_service_exceptions - exceptions of all instances
 * @service: the service
 *
 * Context: any; nfha_net.lock or RCU.
 * Return: as nfha_instance_exceptions().
 */
u32 nfha_service_exceptions(const struct nfha_service *service)
{
	const struct nfha_map *map = nfha_service_map(service);
	const struct nfha_instance *instance;
	u32 sum = 0;

	nfha_for_each_instance(instance, service)
		sum += nfha_instance_exceptions(instance, map);
	return sum;
}
