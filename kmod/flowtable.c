// SPDX-License-Identifier: GPL-2.0-only

#include <linux/slab.h>

#include "account.h"
#include "flowtable.h"
#include "sweep.h"
#include "watch.h"

/* How many flows are looked at when one has to give way. */
#define EVICT_LOOKS	16

static struct nfha_stripe *stripe_of(const struct nfha_flowtable *table,
				     u32 hash)
{
	return &table->stripe[hash >> (32 - NFHA_STRIPE_BITS)];
}

static struct nfha_flow *find(const struct nfha_stripe *stripe,
			      const struct nfha_key *key, u32 hash)
{
	return nfha_stripe_next(stripe, nfha_stripe_find(stripe, key, hash));
}

static bool may_give_way(const struct nfha_service *service,
			 const struct nfha_flow *flow)
{
	/* The answer to one that was learned belongs nowhere else. */
	if (flow->flags & NFHA_FLOW_LEARNED)
		return flow->state == NFHA_FLOW_STATE_EMBRYONIC;
	return flow->state != NFHA_FLOW_STATE_ESTABLISHED &&
	       !(flow->flags & NFHA_FLOW_IMPORTED) &&
	       !nfha_flow_is_exception(service, flow);
}

/* Looks at the chains from that of @hash on, and back round to it. */
static bool evict_one(struct nfha_service *service, struct nfha_stripe *stripe,
		      u32 hash)
{
	struct nfha_buckets *buckets = nfha_stripe_buckets(stripe);
	unsigned long mask = (1UL << buckets->bits) - 1;
	unsigned long start = nfha_stripe_chain(hash, buckets->bits);
	unsigned int looks = 0;
	unsigned long i;

	for (i = 0; i <= mask && i < 4 * EVICT_LOOKS; i++) {
		struct nfha_flow __rcu **link =
			&buckets->chain[(start + i) & mask];
		struct nfha_flow *flow;

		while ((flow = nfha_stripe_next(stripe, link))) {
			if (may_give_way(service, flow)) {
				nfha_stripe_unlink(service, stripe, link);
				NFHA_COUNT(service, EVICTED, 1);
				return true;
			}
			if (++looks == EVICT_LOOKS)
				return false;
			link = &flow->next;
		}
	}
	return false;
}

/* Counts a flow in, at the cost of another one if need be. */
static bool make_room(struct nfha_service *service, struct nfha_stripe *stripe,
		      u32 hash)
{
	struct nfha_flowtable *table = &service->table;

	if (atomic_inc_return(&table->count) <= READ_ONCE(service->set.flows_max))
		return true;
	if (evict_one(service, stripe, hash))
		return true;
	atomic_dec(&table->count);
	/* Under a flood the bit is set already: leave the line alone. */
	if (!test_bit(NFHA_PENDING_TABLE_FULL, &service->pending))
		set_bit(NFHA_PENDING_TABLE_FULL, &service->pending);
	return false;
}

/* What a flow has when its first packet comes; the chain and the key stay. */
static void flow_begin(struct nfha_flow *flow, const struct nfha_packet *pkt,
		       u16 id, u16 owner, u16 flags)
{
	WRITE_ONCE(flow->stamp, (u32)jiffies);
	WRITE_ONCE(flow->owner, owner);
	flow->id = id;
	WRITE_ONCE(flow->flags, (flow->flags & NFHA_FLOW_V6) | flags);
	atomic64_set(&flow->packets, 0);
	atomic64_set(&flow->bytes, 0);
	nfha_flow_start(flow, pkt);
}

/* @flow is one that has been made for it before, or NULL. */
static struct nfha_flow *insert(struct nfha_service *service,
				struct nfha_stripe *stripe,
				struct nfha_flow *flow,
				const struct nfha_packet *pkt, u32 hash,
				u16 id, u16 owner, u16 flags)
{
	if (!make_room(service, stripe, hash))
		return NULL;
	if (!flow)
		flow = nfha_flow_alloc(pkt, hash, GFP_ATOMIC);
	if (!flow) {
		atomic_dec(&service->table.count);
		return NULL;
	}
	flow_begin(flow, pkt, id, owner, flags);
	nfha_stripe_link(service, stripe, flow);
	return flow;
}

