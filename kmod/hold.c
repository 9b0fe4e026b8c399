// SPDX-License-Identifier: GPL-2.0-only

#include <linux/sched/clock.h>

#include "epoch.h"
#include "packet.h"
#include "service.h"

/* What becomes of a packet that an instance sends. */
enum fate {
	PASSES,
	WAITS,
	NO_ROOM,
	FENCED,
};

/* Packets that are taken out under the lock at a time. */
#define RELEASE_MAX 4

/* Over the limit, everything may go, or the newest goes. What is let go takes its
 * time, and what comes behind it finds as much room again.
 */
static noinline bool make_room(struct nfha_epoch *epoch,
			       const struct sk_buff *skb)
{
	const struct nfha_settings *set = &epoch->instance->service->set;
	u64 max = READ_ONCE(set->hold_max);
	struct nfha_hold *hold = &epoch->hold;

	if (nfha_epoch_visible(epoch) < epoch->open) {
		if (READ_ONCE(set->hold_policy) != NFHA_HOLD_POLICY_RELEASE)
			return false;
		hold->exposed = epoch->open;
		nfha_hold_kick(epoch);
		nfha_notice_overflow(epoch, NFHA_OVERFLOW_OUTPUT_RELEASED);
	}
	return hold->queue.bytes + skb->truesize <= 2 * max;
}

static bool has_room(struct nfha_epoch *epoch, const struct sk_buff *skb)
{
	const struct nfha_settings *set = &epoch->instance->service->set;

	return likely(epoch->hold.queue.bytes + skb->truesize <=
		      READ_ONCE(set->hold_max)) ||
	       make_room(epoch, skb);
}

static bool is_above_mark(const struct nfha_epoch *epoch)
{
	const struct nfha_settings *set = &epoch->instance->service->set;

	return nfha_notice_is_above(epoch->hold.queue.bytes,
				    READ_ONCE(set->hold_max),
				    READ_ONCE(set->watermark));
}

/* Somebody sees what nobody may remember. */
static void count_exposed(struct nfha_epoch *epoch, u64 number,
			  unsigned int packets)
{
	if (epoch->buffers && number > epoch->committed)
		NFHA_COUNT(epoch->instance->service, EXPOSED, packets);
}

static enum fate lose(struct nfha_epoch *epoch, unsigned int packets)
{
	epoch->hold.queue.dropped += packets;
	nfha_notice_overflow(epoch, NFHA_OVERFLOW_OUTPUT_DROPPED);
	return NO_ROOM;
}

static enum fate judge(struct nfha_epoch *epoch, const struct sk_buff *skb,
		       unsigned int packets)
{
	struct nfha_hold *hold = &epoch->hold;

	if (unlikely(epoch->fenced)) {
		epoch->fenced_packets += packets;
		return FENCED;
	}
	if (!hold->busy && epoch->open <= nfha_epoch_visible(epoch)) {
		count_exposed(epoch, epoch->open, packets);
		return PASSES;
	}
	return has_room(epoch, skb) ? WAITS : lose(epoch, packets);
}

static void put(struct nfha_epoch *epoch, u8 side, struct sk_buff *skb)
{
	bool above;

	NFHA_WAIT(skb)->from.side = side;
	NFHA_WAIT(skb)->number = epoch->open;
	nfha_queue_put(&epoch->hold.queue, skb);
	above = is_above_mark(epoch);
	if (unlikely(above != nfha_notice_has_said(&epoch->notice,
						   NFHA_EVENT_QUEUE_HOLD)))
		nfha_notice_watermark(epoch, NFHA_EVENT_QUEUE_HOLD, above);
	/* The first of those that are let go by a limit. */
	if (unlikely(epoch->open <= nfha_epoch_visible(epoch)))
		nfha_hold_kick(epoch);
}

/* A guess, without the lock. Nobody makes a copy of what a full hold will drop. */
static bool is_to_wait(const struct nfha_epoch *epoch)
{
	const struct nfha_settings *set = &epoch->instance->service->set;

	return READ_ONCE(epoch->buffers) && !READ_ONCE(epoch->fenced) &&
	       READ_ONCE(epoch->hold.exposed) < READ_ONCE(epoch->open) &&
	       READ_ONCE(epoch->hold.queue.bytes) < READ_ONCE(set->hold_max);
}

/* Whether a packet has to be kept is known under the lock only, and to make it fit
 * to be kept is better done without; so it is guessed first.
 */
static enum fate offer(struct nfha_epoch *epoch, u8 side, struct sk_buff **skb,
		       unsigned int packets)
{
	bool own = is_to_wait(epoch);
	enum fate fate;

	for (;; own = true) {
		if (own)
			*skb = nfha_queue_own(*skb);
		spin_lock(&epoch->lock);
		fate = *skb ? judge(epoch, *skb, packets) :
			      lose(epoch, packets);
		if (fate == WAITS && own)
			put(epoch, side, *skb);
		spin_unlock(&epoch->lock);
		if (fate != WAITS || own)
			return fate;
	}
}

