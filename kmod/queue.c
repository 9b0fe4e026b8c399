// SPDX-License-Identifier: GPL-2.0-only

#include "queue.h"

/* What LRO has put together would not be known as such in a copy. The reserves of
 * memory are for those who receive.
 */
static struct sk_buff *copy(struct sk_buff *skb)
{
	struct sk_buff *new;

	if (skb_pfmemalloc(skb))
		return NULL;
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
		nfha_queue_scrub(clone);
	return clone;
}

/**
 * nfha_queue_copy - have a copy in place of a packet
 * @skb: the packet; consumed
 *
 * Context: any.
 * Return: the copy, or NULL without memory.
 */
struct sk_buff *nfha_queue_copy(struct sk_buff *skb)
{
	struct sk_buff *new = copy(skb);

	consume_skb(skb);
	return new;
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
		.packets_high = max(queue->packets_high, queue->packets),
		.bytes_high = max(queue->bytes_high, queue->bytes),
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
