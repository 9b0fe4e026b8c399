// SPDX-License-Identifier: GPL-2.0-only

#include <linux/sched/clock.h>

#include "epoch.h"
#include "packet.h"
#include "service.h"
#include "xmit.h"

/* What becomes of a packet that comes in. */
enum fate {
	LOGGED,		/* deliver it now */
	UNLOGGED,	/* the same, and a replay will not have it */
	NOT_FOR_LOG,	/* the same, for nothing of it is to be repeated */
	WAITS,		/* the log delivers it later */
	LOST,
};

static struct sk_buff *log_after(const struct nfha_log *log,
				 struct sk_buff *skb)
{
	return skb_queue_is_last(&log->queue.skbs, skb) ?
	       NULL : skb_queue_next(&log->queue.skbs, skb);
}

static bool has_room(const struct nfha_epoch *epoch, const struct sk_buff *copy)
{
	u32 max = READ_ONCE(epoch->instance->service->set.log_max);

	return copy && epoch->log.queue.bytes + copy->truesize <= max;
}

static enum fate put(struct nfha_epoch *epoch, struct sk_buff *copy,
		     unsigned int packets)
{
	bool waits = nfha_epoch_waits(epoch) || epoch->log.busy;
	struct nfha_log *log = &epoch->log;

	if (!has_room(epoch, copy)) {
		if (waits) {
			log->queue.dropped += packets;
			nfha_notice_overflow(epoch, NFHA_OVERFLOW_INPUT_DROPPED);
			return LOST;
		}
		log->unlogged += packets;
		log->hole = epoch->open;
		nfha_notice_overflow(epoch, NFHA_OVERFLOW_UNLOGGED);
		return UNLOGGED;
	}
	nfha_queue_put(&log->queue, copy);
	nfha_notice_watermark(epoch, NFHA_EVENT_QUEUE_LOG);
	if (!waits) {
		log->delivered++;
		return LOGGED;
	}
	if (!log->next)
		log->next = copy;
	return WAITS;
}

static bool settle(enum fate fate, struct nfha_service *service,
		   struct sk_buff *copy, struct sk_buff *skb)
{
	unsigned int packets = nfha_skb_packets(skb);

	switch (fate) {
	case LOGGED:
		return true;
	case NOT_FOR_LOG:
		kfree_skb(copy);
		return true;
	case UNLOGGED:
		NFHA_COUNT(service, UNLOGGED, packets);
		kfree_skb(copy);
		return true;
	case WAITS:
		NFHA_COUNT(service, PLUGGED, packets);
		consume_skb(skb);
		return false;
	default:
		NFHA_COUNT(service, DROP_PLUGGED, packets);
		kfree_skb(copy);
		kfree_skb(skb);
		return false;
	}
}

/* To the instance, or to the one that has replaced it meanwhile. */
static enum fate offer(struct nfha_instance **instance, struct sk_buff *copy,
		       unsigned int packets)
{
	enum fate fate = NOT_FOR_LOG;
	struct nfha_instance *backup;
	struct nfha_epoch *epoch;

	do {
		epoch = rcu_dereference((*instance)->epoch);
		if (!epoch)
			return NOT_FOR_LOG;
		spin_lock_bh(&epoch->lock);
		backup = rcu_dereference(epoch->backup);
		if (backup)
			*instance = backup;
		/* What nobody gets now is nothing to be repeated later. One on
		 * standby that is about to take over has its input waiting.
		 */
		else if (nfha_instance_is_served(*instance) || epoch->paused)
			fate = put(epoch, copy, packets);
		spin_unlock_bh(&epoch->lock);
	} while (backup);
	return fate;
}

/**
 * nfha_log_input - log a packet for an instance
 * @instance: where it is to go; it has, or has had, an epoch
 * @side: enum nfha_side, where it came in
 * @detour: by a detour port
 * @skb: the packet
 *
 * The order of the log is the order of this function's calls. Nothing is sent under
 * the lock; packets of one flow come one after the other on one CPU, and
 * what is delivered from the log is on its way before the log is not busy
 * any more.
 *
 * Context: softirq, RCU.
 * Return: the instance that the packet is to be sent to now, which is its backup if
 * it was replaced; NULL if the packet was taken, to be delivered later, or lost
 * and counted.
 */
