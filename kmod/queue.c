// SPDX-License-Identifier: GPL-2.0-only

#include <linux/gfp.h>

#include "queue.h"

/**
 * nfha_queue_add_pages - put pages behind the first piece of a packet
 * @skb: a packet of one piece
 * @len: bytes, which are not set; none is well
 * @gfp: how to ask for memory
 *
 * As small ones as can be, for larger ones may be hard to get.
 *
 * Context: as @gfp says.
 * Return: false without memory; what it has so far goes with the packet.
 */
bool nfha_queue_add_pages(struct sk_buff *skb, u32 len, gfp_t gfp)
{
	/* The order of nothing is undefined. */
	unsigned int order = len ? get_order(DIV_ROUND_UP(len, MAX_SKB_FRAGS)) : 0;
	unsigned int i;

	for (i = 0; len; i++) {
		u32 n = min_t(u32, len, PAGE_SIZE << order);
		struct page *page = alloc_pages(gfp | __GFP_COMP, order);

		if (!page)
			return false;
		skb_add_rx_frag(skb, i, page, 0, n, PAGE_SIZE << order);
		len -= n;
	}
	return true;
}

static bool bytes_copy(const struct sk_buff *skb, struct sk_buff *new)
{
	int room = skb_headroom(skb), at = skb_headlen(skb);
	unsigned int i;

	if (skb_copy_bits(skb, -room, new->head, room + at))
		return false;
	for (i = 0; i < skb_shinfo(new)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(new)->frags[i];

		if (skb_copy_bits(skb, at, skb_frag_address(frag), skb_frag_size(frag)))
			return false;
		at += skb_frag_size(frag);
	}
	return true;
}

/* skb_copy() would have it in one piece: of the longest packets of TCP 128 KiB, which
 * a machine that has run for long has nowhere.
 */
static struct sk_buff *copy_pieces(const struct sk_buff *skb)
{
	const gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;
	struct sk_buff *new = alloc_skb(skb_headroom(skb) + skb_headlen(skb), gfp);

	if (!new)
		return NULL;
	skb_reserve(new, skb_headroom(skb));
	skb_put(new, skb_headlen(skb));
	if (!nfha_queue_add_pages(new, skb->data_len, gfp) || !bytes_copy(skb, new)) {
		kfree_skb(new);
		return NULL;
	}
	skb_copy_header(new, skb);
	return new;
}

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
	new = copy_pieces(skb);
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
