// SPDX-License-Identifier: GPL-2.0-only

#include <linux/jiffies.h>
#include <linux/sched/clock.h>

#include "compat.h"
#include "epoch.h"
#include "move.h"
#include "packet.h"
#include "record.h"
#include "service.h"

/* What becomes of a packet that comes in. */
enum fate {
	LOGGED,		/* deliver it now */
	UNLOGGED,	/* the same, and a replay will not have it */
	WAITS,		/* the log delivers it later */
	LOST,
	DOWN,		/* nobody is there to get it */
};

static void look_at_mark(struct nfha_epoch *epoch)
{
	const struct nfha_settings *set = &epoch->instance->service->set;

	nfha_notice_watermark(epoch, NFHA_EVENT_QUEUE_LOG,
			      nfha_notice_is_above(nfha_log_bytes(&epoch->log),
						   READ_ONCE(set->log_max),
						   READ_ONCE(set->watermark)));
}

static bool grow(struct nfha_epoch *epoch, u32 size, u32 others)
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

/* What cannot be copied as a whole is kept itself. */
static bool write_list(struct nfha_epoch *epoch, struct sk_buff *skb,
		       struct nfha_origin from)
{
	struct sk_buff *list = nfha_queue_clone(skb);
	struct nfha_log *log = &epoch->log;

	if (!list)
		return false;
	if (!grow(epoch, NFHA_RECORD_HEAD, list->truesize)) {
		consume_skb(list);
		return false;
	}
	NFHA_WAIT(list)->number = log->tail.records;
	nfha_queue_put(&log->lists, list);
	nfha_record_write(&log->tape, skb, list, from);
	return true;
}

/* What LRO has put together would not be known as such in a copy. */
static bool is_lro(const struct sk_buff *skb)
{
	return skb_is_gso(skb) && !skb_shinfo(skb)->gso_type;
}

static noinline bool write_any(struct nfha_epoch *epoch, struct sk_buff *skb,
			       struct nfha_origin from)
{
	struct nfha_tape *tape = &epoch->log.tape;
	u32 size = nfha_record_size(skb);

	if (is_lro(skb) || !nfha_skb_is_readable(skb))
		return false;
	if (nfha_queue_is_list(skb))
		return write_list(epoch, skb, from);
	if (!nfha_tape_has_room(tape, size) && !grow(epoch, size, 0))
		return false;
	nfha_record_write(tape, skb, NULL, from);
	return true;
}

static __always_inline bool write(struct nfha_epoch *epoch, struct sk_buff *skb,
				  struct nfha_origin from)
{
	struct nfha_log *log = &epoch->log;
	unsigned int packets = 1;

	if (unlikely(!nfha_record_write_plain(&log->tape, skb, from))) {
		if (!write_any(epoch, skb, from))
			return false;
		packets = nfha_skb_packets(skb);
	}
	log->tail.records++;
	log->tail.packets += packets;
	return true;
}

static noinline enum fate no_room(struct nfha_epoch *epoch, bool waits,
				  unsigned int packets)
{
	struct nfha_log *log = &epoch->log;

	if (waits) {
		log->dropped += packets;
		nfha_notice_overflow(epoch, NFHA_OVERFLOW_INPUT_DROPPED);
		return LOST;
	}
	log->unlogged += packets;
	log->hole = epoch->open;
	nfha_notice_overflow(epoch, NFHA_OVERFLOW_UNLOGGED);
	return UNLOGGED;
}

/* What has been written behind @end has to wait; perhaps as the first. */
static void wait_for_turn(struct nfha_log *log, struct nfha_spot end,
			  struct nfha_log_count before)
{
	if (log->at.chunk)
		return;
	log->at = end.chunk ? end : nfha_tape_first(&log->tape);
	log->stuck = 0;
	nfha_tape_enter(&log->at);
	log->next = before;
}

static noinline enum fate put_to_wait(struct nfha_epoch *epoch,
				      struct nfha_origin from,
				      struct sk_buff *skb)
{
	struct nfha_log *log = &epoch->log;
	struct nfha_spot end = nfha_tape_end(&log->tape);
	struct nfha_log_count before = log->tail;

