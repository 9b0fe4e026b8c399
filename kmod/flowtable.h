/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_FLOWTABLE_H
#define NFHA_FLOWTABLE_H

#include "stripe.h"

struct nfha_service;

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

	flow = rcu_dereference(buckets->chain[nfha_stripe_chain(hash, buckets->bits)]);
	for (; flow; flow = rcu_dereference(flow->next))
		if (flow->hash == hash && nfha_key_equal(&flow->key, key))
			return flow;
	return NULL;
}

/**
 * enum nfha_pass - what a packet is to its flow
 * @NFHA_PASS_ON: one of it
 * @NFHA_PASS_ANEW: the flow is over, and the packet begins a new one
 * @NFHA_PASS_STRAY: perhaps forged: it goes where the flow goes, and is no sign of life
 */
enum nfha_pass {
	NFHA_PASS_ON,
	NFHA_PASS_ANEW,
	NFHA_PASS_STRAY,
};

int nfha_flowtable_init(struct nfha_flowtable *table);
void nfha_flowtable_free(struct nfha_service *service);

struct nfha_flow *nfha_flowtable_add(struct nfha_service *service,
				     const struct nfha_packet *pkt, u32 hash,
				     u16 id, u16 owner, u16 flags);
int nfha_flowtable_import(struct nfha_service *service,
			  const struct nfha_packet *pkt, u32 hash, u16 id,
			  u16 owner, u16 flags);
enum nfha_pass nfha_flowtable_update(struct nfha_service *service,
				     struct nfha_flow *flow,
				     const struct nfha_packet *pkt,
				     unsigned int left_end);
void nfha_flowtable_reown(struct nfha_service *service, struct nfha_flow *flow,
			  u16 owner);
bool nfha_flowtable_remove(struct nfha_service *service,
			   const struct nfha_key *key, u32 hash,
			   const struct nfha_flow *flow);

#endif /* NFHA_FLOWTABLE_H */
