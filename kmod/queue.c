// SPDX-License-Identifier: GPL-2.0-only

#include <linux/jiffies.h>
#include <net/dst.h>

#include "queue.h"
#include "xmit.h"

/* What is kept must not be waited for by a socket, a device, a connection or a
 * namespace that goes away.
 */
static void scrub(struct sk_buff *skb)
{
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb->dev = NULL;
	NFHA_WAIT(skb)->since = jiffies;
}

/* What LRO has put together would not be known as such in a copy. The reserves of
 * memory are for those who receive.
 */
static struct sk_buff *copy(struct sk_buff *skb)
{
	struct sk_buff *new;

	if (nfha_queue_is_list(skb))
		return skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
	if (skb_is_gso(skb) && !skb_shinfo(skb)->gso_type)
		return NULL;
	new = skb_copy(skb, GFP_NOWAIT | __GFP_NOWARN);
	/* That alone is left out, for no stack needs it where packets are copied. */
	if (new)
		new->mac_len = skb->mac_len;
	return new;
}

/**
 * nfha_queue_clone - a list of packets to be kept, or to be delivered
 * @skb: the one that goes on, or the one that is kept
 *
 * Context: any.
 * Return: the clone, or NULL without memory.
 */
struct sk_buff *nfha_queue_clone(const struct sk_buff *skb)
{
	struct sk_buff *clone = skb_clone((struct sk_buff *)skb,
					  GFP_ATOMIC | __GFP_NOWARN);

	if (clone)
		scrub(clone);
	return clone;
}

/**
 * nfha_queue_own - make a packet fit to be kept
 * @skb: the packet; consumed if it cannot be
 *
 * A packet goes out once, so nothing is copied, unless its pages belong to
 * a sender or a driver that would wait for them.
 *
 * Context: any.
 * Return: the packet, or a copy in its place, or NULL without memory.
 */
struct sk_buff *nfha_queue_own(struct sk_buff *skb)
{
	struct sk_buff *kept = skb;

	if (skb->pp_recycle || skb_zcopy(skb) || skb_has_shared_frag(skb)) {
		kept = copy(skb);
		consume_skb(skb);
	}
	if (kept)
		scrub(kept);
	return kept;
}

/**
 * nfha_queue_put - put a packet at the end
 * @queue: the queue
 * @skb: from nfha_queue_clone() or nfha_queue_own()
 *
 * Context: any; the queue's lock.
 */
void nfha_queue_put(struct nfha_queue *queue, struct sk_buff *skb)
{
	unsigned int packets = nfha_skb_packets(skb);

	__skb_queue_tail(&queue->skbs, skb);
	queue->total += packets;
	queue->packets += packets;
	queue->bytes += skb->truesize;
	queue->packets_high = max(queue->packets_high, queue->packets);
	queue->bytes_high = max(queue->bytes_high, queue->bytes);
}

/**
 * nfha_queue_remove - take a packet out
 * @queue: the queue
 * @skb: one of its packets; the caller's from now on
 *
 * Context: any; the queue's lock.
 */
void nfha_queue_remove(struct nfha_queue *queue, struct sk_buff *skb)
{
	__skb_unlink(skb, &queue->skbs);
	queue->packets -= nfha_skb_packets(skb);
	queue->bytes -= skb->truesize;
}

/**
 * nfha_queue_join - put all packets of another queue at the end
 * @queue: the queue, which may exceed its limit by that
 * @other: left empty
 *
 * Context: any; the locks of both.
 */
void nfha_queue_join(struct nfha_queue *queue, struct nfha_queue *other)
{
	skb_queue_splice_tail_init(&other->skbs, &queue->skbs);
	queue->total += other->packets;
	queue->packets += other->packets;
	queue->bytes += other->bytes;
	queue->packets_high = max(queue->packets_high, queue->packets);
	queue->bytes_high = max(queue->bytes_high, queue->bytes);
	other->packets = 0;
	other->bytes = 0;
}

/**
 * nfha_queue_purge - drop all packets
 * @queue: the queue, which nobody else uses any more
 *
 * Context: process.
 */
void nfha_queue_purge(struct nfha_queue *queue)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&queue->skbs))) {
		nfha_queue_remove(queue, skb);
		kfree_skb(skb);
		cond_resched();
	}
}

/**
 * nfha_queue_state - say what is in a queue
 * @queue: the queue
 * @state: filled in
 *
 * Context: any; the queue's lock.
 */
void nfha_queue_state(const struct nfha_queue *queue,
		      struct nfha_queue_state *state)
{
	const struct sk_buff *skb = skb_peek(&queue->skbs);

	*state = (struct nfha_queue_state) {
		.packets = queue->packets,
		.bytes = queue->bytes,
		.packets_high = queue->packets_high,
		.bytes_high = queue->bytes_high,
		.total = queue->total,
		.dropped = queue->dropped,
		.oldest_ms = skb ? jiffies_to_msecs(jiffies -
						    NFHA_WAIT(skb)->since) : 0,
	};
}

/**
 * nfha_queue_init - make an empty queue
 * @queue: zeroed
 *
 * Context: any.
 */
void nfha_queue_init(struct nfha_queue *queue)
{
	__skb_queue_head_init(&queue->skbs);
}
