// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever checkpoints an instance may die, and leave it plugged and mute, or
 * fail to. A service can say for how long its instances wait for a commit, or
 * for a sign of life, and whether traffic or the guarantee comes first then.
 */

#include "deadman.h"
#include "service.h"

static bool releases(const struct nfha_epoch *epoch)
{
	const struct nfha_settings *set = &epoch->instance->service->set;

	return READ_ONCE(set->dead_man_policy) == NFHA_DEAD_MAN_POLICY_RELEASE;
}

static void release(struct nfha_epoch *epoch)
{
	if (epoch->plugged) {
		epoch->dead_man.undone = true;
		nfha_epoch_unplug(epoch);
	}
	if (epoch->buffers) {
		epoch->hold.exposed = epoch->open;
		nfha_hold_kick(epoch);
	}
}

/* One that is fenced waits for a failover, and one on standby for its turn. */
static bool is_meant(const struct nfha_epoch *epoch)
{
	return !epoch->fenced && !epoch->closed &&
	       READ_ONCE(epoch->instance->state) != NFHA_STATE_STANDBY;
}

/* How long until it is due, jiffies. */
static unsigned long look(struct nfha_epoch *epoch, unsigned long time)
{
	unsigned long now = jiffies, due = epoch->dead_man.seen + time;

	lockdep_assert_held(&epoch->lock);
	if (!is_meant(epoch))
		return time;
	if (time_before(now, due))
		return due - now;
	if (releases(epoch))
		release(epoch);
	if (!epoch->dead_man.unattended) {
		epoch->dead_man.unattended = true;
		nfha_notice_unattended(epoch);
	}
	return time;
}

/**
 * nfha_deadman_work - look for instances that nobody looks after
 * @work: in a service
 *
 * A time that begins later ends later, so it is enough to be back for the one
 * that ends first.
 *
 * Context: process.
 */
void nfha_deadman_work(struct work_struct *work)
{
	struct nfha_service *service =
		container_of(to_delayed_work(work), struct nfha_service,
			     dead_man);
	struct nfha_instance *instance;
	unsigned long time, next;

	time = msecs_to_jiffies(READ_ONCE(service->set.dead_man_ms));
	if (!time)
		return;
	next = time;
	rcu_read_lock();
	nfha_for_each_instance(instance, service) {
		struct nfha_epoch *epoch = rcu_dereference(instance->epoch);

		if (!epoch)
			continue;
		spin_lock_bh(&epoch->lock);
		next = min(next, look(epoch, time));
		spin_unlock_bh(&epoch->lock);
	}
	rcu_read_unlock();
	schedule_delayed_work(&service->dead_man, next);
}

/**
 * nfha_deadman_start - look after instances from now on
 * @service: with the time that counts, which may be none
 *
 * Context: process, nfha_net.lock.
 */
void nfha_deadman_start(struct nfha_service *service)
{
	nfha_deadman_alive_all(service);
	mod_delayed_work(system_wq, &service->dead_man,
			 msecs_to_jiffies(service->set.dead_man_ms));
}

/**
 * nfha_deadman_alive - somebody looks after an instance
 * @instance: the instance
 *
 * Context: process, nfha_net.lock.
 */
void nfha_deadman_alive(struct nfha_instance *instance)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(instance);

	if (!epoch)
		return;
	spin_lock_bh(&epoch->lock);
	epoch->dead_man.seen = jiffies;
	epoch->dead_man.unattended = false;
	spin_unlock_bh(&epoch->lock);
}

/**
 * nfha_deadman_begun - an epoch has begun
 * @epoch: the recovery of an instance
 *
 * One that nobody looks after is plugged for no longer than others are.
 *
 * Context: any; the lock.
 */
void nfha_deadman_begun(struct nfha_epoch *epoch)
{
	lockdep_assert_held(&epoch->lock);
	epoch->dead_man.undone = false;
	if (epoch->dead_man.unattended)
		epoch->dead_man.seen = jiffies;
}

/**
 * nfha_deadman_cut - an epoch has been cut
 * @epoch: the recovery of an instance, with the next epoch open
 *
 * What was let out of one that nobody looks after goes on until there is a commit: a
 * cut alone brings none nearer.
 *
 * Context: any; the lock.
 */
void nfha_deadman_cut(struct nfha_epoch *epoch)
{
	lockdep_assert_held(&epoch->lock);
	if (epoch->dead_man.unattended && epoch->buffers && releases(epoch))
		epoch->hold.exposed = epoch->open;
}

/**
 * nfha_deadman_alive_all - somebody looks after all instances of a service
 * @service: the service
 *
 * Context: process, nfha_net.lock.
 */
void nfha_deadman_alive_all(struct nfha_service *service)
{
	struct nfha_instance *instance;

	nfha_for_each_instance(instance, service)
		nfha_deadman_alive(instance);
}
