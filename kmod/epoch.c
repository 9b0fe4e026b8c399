// SPDX-License-Identifier: GPL-2.0-only

#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "epoch.h"
#include "input.h"
#include "move.h"
#include "service.h"

/* For the output, and again for the input, at a time. */
#define BUDGET_NS	(200 * NSEC_PER_USEC)

static void tasklet_run(struct tasklet_struct *tasklet)
{
	struct nfha_epoch *epoch = from_tasklet(epoch, tasklet, tasklet);

	rcu_read_lock();
	nfha_hold_release(epoch, local_clock() + BUDGET_NS);
	nfha_input_deliver(epoch, local_clock() + BUDGET_NS);
	rcu_read_unlock();
	spin_lock(&epoch->lock);
	if (epoch->log.busy || epoch->hold.busy)
		tasklet_schedule(&epoch->tasklet);
	spin_unlock(&epoch->lock);
}

/**
 * nfha_epoch_kick - have it sent what may be sent now
 * @epoch: the recovery of an instance
 * @busy: that of its log or of its hold
 *
 * A tasklet that is busy comes back by itself, and on its own CPU: another one would
 * overtake what is in that one's backlog.
 *
 * Context: any; the lock.
 */
void nfha_epoch_kick(struct nfha_epoch *epoch, unsigned int *busy)
{
	lockdep_assert_held(&epoch->lock);
	if (!epoch->log.busy && !epoch->hold.busy)
		tasklet_schedule(&epoch->tasklet);
	*busy = NFHA_EPOCH_SETTLE;
}

static struct nfha_epoch *epoch_new(struct nfha_instance *instance)
{
	struct nfha_epoch *epoch = kzalloc(sizeof(*epoch), GFP_KERNEL_ACCOUNT);

	if (!epoch)
		return NULL;
	spin_lock_init(&epoch->lock);
	epoch->instance = instance;
	epoch->open = 1;
	epoch->dead_man.seen = jiffies;
	nfha_log_init(&epoch->log);
	nfha_queue_init(&epoch->hold.queue);
	tasklet_setup(&epoch->tasklet, tasklet_run);
	nfha_notice_init(&epoch->notice);
	return epoch;
}

/**
 * nfha_epoch_alloc - give a new instance what its service's recovery needs
 * @instance: no packet has found it
 * @recovery: enum nfha_recovery
 *
 * Context: process, nfha_net.lock.
 * Return: 0 or -ENOMEM.
 */
int nfha_epoch_alloc(struct nfha_instance *instance, u8 recovery)
{
	struct nfha_epoch *epoch;

	if (recovery == NFHA_RECOVERY_NONE)
		return 0;
	epoch = epoch_new(instance);
	if (!epoch)
		return -ENOMEM;
	epoch->buffers = recovery == NFHA_RECOVERY_BUFFER;
	RCU_INIT_POINTER(instance->epoch, epoch);
	return 0;
}

static void epoch_close(struct nfha_epoch *epoch)
{
	spin_lock_bh(&epoch->lock);
	epoch->closed = true;
	spin_unlock_bh(&epoch->lock);
	tasklet_kill(&epoch->tasklet);
}

static void epoch_release(struct nfha_epoch *epoch)
{
	struct nfha_service *service = epoch->instance->service;

	epoch_close(epoch);
	cancel_work_sync(&epoch->notice.work);
	local_bh_disable();
	NFHA_COUNT(service, DROP_PLUGGED, nfha_log_waiting(&epoch->log));
	NFHA_COUNT(service, DROP_HOLD, epoch->hold.queue.packets);
	local_bh_enable();
	nfha_log_purge(&epoch->log);
	nfha_queue_purge(&epoch->hold.queue);
	kfree(epoch);
}

/**
 * nfha_epoch_stop - let nothing that has waited leave the log of an instance any more
 * @instance: of a service that no packet finds; another one's log may still lead to it
 *
 * Context: process.
 */
void nfha_epoch_stop(struct nfha_instance *instance)
{
	struct nfha_epoch *epoch = rcu_dereference_raw(instance->epoch);

	if (epoch)
		epoch_close(epoch);
}

/**
 * nfha_epoch_free - free what an instance has for its recovery
 * @instance: not to be found by packets for a grace period
 *
 * Context: process.
 */
void nfha_epoch_free(struct nfha_instance *instance)
{
	struct nfha_epoch *epoch = rcu_dereference_raw(instance->epoch);

	kfree(instance->epoch_spare);
	instance->epoch_spare = NULL;
	if (!epoch)
		return;
	RCU_INIT_POINTER(instance->epoch, NULL);
	epoch_release(epoch);
}