	if (!write(epoch, skb, from))
		return no_room(epoch, true, nfha_skb_packets(skb));
	wait_for_turn(log, end, before);
	return WAITS;
}

static enum fate put(struct nfha_epoch *epoch, struct nfha_origin from,
		     struct sk_buff *skb)
{
	if (unlikely(nfha_epoch_waits(epoch) || epoch->log.busy))
		return put_to_wait(epoch, from, skb);
	if (unlikely(!write(epoch, skb, from)))
		return no_room(epoch, false, nfha_skb_packets(skb));
	return LOGGED;
}

/* True if the packet is to be delivered now. */
static noinline bool settle(enum fate fate, struct nfha_service *service,
			    struct sk_buff *skb)
{
	unsigned int packets = nfha_skb_packets(skb);

	switch (fate) {
	case LOGGED:
		return true;
	case UNLOGGED:
		NFHA_COUNT(service, UNLOGGED, packets);
		return true;
	case WAITS:
		NFHA_COUNT(service, PLUGGED, packets);
		consume_skb(skb);
		return false;
	case DOWN:
		NFHA_COUNT(service, DROP_DOWN, packets);
		break;
	case LOST:
		NFHA_COUNT(service, DROP_PLUGGED, packets);
		break;
	}
	kfree_skb(skb);
	return false;
}

/* Whoever has taken over from an instance, with the lock of its log; false, and no lock, if that
 * one has no recovery. Inline, for sparse follows a lock by the answer only where it sees both.
 */
static inline bool lock_last(struct nfha_instance **instance,
			     struct nfha_epoch **epoch)
{
	struct nfha_instance *backup;

	for (;;) {
		*epoch = rcu_dereference((*instance)->epoch);
		if (!*epoch)
			return false;
		spin_lock(&(*epoch)->lock);
		backup = rcu_dereference((*epoch)->backup);
		if (!backup)
			return true;
		spin_unlock(&(*epoch)->lock);
		*instance = backup;
	}
}

/* Flows have moved here, and earlier packets of them wait where they have come from. True
 * if this one is behind them now, or lost and counted.
 */
static noinline bool follow(struct nfha_epoch *own, struct nfha_instance *ahead,
			    struct nfha_origin from, struct sk_buff *skb)
{
	struct nfha_instance *first = ahead;
	struct nfha_epoch *epoch;
	enum fate fate = LOGGED;

	/* Of a piece nobody could tell later whose it is. */
	if (nfha_packet_owner(ahead->service, from, skb) == NFHA_NO_OWNER)
		return false;
	if (!lock_last(&ahead, &epoch))
		return false;
	/* For one that is fenced perhaps nobody ever comes. */
	if (!epoch->steered)
		(void)cmpxchg(&own->behind, RCU_INITIALIZER(first), NULL);
	else if (!epoch->fenced && (nfha_epoch_waits(epoch) || epoch->log.busy))
		fate = put_to_wait(epoch, from, skb);
	spin_unlock(&epoch->lock);
	return !settle(fate, ahead->service, skb);
}

static struct nfha_instance *input(struct nfha_instance *instance,
				   struct nfha_origin from,
				   struct sk_buff *skb)
{
	enum fate fate = DOWN;
	struct nfha_epoch *epoch;

	if (!lock_last(&instance, &epoch))
		return instance;
	if (nfha_instance_is_served(instance) || epoch->paused)
		fate = put(epoch, from, skb);
	spin_unlock(&epoch->lock);
	if (likely(fate == LOGGED))
		return instance;
	return settle(fate, instance->service, skb) ? instance : NULL;
}

/* Apart, so that nothing of it is done for each packet. */
static noinline struct nfha_instance *input_behind(struct nfha_instance *instance,
						   struct nfha_origin from,
						   struct sk_buff *skb)
{
	struct nfha_epoch *epoch = rcu_dereference(instance->epoch);
	struct nfha_instance *ahead = rcu_dereference(epoch->behind);

	if (ahead && follow(epoch, ahead, from, skb))
		return NULL;
	return input(instance, from, skb);
}