static bool is_syn(const struct nfha_packet *pkt)
{
	return (pkt->tcp & (NFHA_TCP_SYN | NFHA_TCP_ACK | NFHA_TCP_RST)) ==
	       NFHA_TCP_SYN;
}

static void restart(struct nfha_service *service, struct nfha_stripe *stripe,
		    struct nfha_flow *flow,
		    const struct nfha_packet *pkt, u16 id, u16 owner, u16 flags)
{
	nfha_account_sub(service, flow);
	if (flow->flags & NFHA_FLOW_IMPORTED)
		atomic_dec(&service->table.imported);
	flow_begin(flow, pkt, id, owner, flags);
	nfha_account_add(service, flow);
	nfha_stripe_due(service, stripe, flow);
	NFHA_COUNT(service, RESTARTED, 1);
}

/**
 * nfha_flowtable_add - enter a flow, or begin it anew
 * @service: the service
 * @pkt: its first packet
 * @hash: upper half of the key's SipHash
 * @id: flow ID
 * @owner: index of the instance that gets it
 * @flags: NFHA_FLOW_FIRST_RIGHT, NFHA_FLOW_LEARNED
 *
 * Another CPU may have been faster: then its entry stands. A closing flow
 * that gets a SYN is a new one, and @owner's.
 *
 * Context: softirq, RCU.
 * Return: the flow, or NULL if there was no room.
 */
struct nfha_flow *nfha_flowtable_add(struct nfha_service *service,
				     const struct nfha_packet *pkt, u32 hash,
				     u16 id, u16 owner, u16 flags)
{
	struct nfha_stripe *stripe = stripe_of(&service->table, hash);
	struct nfha_flow *flow = NULL;

	if (!nfha_account_reserve(service, owner, id, flags, GFP_ATOMIC))
		return NULL;
	spin_lock_bh(&stripe->lock);
	flow = find(stripe, &pkt->key, hash);
	if (!flow)
		flow = insert(service, stripe, NULL, pkt, hash, id, owner,
			      flags);
	else if (flow->state == NFHA_FLOW_STATE_CLOSING && is_syn(pkt))
		restart(service, stripe, flow, pkt, id, owner, flags);
	spin_unlock_bh(&stripe->lock);
	nfha_watch_kick(service);
	return flow;
}

/* @flow is what there is of it, or NULL. */
static int import_check(const struct nfha_service *service,
			const struct nfha_flow *flow)
{
	if (flow && (flow->flags & (NFHA_FLOW_LEARNED | NFHA_FLOW_IMPORTED)))
		return 0;
	return (u32)atomic_read(&service->table.imported) <
		       service->set.imported_max ? 0 : -ENOSPC;
}

/* What import() does under the lock, and need not get memory for there. It looks
 * again, for a packet may enter the flow or end it meanwhile.
 */
static int import_prepare(struct nfha_service *service,
			  struct nfha_stripe *stripe,
			  const struct nfha_packet *pkt, u32 hash, u16 id,
			  u16 owner, struct nfha_flow **spare)
{
	const struct nfha_flow *flow;
	u16 flags = 0;
	int ret;

	rcu_read_lock();
	spin_lock_bh(&stripe->lock);
	flow = find(stripe, &pkt->key, hash);
	ret = import_check(service, flow);
	if (flow) {
		id = flow->id;
		flags = flow->flags;
	}
	spin_unlock_bh(&stripe->lock);
	rcu_read_unlock();
	if (ret)
		return ret;
	if (!nfha_account_reserve(service, owner, id, flags, GFP_KERNEL))
		return nfha_load_error(&service->load_share);
	*spare = nfha_flow_alloc(pkt, hash, GFP_KERNEL_ACCOUNT);
	return *spare ? 0 : -ENOMEM;
}