static bool is_busy(struct nfha_epoch *epoch)
{
	bool busy;

	spin_lock_bh(&epoch->lock);
	busy = nfha_epoch_waits(epoch) || epoch->log.at.chunk ||
	       epoch->log.busy ||
	       epoch->hold.busy || !skb_queue_empty(&epoch->hold.queue.skbs);
	spin_unlock_bh(&epoch->lock);
	return busy;
}

/**
 * nfha_epoch_is_busy - does input or output of an instance wait, or may it?
 * @instance: the instance
 *
 * Context: process, nfha_net.lock.
 * Return: true if so, and also if it is fenced.
 */
bool nfha_epoch_is_busy(const struct nfha_instance *instance)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(instance);

	return epoch && is_busy(epoch);
}

/**
 * nfha_epoch_forget - nothing of what an instance has done counts any more
 * @instance: an instance that is not busy, and gets and sends nothing
 *
 * What it gets from now on is on top of another one's checkpoint.
 *
 * Context: process, nfha_net.lock.
 */
void nfha_epoch_forget(struct nfha_instance *instance)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(instance);
	struct nfha_log_mark all;

	if (!epoch)
		return;
	spin_lock_bh(&epoch->lock);
	epoch->pending = 0;
	epoch->hold.exposed = 0;
	epoch->log.hole = 0;
	all = nfha_log_delivered(&epoch->log);
	spin_unlock_bh(&epoch->lock);
	nfha_log_trim(epoch, &all);
}

/**
 * nfha_epoch_prepare - make sure that a service's recovery can change
 * @service: the service
 * @recovery: enum nfha_recovery, what it is to be
 * @extack: told what is wrong
 *
 * Context: process, nfha_net.lock.
 * Return: 0, -EBUSY or -ENOMEM.
 */
int nfha_epoch_prepare(struct nfha_service *service, u8 recovery,
		       struct netlink_ext_ack *extack)
{
	struct nfha_instance *instance;

	nfha_for_each_instance(instance, service) {
		struct nfha_epoch *epoch = nfha_instance_epoch(instance);

		if (recovery == NFHA_RECOVERY_NONE && epoch &&
		    (epoch->buffers || is_busy(epoch))) {
			NL_SET_ERR_MSG(extack,
				       "an instance has packets that wait, or is fenced; set recovery checkpoint to release output, cut or abort epochs, remove what is fenced");
			return -EBUSY;
		}
		if (recovery != NFHA_RECOVERY_NONE && !epoch &&
		    !instance->epoch_spare)
			instance->epoch_spare = epoch_new(instance);
		if (recovery != NFHA_RECOVERY_NONE && !epoch &&
		    !instance->epoch_spare)
			return -ENOMEM;
	}
	return 0;
}

static void apply_one(struct nfha_instance *instance, u8 recovery)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(instance);

	if (recovery == NFHA_RECOVERY_NONE) {
		instance->successor = NULL;
		if (epoch)
			instance->epoch_spare = epoch;
		RCU_INIT_POINTER(instance->epoch, NULL);
		return;
	}
	if (!epoch) {
		epoch = instance->epoch_spare;
		instance->epoch_spare = NULL;
		epoch->buffers = recovery == NFHA_RECOVERY_BUFFER;
		rcu_assign_pointer(instance->epoch, epoch);
		return;
	}
	spin_lock_bh(&epoch->lock);
	WRITE_ONCE(epoch->buffers, recovery == NFHA_RECOVERY_BUFFER);
	nfha_hold_kick(epoch);
	spin_unlock_bh(&epoch->lock);
}

/**
 * nfha_epoch_apply - change a service's recovery
 * @service: the service
 * @recovery: enum nfha_recovery, for which nfha_epoch_prepare() has said yes
 *
 * Context: process, nfha_net.lock.
 */
void nfha_epoch_apply(struct nfha_service *service, u8 recovery)
{
	struct nfha_instance *instance;

	if (recovery == service->set.recovery)
		return;
	nfha_for_each_instance(instance, service)
		apply_one(instance, recovery);
	if (recovery != NFHA_RECOVERY_NONE)
		return;
	synchronize_net();
	nfha_for_each_instance(instance, service) {
		if (!instance->epoch_spare)
			continue;
		epoch_release(instance->epoch_spare);
		instance->epoch_spare = NULL;
	}
}

static struct nfha_epoch *epoch_of(struct nfha_instance *instance,
				   struct netlink_ext_ack *extack)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(instance);

	if (!epoch)
		NL_SET_ERR_MSG(extack,
			       "the service has no recovery; set it to checkpoint or buffer first");
	return epoch;
}

