// SPDX-License-Identifier: GPL-2.0-only

#include <linux/jiffies.h>

#include "compat.h"
#include "epoch.h"
#include "record.h"
#include "service.h"

static void look_at_mark(struct nfha_epoch *epoch)
{
	const struct nfha_settings *set = &epoch->instance->service->set;

	nfha_notice_watermark(epoch, NFHA_EVENT_QUEUE_LOG,
			      nfha_notice_is_above(nfha_log_bytes(&epoch->log),
						   READ_ONCE(set->log_max),
						   READ_ONCE(set->watermark)));
}

static bool grow(struct nfha_epoch *epoch, u32 size, u64 others)
{
	u64 max = READ_ONCE(epoch->instance->service->set.log_max);
	struct nfha_log *log = &epoch->log;

	others += log->lists.bytes;
	if (log->tape.bytes + others > max ||
	    !nfha_tape_grow(&log->tape, NFHA_RECORD_HEAD, size, max - others))
		return false;
	log->bytes_high = max(log->bytes_high, nfha_log_bytes(log));
	look_at_mark(epoch);
	return true;
}

/* What cannot be copied as a whole is kept itself, unless it is of the kernel's reserves. */
static bool write_list(struct nfha_epoch *epoch, struct sk_buff *skb,
		       struct nfha_origin from, bool got)
{
	struct sk_buff *list = skb_pfmemalloc(skb) ? NULL : nfha_queue_clone(skb);
	struct nfha_log *log = &epoch->log;

	if (!list)
		return false;
	if (!grow(epoch, NFHA_RECORD_HEAD, list->truesize)) {
		consume_skb(list);
		return false;
	}
	NFHA_WAIT(list)->number = log->tail.records;
	nfha_queue_put(&log->lists, list);
	nfha_record_write(&log->tape, skb, list, from, got);
	return true;
}

/* What LRO has put together would not be known as such in a copy. */
static bool is_lro(const struct sk_buff *skb)
{
	return skb_is_gso(skb) && !skb_shinfo(skb)->gso_type;
}

/**
 * nfha_log_write - write any packet at the end of a log
 * @epoch: the recovery of the instance
 * @skb: the packet
 * @from: where it came in
 * @got: the instance gets it now; else it has to wait
 *
 * Context: softirq; the lock.
 * Return: true if it is in the log; false beyond the limit, without memory, or if it is
 * nothing that can be kept.
 */
bool nfha_log_write(struct nfha_epoch *epoch, struct sk_buff *skb,
		    struct nfha_origin from, bool got)
{
	struct nfha_tape *tape = &epoch->log.tape;
	u32 size = nfha_record_size(skb);

	if (is_lro(skb) || !nfha_skb_is_readable(skb))
		return false;
	if (nfha_queue_is_list(skb))
		return write_list(epoch, skb, from, got);
	if (!nfha_record_is_true(skb))
		return false;
	if (!nfha_tape_has_room(tape, size) && !grow(epoch, size, 0))
		return false;
	nfha_record_write(tape, skb, NULL, from, got);
	return true;
}

/**
 * nfha_log_wait - what has been written has to wait for its turn, perhaps as the first
 * @log: the log
 * @end: where its end was before
 * @before: what was in it before
 *
 * Context: any; the lock.
 */
void nfha_log_wait(struct nfha_log *log, struct nfha_spot end,
		   struct nfha_log_count before)
{
	if (log->at.chunk)
		return;
	log->at = end.chunk ? end : nfha_tape_first(&log->tape);
	log->stuck = 0;
	nfha_tape_enter(&log->at);
	log->next = before;
}

/* So long a packet that there is no memory for is tried again. */
#define STUCK_MAX (HZ / 10)

static bool is_given_up(struct nfha_log *log)
{
	if (!log->stuck)
		log->stuck = jiffies | 1;
	return time_after(jiffies, log->stuck + STUCK_MAX);
}

static void advance(struct nfha_log *log, const struct nfha_spot *behind,
		    unsigned int packets)
{
	log->at = *behind;
	log->stuck = 0;
	log->next.records++;
	log->next.packets += packets;
	if (log->next.records == log->tail.records)
		log->at.chunk = NULL;
	else
		nfha_tape_enter(&log->at);
}

/**
 * nfha_log_take - take the oldest of those that wait
 * @epoch: the recovery of the instance; something waits
 * @again: set if it is a replay: whoever had the log before has got the packet
 *
 * One that there is no memory for is the next one again; it is lost, and counted, only
 * when that has not helped for a while.
 *
 * Context: softirq; the lock.
 * Return: the packet, or NULL without memory.
 */
struct sk_buff *nfha_log_take(struct nfha_epoch *epoch, bool *again)
{
	struct nfha_log *log = &epoch->log;
	unsigned int packets = nfha_record_packets(&log->at);
	struct nfha_spot at = log->at;
	struct sk_buff *skb = nfha_record_read(&at, again);

	if (skb || is_given_up(log))
		advance(log, &at, packets);
	if (!skb && !log->stuck)
		NFHA_COUNT(epoch->instance->service, DROP_XMIT, packets);
	return skb;
}

/**
 * nfha_log_delivered - up to where has the instance got its input?
 * @log: the log
 *
 * Context: any; the lock.
 * Return: a cut.
 */
struct nfha_log_mark nfha_log_delivered(const struct nfha_log *log)
{
	bool waits = log->at.chunk;