/**
 * nfha_hold_output - hold what an instance sends, if it may not be seen yet
 * @epoch: the recovery of the instance
 * @side: enum nfha_side, where it is to leave
 * @skb: the packet; what it is set to is to be sent
 * @packets: nfha_skb_packets()
 *
 * Context: softirq, RCU.
 * Return: true if the packet is to be sent now; false if it was taken, to be
 * sent later, or lost and counted.
 */
bool nfha_hold_output(struct nfha_epoch *epoch, u8 side, struct sk_buff **skb,
		      unsigned int packets)
{
	struct nfha_service *service = epoch->instance->service;

	switch (offer(epoch, side, skb, packets)) {
	case PASSES:
		return true;
	case WAITS:
		NFHA_COUNT(service, HELD, packets);
		return false;
	case FENCED:
		NFHA_COUNT(service, DROP_FENCED, packets);
		break;
	case NO_ROOM:
		NFHA_COUNT(service, DROP_HOLD, packets);
		break;
	}
	kfree_skb(*skb);
	return false;
}

/* The oldest, if it may be seen. */
static struct sk_buff *release_next(struct nfha_epoch *epoch, u64 visible)
{
	struct sk_buff *skb = skb_peek(&epoch->hold.queue.skbs);

	if (!skb || NFHA_WAIT(skb)->number > visible || epoch->closed)
		return NULL;
	nfha_queue_remove(&epoch->hold.queue, skb);
	count_exposed(epoch, NFHA_WAIT(skb)->number, nfha_skb_packets(skb));
	return skb;
}

/* As with the log, it is over when what was sent is certain to be through. */
static void release_some(struct nfha_epoch *epoch, bool sent,
			 struct sk_buff_head *some)
{
	struct nfha_hold *hold = &epoch->hold;
	struct sk_buff *skb;
	u64 visible;

	spin_lock(&epoch->lock);
	visible = nfha_epoch_visible(epoch);
	nfha_queue_note_high(&hold->queue);
	while (skb_queue_len(some) < RELEASE_MAX &&
	       (skb = release_next(epoch, visible)))
		__skb_queue_tail(some, skb);
	if (!skb_queue_empty(some))
		hold->busy = NFHA_EPOCH_SETTLE;
	else if (!sent && hold->busy)
		hold->busy--;
	spin_unlock(&epoch->lock);
}

/**
 * nfha_hold_release - send what was held and may be seen now, in order
 * @epoch: the recovery of the instance
 * @end: when to stop, local_clock()
 *
 * Context: softirq, RCU; never two at a time for one instance.
 */
void nfha_hold_release(struct nfha_epoch *epoch, u64 end)
{
	struct sk_buff_head some;
	struct sk_buff *skb;
	unsigned int i;

	__skb_queue_head_init(&some);
	for (i = 0; i < NFHA_EPOCH_BURST; i += RELEASE_MAX) {
		release_some(epoch, i, &some);
		if (skb_queue_empty(&some))
			return;
		while ((skb = __skb_dequeue(&some)))
			nfha_packet_leave(epoch->instance->service,
					  NFHA_WAIT(skb)->from.side, skb);
		if (local_clock() >= end)
			return;
	}
}

/**
 * nfha_hold_kick - send what may be seen
 * @epoch: the recovery of the instance
 *
 * Context: any; the lock.
 */
void nfha_hold_kick(struct nfha_epoch *epoch)
{
	const struct sk_buff *skb = skb_peek(&epoch->hold.queue.skbs);

	lockdep_assert_held(&epoch->lock);
	if (!skb || epoch->hold.busy ||
	    NFHA_WAIT(skb)->number > nfha_epoch_visible(epoch))
		return;
	nfha_epoch_kick(epoch, &epoch->hold.busy);
}

static struct sk_buff *discard_next(struct nfha_epoch *epoch)
{
	struct nfha_hold *hold = &epoch->hold;
	struct sk_buff *skb;

	spin_lock_bh(&epoch->lock);
	nfha_queue_note_high(&hold->queue);
	skb = skb_peek_tail(&hold->queue.skbs);
	if (skb && NFHA_WAIT(skb)->number <= nfha_epoch_visible(epoch))
		skb = NULL;
	if (skb) {
		nfha_queue_remove(&hold->queue, skb);
		hold->uncommitted += nfha_skb_packets(skb);
	}
	spin_unlock_bh(&epoch->lock);
	return skb;
}

/**
 * nfha_hold_discard - drop all output that is not committed
 * @epoch: the recovery of an instance that is fenced, and that nothing will be
 *	committed of any more
 *
 * Context: process, nfha_net.lock.
 */
void nfha_hold_discard(struct nfha_epoch *epoch)
{
	struct nfha_service *service = epoch->instance->service;
	struct sk_buff *skb;

	while ((skb = discard_next(epoch))) {
		local_bh_disable();
		NFHA_COUNT(service, DROP_UNCOMMITTED, nfha_skb_packets(skb));
		local_bh_enable();
		kfree_skb(skb);
		cond_resched();
	}
}