static int begin_check(const struct nfha_epoch *epoch,
		       struct netlink_ext_ack *extack)
{
	if (epoch->fenced) {
		NL_SET_ERR_MSG(extack,
			       "the instance is fenced; fail over to another one");
		return -EBUSY;
	}
	if (epoch->plugged) {
		NL_SET_ERR_MSG(extack,
			       "an epoch has begun already; cut or abort it first");
		return -EALREADY;
	}
	if (epoch->pending == NFHA_EPOCHS_PENDING_MAX) {
		NL_SET_ERR_MSG(extack,
			       "64 epochs wait for their commit; commit or abort one first");
		return -ENOSPC;
	}
	return 0;
}

/**
 * nfha_epoch_begin - plug the input of an instance
 * @instance: the instance
 * @number: set to the number of the epoch
 * @extack: told what is wrong
 *
 * When it returns, what was to be delivered before has been sent, and nothing
 * will be before the cut.
 *
 * Context: process, nfha_net.lock; sleeps for a grace period.
 * Return: 0, -EOPNOTSUPP without recovery, -EBUSY, -EALREADY, -ENOSPC.
 */
int nfha_epoch_begin(struct nfha_instance *instance, u64 *number,
		     struct netlink_ext_ack *extack)
{
	struct nfha_epoch *epoch = epoch_of(instance, extack);
	int ret;

	if (!epoch)
		return -EOPNOTSUPP;
	spin_lock_bh(&epoch->lock);
	ret = begin_check(epoch, extack);
	if (!ret) {
		epoch->plugged = true;
		nfha_deadman_begun(epoch);
		*number = epoch->open;
	}
	spin_unlock_bh(&epoch->lock);
	if (!ret)
		synchronize_rcu_expedited();
	return ret;
}

static int begun_check(const struct nfha_epoch *epoch,
		       struct netlink_ext_ack *extack)
{
	if (epoch->fenced) {
		NL_SET_ERR_MSG(extack,
			       "the instance is fenced; fail over to another one");
		return -EBUSY;
	}
	if (!epoch->plugged && !epoch->dead_man.undone) {
		NL_SET_ERR_MSG(extack, "no epoch has begun; begin one first");
		return -EINVAL;
	}
	return 0;
}

/**
 * nfha_epoch_unplug - deliver the input that has waited
 * @epoch: the recovery of an instance
 *
 * Context: any; the lock.
 */
void nfha_epoch_unplug(struct nfha_epoch *epoch)
{
	lockdep_assert_held(&epoch->lock);
	epoch->plugged = false;
	nfha_input_kick(epoch);
	nfha_move_end(epoch);
}

/* An instance whose state others note while it works needs no plug. But whoever
 * has plugged it believes that it has got nothing since.
 */
static int cut_check(const struct nfha_epoch *epoch,
		     struct netlink_ext_ack *extack)
{
	if (epoch->dead_man.undone && !epoch->fenced) {
		NL_SET_ERR_MSG(extack,
			       "the plug was opened, for no command had come in time; abort the epoch, or begin it again");
		return -ECANCELED;
	}
	return epoch->plugged ? begun_check(epoch, extack) :
				begin_check(epoch, extack);
}

/**
 * nfha_epoch_cut - close the epoch
 * @instance: the instance
 * @number: set to the number of the epoch
 * @extack: told what is wrong
 *
 * If it has begun, the input that has waited is delivered. If not, input and output are
 * the epoch's up to this instant, whatever may be under way.
 *
 * Context: process, nfha_net.lock.
 * Return: 0, -EOPNOTSUPP without recovery, -EBUSY, -ENOSPC, -ECANCELED if the
 * epoch has begun but was plugged for too long.
 */
int nfha_epoch_cut(struct nfha_instance *instance, u64 *number,
		   struct netlink_ext_ack *extack)
{
	struct nfha_epoch *epoch = epoch_of(instance, extack);
	int ret;

	if (!epoch)
		return -EOPNOTSUPP;
	spin_lock_bh(&epoch->lock);
	ret = cut_check(epoch, extack);
	if (!ret) {
		epoch->cut[epoch->pending++] = (struct nfha_cut) {
			.epoch = epoch->open,
			.at = nfha_log_delivered(&epoch->log),
		};
		*number = epoch->open++;
		nfha_deadman_cut(epoch);
		nfha_epoch_unplug(epoch);
	}
	spin_unlock_bh(&epoch->lock);
	return ret;
}

/* Where a pending epoch is, or -ENOENT. */
static int pending_find(const struct nfha_epoch *epoch, u64 number,
			struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < epoch->pending; i++)
		if (epoch->cut[i].epoch == number)
			return i;
	if (number >= epoch->open)
		NL_SET_ERR_MSG(extack, "there is no such epoch yet; cut it first");
	else if (number <= epoch->committed)
		NL_SET_ERR_MSG(extack, "the epoch is committed already");
	else
		NL_SET_ERR_MSG(extack,
			       "the epoch was aborted; commit the next one");
	return -ENOENT;
}

