// SPDX-License-Identifier: GPL-2.0-only

#include <linux/slab.h>

#include "failover.h"
#include "move.h"
#include "netlink.h"
#include "split.h"
#include "sweep.h"
#include "watch.h"

/**
 * nfha_instance_find - look an instance up by name
 * @service: its service
 * @name: the name
 *
 * Context: process, nfha_net.lock.
 * Return: the instance or NULL.
 */
struct nfha_instance *nfha_instance_find(struct nfha_service *service,
					 const char *name)
{
	struct nfha_instance *instance;

	nfha_for_each_instance(instance, service)
		if (!strcmp(instance->name, name))
			return instance;
	return NULL;
}

static struct nfha_port *port_on_side(const struct nfha_instance *instance,
				      unsigned int side)
{
	struct nfha_port *port;

	list_for_each_entry(port, &instance->ports, on_owner)
		if (port->side == side)
			return port;
	return NULL;
}

static int ports_check(const struct nfha_service *service,
		       const struct nfha_instance_config *config,
		       struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < config->ports; i++) {
		const struct nfha_port_config *port = &config->port[i];

		if (i && port->side == config->port[0].side) {
			NL_SET_ERR_MSG(extack,
				       "an instance has one port on each side; the same side is given twice");
			return -EINVAL;
		}
		if (port->side == NFHA_SIDE_RIGHT && service->one_armed) {
			NL_SET_ERR_MSG(extack,
				       "the service has no right side; give a left port only");
			return -EINVAL;
		}
		if (port->detour) {
			NL_SET_ERR_MSG(extack,
				       "only external ports can be detour ports");
			return -EINVAL;
		}
		if (config->remote && !port->has_mac) {
			NL_SET_ERR_MSG(extack,
				       "a port of a remote instance needs the MAC address of its host");
			return -EINVAL;
		}
	}
	return 0;
}

static void port_drop(struct nfha_instance *instance, struct nfha_port *port)
{
	list_del(&port->on_owner);
	if (rcu_access_pointer(instance->port[port->side]) == port)
		RCU_INIT_POINTER(instance->port[port->side], NULL);
	nfha_port_detach(port);
}

static bool port_is_like(const struct nfha_port *port,
			 const struct nfha_port_config *config)
{
	return port->dev == config->dev && port->has_mac == config->has_mac &&
	       (!port->has_mac || ether_addr_equal(port->mac, config->mac));
}

/* Attaches what is new, and only when all of it could be attached gives up
 * what it replaces.
 */
static int ports_apply(struct nfha_instance *instance,
		       const struct nfha_instance_config *config,
		       struct netlink_ext_ack *extack)
{
	struct nfha_port *new[NFHA_INSTANCE_PORTS_MAX] = {};
	unsigned int i;
	int ret;

	for (i = 0; i < config->ports; i++) {
		struct nfha_port *old =
			port_on_side(instance, config->port[i].side);

		if (old && port_is_like(old, &config->port[i]))
			continue;
		new[i] = nfha_port_attach(instance->service, instance,
					  &config->port[i], extack);
		if (IS_ERR(new[i]))
			goto undo;
	}
	for (i = 0; i < config->ports; i++) {
		struct nfha_port *old;

		if (!new[i])
			continue;
		old = port_on_side(instance, new[i]->side);
		list_add_tail(&new[i]->on_owner, &instance->ports);
		rcu_assign_pointer(instance->port[new[i]->side], new[i]);
		if (old)
			port_drop(instance, old);
	}
	return 0;
undo:
	ret = PTR_ERR(new[i]);
	while (i--)
		if (new[i])
			nfha_port_detach(new[i]);
	return ret;
}

static int index_alloc(const struct nfha_service *service)
{
	unsigned int i;

	for (i = 0; i < NFHA_INSTANCES_MAX; i++)
		if (!rcu_access_pointer(service->instance[i]))
			return i;
	return -ENOSPC;
}

/**
 * nfha_instance_create - add an instance to a service
 * @service: the service
 * @config: what it is to be
 * @extack: told what is wrong
 *
 * It owns no range yet (ETSI GS NFV-REL 002 clause 6.2, step 3).
 *
 * Context: process, RTNL and nfha_net.lock.
 * Return: the instance or an ERR_PTR.
 */
struct nfha_instance *
nfha_instance_create(struct nfha_service *service,
		     const struct nfha_instance_config *config,
		     struct netlink_ext_ack *extack)
{
	struct nfha_instance *instance;
	int ret, index;

