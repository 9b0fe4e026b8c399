/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_SERVICE_H
#define NFHA_SERVICE_H

#include <linux/nfha.h>
#include <linux/workqueue.h>

#include "flowtable.h"
#include "fragment.h"
#include "instance.h"
#include "match.h"
#include "namespace.h"

#define NFHA_SERVICE_PORTS_MAX 16

/**
 * struct nfha_settings - what can be set of a service
 * @key: SipHash key
 * @affinity: enum nfha_affinity
 * @prefix4: bits of IPv4 addresses for source and destination
 * @prefix6: the same for IPv6
 * @policy: enum nfha_policy
 * @control: enum nfha_control
 * @tracking: enum nfha_tracking
 * @learn: learn from output
 * @threshold: T
 * @flows_max: limit of the flow table
 * @imported_max: limit of imported flows
 * @timeout: seconds, by NFHA_A_TIMEOUTS_*
 * @match: which packets; family 0: all
 * @recovery: enum nfha_recovery
 * @log_max: limit of an input log, bytes
 * @hold_max: limit of an output hold, bytes
 * @watermark: of both, percent
 * @hold_policy: enum nfha_hold_policy
 * @dead_man_ms: how long instances wait for commands for their epochs, or 0
 * @dead_man_policy: enum nfha_dead_man_policy
 *
 * Replaced field by field under nfha_net.lock; the packet path reads single
 * fields of it, and no two of them have to agree.
 */
struct nfha_settings {
	siphash_key_t key;
	u8 affinity;
	u8 prefix4;
	u8 prefix6;
	u8 policy;
	u8 control;
	u8 tracking;
	bool learn;
	u32 threshold;
	u32 flows_max;
	u32 imported_max;
	u32 timeout[NFHA_A_TIMEOUTS_MAX + 1];
	struct nfha_match match;
	u8 recovery;
	u32 log_max;
	u32 hold_max;
	u8 watermark;
	u8 hold_policy;
	u32 dead_man_ms;
	u8 dead_man_policy;
};

/* Bits of struct nfha_service.pending: what the worker has to see to. */
enum nfha_pending {
	NFHA_PENDING_WORK,	/* the worker is on its way */
	NFHA_PENDING_TABLE_FULL,	/* an event is due */
	NFHA_TABLE_IS_FULL,	/* it has been said */
};

/**
 * struct nfha_service - a group of instances behind one range map
 * @set: settings
 * @match: which packets, or NULL: all; RCU; replaced under nfha_net.lock
 * @map: RCU; replaced under nfha_net.lock
 * @out: first external port of each side; RCU
 * @stats: per CPU
 * @rate: packets by part of R, per CPU
 * @table: live flows
 * @load_share: of the memory in which its flows are counted
 * @one_armed: no right side
 * @fragments: packets in pieces
 * @pending: enum nfha_pending
 * @net: the namespace's; lives longer
 * @name: unique in the namespace
 * @id: its number: no other service of the namespace has had it
 * @on_net: in nfha_net.services; nfha_net.lock
 * @ports: external ports, in order; nfha_net.lock
 * @instances: how many; nfha_net.lock
 * @threshold_watched: an event is due at the threshold; nfha_net.lock
 * @work: ages flows and watches
 * @dead_man: looks after instances that nobody looks after
 * @rate_seen: sums of @rate at @rate_at; worker only
 * @rate_at: jiffies; worker only
 * @rate_avg: packets each second of each part, times 2^NFHA_RATE_SHIFT, for a
 *	part of R may well have less than one; written by the worker
 * @instance: RCU, by index; written under nfha_net.lock
 */
struct nfha_service {
	struct nfha_settings set;
	struct nfha_match __rcu *match;
	struct nfha_map __rcu *map;
	struct nfha_port __rcu *out[2];
	struct nfha_stats __percpu *stats;
	struct nfha_rate __percpu *rate;
	struct nfha_flowtable table;
	struct nfha_load_share load_share;
	bool one_armed;
	struct nfha_fragments fragments;
	unsigned long pending;

	struct nfha_net *net;
	char name[NFHA_NAME_MAX + 1];
	unsigned long id;
	struct list_head on_net;
	struct list_head ports;
	unsigned int instances;
	bool threshold_watched;
	struct delayed_work work;
	struct delayed_work dead_man;
	unsigned long rate_seen[NFHA_LOAD_PARTS];
	unsigned long rate_at;
	u32 rate_avg[NFHA_LOAD_PARTS];
	struct nfha_instance __rcu *instance[NFHA_INSTANCES_MAX];
};

/**
 * struct nfha_service_config - a request for a service
 * @name: its name
 * @privileged: who asks has CAP_NET_ADMIN in the first user namespace
 * @set: complete settings
 * @set_ports: @port replaces the external ports
 * @ports: number of @port
 * @port: external ports, in order
 */
struct nfha_service_config {
	const char *name;
	bool privileged;
	struct nfha_settings set;
	bool set_ports;
	unsigned int ports;
	struct nfha_port_config port[NFHA_SERVICE_PORTS_MAX];
};

void nfha_settings_default(struct nfha_settings *set, bool privileged);
struct nfha_service *nfha_service_find(struct nfha_net *nn, const char *name);
struct nfha_service *
nfha_service_create(struct nfha_net *nn,
		    const struct nfha_service_config *config,
		    struct netlink_ext_ack *extack);
int nfha_service_change(struct nfha_service *service,
			const struct nfha_service_config *config,
			struct netlink_ext_ack *extack);
int nfha_service_remove(struct nfha_service *service, bool force,
			struct netlink_ext_ack *extack);
void nfha_service_unplug(struct nfha_service *service);
void nfha_service_free(struct nfha_service *service);
void nfha_service_forget_port(struct nfha_port *port);
u16 nfha_service_flow_id(const struct nfha_service *service,
			 const struct nfha_key *key, u64 hash,
			 unsigned int left_end);
u32 nfha_service_exceptions(const struct nfha_service *service);

static inline struct nfha_instance *
nfha_service_instance(const struct nfha_service *service, u16 index)
{
	if (index >= NFHA_INSTANCES_MAX)
		return NULL;
	return rcu_dereference_check(service->instance[index],
				     lockdep_is_held(&service->net->lock));
}

/* The first one from *@at on, which moves behind it; NULL at the end. */
static inline struct nfha_instance *
nfha_service_next(const struct nfha_service *service, unsigned int *at)
{
	struct nfha_instance *instance = NULL;

	while (!instance && *at < NFHA_INSTANCES_MAX)
		instance = nfha_service_instance(service, (*at)++);
	return instance;
}

/* @instance is each that @service has, as nfha_service_instance() finds it. */
#define nfha_for_each_instance(instance, service)			\
	for (unsigned int __at = 0;					\
	     ((instance) = nfha_service_next(service, &__at));)

/* Only for an instance that was found in a service. */
static inline struct nfha_epoch *
nfha_instance_epoch(const struct nfha_instance *instance)
{
	return rcu_dereference_check(instance->epoch,
				     lockdep_is_held(&instance->service->net->lock));
}

static inline struct nfha_map *
nfha_service_map(const struct nfha_service *service)
{
	return rcu_dereference_check(service->map,
				     lockdep_is_held(&service->net->lock));
}

#endif /* NFHA_SERVICE_H */