	return (struct nfha_log_mark) {
		.count = waits ? log->next : log->tail,
		.place = waits ? log->at.place : log->tape.end,
	};
}

static void note_high(struct nfha_log *log)
{
	log->packets_high = max(log->packets_high,
				log->tail.packets - log->head.packets);
	log->bytes_high = max(log->bytes_high, nfha_log_bytes(log));
}

/* Lists that are cut off under the lock at a time. */
#define LISTS_MAX 64

/* True if there is more. */
static bool lists_cut(struct nfha_log *log, struct sk_buff_head *cut)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&log->lists.skbs)) &&
	       NFHA_WAIT(skb)->number < log->head.records) {
		if (skb_queue_len(cut) == LISTS_MAX)
			return true;
		nfha_queue_remove(&log->lists, skb);
		__skb_queue_tail(cut, skb);
	}
	return false;
}

/* True if there is more. What is freed takes long, and is freed without the lock. */
static bool trim_some(struct nfha_epoch *epoch,
		      const struct nfha_log_mark *mark)
{
	struct nfha_log *log = &epoch->log;
	struct sk_buff_head lists;
	bool more;

	__skb_queue_head_init(&lists);
	spin_lock_bh(&epoch->lock);
	note_high(log);
	log->head = mark->count;
	more = lists_cut(log, &lists);
	more |= nfha_tape_cut(&log->tape, mark->place);
	look_at_mark(epoch);
	spin_unlock_bh(&epoch->lock);
	__skb_queue_purge(&lists);
	return more;
}

/**
 * nfha_log_spare_free - give memory back that nobody has needed since the last time
 * @epoch: the recovery of the instance
 *
 * Context: process, nfha_net.lock.
 */
void nfha_log_spare_free(struct nfha_epoch *epoch)
{
	LIST_HEAD(chunks);

	spin_lock_bh(&epoch->lock);
	nfha_tape_spare(&epoch->log.tape, &chunks);
	spin_unlock_bh(&epoch->lock);
	nfha_tape_free(&chunks);
}

/**
 * nfha_log_trim - forget input that a checkpoint has in it
 * @epoch: the recovery of the instance
 * @mark: the cut, later than any before
 *
 * The memory is kept for what comes until the next cut.
 *
 * Context: process, nfha_net.lock.
 */
void nfha_log_trim(struct nfha_epoch *epoch, const struct nfha_log_mark *mark)
{
	nfha_log_spare_free(epoch);
	while (trim_some(epoch, mark))
		cond_resched();
}

/* Records have other numbers in another log. */
static void lists_join(struct nfha_log *to, struct nfha_log *from)
{
	struct sk_buff *skb;

	skb_queue_walk(&from->lists.skbs, skb)
		NFHA_WAIT(skb)->number += to->tail.records -
					  from->head.records;
	nfha_queue_join(&to->lists, &from->lists);
}

/**
 * nfha_log_join - give the log of an instance to its backup, to be delivered
 * @to: the backup's recovery
 * @from: the recovery of the one that is replaced
 *
 * It goes behind what the backup has got or waits for, and before whatever comes
 * from now on.
 *
 * Context: any; both locks.
 * Return: how many packets there were.
 */
u64 nfha_log_join(struct nfha_epoch *to, struct nfha_epoch *from)
{
	u64 packets = from->log.tail.packets - from->log.head.packets;
	struct nfha_spot end = nfha_tape_end(&to->log.tape);
	struct nfha_log *log = &from->log;

	lockdep_assert_held(&to->lock);
	lockdep_assert_held(&from->lock);
	note_high(log);
	lists_join(&to->log, log);
	nfha_tape_join(&to->log.tape, &log->tape);
	if (log->tail.records > log->head.records)
		nfha_log_wait(&to->log, end, to->log.tail);
	to->log.tail.records += log->tail.records - log->head.records;
	to->log.tail.packets += packets;
	note_high(&to->log);
	if (log->hole > from->committed)
		to->log.hole = to->open;
	log->head = log->tail;
	log->at.chunk = NULL;
	look_at_mark(to);
	return packets;
}

/**
 * nfha_log_state - say what is in a log
 * @log: the log
 * @state: filled in
 *
 * Context: any; the lock.
 */
void nfha_log_state(const struct nfha_log *log, struct nfha_queue_state *state)
{
	u64 packets = log->tail.packets - log->head.packets;
	u64 bytes = nfha_log_bytes(log);

	*state = (struct nfha_queue_state) {
		.packets = packets,
		.bytes = bytes,
		.packets_high = max(log->packets_high, packets),
		.bytes_high = max(log->bytes_high, bytes),
		.total = log->tail.packets,
		.dropped = log->dropped,
	};
	if (packets) {
		struct nfha_spot first = nfha_tape_first(&log->tape);

		state->oldest_ms = jiffies_to_msecs(jiffies -
						    nfha_record_since(&first));
	}
}

/**
 * nfha_log_purge - drop all that there is
 * @log: the log, which nobody else uses any more
 *
 * Context: process.
 */
void nfha_log_purge(struct nfha_log *log)
{
	nfha_queue_purge(&log->lists);
	nfha_tape_purge(&log->tape);
}

/**
 * nfha_log_init - make an empty log
 * @log: zeroed
 *
 * Context: any.
 */
void nfha_log_init(struct nfha_log *log)
{
	nfha_tape_init(&log->tape);
	nfha_queue_init(&log->lists);
}