struct nfha_instance *nfha_log_input(struct nfha_instance *instance, u8 side,
				     bool detour, struct sk_buff *skb)
{
	struct nfha_service *service = instance->service;
	struct sk_buff *copy = nfha_queue_copy(skb);
	enum fate fate;

	if (copy) {
		NFHA_WAIT(copy)->side = side;
		NFHA_WAIT(copy)->detour = detour;
	}
	fate = offer(&instance, copy, nfha_skb_packets(skb));
	return settle(fate, service, copy, skb) ? instance : NULL;
}

/* The next packet to be delivered, with a reference. What this CPU has just sent
 * may still be in its backlog, behind others, and what comes by another CPU must
 * not overtake it: it is over when the receive softirq has run often enough.
 */
static struct sk_buff *deliver_next(struct nfha_epoch *epoch, bool sent)
{
	struct nfha_log *log = &epoch->log;
	struct sk_buff *skb = NULL;

	spin_lock_bh(&epoch->lock);
	if (!nfha_epoch_waits(epoch) && log->next) {
		skb = skb_get(log->next);
		log->next = log_after(log, skb);
		log->delivered++;
		log->busy = NFHA_EPOCH_SETTLE;
	} else if (!sent && log->busy) {
		log->busy--;
	}
	spin_unlock_bh(&epoch->lock);
	return skb;
}

/**
 * nfha_log_deliver - deliver what has waited, in order
 * @epoch: the recovery of the instance
 * @end: when to stop, local_clock()
 *
 * The instance gets a copy, for it will write into it, and the log may have to
 * repeat it.
 *
 * Context: softirq, RCU; never two at a time for one instance.
 */
void nfha_log_deliver(struct nfha_epoch *epoch, u64 end)
{
	struct nfha_instance *instance = epoch->instance;
	unsigned int i;

	for (i = 0; i < NFHA_EPOCH_BURST && local_clock() < end; i++) {
		struct sk_buff *kept = deliver_next(epoch, i), *skb;
		struct nfha_wait wait;

		if (!kept)
			return;
		wait = *NFHA_WAIT(kept);
		skb = nfha_queue_copy(kept);
		if (skb)
			nfha_packet_reach(instance, wait.side, wait.detour,
					  skb);
		else
			NFHA_COUNT(instance->service, DROP_XMIT,
				   nfha_skb_packets(kept));
		kfree_skb(kept);
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
	if (!epoch->log.next || nfha_epoch_waits(epoch))
		return;
	nfha_epoch_kick(epoch, &epoch->log.busy);
}

/* One at a time: to free a packet may take long. */
static struct sk_buff *trim_next(struct nfha_epoch *epoch, u64 cut)
{
	struct nfha_log *log = &epoch->log;
	struct sk_buff *skb = NULL;

	spin_lock_bh(&epoch->lock);
	if (log->removed < cut && log->delivered) {
		skb = skb_peek(&log->queue.skbs);
		nfha_queue_remove(&log->queue, skb);
		log->delivered--;
		log->removed++;
	}
	spin_unlock_bh(&epoch->lock);
	return skb;
}

/**
 * nfha_log_trim - forget input that a checkpoint has in it
 * @epoch: the recovery of the instance
 * @cut: the position of the cut
 *
 * Context: process, nfha_net.lock.
 */
void nfha_log_trim(struct nfha_epoch *epoch, u64 cut)
{
	struct sk_buff *skb;

	while ((skb = trim_next(epoch, cut))) {
		consume_skb(skb);
		cond_resched();
	}
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
	struct nfha_log *log = &from->log;
	u64 packets = log->queue.packets;

	lockdep_assert_held(&to->lock);
	lockdep_assert_held(&from->lock);
	if (!to->log.next)
		to->log.next = skb_peek(&log->queue.skbs);
	nfha_queue_join(&to->log.queue, &log->queue);
	if (log->hole > from->committed)
		to->log.hole = to->open;
	log->removed += log->delivered;
	log->delivered = 0;
	log->next = NULL;
	return packets;
}

/**
 * nfha_log_waiting - packets of a log that are not delivered yet
 * @log: the log
 *
 * Context: any; the lock.
 * Return: how many, a GSO packet as one.
 */
u64 nfha_log_waiting(const struct nfha_log *log)
{
	return skb_queue_len(&log->queue.skbs) - log->delivered;
}
