/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_LOG_H
#define NFHA_LOG_H

#include "queue.h"
#include "tape.h"

struct nfha_epoch;

/**
 * struct nfha_log_count - how much of a log there is up to somewhere
 * @records: since the beginning, a GSO packet as one
 * @packets: the same, those of a GSO packet each
 */
struct nfha_log_count {
	u64 records;
	u64 packets;
};

/**
 * struct nfha_log_mark - a point of a log
 * @count: what is before it
 * @place: where it is on the tape
 */
struct nfha_log_mark {
	struct nfha_log_count count;
	u64 place;
};

/**
 * struct nfha_log - input of an instance since its last committed cut
 * @tape: records: first what the instance has got, then what has to wait
 * @lists: packets that are not on the tape but named there, NFHA_WAIT().number
 *	is that of the record
 * @head: up to the oldest record that there is
 * @next: up to the first that has to wait, if there is one
 * @tail: up to the end
 * @at: where @next is on the tape, or nowhere
 * @busy: what waits is being delivered, and what comes waits behind it; so many
 *	times the tasklet has to find nothing more until it is over
 * @stuck: since when, in jiffies, there has been no memory to deliver, or 0
 * @hole: the last epoch in which input was delivered and not logged, or 0
 * @unlogged: packets of which that is true
 * @dropped: packets that had to wait and were lost
 * @packets_high: most that there were, as far as it has been noted
 * @bytes_high: most memory that was taken
 *
 * Guarded by struct nfha_epoch.lock.
 */
struct nfha_log {
	struct nfha_tape tape;
	struct nfha_queue lists;
	struct nfha_log_count head;
	struct nfha_log_count next;
	struct nfha_log_count tail;
	struct nfha_spot at;
	unsigned int busy;
	unsigned long stuck;
	u64 hole;
	u64 unlogged;
	u64 dropped;
	u64 packets_high;
	u64 bytes_high;
};

/* Memory that a log takes. */
static inline u64 nfha_log_bytes(const struct nfha_log *log)
{
	return log->tape.bytes + log->lists.bytes;
}

/* Packets that are not delivered yet. */
static inline u64 nfha_log_waiting(const struct nfha_log *log)
{
	return log->at.chunk ? log->tail.packets - log->next.packets : 0;
}

void nfha_log_init(struct nfha_log *log);
bool nfha_log_write(struct nfha_epoch *epoch, struct sk_buff *skb,
		    struct nfha_origin from, bool got);
void nfha_log_wait(struct nfha_log *log, struct nfha_spot end,
		   struct nfha_log_count before);
struct sk_buff *nfha_log_take(struct nfha_epoch *epoch, bool *again);
struct nfha_log_mark nfha_log_delivered(const struct nfha_log *log);
void nfha_log_trim(struct nfha_epoch *epoch, const struct nfha_log_mark *mark);
void nfha_log_spare_free(struct nfha_epoch *epoch);
u64 nfha_log_join(struct nfha_epoch *to, struct nfha_epoch *from);
void nfha_log_state(const struct nfha_log *log,
		    struct nfha_queue_state *state);
void nfha_log_purge(struct nfha_log *log);

#endif /* NFHA_LOG_H */
