// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows move from one instance to another (policy "always") while input waits in the log
 * of the first. What waits there is delivered to whoever has its flow at that time, and
 * what comes for the other one meanwhile waits behind it, in the same log.
 */

#include "failover.h"
#include "move.h"
#include "packet.h"
#include "service.h"

static struct nfha_instance *behind_of(const struct nfha_epoch *epoch)
{
	const struct nfha_instance *instance = epoch->instance;

	return rcu_dereference_protected(epoch->behind,
					 lockdep_is_held(&instance->service->net->lock));
}

/**
 * nfha_move_forget - let nobody wait behind an instance
 * @service: the service
 * @instance: the instance; if it goes away a grace period has to follow
 * @instead: who has its log now, or NULL
 *
 * Context: process, nfha_net.lock.
 */
void nfha_move_forget(struct nfha_service *service,
		      const struct nfha_instance *instance,
		      struct nfha_instance *instead)
{
	struct nfha_instance *other;

	nfha_for_each_instance(other, service) {
		struct nfha_epoch *epoch = nfha_instance_epoch(other);

		if (epoch && behind_of(epoch) == instance)
			rcu_assign_pointer(epoch->behind,
					   other == instead ? NULL : instead);
	}
}

/* Returns false if nothing waits. */
static bool steer(struct nfha_instance *from)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(from);
	bool was;

	if (!epoch)
		return false;
	spin_lock_bh(&epoch->lock);
	was = epoch->steered;
	epoch->moved = epoch->open;
	epoch->steered = nfha_epoch_waits(epoch) || epoch->log.busy;
	spin_unlock_bh(&epoch->lock);
	if (!was)
		nfha_move_forget(from->service, from, NULL);
	return epoch->steered;
}

/* Does what has moved still wait in its log? With the lock held. */
static bool has_waiting(const struct nfha_epoch *epoch)
{
	return epoch->steered && (epoch->log.at.chunk || epoch->log.busy);
}

/**
 * nfha_move_waits - does an instance have input that is to go to others?
 * @instance: the instance
 *
 * Context: process, nfha_net.lock.
 * Return: true if it must not be removed yet.
 */
bool nfha_move_waits(const struct nfha_instance *instance)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(instance);
	bool waits;

	if (!epoch)
		return false;
	spin_lock_bh(&epoch->lock);
	waits = has_waiting(epoch);
	spin_unlock_bh(&epoch->lock);
	return waits;
}

/* Nobody comes for one that is fenced, and nobody waits for that. */
static bool is_behind(const struct nfha_instance *instance,
		      const struct nfha_instance *but)
{
	const struct nfha_epoch *epoch = nfha_instance_epoch(instance);
	const struct nfha_instance *ahead = epoch ? behind_of(epoch) : NULL;
	const struct nfha_instance *backup;

	if (!ahead || ahead == but)
		return false;
	while ((backup = nfha_failover_backup(ahead)))
		ahead = backup;
	return !nfha_failover_is_fenced(ahead) && nfha_move_waits(ahead);
}

/**
 * nfha_move_is_busy - do flows still wait that have moved to one of two instances?
 * @from: the one whose flows are to move
 * @to: where to
 *
 * An instance is behind one other at most, so that another move would lose the order.
 *
 * Context: process, nfha_net.lock.
 * Return: true if so.
 */
bool nfha_move_is_busy(const struct nfha_instance *from,
		       const struct nfha_instance *to)
{
	return is_behind(from, NULL) || is_behind(to, from);
}

/**
 * nfha_move_begin - flows of an instance are about to be another one's
 * @service: the service
 * @from: whose they are, or NULL: those of all instances, and then order is kept for
 *	each log alone
 * @to: whose they will be
 *
 * Context: process, nfha_net.lock; before the first flow moves.
 */
void nfha_move_begin(struct nfha_service *service, struct nfha_instance *from,
		     struct nfha_instance *to)
{
	if (from) {
		if (steer(from) && nfha_instance_epoch(to))
			rcu_assign_pointer(nfha_instance_epoch(to)->behind, from);
		return;
	}
	nfha_for_each_instance(from, service)
		steer(from);
}

/**
 * nfha_move_pass - a backup takes over from one of both
 * @master: the recovery of the instance that is replaced
 * @backup: that of the other one
 *
 * Context: process, nfha_net.lock; both locks.
 */
void nfha_move_pass(struct nfha_epoch *master, struct nfha_epoch *backup)
{
	struct nfha_instance *behind = behind_of(master);

	lockdep_assert_held(&master->lock);
	lockdep_assert_held(&backup->lock);
	backup->steered |= master->steered;
	if (master->moved > master->committed) {
		backup->steered = true;
		backup->moved = backup->open;
	}
	if (behind && behind != backup->instance)
		rcu_assign_pointer(backup->behind, behind);
}

/**
 * nfha_move_owner - who is to get a packet that has waited
 * @instance: in whose log
 * @from: where it came in
 * @skb: the packet
 *
 * The pieces of a packet stay together: with whoever would have got them.
 *
 * Context: softirq, RCU.
 * Return: an instance; @instance also if it has replaced the owner; NULL if nobody has
 * the flow.
 */
struct nfha_instance *nfha_move_owner(struct nfha_instance *instance,
				      struct nfha_origin from,
				      struct sk_buff *skb)
{
	struct nfha_service *service = instance->service;
	struct nfha_instance *owner, *backup;
	const struct nfha_epoch *epoch;
	u16 index;

	index = nfha_packet_owner(service, from, skb);
	if (index == NFHA_PACKET_PIECE)
		return instance;
	owner = nfha_service_instance(service, index);
	for (backup = owner; backup && backup != instance; ) {
		epoch = rcu_dereference(backup->epoch);
		backup = epoch ? rcu_dereference(epoch->backup) : NULL;
	}
	return backup ?: owner;
}