	if (nfha_instance_find(service, config->name)) {
		NL_SET_ERR_MSG(extack,
			       "the service has an instance of this name");
		return ERR_PTR(-EEXIST);
	}
	if (config->set_state && config->state != NFHA_STATE_ACTIVE &&
	    config->state != NFHA_STATE_STANDBY) {
		NL_SET_ERR_MSG(extack,
			       "a new instance is active or on standby");
		return ERR_PTR(-EINVAL);
	}
	if (service->set.recovery != NFHA_RECOVERY_NONE &&
	    !config->privileged) {
		NL_SET_ERR_MSG(extack,
			       "recovery takes CAP_NET_ADMIN in the first user namespace");
		return ERR_PTR(-EPERM);
	}
	ret = ports_check(service, config, extack);
	if (ret)
		return ERR_PTR(ret);
	index = index_alloc(service);
	if (index < 0) {
		NL_SET_ERR_MSG(extack,
			       "a service has at most 1024 instances; remove one");
		return ERR_PTR(index);
	}
	instance = kvzalloc(sizeof(*instance), GFP_KERNEL_ACCOUNT);
	if (!instance)
		return ERR_PTR(-ENOMEM);
	instance->service = service;
	instance->index = index;
	instance->load.share = &service->load_share;
	instance->remote = config->remote;
	instance->state = config->set_state ? config->state : NFHA_STATE_ACTIVE;
	strscpy(instance->name, config->name, sizeof(instance->name));
	INIT_LIST_HEAD(&instance->ports);
	nfha_latency_init(&instance->latency);
	ret = nfha_epoch_alloc(instance, service->set.recovery);
	if (!ret)
		ret = ports_apply(instance, config, extack);
	if (ret) {
		/* Frames may have come in by a port that did attach. */
		synchronize_net();
		nfha_epoch_free(instance);
		kvfree(instance);
		return ERR_PTR(ret);
	}
	rcu_assign_pointer(service->instance[index], instance);
	service->instances++;
	return instance;
}

static int standby_check(const struct nfha_instance *instance,
			 struct netlink_ext_ack *extack)
{
	if (atomic_read(&instance->flows)) {
		NL_SET_ERR_MSG(extack,
			       "the instance has live flows; wait until it has drained");
		return -EBUSY;
	}
	if (nfha_epoch_is_busy(instance)) {
		NL_SET_ERR_MSG(extack,
			       "the instance has packets that wait; commit, cut or abort its epochs first");
		return -EBUSY;
	}
	return 0;
}

/* Flows and packets that were on their way show after a grace period. */
static int standby_enter(struct nfha_instance *instance,
			 struct netlink_ext_ack *extack)
{
	u8 before = instance->state;
	int ret;

	if (before == NFHA_STATE_STANDBY)
		return 0;
	ret = standby_check(instance, extack);
	if (ret)
		return ret;
	WRITE_ONCE(instance->state, NFHA_STATE_STANDBY);
	synchronize_net();
	ret = standby_check(instance, extack);
	if (ret)
		WRITE_ONCE(instance->state, before);
	return ret;
}

static int state_check(const struct nfha_instance *instance, u8 state,
		       struct netlink_ext_ack *extack)
{
	const struct nfha_map *map = nfha_service_map(instance->service);

	if ((state == NFHA_STATE_DRAINING || state == NFHA_STATE_STANDBY) &&
	    nfha_map_width(map, instance->index)) {
		NL_SET_ERR_MSG(extack,
			       "the instance owns ranges; merge them into another one first");
		return -EBUSY;
	}
	if (state != NFHA_STATE_DOWN && nfha_failover_is_fenced(instance)) {
		NL_SET_ERR_MSG(extack,
			       "the instance is fenced for good; remove it and add it again");
		return -EBUSY;
	}
	return 0;
}

/**
 * nfha_instance_drain - let the flows of an instance end
 * @instance: an instance without ranges
 * @deadline_ms: time limit in milliseconds, or 0 for none
 *
 * An event says when it has no flows left, or no time.
 *
 * Context: process, nfha_net.lock.
 */
void nfha_instance_drain(struct nfha_instance *instance, u32 deadline_ms)
{
	WRITE_ONCE(instance->state, NFHA_STATE_DRAINING);
	instance->drain_watched = true;
	instance->has_deadline = deadline_ms;
	instance->deadline = jiffies + msecs_to_jiffies(deadline_ms);
	nfha_watch_kick(instance->service);
}

static void state_apply(struct nfha_instance *instance,
			const struct nfha_instance_config *config)
{
	if (config->set_successor)
		instance->successor = config->successor;
	/* Before the state, so that the dead man does not see an old time. */
	if (config->set_state && instance->state == NFHA_STATE_STANDBY)
		nfha_deadman_alive(instance);
	if (config->set_state && config->state == NFHA_STATE_DRAINING) {
		nfha_instance_drain(instance, config->deadline_ms);
		return;
	}
	if (config->set_state) {
		WRITE_ONCE(instance->state, config->state);
		instance->drain_watched = false;
		instance->has_deadline = false;
	} else if (config->set_deadline) {
		nfha_instance_drain(instance, config->deadline_ms);
	}
}

/**
 * nfha_instance_change - change ports or state of an instance
 * @instance: the instance
 * @config: what to change; a port replaces the one of its side
 * @extack: told what is wrong
 *
 * Context: process, RTNL and nfha_net.lock.
 * Return: 0 or a negative errno; then all is as it was.
 */
int nfha_instance_change(struct nfha_instance *instance,
			 const struct nfha_instance_config *config,
			 struct netlink_ext_ack *extack)
{
	int ret = ports_check(instance->service, config, extack);
	u8 before = instance->state;

