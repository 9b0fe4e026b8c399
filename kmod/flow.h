/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_FLOW_H
#define NFHA_FLOW_H

#include <linux/atomic.h>
#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/nfha.h>

#include "parse.h"

struct nfha_service;

/* Bits of struct nfha_flow.flags. "First" is the end that sent the packet
 * that made the entry.
 */
#define NFHA_FLOW_FIRST_SWAPPED	BIT(0)	/* first is the key's second end */
#define NFHA_FLOW_FIRST_RIGHT	BIT(1)	/* first is on the right side */
#define NFHA_FLOW_LEARNED	BIT(2)	/* pinned to the owner */
#define NFHA_FLOW_IMPORTED	BIT(3)	/* put there by flow-new */
#define NFHA_FLOW_REPLIED	BIT(4)	/* seen in both directions */
#define NFHA_FLOW_SEQ(dir)	BIT(5 + (dir))	/* seq[dir] is known */
#define NFHA_FLOW_FIN(dir)	BIT(7 + (dir))	/* FIN seen */
#define NFHA_FLOW_V6		BIT(9)	/* size of the entry */
#define NFHA_FLOW_DEAD		BIT(10)	/* unlinked */
#define NFHA_FLOW_ASK(dir)	BIT(11 + (dir))	/* seq[!dir] may be behind */
#define NFHA_FLOW_MOVED		BIT(13)	/* has had another owner */

/* This far ahead of what was seen a segment is believed at once, beyond it when
 * the other end has acknowledged it. Whoever has not seen the connection hits
 * one number in 4,096 (cf. RFC 5961).
 */
#define NFHA_SEQ_WINDOW		BIT(20)

/**
 * struct nfha_flow - one live flow
 * @next: chain; RCU, written under the stripe's lock
 * @hash: leading bits of the key's hash, so that walking a chain touches
 *	one line for each entry
 * @stamp: jiffies of a packet not long ago, see nfha_flow_stamp()
 * @owner: index of the owner in the service's instances
 * @id: flow ID
 * @flags: NFHA_FLOW_*, written under the stripe's lock
 * @state: enum nfha_flow_state, written under the stripe's lock
 * @seq: TCP, next sequence number of each direction (0: first's)
 * @packets: both directions
 * @bytes: both directions, with link layer headers
 * @rcu: takes the key's place when the flow is unlinked; from then on
 *	no reader can find it equal to anything
 * @key: the first nfha_key_len() bytes of it
 *
 * An IPv4 flow ends after 16 bytes of key: 64 bytes, one cache line.
 */
struct nfha_flow {
	struct nfha_flow __rcu *next;
	u32 hash;
	u32 stamp;
	u16 owner;
	u16 id;
	u16 flags;
	u8 state;
	u32 seq[2];
	atomic64_t packets;
	atomic64_t bytes;
	union {
		struct rcu_head rcu;
		struct nfha_key key;
	};
};

#define NFHA_FLOW_SIZE_V4 (offsetof(struct nfha_flow, key) + NFHA_KEY_LEN_V4)
#define NFHA_FLOW_SIZE_V6 (offsetof(struct nfha_flow, key) + NFHA_KEY_LEN_V6)

/* 0 if the packet goes the way of the flow's first packet, else 1. */
static inline unsigned int nfha_flow_dir(const struct nfha_flow *flow,
					 const struct nfha_packet *pkt)
{
	return (READ_ONCE(flow->flags) ^ pkt->swapped) &
	       NFHA_FLOW_FIRST_SWAPPED;
}

/* True if the packet has come in on a side where its flow has no such end. An import says
 * itself where its ends are, and may be wrong.
 */
static inline bool nfha_flow_strays(const struct nfha_flow *flow,
				    unsigned int left_end)
{
	u16 flags = READ_ONCE(flow->flags);

	BUILD_BUG_ON(NFHA_FLOW_FIRST_RIGHT >> 1 != NFHA_FLOW_FIRST_SWAPPED);
	return ((flags ^ flags >> 1) & NFHA_FLOW_FIRST_SWAPPED) != left_end &&
	       !(flags & NFHA_FLOW_IMPORTED);
}

/* A stamp a quarter of a second old is as good as a new one, and leaves the
 * cache line alone.
 */
static inline void nfha_flow_stamp(struct nfha_flow *flow, u32 now)
{
	if (now - READ_ONCE(flow->stamp) > HZ / 4)
		WRITE_ONCE(flow->stamp, now);
}

/**
 * nfha_flow_is_settled - may the packet pass without a look at the state?
 * @flow: the flow
 * @pkt: a packet of it
 * @dir: nfha_flow_dir() of both
 *
 * Notes the sequence number on the way. That is written without a lock: packets
 * of one direction come in on one CPU, and a lost update only makes the next RST
 * count for less.
 *
 * Context: softirq, RCU.
 * Return: false if nfha_flow_update() has to be called.
 */
static inline bool nfha_flow_is_settled(struct nfha_flow *flow,
					const struct nfha_packet *pkt,
					unsigned int dir)
{
	u16 flags = READ_ONCE(flow->flags);
	u32 ahead;

	if (pkt->key.proto != IPPROTO_TCP)
		return !dir || (flags & NFHA_FLOW_REPLIED);
	if (pkt->tcp & (NFHA_TCP_SYN | NFHA_TCP_FIN | NFHA_TCP_RST) ||
	    READ_ONCE(flow->state) != NFHA_FLOW_STATE_ESTABLISHED ||
	    ((flags >> dir) & (NFHA_FLOW_SEQ(0) | NFHA_FLOW_ASK(0))) !=
	    NFHA_FLOW_SEQ(0))
		return false;
	ahead = pkt->tcp_end - READ_ONCE(flow->seq[dir]);
	if ((s32)ahead <= 0)
		return true;
	if (unlikely(ahead > NFHA_SEQ_WINDOW))
		return false;
	WRITE_ONCE(flow->seq[dir], pkt->tcp_end);
	return true;
}

u32 nfha_flow_timeout(const struct nfha_service *service,
		      const struct nfha_flow *flow);
bool nfha_flow_is_exception(const struct nfha_service *service,
			    const struct nfha_flow *flow);
struct nfha_flow *nfha_flow_alloc(const struct nfha_packet *pkt, u32 hash,
				  gfp_t gfp);
void nfha_flow_free(struct nfha_flow *flow);
int nfha_flow_cache_init(void);
void nfha_flow_cache_exit(void);

void nfha_flow_start(struct nfha_flow *flow, const struct nfha_packet *pkt);
bool nfha_flow_turn(struct nfha_flow *flow, const struct nfha_packet *pkt,
		    unsigned int left_end);
bool nfha_flow_update(struct nfha_flow *flow, const struct nfha_packet *pkt);

#endif /* NFHA_FLOW_H */
