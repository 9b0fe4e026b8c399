/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_QUEUE_H
#define NFHA_QUEUE_H

#include <linux/skbuff.h>

/**
 * struct nfha_wait - what a queued packet has to remember, in its control buffer
 * @side: enum nfha_side, where it came in
 * @detour: it came in by a detour port
 * @epoch: that it belongs to; output only
 * @since: jiffies
 */
struct nfha_wait {
	u8 side;
	bool detour;
	u64 epoch;
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

void nfha_queue_init(struct nfha_queue *queue);
struct sk_buff *nfha_queue_copy(const struct sk_buff *skb);
struct sk_buff *nfha_queue_clone(struct sk_buff *skb);
struct sk_buff *nfha_queue_own(struct sk_buff *skb);
void nfha_queue_put(struct nfha_queue *queue, struct sk_buff *skb);
void nfha_queue_remove(struct nfha_queue *queue, struct sk_buff *skb);
void nfha_queue_join(struct nfha_queue *queue, struct nfha_queue *other);
void nfha_queue_purge(struct nfha_queue *queue);
u32 nfha_queue_age_ms(const struct nfha_queue *queue);

#endif /* NFHA_QUEUE_H */
