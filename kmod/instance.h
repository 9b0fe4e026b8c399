/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_INSTANCE_H
#define NFHA_INSTANCE_H

#include <linux/nfha.h>

#include "epoch.h"
#include "latency.h"
#include "load.h"
#include "port.h"

#define NFHA_INSTANCES_MAX 1024
#define NFHA_INSTANCE_PORTS_MAX 2

/**
 * struct nfha_instance - one running copy of the VNF
 * @port: what packets to it leave by, for each side; RCU
 * @epoch: rollback recovery, or NULL; RCU, replaced under nfha_net.lock
 * @state: enum nfha_state; written under nfha_net.lock, read anywhere
 * @index: its place in service->instance, which flows and ranges refer to
 * @remote: on another host
 * @latency: of packets through it
 * @flows: live flows that it owns, learned ones too
 * @learned: learned ones
 * @load: where in R its flows are, without learned ones
 * @service: lives longer than its instances
 * @name: unique in the service
 * @ports: its ports, at most one for each side; nfha_net.lock
 * @drain_watched: an event is due when the drain ends; nfha_net.lock
 * @has_deadline: @deadline counts; nfha_net.lock
 * @deadline: jiffies; nfha_net.lock
 * @successor: takes over when a carrier is lost, or NULL; nfha_net.lock
 * @succeeds: a carrier was lost, and @successor has its turn; nfha_net.lock
 * @epoch_spare: to become @epoch; nfha_net.lock
 */
struct nfha_instance {
	struct nfha_port __rcu *port[2];
	struct nfha_epoch __rcu *epoch;
	u8 state;
	u16 index;
	bool remote;
	struct nfha_latency latency;
	atomic_t flows;
	atomic_t learned;
	struct nfha_load load;

	struct nfha_service *service;
	char name[NFHA_NAME_MAX + 1];
	struct list_head ports;
	bool drain_watched;
	bool has_deadline;
	unsigned long deadline;
	struct nfha_instance *successor;
	bool succeeds;
	struct nfha_epoch *epoch_spare;
};

/**
 * struct nfha_instance_config - a request for an instance
 * @name: its name
 * @privileged: who asks has CAP_NET_ADMIN in the first user namespace
 * @remote: on another host
 * @set_state: @state is asked for
 * @state: enum nfha_state
 * @set_deadline: @deadline_ms is given
 * @deadline_ms: limit of the drain, milliseconds; 0 is none
 * @set_successor: @successor is given
 * @successor: or NULL
 * @ports: number of @port
 * @port: ports, at most one for each side
 */
struct nfha_instance_config {
	const char *name;
	bool privileged;
	bool remote;
	bool set_state;
	u8 state;
	bool set_deadline;
	u32 deadline_ms;
	bool set_successor;
	struct nfha_instance *successor;
	unsigned int ports;
	struct nfha_port_config port[NFHA_INSTANCE_PORTS_MAX];
};

/* Those that get no packet come last. */
static inline bool nfha_instance_is_served(const struct nfha_instance *instance)
{
	return READ_ONCE(instance->state) < NFHA_STATE_DOWN;
}

struct nfha_instance *nfha_instance_find(struct nfha_service *service,
					 const char *name);
struct nfha_instance *
nfha_instance_create(struct nfha_service *service,
		     const struct nfha_instance_config *config,
		     struct netlink_ext_ack *extack);
int nfha_instance_change(struct nfha_instance *instance,
			 const struct nfha_instance_config *config,
			 struct netlink_ext_ack *extack);
int nfha_instance_remove(struct nfha_instance *instance, bool force,
			 struct netlink_ext_ack *extack);
void nfha_instance_unplug(struct nfha_instance *instance);
void nfha_instance_free(struct nfha_instance *instance);
void nfha_instance_drain(struct nfha_instance *instance, u32 deadline_ms);
u32 nfha_instance_exceptions(const struct nfha_instance *instance,
			     const struct nfha_map *map);

#endif /* NFHA_INSTANCE_H */
