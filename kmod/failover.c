// SPDX-License-Identifier: GPL-2.0-only

#include "failover.h"
#include "input.h"
#include "move.h"
#include "netlink.h"
#include "service.h"
#include "split.h"
#include "sweep.h"
#include "watch.h"

/**
 * nfha_failover_is_fenced - is nothing forwarded that an instance sends?
 * @instance: the instance
 *
 * Context: process, nfha_net.lock.
 * Return: true if so.
 */
bool nfha_failover_is_fenced(const struct nfha_instance *instance)
{
	const struct nfha_epoch *epoch = nfha_instance_epoch(instance);

	return epoch && READ_ONCE(epoch->fenced);
}

/**
 * nfha_failover_backup - the instance that has taken over
 * @instance: the one that it has taken over from
 *
 * Context: process, nfha_net.lock.
 * Return: the backup or NULL.
 */
struct nfha_instance *
nfha_failover_backup(const struct nfha_instance *instance)
{
	const struct nfha_epoch *epoch = nfha_instance_epoch(instance);

	return epoch ? rcu_dereference_protected(epoch->backup,
						 lockdep_is_held(&instance->service->net->lock)) :
		       NULL;
}

static int recovery_check(const struct nfha_instance *instance,
			  struct netlink_ext_ack *extack)
{
	if (nfha_instance_epoch(instance))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "the service has no recovery; set it to checkpoint or buffer first");
	return -EOPNOTSUPP;
}

static int backup_check(const struct nfha_instance *master,
			const struct nfha_instance *backup,
			struct netlink_ext_ack *extack)
{
	int ret = recovery_check(master, extack);

	if (ret)
		return ret;
	if (master == backup) {
		NL_SET_ERR_MSG(extack,
			       "an instance cannot take over from itself; name another one");
		return -EINVAL;
	}
	return 0;
}

/**
 * nfha_failover_name - may an instance be named as successor?
 * @instance: the instance
 * @successor: the other one, or NULL
 * @extack: told what is wrong
 *
 * Context: process, nfha_net.lock.
 * Return: 0, -EOPNOTSUPP or -EINVAL.
 */
int nfha_failover_name(const struct nfha_instance *instance,
		       const struct nfha_instance *successor,
		       struct netlink_ext_ack *extack)
{
	return successor ? backup_check(instance, successor, extack) : 0;
}

static int master_check(const struct nfha_instance *master,
			struct netlink_ext_ack *extack)
{
	if (!nfha_failover_backup(master))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "the instance has been replaced already; remove it and add it again");
	return -EALREADY;
}

static int check(const struct nfha_instance *master,
		 const struct nfha_instance *backup,
		 struct netlink_ext_ack *extack)
{
	int ret = backup_check(master, backup, extack);

	if (!ret)
		ret = master_check(master, extack);
	if (ret)
		return ret;
	if (nfha_failover_is_fenced(backup)) {
		NL_SET_ERR_MSG(extack,
			       "the backup is fenced itself; name another one");
		return -EBUSY;
	}
	if (backup->state != NFHA_STATE_ACTIVE &&
	    backup->state != NFHA_STATE_STANDBY) {
		NL_SET_ERR_MSG(extack,
			       "the backup is neither active nor on standby; set its state first");
		return -EBUSY;
	}
	return 0;
}

static void cut_off(struct nfha_epoch *master, struct nfha_takeover *takeover)
{
	lockdep_assert_held(&master->lock);
	WRITE_ONCE(master->fenced, true);
	takeover->committed = master->committed;
	takeover->complete = master->log.hole <= master->committed;
}

static void fence(struct nfha_instance *instance,
		  struct nfha_takeover *takeover, u32 reason)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(instance);
	bool fenced = nfha_failover_is_fenced(instance);

	spin_lock_bh(&epoch->lock);
	cut_off(epoch, takeover);
	spin_unlock_bh(&epoch->lock);
	if (!fenced)
		nfha_event_fenced(instance, reason);
}

