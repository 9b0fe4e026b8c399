/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_EPOCH_H
#define NFHA_EPOCH_H

#include <linux/interrupt.h>
#include <linux/netlink.h>
#include <linux/nfha.h>

#include "deadman.h"
#include "hold.h"
#include "log.h"
#include "notice.h"

struct nfha_instance;
struct nfha_service;

#define NFHA_EPOCHS_PENDING_MAX 64

/* Packets sent without a break. They may be for the backlog of this CPU, which
 * takes a thousand packets and gives away 64 whenever the receive softirq runs,
 * and they may come by more than once.
 */
#define NFHA_EPOCH_BURST 16

/* Runs of the receive softirq until a full backlog is empty for certain. */
#define NFHA_EPOCH_SETTLE 32

/**
 * struct nfha_cut - an epoch that is cut and not committed
 * @epoch: its number
 * @at: what the instance had got then
 */
struct nfha_cut {
	u64 epoch;
	struct nfha_log_mark at;
};

/**
 * struct nfha_epoch - rollback recovery of an instance
 * @lock: guards everything here, unless it says otherwise; BH
 * @instance: whose it is
 * @buffers: output is held
 * @plugged: an epoch has begun, input waits
 * @paused: input waits until the master that this one replaces is fenced
 * @fenced: nothing that the instance sends is forwarded, and input waits
 * @closed: the instance goes away
 * @steered: flows have moved, and what waits goes to whoever has them now; see move.c
 * @moved: the last epoch in which flows have moved away, or 0. Until it is committed, the
 *	log has input of theirs
 * @open: number of the epoch that is not cut
 * @committed: number of the last that was committed
 * @backup: the instance that has taken over; RCU, written under nfha_net.lock too
 * @behind: the instance that flows have come from: what waits there comes first; RCU,
 *	written under nfha_net.lock
 * @log: input
 * @hold: output
 * @dead_man: who looks after it
 * @fenced_packets: sent after the fence
 * @replayed: packets that failover has handed to the backup
 * @tasklet: delivers and releases what has waited
 * @notice: events that packets cause
 * @pending: how many @cut
 * @cut: epochs that wait for their commit, oldest first
 */
struct nfha_epoch {
	spinlock_t lock;	/* BH */
	struct nfha_instance *instance;
	bool buffers;
	bool plugged;
	bool paused;
	bool fenced;
	bool closed;
	bool steered;
	u64 moved;
	u64 open;
	u64 committed;
	struct nfha_instance __rcu *backup;
	struct nfha_instance __rcu *behind;
	struct nfha_log log;
	struct nfha_hold hold;
	struct nfha_deadman dead_man;
	u64 fenced_packets;
	u64 replayed;
	struct tasklet_struct tasklet;
	struct nfha_notice notice;
	unsigned int pending;
	struct nfha_cut cut[NFHA_EPOCHS_PENDING_MAX];
};

int nfha_epoch_alloc(struct nfha_instance *instance, u8 recovery);
void nfha_epoch_stop(struct nfha_instance *instance);
void nfha_epoch_free(struct nfha_instance *instance);
int nfha_epoch_prepare(struct nfha_service *service, u8 recovery,
		       struct netlink_ext_ack *extack);
void nfha_epoch_apply(struct nfha_service *service, u8 recovery);
bool nfha_epoch_is_busy(const struct nfha_instance *instance);
void nfha_epoch_forget(struct nfha_instance *instance);
int nfha_epoch_begin(struct nfha_instance *instance, u64 *number,
		     struct netlink_ext_ack *extack);
int nfha_epoch_cut(struct nfha_instance *instance, u64 *number,
		   struct netlink_ext_ack *extack);
int nfha_epoch_commit(struct nfha_instance *instance, u64 number,
		      struct netlink_ext_ack *extack);
int nfha_epoch_abort(struct nfha_instance *instance, u64 *number,
		     struct netlink_ext_ack *extack);
void nfha_epoch_kick(struct nfha_epoch *epoch, unsigned int *busy);
void nfha_epoch_unplug(struct nfha_epoch *epoch);
u32 nfha_epoch_flags(struct nfha_epoch *epoch);

/* Nobody is to see what is younger than this; with the lock held. */
static inline u64 nfha_epoch_visible(const struct nfha_epoch *epoch)
{
	/* From the fence on, only what a backup will remember. */
	if (epoch->fenced)
		return epoch->committed;
	if (!epoch->buffers)
		return U64_MAX;
	return max(epoch->committed, epoch->hold.exposed);
}

/* Input has to wait; with the lock held. */
static inline bool nfha_epoch_waits(const struct nfha_epoch *epoch)
{
	return epoch->plugged || epoch->paused || epoch->fenced ||
	       epoch->closed;
}

#endif /* NFHA_EPOCH_H */