static void pending_drop(struct nfha_epoch *epoch, unsigned int first,
			 unsigned int n)
{
	epoch->pending -= n;
	memmove(&epoch->cut[first], &epoch->cut[first + n],
		(epoch->pending - first) * sizeof(epoch->cut[0]));
}

static int commit(struct nfha_epoch *epoch, u64 number,
		  struct nfha_log_mark *cut, struct netlink_ext_ack *extack)
{
	int i;

	if (rcu_access_pointer(epoch->backup)) {
		NL_SET_ERR_MSG(extack,
			       "the instance has been replaced; its open epochs are undone");
		return -EBUSY;
	}
	i = pending_find(epoch, number, extack);
	if (i < 0)
		return i;
	*cut = epoch->cut[i].at;
	epoch->committed = number;
	/* What comes about again is said again. */
	nfha_notice_forget_overflow(epoch);
	pending_drop(epoch, 0, i + 1);
	nfha_hold_kick(epoch);
	return 0;
}

/**
 * nfha_epoch_commit - stable storage has a checkpoint
 * @instance: the instance
 * @number: its epoch, which has been cut; older ones are committed with it
 * @extack: told what is wrong
 *
 * Also for an instance that is fenced and not replaced: what was checkpointed
 * before is as good as ever.
 *
 * Context: process, nfha_net.lock.
 * Return: 0, -EOPNOTSUPP without recovery, -EBUSY, -ENOENT.
 */
int nfha_epoch_commit(struct nfha_instance *instance, u64 number,
		      struct netlink_ext_ack *extack)
{
	struct nfha_epoch *epoch = epoch_of(instance, extack);
	struct nfha_log_mark cut;
	int ret;

	if (!epoch)
		return -EOPNOTSUPP;
	spin_lock_bh(&epoch->lock);
	ret = commit(epoch, number, &cut, extack);
	spin_unlock_bh(&epoch->lock);
	if (ret)
		return ret;
	nfha_log_trim(epoch, &cut);
	return 0;
}

/**
 * nfha_epoch_abort - give up an epoch
 * @instance: the instance
 * @number: the epoch that has begun, or one that waits for its commit; 0 is the
 *	one that has begun, and then set to its number
 * @extack: told what is wrong
 *
 * Its output is held on, and committed with the next.
 *
 * Context: process, nfha_net.lock.
 * Return: 0, -EOPNOTSUPP without recovery, -EBUSY, -EINVAL, -ENOENT.
 */
int nfha_epoch_abort(struct nfha_instance *instance, u64 *number,
		     struct netlink_ext_ack *extack)
{
	struct nfha_epoch *epoch = epoch_of(instance, extack);
	int ret;

	if (!epoch)
		return -EOPNOTSUPP;
	spin_lock_bh(&epoch->lock);
	if (!*number || *number == epoch->open) {
		ret = begun_check(epoch, extack);
		*number = epoch->open;
		if (!ret)
			nfha_epoch_unplug(epoch);
		epoch->dead_man.undone = false;
	} else {
		ret = pending_find(epoch, *number, extack);
		if (ret >= 0) {
			pending_drop(epoch, ret, 1);
			ret = 0;
		}
	}
	spin_unlock_bh(&epoch->lock);
	return ret;
}

/**
 * nfha_epoch_flags - the state of an instance's recovery
 * @epoch: the recovery of the instance
 *
 * Context: any; the lock.
 * Return: NFHA_RECOVERY_FLAGS_*.
 */
u32 nfha_epoch_flags(struct nfha_epoch *epoch)
{
	u32 flags = 0;

	lockdep_assert_held(&epoch->lock);
	if (epoch->plugged)
		flags |= NFHA_RECOVERY_FLAGS_PLUGGED;
	if (epoch->log.busy)
		flags |= NFHA_RECOVERY_FLAGS_REPLAYING;
	if (epoch->hold.busy)
		flags |= NFHA_RECOVERY_FLAGS_RELEASING;
	if (epoch->fenced)
		flags |= NFHA_RECOVERY_FLAGS_FENCED;
	if (epoch->hold.exposed > epoch->committed)
		flags |= NFHA_RECOVERY_FLAGS_EXPOSED;
	if (epoch->log.hole > epoch->committed)
		flags |= NFHA_RECOVERY_FLAGS_INCOMPLETE;
	if (epoch->dead_man.unattended)
		flags |= NFHA_RECOVERY_FLAGS_UNATTENDED;
	return flags;
}