	if (ret)
		return ret;
	if (config->set_deadline && !config->set_state &&
	    instance->state != NFHA_STATE_DRAINING) {
		NL_SET_ERR_MSG(extack,
			       "only a draining instance has a deadline; set its state too");
		return -EINVAL;
	}
	if (config->set_state) {
		ret = state_check(instance, config->state, extack);
		if (ret)
			return ret;
	}
	if (config->set_successor) {
		ret = nfha_failover_name(instance, config->successor, extack);
		if (ret)
			return ret;
	}
	/* What comes in by a new port is to find the new state. */
	if (config->set_state && config->state == NFHA_STATE_STANDBY)
		ret = standby_enter(instance, extack);
	if (ret)
		return ret;
	ret = ports_apply(instance, config, extack);
	if (ret) {
		WRITE_ONCE(instance->state, before);
		return ret;
	}
	state_apply(instance, config);
	/* Not before the last thing that can fail. */
	if (instance->state == NFHA_STATE_STANDBY &&
	    before != NFHA_STATE_STANDBY)
		nfha_epoch_forget(instance);
	return 0;
}

/* Nobody owns these flow IDs any more; better lost and counted than given to
 * the next instance that gets the index.
 */
static int ranges_abandon(struct nfha_instance *instance,
			  struct netlink_ext_ack *extack)
{
	struct nfha_service *service = instance->service;
	struct nfha_change change = {
		.policy = NFHA_POLICY_NEVER,
	};
	struct nfha_map *map;

	map = nfha_map_merge(nfha_service_map(service), instance->index,
			     NFHA_NO_OWNER);
	if (!map)
		return -ENOMEM;
	return nfha_map_replace(service, map, &change, extack);
}

/**
 * nfha_instance_remove - remove an instance by request
 * @instance: the instance; gone on success
 * @force: even if it owns ranges or flows, which are lost
 * @extack: told what is wrong
 *
 * Context: process, RTNL and nfha_net.lock.
 * Return: 0, -EBUSY, or -ENOMEM.
 */
int nfha_instance_remove(struct nfha_instance *instance, bool force,
			 struct netlink_ext_ack *extack)
{
	const struct nfha_map *map = nfha_service_map(instance->service);
	u32 width = nfha_map_width(map, instance->index);
	int ret;

	if (width && !force) {
		NL_SET_ERR_MSG(extack,
			       "the instance owns ranges; merge them into another one, or force");
		return -EBUSY;
	}
	if (atomic_read(&instance->flows) && !force) {
		NL_SET_ERR_MSG(extack,
			       "the instance has live flows; wait until it has drained, or force");
		return -EBUSY;
	}
	if (nfha_move_waits(instance) && !force) {
		NL_SET_ERR_MSG(extack,
			       "the instance has packets that wait for others, who have its flows now; commit, cut or abort its epochs first, or force");
		return -EBUSY;
	}
	if (width) {
		ret = ranges_abandon(instance, extack);
		if (ret)
			return ret;
	}
	nfha_event_instance(instance, NFHA_CMD_INSTANCE_DEL_NTF);
	nfha_instance_unplug(instance);
	nfha_failover_forget(instance);
	rcu_assign_pointer(instance->service->instance[instance->index], NULL);
	synchronize_net();
	nfha_instance_free(instance);
	return 0;
}

/**
 * nfha_instance_unplug - detach the ports of an instance
 * @instance: the instance
 *
 * Context: process, RTNL and nfha_net.lock.
 */
void nfha_instance_unplug(struct nfha_instance *instance)
{
	struct nfha_port *port, *next;

	list_for_each_entry_safe(port, next, &instance->ports, on_owner)
		port_drop(instance, port);
}

/**
 * nfha_instance_free - free an instance with its flows
 * @instance: unplugged, out of its service's table for a grace period
 *
 * Its index may be used again after this: no flow refers to it any more.
 *
 * Context: process.
 */
void nfha_instance_free(struct nfha_instance *instance)
{
	const struct nfha_flow_filter its = { .owner = instance->index };

	nfha_sweep_purge(instance->service, &its);
	nfha_fragments_disown(&instance->service->fragments, instance->index);
	instance->service->instances--;
	nfha_epoch_free(instance);
	nfha_load_free(&instance->load);
	kvfree(instance);
}

/**
 * nfha_instance_exceptions - flows that an instance has outside its ranges
 * @instance: the instance
 * @map: the range map, or NULL
 *
 * |F_old(A)| in the ranges of others (ETSI GS NFV-REL 002 clause 6.2).
 *
 * Context: any; nfha_net.lock or RCU.
 * Return: exact if no flow begins or ends meanwhile, else rather more.
 */
u32 nfha_instance_exceptions(const struct nfha_instance *instance,
			     const struct nfha_map *map)
{
	int learned = atomic_read(&instance->learned);
	int in_ranges, flows;

	/* There is nothing to be counted. */
	if (atomic_read(&instance->flows) <= learned)
		return 0;
	in_ranges = nfha_load_in_ranges(&instance->load, map, instance->index);
	flows = atomic_read(&instance->flows);
	return max(flows - learned - in_ranges, 0);
}
