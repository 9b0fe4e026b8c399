/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_HOLD_H
#define NFHA_HOLD_H

#include "queue.h"

struct nfha_epoch;

/**
 * struct nfha_hold - output of an instance that may not be seen yet
 * @queue: in the order in which it was sent, so also by epoch
 * @busy: some is being sent, and what comes waits behind it; so many times the
 *	tasklet has to find nothing more until it is over
 * @exposed: the last epoch whose output was released uncommitted, or 0
 * @uncommitted: packets that failover has discarded
 *
 * Guarded by struct nfha_epoch.lock.
 */
struct nfha_hold {
	struct nfha_queue queue;
	unsigned int busy;
	u64 exposed;
	u64 uncommitted;
};

bool nfha_hold_output(struct nfha_epoch *epoch, u8 side, struct sk_buff **skb,
		      unsigned int packets);
void nfha_hold_release(struct nfha_epoch *epoch, u64 end);
void nfha_hold_kick(struct nfha_epoch *epoch);
void nfha_hold_discard(struct nfha_epoch *epoch);

#endif /* NFHA_HOLD_H */
