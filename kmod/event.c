// SPDX-License-Identifier: GPL-2.0-only

#include "compat.h"
#include "netlink.h"
#include "netlink_gen.h"

/* For want of memory: whoever listens knows that something is missing, as he does if his
 * buffer was full.
 */
static void event_missed(const struct nfha_service *service)
{
	genl_set_err(&nfha_nl_family, service->net->net, 0, NFHA_NLGRP_EVENTS,
		     -ENOBUFS);
}

static struct sk_buff *event_begin(const struct nfha_service *service, u8 cmd,
				   void **hdr)
{
	struct sk_buff *skb;

	if (!nfha_nl_is_heard(service->net->net))
		return NULL;
	skb = genlmsg_new(NFHA_NL_SIZE, GFP_KERNEL);
	if (!skb) {
		event_missed(service);
		return NULL;
	}
	*hdr = genlmsg_put(skb, 0, 0, &nfha_nl_family, 0, cmd);
	return skb;
}

/* Listeners whose buffer is full are told so by their socket (ENOBUFS). */
static void event_end(const struct nfha_service *service, struct sk_buff *skb,
		      void *hdr, int err)
{
	if (WARN_ON_ONCE(err)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&nfha_nl_family, service->net->net, skb, 0,
				NFHA_NLGRP_EVENTS, GFP_KERNEL);
}

/**
 * nfha_event_service - say that a service was created, changed or removed
 * @service: as it is now, or was to the last
 * @cmd: NFHA_CMD_SERVICE_NEW_NTF, _SET_NTF or _DEL_NTF
 *
 * Context: process, nfha_net.lock; like all events.
 */
void nfha_event_service(const struct nfha_service *service, u8 cmd)
{
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(service, cmd, &hdr);
	if (skb)
		event_end(service, skb, hdr, nfha_nl_service_put(skb, service));
}

/**
 * nfha_event_instance - say that an instance was added, changed or removed
 * @instance: as it is now, or was to the last
 * @cmd: NFHA_CMD_INSTANCE_NEW_NTF, _SET_NTF or _DEL_NTF
 */
void nfha_event_instance(const struct nfha_instance *instance, u8 cmd)
{
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(instance->service, cmd, &hdr);
	if (skb)
		event_end(instance->service, skb, hdr,
			  nfha_nl_instance_put(skb, instance));
}

/**
 * nfha_event_map - say that a range map was replaced
 * @service: with the new map
 */
void nfha_event_map(const struct nfha_service *service)
{
	struct sk_buff *skb;

	if (!nfha_nl_is_heard(service->net->net))
		return;
	skb = nfha_nl_map_message(service, 0, 0, NFHA_CMD_MAP_SET_NTF);
	if (skb)
		genlmsg_multicast_netns(&nfha_nl_family, service->net->net, skb,
					0, NFHA_NLGRP_EVENTS, GFP_KERNEL);
	else
		event_missed(service);
}

/**
 * nfha_event_threshold - say that exceptions have fallen to the threshold
 * @service: the service
 * @exceptions: how many there are
 */
void nfha_event_threshold(const struct nfha_service *service, u32 exceptions)
{
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(service, NFHA_CMD_THRESHOLD_NTF, &hdr);
	if (!skb)
		return;
	event_end(service, skb, hdr,
		  nla_put_string(skb, NFHA_A_EVENT_SERVICE, service->name) ||
		  nla_put_u32(skb, NFHA_A_EVENT_EXCEPTIONS, exceptions) ||
		  nla_put_u32(skb, NFHA_A_EVENT_THRESHOLD,
			      service->set.threshold));
}

/**
 * nfha_event_drain - say that the drain of an instance is at its end
 * @instance: the instance
 * @end: enum nfha_drain_end
 */
void nfha_event_drain(const struct nfha_instance *instance, u32 end)
{
	const struct nfha_service *service = instance->service;
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(service, NFHA_CMD_DRAIN_NTF, &hdr);
	if (!skb)
		return;
	event_end(service, skb, hdr,
		  nla_put_string(skb, NFHA_A_EVENT_SERVICE, service->name) ||
		  nla_put_string(skb, NFHA_A_EVENT_INSTANCE, instance->name) ||
		  nla_put_u32(skb, NFHA_A_EVENT_FLOWS,
			      atomic_read(&instance->flows)) ||
		  nla_put_u32(skb, NFHA_A_EVENT_DRAIN_END, end));
}

/**
 * nfha_event_table_full - say that a flow found no room
 * @service: the service
 */
void nfha_event_table_full(const struct nfha_service *service)
{
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(service, NFHA_CMD_TABLE_FULL_NTF, &hdr);
	if (!skb)
		return;
	event_end(service, skb, hdr,
		  nla_put_string(skb, NFHA_A_EVENT_SERVICE, service->name) ||
		  nla_put_u32(skb, NFHA_A_EVENT_FLOWS,
			      atomic_read(&service->table.count)));
}

/**
 * nfha_event_port - say what became of a port's device
 * @port: the port
 * @what: enum nfha_port_event
 */