/**
 * nfha_failover_fence - forward nothing of an instance any more
 * @instance: the instance
 * @takeover: told what a backup would have to start from
 * @extack: told what is wrong
 *
 * Its input waits for somebody to take over, and epochs that are cut can still be
 * committed. It waits for nothing: a packet that another CPU has just let pass
 * may be on its way still, until the failover's grace period.
 *
 * Context: process, nfha_net.lock.
 * Return: 0, also if it is fenced already; -EOPNOTSUPP or -EALREADY.
 */
int nfha_failover_fence(struct nfha_instance *instance,
			struct nfha_takeover *takeover,
			struct netlink_ext_ack *extack)
{
	int ret = recovery_check(instance, extack);

	if (!ret)
		ret = master_check(instance, extack);
	if (ret)
		return ret;
	takeover->replayed = 0;
	fence(instance, takeover, NFHA_FENCE_REASON_REQUEST);
	return 0;
}

/* At one instant the master is fenced, and whatever comes in for it comes in for
 * the backup, behind the log. No packet takes both locks, and nobody else
 * takes them but under nfha_net.lock.
 */
static void take_over(struct nfha_epoch *master, struct nfha_epoch *backup,
		      struct nfha_takeover *takeover)
{
	spin_lock_bh(&master->lock);
	spin_lock_nested(&backup->lock, SINGLE_DEPTH_NESTING);
	cut_off(master, takeover);
	master->plugged = false;
	master->pending = 0;
	rcu_assign_pointer(master->backup, backup->instance);
	backup->paused = true;
	nfha_move_pass(master, backup);
	takeover->replayed = nfha_log_join(backup, master);
	master->replayed = takeover->replayed;
	spin_unlock(&backup->lock);
	spin_unlock_bh(&master->lock);
}

/* Until here, a backup on standby has got nothing, and so nothing that it sends
 * answers anybody. Packets find either a log that waits, or an active instance.
 */
static void resume(struct nfha_instance *backup)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(backup);
	bool was_standby = backup->state == NFHA_STATE_STANDBY;

	nfha_deadman_alive(backup);
	spin_lock_bh(&epoch->lock);
	WRITE_ONCE(backup->state, NFHA_STATE_ACTIVE);
	epoch->paused = false;
	nfha_input_kick(epoch);
	spin_unlock_bh(&epoch->lock);
	if (was_standby)
		nfha_event_instance(backup, NFHA_CMD_INSTANCE_SET_NTF);
}

/* Without memory for another map the one that there is will do: whoever reads it
 * meanwhile finds the master or the backup, and both lead to the backup.
 */
static void map_hand_over(struct nfha_service *service, u16 from, u16 to)
{
	nfha_map_hand_over(nfha_service_map(service), from, to);
	nfha_event_map(service);
	nfha_watch_kick(service);
}

/* Packets for the master find the backup already. This makes that the usual way;
 * flows that cannot be counted there for want of memory go the other.
 */
static void inherit(struct nfha_instance *master, struct nfha_instance *backup)
{
	struct nfha_service *service = master->service;
	struct nfha_change change = { .policy = NFHA_POLICY_NEVER };
	struct nfha_map *map;

	if (nfha_map_width(nfha_service_map(service), master->index)) {
		map = nfha_map_merge(nfha_service_map(service), master->index,
				     backup->index);
		if (map)
			nfha_map_replace(service, map, &change, NULL);
		else
			map_hand_over(service, master->index, backup->index);
		synchronize_rcu_expedited();
	}
	/* The sweep cannot wait for memory, and tries again what fails here. */
	(void)nfha_load_reserve_all(&backup->load, &master->load, 0,
				    NFHA_FLOW_ID_MAX);
	nfha_sweep_move(service, master->index, backup->index);
}

