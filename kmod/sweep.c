// SPDX-License-Identifier: GPL-2.0-only

#include <linux/sched.h>

#include "account.h"
#include "split.h"
#include "sweep.h"
#include "watch.h"

/* Later than the longest timeout, and sooner than half of what 32 bits count. */
#define DUE_NEVER	BIT(30)

/* Called for a flow under the lock of its stripe; true if it has to go. */
typedef bool (*doomed_fn)(const struct nfha_service *service,
			  const struct nfha_flow *flow, const void *arg);

static u32 sweep_stripe(struct nfha_service *service,
			struct nfha_stripe *stripe, doomed_fn doomed,
			const void *arg)
{
	struct nfha_buckets *buckets;
	unsigned long i;
	u32 n = 0;

	rcu_read_lock();
	spin_lock_bh(&stripe->lock);
	buckets = nfha_stripe_buckets(stripe);
	for (i = 0; stripe->count && i < 1UL << buckets->bits; i++) {
		struct nfha_flow __rcu **link = &buckets->chain[i];
		struct nfha_flow *flow;

		while ((flow = nfha_stripe_next(stripe, link))) {
			if (doomed(service, flow, arg)) {
				nfha_stripe_unlink(service, stripe, link);
				n++;
			} else {
				link = &flow->next;
			}
		}
	}
	spin_unlock_bh(&stripe->lock);
	rcu_read_unlock();
	return n;
}

static bool is_meant(const struct nfha_service *service,
		     const struct nfha_flow *flow, const void *arg)
{
	const struct nfha_flow_filter *filter = arg;

	return (filter->owner == NFHA_NO_OWNER ||
		flow->owner == filter->owner) &&
	       (!filter->flags || (flow->flags & filter->flags)) &&
	       (!filter->exceptions || nfha_flow_is_exception(service, flow));
}

/**
 * nfha_sweep_purge - end all flows that a filter means
 * @service: the service
 * @filter: which ones
 *
 * Context: process.
 * Return: how many there were.
 */
u32 nfha_sweep_purge(struct nfha_service *service,
		     const struct nfha_flow_filter *filter)
{
	unsigned int i;
	u32 n = 0;

	for (i = 0; i < NFHA_STRIPES; i++) {
		n += sweep_stripe(service, &service->table.stripe[i], is_meant,
				  filter);
		cond_resched();
	}
	return n;
}

struct ageing {
	struct nfha_stripe *stripe;
	u32 now;
};

static bool is_over(const struct nfha_service *service,
		    const struct nfha_flow *flow, const void *arg)
{
	const struct ageing *ageing = arg;

	/* Signed: a packet may have come after the clock was read. */
	if ((s32)(ageing->now - READ_ONCE(flow->stamp)) >
	    (s32)nfha_flow_timeout(service, flow))
		return true;
	nfha_stripe_due(service, ageing->stripe, flow);
	return false;
}

/* Most of the time no flow of a stripe can have ended, and nobody has to look.
 * Whatever lowers the time that is raised here is seen by the sweep after it.
 */
static u32 age_stripe(struct nfha_service *service, struct nfha_stripe *stripe)
{
	struct ageing ageing = { .stripe = stripe, .now = (u32)jiffies };

	if ((s32)(ageing.now - READ_ONCE(stripe->due)) <= 0)
		return 0;
	WRITE_ONCE(stripe->due, ageing.now + DUE_NEVER);
	return sweep_stripe(service, stripe, is_over, &ageing);
}

/**
 * nfha_sweep_due - have every flow looked at, for timeouts have changed
 * @service: the service
 *
 * Context: process, nfha_net.lock.
 */
void nfha_sweep_due(struct nfha_service *service)
{
	unsigned int i;

	for (i = 0; i < NFHA_STRIPES; i++) {
		struct nfha_stripe *stripe = &service->table.stripe[i];

		spin_lock_bh(&stripe->lock);
		WRITE_ONCE(stripe->due, (u32)jiffies);
		spin_unlock_bh(&stripe->lock);
	}
}

/**
 * nfha_sweep_age - end flows that have been idle for too long
 * @service: the service
 * @stripes: how many stripes to look at, from where the last call ended
 *
 * Context: process, the service's worker only.
 */
void nfha_sweep_age(struct nfha_service *service, unsigned int stripes)
{
	struct nfha_flowtable *table = &service->table;
	u32 n = 0;

	while (stripes--) {
		n += age_stripe(service, &table->stripe[table->next]);
		table->next = (table->next + 1) % NFHA_STRIPES;
		cond_resched();
	}
	if (n) {
		local_bh_disable();
		NFHA_COUNT(service, EXPIRED, n);
		local_bh_enable();
	}
}

/* Called for a flow under the lock of its stripe; whose it is to be. */
typedef u16 (*owner_fn)(const struct nfha_service *service,
			const struct nfha_flow *flow, const void *arg);

