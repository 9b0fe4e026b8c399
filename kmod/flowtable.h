/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_FLOWTABLE_H
#define NFHA_FLOWTABLE_H

#include <linux/cache.h>
#include <linux/spinlock.h>

#include "flow.h"

struct nfha_service;

#define NFHA_STRIPE_BITS	10
#define NFHA_STRIPES		BIT(NFHA_STRIPE_BITS)

/**
 * struct nfha_buckets - the chains of one stripe
 * @rcu: to free it when the stripe has grown
 * @bits: 2^bits chains
 * @chain: heads; RCU
 */
struct nfha_buckets {
	struct rcu_head rcu;
	unsigned int bits;
	struct nfha_flow __rcu *chain[];
};

/**
 * struct nfha_stripe - the flows whose hash begins with the same bits
 * @buckets: RCU; replaced under @lock when the stripe grows
 * @lock: guards chains, @buckets, @count, and flags and state of the flows; BH
 * @count: flows
 * @due: jiffies; none of the flows ends before. Lowered under @lock; raised by
 *	ageing, which looks at every flow after that
 */
struct nfha_stripe {
	struct nfha_buckets __rcu *buckets;
	spinlock_t lock;
	unsigned int count;
	u32 due;
} ____cacheline_aligned_in_smp;

/**
 * struct nfha_flowtable - the live flows of a service
 * @stripe: NFHA_STRIPES of them
 * @count: flows
 * @imported: flows put there by flow-new
 * @next: the stripe that ageing goes on with; worker only
 */
struct nfha_flowtable {
	struct nfha_stripe *stripe;
	atomic_t count;
	atomic_t imported;
	unsigned int next;
};

static inline unsigned int nfha_flowtable_chain(u32 hash, unsigned int bits)
{
	/* Two shifts: one of 32 would be undefined. */
	return (hash << NFHA_STRIPE_BITS) >> 1 >> (31 - bits);
}

/**
 * nfha_flowtable_find - look a flow up without a lock
 * @table: the table
 * @key: a sorted key
 * @hash: upper half of its SipHash
 *
 * May miss a flow whose stripe is growing just now; nfha_flowtable_add()
 * looks again.
 *
 * Context: softirq, RCU.
 * Return: the flow, valid until the end of the RCU section, or NULL.
 */
static inline struct nfha_flow *
nfha_flowtable_find(const struct nfha_flowtable *table,
		    const struct nfha_key *key, u32 hash)
{
	const struct nfha_stripe *stripe =
		&table->stripe[hash >> (32 - NFHA_STRIPE_BITS)];
	const struct nfha_buckets *buckets = rcu_dereference(stripe->buckets);
	struct nfha_flow *flow;

	flow = rcu_dereference(buckets->chain[nfha_flowtable_chain(hash, buckets->bits)]);
	for (; flow; flow = rcu_dereference(flow->next))
		if (flow->hash == hash && nfha_key_equal(&flow->key, key))
			return flow;
	return NULL;
}

/**
 * struct nfha_flow_filter - which flows are meant
 * @owner: of this instance, or NFHA_NO_OWNER for any
 * @flags: with any of these NFHA_FLOW_* flags, or 0 for any
 * @exceptions: exceptions only
 */
struct nfha_flow_filter {
	u16 owner;
	u16 flags;
	bool exceptions;
};

int nfha_flowtable_init(struct nfha_flowtable *table);
void nfha_flowtable_free(struct nfha_service *service);

struct nfha_flow *nfha_flowtable_add(struct nfha_service *service,
				     const struct nfha_packet *pkt, u32 hash,
				     u16 id, u16 owner, u16 flags);
int nfha_flowtable_import(struct nfha_service *service,
			  const struct nfha_packet *pkt, u32 hash, u16 id,
			  u16 owner, u16 flags);
bool nfha_flowtable_update(struct nfha_service *service,
			   struct nfha_flow *flow,
			   const struct nfha_packet *pkt);
void nfha_flowtable_reown(struct nfha_service *service, struct nfha_flow *flow,
			  u16 owner);
bool nfha_flowtable_remove(struct nfha_service *service,
			   const struct nfha_key *key, u32 hash);
u32 nfha_flowtable_purge(struct nfha_service *service,
			 const struct nfha_flow_filter *filter);
void nfha_flowtable_repoint(struct nfha_service *service);
void nfha_flowtable_due(struct nfha_service *service);
void nfha_flowtable_age(struct nfha_service *service, unsigned int stripes);

u32 nfha_flow_timeout(const struct nfha_service *service,
		      const struct nfha_flow *flow);
bool nfha_flow_is_exception(const struct nfha_service *service,
			    const struct nfha_flow *flow);

/* Called with the lock of the flow's stripe held and RCU; nonzero ends the
 * walk before this chain, to be taken up there again.
 */
typedef int (*nfha_flow_fn)(const struct nfha_flow *flow, void *arg);
typedef void (*nfha_chain_fn)(void *arg);

int nfha_flowtable_walk(struct nfha_service *service, u64 *cursor,
			nfha_chain_fn begin, nfha_flow_fn visit, void *arg);

int nfha_flow_cache_init(void);
void nfha_flow_cache_exit(void);

#endif /* NFHA_FLOWTABLE_H */
