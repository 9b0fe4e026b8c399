// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a packet to an instance with recovery: into its log, and on at once, or when
 * it is its turn.
 */

#include <linux/sched/clock.h>

#include "epoch.h"
#include "input.h"
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
	FORGED,		/* no network carries it, and no log can have it */
	DOWN,		/* nobody is there to get it */
};

static __always_inline bool write(struct nfha_epoch *epoch, struct sk_buff *skb,
				  struct nfha_origin from, bool got)
{
	struct nfha_log *log = &epoch->log;
	unsigned int packets = 1;

	if (unlikely(!nfha_record_write_plain(&log->tape, skb, from, got))) {
		if (!nfha_log_write(epoch, skb, from, got))
			return false;
		packets = nfha_skb_packets(skb);
	}
	log->tail.records++;
	log->tail.packets += packets;
	return true;
}

/* Who could make a hole in the log by one packet could take the protection away. */
static noinline enum fate no_room(struct nfha_epoch *epoch, bool waits,
				  const struct sk_buff *skb)
{
	unsigned int packets = nfha_skb_packets(skb);
	struct nfha_log *log = &epoch->log;

	if (!nfha_record_is_true(skb))
		return FORGED;
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

static noinline enum fate put_to_wait(struct nfha_epoch *epoch,
				      struct nfha_origin from,
				      struct sk_buff *skb)
{
	struct nfha_log *log = &epoch->log;
	struct nfha_spot end = nfha_tape_end(&log->tape);
	struct nfha_log_count before = log->tail;

	if (!write(epoch, skb, from, false))
		return no_room(epoch, true, skb);
	nfha_log_wait(log, end, before);
	return WAITS;
}

static __always_inline enum fate put(struct nfha_epoch *epoch,
				     struct nfha_origin from,
				     struct sk_buff *skb)
{
	if (unlikely(nfha_epoch_waits(epoch) || epoch->log.busy))
		return put_to_wait(epoch, from, skb);
	if (unlikely(!write(epoch, skb, from, true)))
		return no_room(epoch, false, skb);
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
	case FORGED:
		NFHA_COUNT(service, DROP_MALFORMED, packets);
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
 * if this one is behind them now, or lost and counted. Whoever has been here all the time,
 * or has just come, waits for nobody.
 */
static noinline bool follow(struct nfha_epoch *own, struct nfha_instance *ahead,
			    struct nfha_origin from, struct sk_buff *skb)
{
	struct nfha_instance *first = ahead;
	struct nfha_epoch *epoch;
	enum fate fate = LOGGED;

	if (!nfha_packet_has_moved(ahead->service, skb))
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

/* @own: the log that the packet comes from and is in already, or NULL. */
static __always_inline struct nfha_instance *
take_in(struct nfha_instance *instance, const struct nfha_epoch *own,
	struct nfha_origin from, struct sk_buff *skb)
{
	enum fate fate = DOWN;
	struct nfha_epoch *epoch;

	if (!lock_last(&instance, &epoch))
		return instance;
	if (own && epoch == own)
		fate = LOGGED;
	else if (nfha_instance_is_served(instance) || epoch->paused)
		fate = put(epoch, from, skb);
	spin_unlock(&epoch->lock);
	if (likely(fate == LOGGED))
		return instance;
	if (own && fate == WAITS) {
		/* It has been counted when it began to. */
		consume_skb(skb);
		return NULL;
	}
	return settle(fate, instance->service, skb) ? instance : NULL;
}

/* Apart, as what follows, so that nothing of it is done for each packet. */
static noinline struct nfha_instance *
take_in_apart(struct nfha_instance *instance, const struct nfha_epoch *own,
	      struct nfha_origin from, struct sk_buff *skb)
{
	return take_in(instance, own, from, skb);
}

static noinline struct nfha_instance *input_behind(struct nfha_instance *instance,
						   struct nfha_epoch *epoch,
						   struct nfha_origin from,
						   struct sk_buff *skb)
{
	struct nfha_instance *ahead = rcu_dereference(epoch->behind);

	if (ahead && follow(epoch, ahead, from, skb))
		return NULL;
	return take_in_apart(instance, NULL, from, skb);
}

/**
 * nfha_input_take - log a packet for an instance
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
struct nfha_instance *nfha_input_take(struct nfha_instance *instance,
				      struct nfha_origin from,
				      struct sk_buff *skb)
{
	struct nfha_epoch *epoch = rcu_dereference(instance->epoch);

	if (unlikely(epoch && rcu_access_pointer(epoch->behind)))
		return input_behind(instance, epoch, from, skb);
	return take_in(instance, NULL, from, skb);
}

/* False if there is no packet to be delivered now. What this CPU has just sent
 * may still be in its backlog, behind others, and what comes by another CPU must
 * not overtake it: it is over when the receive softirq has run often enough.
 */
static bool deliver_next(struct nfha_epoch *epoch, bool sent,
			 struct sk_buff **skb, bool *steered, bool *again)
{
	struct nfha_log *log = &epoch->log;
	bool is_one;

	spin_lock(&epoch->lock);
	is_one = !nfha_epoch_waits(epoch) && log->at.chunk;
	if (is_one) {
		*skb = nfha_log_take(epoch, again);
		*steered = epoch->steered;
		log->busy = NFHA_EPOCH_SETTLE;
	} else if (!sent && log->busy) {
		log->busy--;
		nfha_move_end(epoch);
	}
	spin_unlock(&epoch->lock);
	return is_one;
}

/* To whoever has its flow now, by the log of that one. What has been delivered once was in
 * the state that has moved there.
 */
static noinline void steer(struct nfha_epoch *epoch, struct sk_buff *skb,
			   bool again)
{
	struct nfha_origin from = NFHA_WAIT(skb)->from;
	struct nfha_instance *to = nfha_move_owner(epoch->instance, from, skb);

	if (!to) {
		NFHA_COUNT(epoch->instance->service, DROP_NO_OWNER,
			   nfha_skb_packets(skb));
		kfree_skb(skb);
		return;
	}
	if (to != epoch->instance && again) {
		consume_skb(skb);
		return;
	}
	if (to != epoch->instance)
		to = take_in_apart(to, epoch, from, skb);
	if (to)
		nfha_packet_reach(to, from, skb);
}

/**
 * nfha_input_deliver - deliver what has waited, in order
 * @epoch: the recovery of the instance
 * @end: when to stop, local_clock()
 *
 * Context: softirq, RCU; never two at a time for one instance.
 */
void nfha_input_deliver(struct nfha_epoch *epoch, u64 end)
{
	struct nfha_instance *instance = epoch->instance;
	struct sk_buff *skb;
	unsigned int i;
	bool steered, again;

	for (i = 0; i < NFHA_EPOCH_BURST && local_clock() < end; i++) {
		if (!deliver_next(epoch, i, &skb, &steered, &again))
			return;
		if (!skb)
			return;
		if (unlikely(steered))
			steer(epoch, skb, again);
		else
			nfha_packet_reach(instance, NFHA_WAIT(skb)->from, skb);
	}
}

/**
 * nfha_input_kick - deliver what has waited, if nothing is in its way
 * @epoch: the recovery of the instance
 *
 * Context: any; the lock.
 */
void nfha_input_kick(struct nfha_epoch *epoch)
{
	lockdep_assert_held(&epoch->lock);
	if (!epoch->log.at.chunk || nfha_epoch_waits(epoch))
		return;
	nfha_epoch_kick(epoch, &epoch->log.busy);
}
