// SPDX-License-Identifier: GPL-2.0-only

#include <linux/slab.h>

#include "account.h"
#include "service.h"
#include "stripe.h"

/* A chain array is doubled when it holds more flows than chains. */
#define BITS_FIRST	1
#define BITS_MAX	(32 - NFHA_STRIPE_BITS)

static struct nfha_buckets *buckets_alloc(unsigned int bits, gfp_t gfp)
{
	struct nfha_buckets *buckets;

	buckets = kzalloc(struct_size(buckets, chain, 1UL << bits), gfp);
	if (buckets)
		buckets->bits = bits;
	return buckets;
}

/* The way into the chain that @hash belongs to. */
static struct nfha_flow __rcu **head_of(struct nfha_buckets *buckets, u32 hash)
{
	return &buckets->chain[nfha_stripe_chain(hash, buckets->bits)];
}

/**
 * nfha_stripe_find - look a flow up, exactly
 * @stripe: its stripe
 * @key: its key
 * @hash: upper half of the key's SipHash
 *
 * Context: the stripe's lock is held.
 * Return: the link that leads to the flow; to nothing if there is no such flow.
 */
struct nfha_flow __rcu **nfha_stripe_find(const struct nfha_stripe *stripe,
					  const struct nfha_key *key, u32 hash)
{
	struct nfha_flow __rcu **link =
		head_of(nfha_stripe_buckets(stripe), hash);
	struct nfha_flow *flow;

	while ((flow = nfha_stripe_next(stripe, link)) &&
	       (flow->hash != hash || !nfha_key_equal(&flow->key, key)))
		link = &flow->next;
	return link;
}

static void push(struct nfha_stripe *stripe, struct nfha_buckets *buckets,
		 struct nfha_flow *flow)
{
	struct nfha_flow __rcu **head = head_of(buckets, flow->hash);

	rcu_assign_pointer(flow->next, nfha_stripe_next(stripe, head));
	rcu_assign_pointer(*head, flow);
}

/* Readers that are in a chain may be led into a new one and miss a flow; they
 * look again under the lock before they act on it.
 */
static void grow(struct nfha_stripe *stripe)
{
	struct nfha_buckets *old = nfha_stripe_buckets(stripe), *new;
	struct nfha_flow *flow, *next;
	unsigned long i;

	if (old->bits == BITS_MAX)
		return;
	new = buckets_alloc(old->bits + 1, GFP_ATOMIC | __GFP_NOWARN);
	if (!new)
		return;
	for (i = 0; i < 1UL << old->bits; i++) {
		for (flow = nfha_stripe_next(stripe, &old->chain[i]); flow; flow = next) {
			next = nfha_stripe_next(stripe, &flow->next);
			push(stripe, new, flow);
		}
	}
	rcu_assign_pointer(stripe->buckets, new);
	kfree_rcu(old, rcu);
}

/**
 * nfha_stripe_due - see to it that ageing comes in time for a flow
 * @service: the service
 * @stripe: the flow's stripe
 * @flow: a flow whose time may have become shorter
 *
 * Context: the stripe's lock is held.
 */
void nfha_stripe_due(const struct nfha_service *service,
		     struct nfha_stripe *stripe, const struct nfha_flow *flow)
{
	u32 due = READ_ONCE(flow->stamp) + nfha_flow_timeout(service, flow);

	if ((s32)(due - READ_ONCE(stripe->due)) < 0)
		WRITE_ONCE(stripe->due, due);
}

/**
 * nfha_stripe_link - put a flow into its chain
 * @service: the service
 * @stripe: the stripe of its hash
 * @flow: filled in; it is the stripe's from now on
 *
 * Context: the stripe's lock is held; softirq or process.
 */
void nfha_stripe_link(struct nfha_service *service, struct nfha_stripe *stripe,
		      struct nfha_flow *flow)
{
	nfha_account_add(service, flow);
	push(stripe, nfha_stripe_buckets(stripe), flow);
	nfha_stripe_due(service, stripe, flow);
	if (++stripe->count > 1U << nfha_stripe_buckets(stripe)->bits)
		grow(stripe);
}

/**
 * nfha_stripe_unlink - end a flow
 * @service: the service
 * @stripe: its stripe
 * @link: what leads to it; leads to its successor afterwards
 *
 * Readers may hold the flow until a grace period is over; then it is freed.
 *
 * Context: the stripe's lock is held; softirq or process.
 */
void nfha_stripe_unlink(struct nfha_service *service,
			struct nfha_stripe *stripe,
			struct nfha_flow __rcu **link)
{
	struct nfha_flow *flow = nfha_stripe_next(stripe, link);

	rcu_assign_pointer(*link, nfha_stripe_next(stripe, &flow->next));
	nfha_account_sub(service, flow);
	stripe->count--;
	atomic_dec(&service->table.count);
	if (flow->flags & NFHA_FLOW_IMPORTED)
		atomic_dec(&service->table.imported);
	WRITE_ONCE(flow->flags, flow->flags | NFHA_FLOW_DEAD);
	nfha_flow_free(flow);
}

/**
 * nfha_stripe_init - make an empty stripe
 * @stripe: zeroed
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int nfha_stripe_init(struct nfha_stripe *stripe)
{
	struct nfha_buckets *buckets;

	buckets = buckets_alloc(BITS_FIRST, GFP_KERNEL_ACCOUNT);
	if (!buckets)
		return -ENOMEM;
	spin_lock_init(&stripe->lock);
	stripe->due = (u32)jiffies;
	RCU_INIT_POINTER(stripe->buckets, buckets);
	return 0;
}

/**
 * nfha_stripe_free - undo nfha_stripe_init()
 * @stripe: without flows, and nobody's any more
 *
 * Context: process.
 */
void nfha_stripe_free(struct nfha_stripe *stripe)
{
	kfree(rcu_dereference_raw(stripe->buckets));
}