static void own_stripe(struct nfha_service *service,
		       struct nfha_stripe *stripe, owner_fn owner_of,
		       const void *arg)
{
	struct nfha_buckets *buckets = nfha_stripe_buckets(stripe);
	struct nfha_flow *flow;
	unsigned long i;

	for (i = 0; stripe->count && i < 1UL << buckets->bits; i++) {
		for (flow = nfha_stripe_next(stripe, &buckets->chain[i]); flow;
		     flow = nfha_stripe_next(stripe, &flow->next)) {
			u16 owner = owner_of(service, flow, arg);

			if (flow->owner == owner ||
			    !nfha_account_reserve(service, owner, flow->id, flow->flags,
						  GFP_ATOMIC))
				continue;
			nfha_account_sub(service, flow);
			WRITE_ONCE(flow->flags, flow->flags | NFHA_FLOW_MOVED);
			/* Who finds the owner asks for that: nfha_packet_has_moved(). */
			smp_store_release(&flow->owner, owner);
			nfha_account_add(service, flow);
		}
	}
}

static void own(struct nfha_service *service, owner_fn owner_of,
		const void *arg)
{
	unsigned int i;

	for (i = 0; i < NFHA_STRIPES; i++) {
		struct nfha_stripe *stripe = &service->table.stripe[i];

		rcu_read_lock();
		spin_lock_bh(&stripe->lock);
		own_stripe(service, stripe, owner_of, arg);
		spin_unlock_bh(&stripe->lock);
		rcu_read_unlock();
		cond_resched();
	}
}

static u16 owner_by_range(const struct nfha_service *service,
			  const struct nfha_flow *flow, const void *arg)
{
	const struct nfha_change *change = arg;
	u16 owner = nfha_map_owner(nfha_service_map(service), flow->id);

	if ((flow->flags & NFHA_FLOW_LEARNED) ||
	    (change->from && (flow->owner != change->from->index ||
			      owner != change->to->index)))
		return flow->owner;
	return owner;
}

/**
 * nfha_sweep_repoint - give exceptions to the owner of their range
 * @service: the service; its map is in place, and no packet uses the one before
 * @change: between two instances: those that go from one to the other, for nobody else has
 *	their state; else all
 *
 * For the policy "always", in which the state of flows moves (ETSI GS NFV-REL
 * 002 clause 6.2, "Always Migrate").
 *
 * Context: process, nfha_net.lock.
 */
void nfha_sweep_repoint(struct nfha_service *service,
			const struct nfha_change *change)
{
	own(service, owner_by_range, change);
}

struct move {
	u16 from;
	u16 to;
};

static u16 owner_by_move(const struct nfha_service *service,
			 const struct nfha_flow *flow, const void *arg)
{
	const struct move *move = arg;

	return flow->owner == move->from ? move->to : flow->owner;
}

/**
 * nfha_sweep_move - give every flow of an instance to another one
 * @service: the service; no packet enters flows for @from any more
 * @from: index of the one that had them, learned ones too
 * @to: index of the one that gets them
 *
 * Context: process, nfha_net.lock.
 */
void nfha_sweep_move(struct nfha_service *service, u16 from, u16 to)
{
	const struct move move = { .from = from, .to = to };

	own(service, owner_by_move, &move);
}

/**
 * nfha_sweep_walk - visit all flows in the order of their hash
 * @service: the service
 * @cursor: where to begin, a hash; updated; 2^32 is past the end
 * @begin: called before the flows of each chain
 * @visit: called for each flow; nonzero stops
 * @arg: for both
 *
 * Flows that live throughout are visited once, even if stripes grow between
 * calls: a chain is taken up again from its start, which is never in the
 * middle of a chain of a grown stripe.
 *
 * Context: process, nfha_net.lock or RCU; callbacks run with BH disabled.
 * Return: 0 at the end, or what @visit returned; then @cursor is the start of the
 * chain that it was in.
 */
int nfha_sweep_walk(struct nfha_service *service, u64 *cursor,
		    nfha_chain_fn begin, nfha_flow_fn visit, void *arg)
{
	unsigned int shift = 32 - NFHA_STRIPE_BITS;
	int ret = 0;

	while (!ret && *cursor < BIT_ULL(32)) {
		struct nfha_stripe *stripe = &service->table.stripe[*cursor >> shift];
		u64 end = ((*cursor >> shift) + 1) << shift;
		unsigned int bits;

		rcu_read_lock();
		spin_lock_bh(&stripe->lock);
		bits = nfha_stripe_buckets(stripe)->bits;
		while (!ret && *cursor < end) {
			u64 next = ((*cursor >> (shift - bits)) + 1)
				   << (shift - bits);
			struct nfha_flow *flow;

			begin(arg);
			flow = nfha_stripe_next(stripe,
						&nfha_stripe_buckets(stripe)->chain
						[nfha_stripe_chain(*cursor, bits)]);
			for (; flow && !ret;
			     flow = nfha_stripe_next(stripe, &flow->next))
				ret = visit(flow, arg);
			if (!ret)
				*cursor = next;
		}
		spin_unlock_bh(&stripe->lock);
		rcu_read_unlock();
		cond_resched();
	}
	return ret;
}
