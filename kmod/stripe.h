/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_STRIPE_H
#define NFHA_STRIPE_H

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

static inline unsigned int nfha_stripe_chain(u32 hash, unsigned int bits)
{
	/* Two shifts: one of 32 would be undefined. */
	return (hash << NFHA_STRIPE_BITS) >> 1 >> (31 - bits);
}

static inline struct nfha_buckets *
nfha_stripe_buckets(const struct nfha_stripe *stripe)
{
	return rcu_dereference_protected(stripe->buckets,
					 lockdep_is_held(&stripe->lock));
}

/* What a link of a chain leads to: a head, or the next of a flow. */
static inline struct nfha_flow *
nfha_stripe_next(const struct nfha_stripe *stripe,
		 struct nfha_flow __rcu *const *link)
{
	return rcu_dereference_protected(*link,
					 lockdep_is_held(&stripe->lock));
}

int nfha_stripe_init(struct nfha_stripe *stripe);
void nfha_stripe_free(struct nfha_stripe *stripe);
struct nfha_flow __rcu **nfha_stripe_find(const struct nfha_stripe *stripe,
					  const struct nfha_key *key, u32 hash);
void nfha_stripe_link(struct nfha_service *service, struct nfha_stripe *stripe,
		      struct nfha_flow *flow);
void nfha_stripe_unlink(struct nfha_service *service,
			struct nfha_stripe *stripe,
			struct nfha_flow __rcu **link);
void nfha_stripe_due(const struct nfha_service *service,
		     struct nfha_stripe *stripe, const struct nfha_flow *flow);

#endif /* NFHA_STRIPE_H */
