/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_QUEUE_H
#define NFHA_QUEUE_H

#include <linux/skbuff.h>

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
 */
struct nfha_wait {
	struct nfha_origin from;
	u64 number;
	unsigned long since;
};

#define NFHA_WAIT(skb) ((struct nfha_wait *)(skb)->cb)

/**
 * struct nfha_queue - packets that are kept, oldest first
 * @skbs: of no other list, device, socket or connection
 * @packets: in @skbs, those of a GSO packet each
 * @bytes: truesize of @skbs
 * @packets_high: most that @packets was
 * @bytes_high: most that @bytes was
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
struct sk_buff *nfha_queue_clone(const struct sk_buff *skb);
struct sk_buff *nfha_queue_own(struct sk_buff *skb);
void nfha_queue_put(struct nfha_queue *queue, struct sk_buff *skb);
void nfha_queue_remove(struct nfha_queue *queue, struct sk_buff *skb);
void nfha_queue_join(struct nfha_queue *queue, struct nfha_queue *other);
void nfha_queue_purge(struct nfha_queue *queue);
void nfha_queue_state(const struct nfha_queue *queue,
		      struct nfha_queue_state *state);

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

#endif /* NFHA_QUEUE_H */