/**
 * nfha_log_input - log a packet for an instance
 * @instance: where it is to go; it has, or has had, an epoch
 * @from: where it came in
 * @skb: the packet
 *
 * The order of the log is the order in which the lock is taken. Nothing is sent
 * under it; packets of one flow come one after the other on one CPU, and
 * what is delivered from the log is on its way before the log is not busy
 * any more. What nobody gets now is nothing to be repeated later, so whether
 * the instance is there is judged together with that; one on standby that
 * is about to take over has its input waiting.
 *
 * Context: softirq, RCU.
 * Return: the instance that the packet is to be sent to now, which is its backup if
 * it was replaced; NULL if the packet was taken, to be delivered later, or lost
 * and counted.
 */
struct nfha_instance *nfha_log_input(struct nfha_instance *instance,
				     struct nfha_origin from,
				     struct sk_buff *skb)
{
	struct nfha_epoch *epoch = rcu_dereference(instance->epoch);

	if (unlikely(epoch && rcu_access_pointer(epoch->behind)))
		return input_behind(instance, from, skb);
	return input(instance, from, skb);
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

/* The oldest of those that wait, or NULL without memory: then it is the next one again,
 * and lost, and counted, only when that has not helped for a while.
 */
static struct sk_buff *take(struct nfha_epoch *epoch)
{
	struct nfha_log *log = &epoch->log;
	unsigned int packets = nfha_record_packets(&log->at);
	struct nfha_spot at = log->at;
	struct sk_buff *skb = nfha_record_read(&at);

	if (skb || is_given_up(log))
		advance(log, &at, packets);
	if (!skb && !log->stuck)
		NFHA_COUNT(epoch->instance->service, DROP_XMIT, packets);
	return skb;
}

/* False if there is no packet to be delivered now. What this CPU has just sent
 * may still be in its backlog, behind others, and what comes by another CPU must
 * not overtake it: it is over when the receive softirq has run often enough.
 */
static bool deliver_next(struct nfha_epoch *epoch, bool sent,
			 struct sk_buff **skb, bool *steered)
{
	struct nfha_log *log = &epoch->log;
	bool is_one;

	spin_lock(&epoch->lock);
	is_one = !nfha_epoch_waits(epoch) && log->at.chunk;
	if (is_one) {
		*skb = take(epoch);
		*steered = epoch->steered;
		log->busy = NFHA_EPOCH_SETTLE;
	} else if (!sent && log->busy) {
		log->busy--;
		nfha_move_end(epoch);
	}
	spin_unlock(&epoch->lock);
	return is_one;
}

/* To whoever has its flow now, by the log of that one. */
static noinline void steer(struct nfha_epoch *epoch, struct sk_buff *skb)
{
	struct nfha_origin from = NFHA_WAIT(skb)->from;
	struct nfha_instance *to = nfha_move_owner(epoch->instance, from, skb);

	if (to != epoch->instance)
		to = input(to, from, skb);
	if (to)
		nfha_packet_reach(to, from, skb);
}

/**
 * nfha_log_deliver - deliver what has waited, in order
 * @epoch: the recovery of the instance
 * @end: when to stop, local_clock()
 *
 * Context: softirq, RCU; never two at a time for one instance.
 */
void nfha_log_deliver(struct nfha_epoch *epoch, u64 end)
{
	struct nfha_instance *instance = epoch->instance;
	struct sk_buff *skb;
	unsigned int i;
	bool steered;

	for (i = 0; i < NFHA_EPOCH_BURST && local_clock() < end; i++) {
		if (!deliver_next(epoch, i, &skb, &steered))
			return;
		if (!skb)
			return;
		if (unlikely(steered))
			steer(epoch, skb);
		else
			nfha_packet_reach(instance, NFHA_WAIT(skb)->from, skb);
	}
}

/**
 * nfha_log_kick - deliver what has waited, if nothing is in its way
 * @epoch: the recovery of the instance
 *
 * Context: any; the lock.
 */
void nfha_log_kick(struct nfha_epoch *epoch)
{
	lockdep_assert_held(&epoch->lock);
	if (!epoch->log.at.chunk || nfha_epoch_waits(epoch))
		return;
	nfha_epoch_kick(epoch, &epoch->log.busy);
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
		wait_for_turn(&to->log, end, to->log.tail);
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