/* What has been seen of it here is newer than the import. One that was learned is
 * none of another host's.
 */
static void import_known(struct nfha_service *service, struct nfha_flow *flow,
			 u16 owner)
{
	nfha_account_sub(service, flow);
	if (!(flow->flags & (NFHA_FLOW_LEARNED | NFHA_FLOW_IMPORTED))) {
		atomic_inc(&service->table.imported);
		WRITE_ONCE(flow->flags, flow->flags | NFHA_FLOW_IMPORTED);
	}
	WRITE_ONCE(flow->owner, owner);
	nfha_account_add(service, flow);
}

static int import(struct nfha_service *service, struct nfha_stripe *stripe,
		  const struct nfha_packet *pkt, u32 hash, u16 id, u16 owner,
		  struct nfha_flow **spare, u16 flags)
{
	struct nfha_flow *flow = find(stripe, &pkt->key, hash);
	int ret = import_check(service, flow);

	if (ret)
		return ret;
	/* It is counted by the flow ID that it has, which need not be @id: that
	 * depends on the side in the request.
	 */
	if (!nfha_account_reserve(service, owner, flow ? flow->id : id,
				  flow ? flow->flags : 0, GFP_ATOMIC))
		return nfha_load_error(&service->load_share);
	if (flow) {
		import_known(service, flow, owner);
		return 0;
	}
	flow = insert(service, stripe, *spare, pkt, hash, id, owner, flags);
	if (!flow)
		return -ENOBUFS;
	*spare = NULL;
	atomic_inc(&service->table.imported);
	/* It lives on another host: that is why it was imported. */
	flow->state = NFHA_FLOW_STATE_ESTABLISHED;
	WRITE_ONCE(flow->flags, (flow->flags | NFHA_FLOW_REPLIED) &
				~(NFHA_FLOW_SEQ(0) | NFHA_FLOW_SEQ(1)));
	return 0;
}

/**
 * nfha_flowtable_import - enter a living flow of another host
 * @service: the service
 * @pkt: only its key and the direction count
 * @hash: upper half of the key's SipHash
 * @id: flow ID
 * @owner: index of the instance that has its state
 * @flags: NFHA_FLOW_FIRST_RIGHT or 0
 *
 * An entry that exists gets the new owner (ETSI GS NFV-REL 002 clause 6.2,
 * step 6 a). One that was learned stays so, and is none of another host's: its mapping
 * has moved.
 *
 * Context: process, nfha_net.lock.
 * Return: 0, -ENOSPC past the limit of imported flows, -ENOBUFS if the
 * table has no room, -EDQUOT if the service has used up its share of the memory that
 * flows are counted in, -ENOMEM.
 */
int nfha_flowtable_import(struct nfha_service *service,
			  const struct nfha_packet *pkt, u32 hash, u16 id,
			  u16 owner, u16 flags)
{
	struct nfha_stripe *stripe = stripe_of(&service->table, hash);
	struct nfha_flow *spare = NULL;
	int ret;

	ret = import_prepare(service, stripe, pkt, hash, id, owner, &spare);
	if (ret)
		return ret;
	rcu_read_lock();
	spin_lock_bh(&stripe->lock);
	ret = import(service, stripe, pkt, hash, id, owner, &spare,
		     flags | NFHA_FLOW_IMPORTED);
	spin_unlock_bh(&stripe->lock);
	rcu_read_unlock();
	if (spare)
		nfha_flow_free(spare);
	nfha_watch_kick(service);
	return ret;
}

/**
 * nfha_flowtable_update - let a packet change the state of its flow
 * @service: the service
 * @flow: the flow
 * @pkt: the packet, which strays, or for which nfha_flow_is_settled() said no
 * @left_end: which end of the key is on the left, as the packet has it
 *
 * A one-armed service may be a router between those who are on its only side.
 *
 * Context: softirq, RCU.
 * Return: enum nfha_pass.
 */