void nfha_event_port(const struct nfha_port *port, u32 what)
{
	const struct nfha_service *service = port->service;
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(service, NFHA_CMD_PORT_NTF, &hdr);
	if (!skb)
		return;
	event_end(service, skb, hdr,
		  nla_put_string(skb, NFHA_A_EVENT_SERVICE, service->name) ||
		  (port->instance &&
		   nla_put_string(skb, NFHA_A_EVENT_INSTANCE,
				  port->instance->name)) ||
		  nla_put_u32(skb, NFHA_A_EVENT_SIDE, port->side) ||
		  nla_put_string(skb, NFHA_A_EVENT_IFNAME, port->dev->name) ||
		  nla_put_u32(skb, NFHA_A_EVENT_PORT_EVENT, what));
}

static int instance_put(struct sk_buff *skb,
			const struct nfha_instance *instance)
{
	return nla_put_string(skb, NFHA_A_EVENT_SERVICE,
			      instance->service->name) ||
	       nla_put_string(skb, NFHA_A_EVENT_INSTANCE, instance->name);
}

static int u64_put(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, NFHA_A_EVENT_PAD);
}

/**
 * nfha_event_fenced - say that an instance was fenced
 * @instance: the instance
 * @reason: enum nfha_fence_reason
 */
void nfha_event_fenced(const struct nfha_instance *instance, u32 reason)
{
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(instance->service, NFHA_CMD_FENCED_NTF, &hdr);
	if (!skb)
		return;
	event_end(instance->service, skb, hdr,
		  instance_put(skb, instance) ||
		  nla_put_u32(skb, NFHA_A_EVENT_REASON, reason));
}

/**
 * nfha_event_failover - say that a backup has taken over
 * @master: from whom
 * @backup: the backup
 * @takeover: what came of it
 */
void nfha_event_failover(const struct nfha_instance *master,
			 const struct nfha_instance *backup,
			 const struct nfha_takeover *takeover)
{
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(master->service, NFHA_CMD_FAILOVER_NTF, &hdr);
	if (!skb)
		return;
	event_end(master->service, skb, hdr,
		  instance_put(skb, master) ||
		  nla_put_string(skb, NFHA_A_EVENT_BACKUP, backup->name) ||
		  u64_put(skb, NFHA_A_EVENT_EPOCH, takeover->committed) ||
		  u64_put(skb, NFHA_A_EVENT_REPLAYED, takeover->replayed) ||
		  nla_put_u8(skb, NFHA_A_EVENT_COMPLETE, takeover->complete));
}

/**
 * nfha_event_overload - pass on what somebody says of an instance's load
 * @instance: the instance
 * @level: enum nfha_overload_level
 * @reason: why, or NULL
 */
void nfha_event_overload(const struct nfha_instance *instance, u32 level,
			 const char *reason)
{
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(instance->service, NFHA_CMD_OVERLOAD_NTF, &hdr);
	if (!skb)
		return;
	event_end(instance->service, skb, hdr,
		  instance_put(skb, instance) ||
		  nla_put_u32(skb, NFHA_A_EVENT_OVERLOAD_LEVEL, level) ||
		  (reason &&
		   nla_put_string(skb, NFHA_A_EVENT_OVERLOAD_REASON, reason)));
}

/**
 * nfha_event_watermark - say that it is time for a checkpoint
 * @instance: the instance
 * @which: enum nfha_event_queue
 * @bytes: that the queue takes
 *
 * Context: process; nfha_net.lock is not needed.
 */
void nfha_event_watermark(const struct nfha_instance *instance, u32 which,
			  u64 bytes)
{
	const struct nfha_settings *set = &instance->service->set;
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(instance->service, NFHA_CMD_WATERMARK_NTF, &hdr);
	if (!skb)
		return;
	event_end(instance->service, skb, hdr,
		  instance_put(skb, instance) ||
		  nla_put_u32(skb, NFHA_A_EVENT_QUEUE, which) ||
		  u64_put(skb, NFHA_A_EVENT_BYTES, bytes) ||
		  u64_put(skb, NFHA_A_EVENT_LIMIT,
			  which == NFHA_EVENT_QUEUE_LOG ?
			  READ_ONCE(set->log_max) : READ_ONCE(set->hold_max)));
}

/**
 * nfha_event_unattended - say that nobody looks after an instance's epochs
 * @instance: the instance
 * @number: the open epoch
 *
 * Context: process; nfha_net.lock is not needed.
 */
void nfha_event_unattended(const struct nfha_instance *instance, u64 number)
{
	const struct nfha_settings *set = &instance->service->set;
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(instance->service, NFHA_CMD_UNATTENDED_NTF, &hdr);
	if (!skb)
		return;
	event_end(instance->service, skb, hdr,
		  instance_put(skb, instance) ||
		  nla_put_u32(skb, NFHA_A_EVENT_DEAD_MAN_POLICY,
			      READ_ONCE(set->dead_man_policy)) ||
		  u64_put(skb, NFHA_A_EVENT_EPOCH, number));
}

/**
 * nfha_event_overflow - say what came of a limit
 * @instance: the instance
 * @what: enum nfha_overflow
 * @number: the open epoch
 *
 * Context: process; nfha_net.lock is not needed.
 */
void nfha_event_overflow(const struct nfha_instance *instance, u32 what,
			 u64 number)
{
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(instance->service, NFHA_CMD_OVERFLOW_NTF, &hdr);
	if (!skb)
		return;
	event_end(instance->service, skb, hdr,
		  instance_put(skb, instance) ||
		  nla_put_u32(skb, NFHA_A_EVENT_OVERFLOW, what) ||
		  u64_put(skb, NFHA_A_EVENT_EPOCH, number));
}