/**
 * nfha_failover - let a backup take over from an instance
 * @master: the instance, which is fenced for good
 * @backup: active or on standby, has the checkpoint of the last committed epoch
 *	loaded
 * @takeover: told what came of it
 * @extack: told what is wrong
 *
 * Fence first: nothing is replayed before the last packet of the master is on
 * its way. A backup on standby is active from then on. One that is plugged can be
 * the backup; it gets its packets when it is unplugged.
 *
 * Context: process, nfha_net.lock; sleeps for grace periods.
 * Return: 0, -EOPNOTSUPP, -EINVAL, -EALREADY or -EBUSY; then all is as it was.
 */
int nfha_failover(struct nfha_instance *master, struct nfha_instance *backup,
		  struct nfha_takeover *takeover,
		  struct netlink_ext_ack *extack)
{
	bool fenced = nfha_failover_is_fenced(master);
	int ret = check(master, backup, extack);

	if (ret)
		return ret;
	take_over(nfha_instance_epoch(master), nfha_instance_epoch(backup),
		  takeover);
	synchronize_rcu_expedited();
	resume(backup);
	local_bh_disable();
	NFHA_COUNT(master->service, REPLAYED, takeover->replayed);
	local_bh_enable();
	nfha_hold_discard(nfha_instance_epoch(master));
	nfha_log_spare_free(nfha_instance_epoch(master));
	inherit(master, backup);
	WRITE_ONCE(master->state, NFHA_STATE_DOWN);
	master->drain_watched = false;
	master->has_deadline = false;
	if (!fenced)
		nfha_event_fenced(master, NFHA_FENCE_REASON_FAILOVER);
	nfha_event_failover(master, backup, takeover);
	nfha_event_instance(master, NFHA_CMD_INSTANCE_SET_NTF);
	return 0;
}

static bool can_succeed(const struct nfha_instance *successor)
{
	const struct nfha_port *port;

	list_for_each_entry(port, &successor->ports, on_owner)
		if (!nfha_port_has_carrier(port))
			return false;
	return !list_empty(&successor->ports);
}

/**
 * nfha_failover_carrier - a port of an instance has lost its carrier, or is gone
 * @instance: the instance
 *
 * It is fenced. With the device others may have lost theirs, and all are fenced before
 * nfha_failover_succeed() takes its time for the first of them.
 *
 * Context: process, nfha_net.lock, RTNL.
 */
void nfha_failover_carrier(struct nfha_instance *instance)
{
	struct nfha_epoch *epoch = nfha_instance_epoch(instance);
	struct nfha_takeover takeover;

	if (!epoch || epoch->fenced)
		return;
	fence(instance, &takeover, NFHA_FENCE_REASON_CARRIER);
	instance->succeeds = instance->successor;
}

/**
 * nfha_failover_succeed - let its successor take over, if it has one that can
 * @instance: after nfha_failover_carrier()
 *
 * Context: process, nfha_net.lock, RTNL.
 */
void nfha_failover_succeed(struct nfha_instance *instance)
{
	struct nfha_takeover takeover;
	bool succeeds = instance->succeeds;

	instance->succeeds = false;
	if (succeeds && instance->successor && can_succeed(instance->successor))
		nfha_failover(instance, instance->successor, &takeover, NULL);
}

/* Its log has gone with the backup: nothing will ever be complete again. */
static void orphan(struct nfha_epoch *epoch)
{
	spin_lock_bh(&epoch->lock);
	RCU_INIT_POINTER(epoch->backup, NULL);
	epoch->log.hole = epoch->open;
	spin_unlock_bh(&epoch->lock);
}

/**
 * nfha_failover_forget - let no other instance refer to one that goes away
 * @instance: the instance; a grace period has to follow
 *
 * Context: process, nfha_net.lock.
 */
void nfha_failover_forget(struct nfha_instance *instance)
{
	struct nfha_service *service = instance->service;
	struct nfha_instance *other;

	nfha_move_forget(service, instance, nfha_failover_backup(instance));
	nfha_for_each_instance(other, service) {
		if (other->successor == instance)
			other->successor = NULL;
		if (nfha_failover_backup(other) == instance)
			orphan(nfha_instance_epoch(other));
	}
}