enum nfha_pass nfha_flowtable_update(struct nfha_service *service,
				     struct nfha_flow *flow,
				     const struct nfha_packet *pkt,
				     unsigned int left_end)
{
	struct nfha_stripe *stripe = stripe_of(&service->table, flow->hash);
	enum nfha_pass pass = NFHA_PASS_ON;

	spin_lock_bh(&stripe->lock);
	if (flow->flags & NFHA_FLOW_DEAD) {
		pass = NFHA_PASS_ANEW;
	} else if (nfha_flow_strays(flow, left_end) && !service->one_armed) {
		if (!nfha_flow_turn(flow, pkt, left_end))
			pass = NFHA_PASS_STRAY;
	} else {
		if (nfha_flow_update(flow, pkt))
			pass = NFHA_PASS_ANEW;
		nfha_stripe_due(service, stripe, flow);
	}
	spin_unlock_bh(&stripe->lock);
	return pass;
}

/**
 * nfha_flowtable_reown - give a flow to another instance
 * @service: the service
 * @flow: the flow
 * @owner: index of the new owner
 *
 * Context: softirq or process, RCU.
 */
void nfha_flowtable_reown(struct nfha_service *service, struct nfha_flow *flow,
			  u16 owner)
{
	struct nfha_stripe *stripe = stripe_of(&service->table, flow->hash);

	spin_lock_bh(&stripe->lock);
	if (!(flow->flags & NFHA_FLOW_DEAD) &&
	    nfha_account_reserve(service, owner, flow->id, flow->flags,
				 GFP_ATOMIC)) {
		nfha_account_sub(service, flow);
		WRITE_ONCE(flow->owner, owner);
		nfha_account_add(service, flow);
	}
	spin_unlock_bh(&stripe->lock);
}

/**
 * nfha_flowtable_remove - end one flow
 * @service: the service
 * @key: its key
 * @hash: upper half of the key's SipHash
 * @flow: the one that is meant, or NULL for whichever has the key now
 *
 * Context: softirq or process; RCU, if one is meant.
 * Return: false if there is no such flow.
 */
bool nfha_flowtable_remove(struct nfha_service *service,
			   const struct nfha_key *key, u32 hash,
			   const struct nfha_flow *flow)
{
	struct nfha_stripe *stripe = stripe_of(&service->table, hash);
	struct nfha_flow __rcu **link;
	const struct nfha_flow *there;
	bool found;

	rcu_read_lock();
	spin_lock_bh(&stripe->lock);
	link = nfha_stripe_find(stripe, key, hash);
	there = nfha_stripe_next(stripe, link);
	found = there && (!flow || there == flow);
	if (found)
		nfha_stripe_unlink(service, stripe, link);
	spin_unlock_bh(&stripe->lock);
	rcu_read_unlock();
	return found;
}

/**
 * nfha_flowtable_init - make an empty table
 * @table: zeroed
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int nfha_flowtable_init(struct nfha_flowtable *table)
{
	unsigned int i;

	table->stripe = kvcalloc(NFHA_STRIPES, sizeof(*table->stripe),
				 GFP_KERNEL_ACCOUNT);
	if (!table->stripe)
		return -ENOMEM;
	for (i = 0; i < NFHA_STRIPES; i++)
		if (nfha_stripe_init(&table->stripe[i]))
			goto free;
	return 0;
free:
	while (i--)
		nfha_stripe_free(&table->stripe[i]);
	kvfree(table->stripe);
	table->stripe = NULL;
	return -ENOMEM;
}

/**
 * nfha_flowtable_free - free the table with the flows that it has
 * @service: a service that no packet finds any more
 *
 * Context: process.
 */
void nfha_flowtable_free(struct nfha_service *service)
{
	const struct nfha_flow_filter all = { .owner = NFHA_NO_OWNER };
	struct nfha_flowtable *table = &service->table;
	unsigned int i;

	if (!table->stripe)
		return;
	nfha_sweep_purge(service, &all);
	for (i = 0; i < NFHA_STRIPES; i++)
		nfha_stripe_free(&table->stripe[i]);
	kvfree(table->stripe);
}
