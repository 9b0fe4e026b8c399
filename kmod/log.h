/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_LOG_H
#define NFHA_LOG_H

#include "queue.h"

struct nfha_epoch;
struct nfha_instance;

/**
 * struct nfha_log - input of an instance since its last committed cut
 * @queue: copies: first what the instance has got, then what has to wait
 * @next: the first that has to wait, or NULL
 * @removed: how many have been taken from the front of @queue
 * @delivered: how many are in @queue before @next
 * @busy: what waits is being delivered, and what comes waits behind it; so many
 *	times the tasklet has to find nothing more until it is over
 * @hole: the last epoch in which input was delivered and not logged, or 0
 * @unlogged: packets of which that is true
 *
 * Guarded by struct nfha_epoch.lock. A cut is a number of packets, counted from
 * the beginning: @removed + @delivered while the log is plugged.
 */
struct nfha_log {
	struct nfha_queue queue;
	struct sk_buff *next;
	u64 removed;
	u64 delivered;
	unsigned int busy;
	u64 hole;
	u64 unlogged;
};

struct nfha_instance *nfha_log_input(struct nfha_instance *instance, u8 side,
				     bool detour, struct sk_buff *skb);
void nfha_log_deliver(struct nfha_epoch *epoch, u64 end);
void nfha_log_kick(struct nfha_epoch *epoch);
void nfha_log_trim(struct nfha_epoch *epoch, u64 cut);
u64 nfha_log_join(struct nfha_epoch *to, struct nfha_epoch *from);
u64 nfha_log_waiting(const struct nfha_log *log);

#endif /* NFHA_LOG_H */
