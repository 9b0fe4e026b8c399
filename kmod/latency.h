/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_LATENCY_H
#define NFHA_LATENCY_H

#include <linux/jiffies.h>
#include <linux/spinlock.h>

#include "parse.h"

/**
 * struct nfha_latency - how long packets take through an instance, by samples
 * @due: jiffies; from then on the next packet may be taken, or the one that is out is
 *	given up. Written under @lock, read anywhere
 * @is_out: a packet went in and has not come out. Written under @lock, read anywhere
 * @lock: guards everything here; softirq only. Guesses are made without it
 * @side: where it went in, enum nfha_side
 * @len: its length
 * @pkt: what was found in it
 * @at: when it went in, nanoseconds
 * @ns: of those that came out, smoothed. Like what follows, written under @lock, read
 *	anywhere
 * @samples: that came out
 * @lost: that did not
 *
 * What goes in is not what comes out: addresses may have been rewritten, and a server
 * answers. So a packet is known again by its TCP sequence number, or by its flow.
 */
struct nfha_latency {
	unsigned long due;
	bool is_out;
	spinlock_t lock ____cacheline_aligned_in_smp;
	u8 side;
	unsigned int len;
	struct nfha_packet pkt;
	u64 at;
	u32 ns;
	u32 samples;
	u32 lost;
};

/**
 * struct nfha_latency_sum - what is told of it
 * @us: microseconds, if @samples is not 0
 * @samples: packets that came out
 * @lost: packets that did not, or not within half a second
 */
struct nfha_latency_sum {
	u32 us;
	u32 samples;
	u32 lost;
};

void nfha_latency_init(struct nfha_latency *latency);
void nfha_latency_take(struct nfha_latency *latency, bool one_armed, u8 side,
		       const struct sk_buff *skb);
void nfha_latency_look(struct nfha_latency *latency, bool one_armed, u8 side,
		       const struct sk_buff *skb);
void nfha_latency_read(const struct nfha_latency *latency,
		       struct nfha_latency_sum *sum);

/* A packet goes in. Softirq. */
static inline void nfha_latency_input(struct nfha_latency *latency,
				      bool one_armed, u8 side,
				      const struct sk_buff *skb)
{
	if (unlikely(time_after_eq(jiffies, READ_ONCE(latency->due))))
		nfha_latency_take(latency, one_armed, side, skb);
}

/* A packet comes out. Softirq. */
static inline void nfha_latency_output(struct nfha_latency *latency,
				       bool one_armed, u8 side,
				       const struct sk_buff *skb)
{
	if (unlikely(READ_ONCE(latency->is_out)))
		nfha_latency_look(latency, one_armed, side, skb);
}

#endif /* NFHA_LATENCY_H */
