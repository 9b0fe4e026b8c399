/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_QUEUE_H
#define NFHA_QUEUE_H

#include <linux/jiffies.h>
#include <linux/skbuff.h>
#include <net/dst.h>

/**
 * struct nfha_origin - where a packet came in
 * @side: enum nfha_side
 * @detour: by a detour port
 */
struct nfha_origin {
	u8 side;
	bool detour;
};

/**
 * struct nfha_wait - what a queued packet has to remember, in its control buffer
 * @from: where it came in; of output, the side is where it is to leave
 * @number: the epoch that it belongs to, or of the log, of its record
 * @since: jiffies
 * @ifindex: of a fragment, the device that it came in by
 */
struct nfha_wait {
	struct nfha_origin from;
	int ifindex;
	u64 number;
	unsigned long since;
};

#define NFHA_WAIT(skb) ((struct nfha_wait *)(skb)->cb)

/**
 * struct nfha_queue - packets that are kept, oldest first
 * @skbs: of no other list, device, socket or connection
 * @packets: in @skbs, those of a GSO packet each
 * @bytes: truesize of @skbs
 * @packets_high: most that @packets was, as far as it has been noted
 * @bytes_high: most that @bytes was, the same
 * @total: packets that were put in
 * @dropped: packets that were not, and were lost
 *
 * Guarded by a lock of the owner's.
 */
struct nfha_queue {
	struct sk_buff_head skbs;
	u64 packets;
	u64 bytes;
	u64 packets_high;
	u64 bytes_high;
	u64 total;
	u64 dropped;
};

/**
 * struct nfha_queue_state - what is said of a log or a hold
 * @packets: that there are
 * @bytes: memory that they take
 * @packets_high: most that @packets was
 * @bytes_high: most that @bytes was
 * @total: packets that were put in
 * @dropped: packets that were not, and were lost
 * @oldest_ms: age of the first
 */
struct nfha_queue_state {
	u64 packets;
	u64 bytes;
	u64 packets_high;
	u64 bytes_high;
	u64 total;
	u64 dropped;
	u32 oldest_ms;
};

void nfha_queue_init(struct nfha_queue *queue);
bool nfha_queue_add_pages(struct sk_buff *skb, u32 len, gfp_t gfp);
struct sk_buff *nfha_queue_clone(const struct sk_buff *skb);
struct sk_buff *nfha_queue_copy(struct sk_buff *skb);
void nfha_queue_join(struct nfha_queue *queue, struct nfha_queue *other);
void nfha_queue_purge(struct nfha_queue *queue);
void nfha_queue_state(const struct nfha_queue *queue,
		      struct nfha_queue_state *state);

/* How many packets one of @len bytes from the network header on is to be cut into. GRO
 * and local senders say so; a virtual machine says the size only, and headers make it one
 * more at most.
 */
static inline unsigned int nfha_gso_packets(u16 segs, u16 size, u32 len)
{
	if (likely(segs))
		return segs;
	return size == GSO_BY_FRAGS ? 1 : max(DIV_ROUND_UP(len, size), 1);
}

/* How many packets an skb stands for; data at the network header. */
static inline unsigned int nfha_skb_packets(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	return skb_is_gso(skb) ? nfha_gso_packets(shinfo->gso_segs,
						  shinfo->gso_size, skb->len) : 1;
}

/* A list of packets under one header cannot be copied as a whole. Whoever takes
 * such a list apart makes it his own before. SCTP's GSO is one, too, and says so by
 * its size alone.
 */
static inline bool nfha_queue_is_list(const struct sk_buff *skb)
{
	return skb_is_gso(skb) &&
	       ((skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST) ||
		skb_shinfo(skb)->gso_size == GSO_BY_FRAGS);
}

/* What is kept must not be waited for by a socket, a device, a connection or a
 * namespace that goes away.
 */
static inline void nfha_queue_scrub(struct sk_buff *skb)
{
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb->dev = NULL;
	NFHA_WAIT(skb)->since = jiffies;
}

/**
 * nfha_queue_own - make a packet fit to be kept
 * @skb: the packet; consumed if it cannot be
 *
 * A packet goes out once, so nothing is copied, unless its pages belong to
 * a sender or a driver that would wait for them. One that the kernel had to take from
 * its reserves is not kept: they are for what is over soon.
 *
 * Context: any.
 * Return: the packet, or a copy in its place, or NULL without memory.
 */
static inline struct sk_buff *nfha_queue_own(struct sk_buff *skb)
{
	if (skb->pp_recycle || skb_pfmemalloc(skb) || skb_zcopy(skb) ||
	    skb_has_shared_frag(skb))
		skb = nfha_queue_copy(skb);
	if (likely(skb))
		nfha_queue_scrub(skb);
	return skb;
}

/**
 * nfha_queue_put - put a packet at the end
 * @queue: the queue
 * @skb: from nfha_queue_clone() or nfha_queue_own()
 *
 * Context: any; the queue's lock.
 */
static inline void nfha_queue_put(struct nfha_queue *queue, struct sk_buff *skb)
{
	unsigned int packets = nfha_skb_packets(skb);

	__skb_queue_tail(&queue->skbs, skb);
	queue->total += packets;
	queue->packets += packets;
	queue->bytes += skb->truesize;
}

/**
 * nfha_queue_note_high - note how much there is, before it becomes less
 * @queue: the queue
 *
 * Context: any; the queue's lock.
 */
static inline void nfha_queue_note_high(struct nfha_queue *queue)
{
	queue->packets_high = max(queue->packets_high, queue->packets);
	queue->bytes_high = max(queue->bytes_high, queue->bytes);
}

/**
 * nfha_queue_remove - take a packet out
 * @queue: the queue; how much there was has been noted, if anybody asks for it
 * @skb: one of its packets; the caller's from now on
 *
 * Context: any; the queue's lock.
 */
static inline void nfha_queue_remove(struct nfha_queue *queue,
				     struct sk_buff *skb)
{
	__skb_unlink(skb, &queue->skbs);
	queue->packets -= nfha_skb_packets(skb);
	queue->bytes -= skb->truesize;
}

#endif /* NFHA_QUEUE_H */
