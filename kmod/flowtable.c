// SPDX-License-Identifier: GPL-2.0-only

#include <linux/sched.h>
#include <linux/slab.h>

#include "flowtable.h"
#include "watch.h"

/* A chain array is doubled when it holds more flows than chains. */
#define BITS_FIRST	1
#define BITS_MAX	(32 - NFHA_STRIPE_BITS)

/* How many flows are looked at when one has to give way. */
#define EVICT_LOOKS	16

/* Later than the longest timeout, and sooner than half of what 32 bits count. */
#define DUE_NEVER	BIT(30)

static struct kmem_cache *cache_v4, *cache_v6;

static struct nfha_stripe *stripe_of(const struct nfha_flowtable *table,
				     u32 hash)
{
	return &table->stripe[hash >> (32 - NFHA_STRIPE_BITS)];
}

static struct nfha_buckets *buckets_of(const struct nfha_stripe *stripe)
{
	return rcu_dereference_protected(stripe->buckets,
					 lockdep_is_held(&stripe->lock));
}

static struct nfha_flow *next_of(const struct nfha_stripe *stripe,
				 struct nfha_flow __rcu *const *link)
{
	return rcu_dereference_protected(*link,
					 lockdep_is_held(&stripe->lock));
}

static struct nfha_buckets *buckets_alloc(unsigned int bits, gfp_t gfp)
{
	struct nfha_buckets *buckets;

	buckets = kzalloc(struct_size(buckets, chain, 1UL << bits), gfp);
	if (buckets)
		buckets->bits = bits;
	return buckets;
}

/* Exact, unlike nfha_flowtable_find(). */
static struct nfha_flow *find_locked(const struct nfha_stripe *stripe,
				     const struct nfha_key *key, u32 hash)
{
	struct nfha_buckets *buckets = buckets_of(stripe);
	struct nfha_flow *flow;

	flow = next_of(stripe,
		       &buckets->chain[nfha_flowtable_chain(hash,
							    buckets->bits)]);
	while (flow && (flow->hash != hash || !nfha_key_equal(&flow->key, key)))
		flow = next_of(stripe, &flow->next);
	return flow;
}

static void link_flow(struct nfha_stripe *stripe, struct nfha_buckets *buckets,
		      struct nfha_flow *flow)
{
	struct nfha_flow __rcu **head =
		&buckets->chain[nfha_flowtable_chain(flow->hash, buckets->bits)];

	rcu_assign_pointer(flow->next, next_of(stripe, head));
	rcu_assign_pointer(*head, flow);
}

/* Readers that are in a chain may be led into a new one and miss a flow; they
 * look again under the lock before they act on it.
 */
static void grow(struct nfha_stripe *stripe)
{
	struct nfha_buckets *old = buckets_of(stripe), *new;
	struct nfha_flow *flow, *next;
	unsigned long i;

	if (old->bits == BITS_MAX)
		return;
	new = buckets_alloc(old->bits + 1, GFP_ATOMIC | __GFP_NOWARN);
	if (!new)
		return;
	for (i = 0; i < 1UL << old->bits; i++) {
		for (flow = next_of(stripe, &old->chain[i]); flow; flow = next) {
			next = next_of(stripe, &flow->next);
			link_flow(stripe, new, flow);
		}
	}
	rcu_assign_pointer(stripe->buckets, new);
	kfree_rcu(old, rcu);
}

static void free_rcu_v4(struct rcu_head *rcu)
{
	kmem_cache_free(cache_v4, container_of(rcu, struct nfha_flow, rcu));
}

static void free_rcu_v6(struct rcu_head *rcu)
{
	kmem_cache_free(cache_v6, container_of(rcu, struct nfha_flow, rcu));
}

/* On the way up the total leads the parts, and on the way down it follows
 * them: exceptions, which are the difference, are never counted too low.
 */
static void account_add(struct nfha_service *service,
			const struct nfha_flow *flow)
{
	struct nfha_instance *instance =
		nfha_service_instance(service, flow->owner);

	if (!instance)
		return;
	atomic_inc(&instance->flows);
	if (flow->flags & NFHA_FLOW_LEARNED)
		atomic_inc(&instance->learned);
	else
		nfha_load_add(&instance->load, flow->id);
}

static void account_sub(struct nfha_service *service,
			const struct nfha_flow *flow)
{
	struct nfha_instance *instance =
		nfha_service_instance(service, flow->owner);

	if (!instance)
		return;
	if (flow->flags & NFHA_FLOW_LEARNED)
		atomic_dec(&instance->learned);
	else
		nfha_load_sub(&instance->load, flow->id);
	atomic_dec(&instance->flows);
}

/* The flow ends no earlier than this, if nothing shortens its time. */
static void due_lower(const struct nfha_service *service,
		      struct nfha_stripe *stripe, const struct nfha_flow *flow)
{
	u32 due = READ_ONCE(flow->stamp) + nfha_flow_timeout(service, flow);

	if ((s32)(due - READ_ONCE(stripe->due)) < 0)
		WRITE_ONCE(stripe->due, due);
}

/* Takes the flow that @link leads to out of its chain. */
static void unlink_flow(struct nfha_service *service,
			struct nfha_stripe *stripe,
			struct nfha_flow __rcu **link)
{
	struct nfha_flow *flow = next_of(stripe, link);

	rcu_assign_pointer(*link, next_of(stripe, &flow->next));
	account_sub(service, flow);
	stripe->count--;
	atomic_dec(&service->table.count);
	if (flow->flags & NFHA_FLOW_IMPORTED)
		atomic_dec(&service->table.imported);
	WRITE_ONCE(flow->flags, flow->flags | NFHA_FLOW_DEAD);
	call_rcu(&flow->rcu,
		 flow->flags & NFHA_FLOW_V6 ? free_rcu_v6 : free_rcu_v4);
}

static bool may_give_way(const struct nfha_service *service,
			 const struct nfha_flow *flow)
{
	return flow->state != NFHA_FLOW_STATE_ESTABLISHED &&
	       !(flow->flags & (NFHA_FLOW_LEARNED | NFHA_FLOW_IMPORTED)) &&
	       !nfha_flow_is_exception(service, flow);
}

/* Looks at the chains from that of @hash on, and back round to it. */
static bool evict_one(struct nfha_service *service, struct nfha_stripe *stripe,
		      u32 hash)
{
	struct nfha_buckets *buckets = buckets_of(stripe);
	unsigned long mask = (1UL << buckets->bits) - 1;
	unsigned long start = nfha_flowtable_chain(hash, buckets->bits);
	unsigned int looks = 0;
	unsigned long i;

	for (i = 0; i <= mask && i < 4 * EVICT_LOOKS; i++) {
		struct nfha_flow __rcu **link =
			&buckets->chain[(start + i) & mask];
		struct nfha_flow *flow;

		while ((flow = next_of(stripe, link))) {
			if (may_give_way(service, flow)) {
				unlink_flow(service, stripe, link);
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
	set_bit(NFHA_PENDING_TABLE_FULL, &service->pending);
	return false;
}

static struct nfha_flow *flow_alloc(const struct nfha_packet *pkt, u32 hash)
{
	bool v6 = pkt->key.family == 6;
	struct nfha_flow *flow;

	flow = kmem_cache_alloc(v6 ? cache_v6 : cache_v4,
				GFP_ATOMIC | __GFP_NOWARN);
	if (!flow)
		return NULL;
	flow->hash = hash;
	flow->flags = v6 ? NFHA_FLOW_V6 : 0;
	memcpy(&flow->key, &pkt->key, nfha_key_len(&pkt->key));
	return flow;
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

static struct nfha_flow *insert(struct nfha_service *service,
				struct nfha_stripe *stripe,
				const struct nfha_packet *pkt, u32 hash,
				u16 id, u16 owner, u16 flags)
{
	struct nfha_flow *flow;

	if (!make_room(service, stripe, hash))
		return NULL;
	flow = flow_alloc(pkt, hash);
	if (!flow) {
		atomic_dec(&service->table.count);
		return NULL;
	}
	flow_begin(flow, pkt, id, owner, flags);
	account_add(service, flow);
	link_flow(stripe, buckets_of(stripe), flow);
	due_lower(service, stripe, flow);
	if (++stripe->count > 1U << buckets_of(stripe)->bits)
		grow(stripe);
	return flow;
}

static bool is_syn(const struct nfha_packet *pkt)
{
	return (pkt->tcp & (NFHA_TCP_SYN | NFHA_TCP_ACK | NFHA_TCP_RST)) ==
	       NFHA_TCP_SYN;
}

static bool can_count(struct nfha_service *service, u16 owner, u16 id,
		      u16 flags)
{
	struct nfha_instance *instance = nfha_service_instance(service, owner);

	return instance && ((flags & NFHA_FLOW_LEARNED) ||
			    nfha_load_reserve(&instance->load, id));
}

static void restart(struct nfha_service *service, struct nfha_stripe *stripe,
		    struct nfha_flow *flow,
		    const struct nfha_packet *pkt, u16 id, u16 owner, u16 flags)
{
	account_sub(service, flow);
	if (flow->flags & NFHA_FLOW_IMPORTED)
		atomic_dec(&service->table.imported);
	flow_begin(flow, pkt, id, owner, flags);
	account_add(service, flow);
	due_lower(service, stripe, flow);
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

	if (!can_count(service, owner, id, flags))
		return NULL;
	spin_lock_bh(&stripe->lock);
	flow = find_locked(stripe, &pkt->key, hash);
	if (!flow)
		flow = insert(service, stripe, pkt, hash, id, owner, flags);
	else if (flow->state == NFHA_FLOW_STATE_CLOSING && is_syn(pkt))
		restart(service, stripe, flow, pkt, id, owner, flags);
	spin_unlock_bh(&stripe->lock);
	nfha_watch_kick(service);
	return flow;
}

static int import(struct nfha_service *service, struct nfha_stripe *stripe,
		  const struct nfha_packet *pkt, u32 hash, u16 id, u16 owner,
		  u16 flags)
{
	struct nfha_flowtable *table = &service->table;
	struct nfha_flow *flow = find_locked(stripe, &pkt->key, hash);

	if ((!flow || !(flow->flags & NFHA_FLOW_IMPORTED)) &&
	    (u32)atomic_read(&table->imported) >= service->set.imported_max)
		return -ENOSPC;
	if (flow) {
		/* What has been seen of it here is newer than the import. */
		account_sub(service, flow);
		if (!(flow->flags & NFHA_FLOW_IMPORTED))
			atomic_inc(&table->imported);
		WRITE_ONCE(flow->owner, owner);
		WRITE_ONCE(flow->flags, (flow->flags & ~NFHA_FLOW_LEARNED) |
					NFHA_FLOW_IMPORTED);
		account_add(service, flow);
		return 0;
	}
	flow = insert(service, stripe, pkt, hash, id, owner, flags);
	if (!flow)
		return -ENOBUFS;
	atomic_inc(&table->imported);
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
 * step 6 a).
 *
 * Context: process, nfha_net.lock.
 * Return: 0, -ENOSPC past the limit of imported flows, -ENOBUFS if the
 * table has no room or there is no memory.
 */
int nfha_flowtable_import(struct nfha_service *service,
			  const struct nfha_packet *pkt, u32 hash, u16 id,
			  u16 owner, u16 flags)
{
	struct nfha_stripe *stripe = stripe_of(&service->table, hash);
	int ret = -ENOBUFS;

	rcu_read_lock();
	if (can_count(service, owner, id, flags)) {
		spin_lock_bh(&stripe->lock);
		ret = import(service, stripe, pkt, hash, id, owner,
			     flags | NFHA_FLOW_IMPORTED);
		spin_unlock_bh(&stripe->lock);
	}
	rcu_read_unlock();
	nfha_watch_kick(service);
	return ret;
}

/**
 * nfha_flowtable_update - let a packet change the state of its flow
 * @service: the service
 * @flow: the flow
 * @pkt: the packet, for which nfha_flow_is_settled() said no
 *
 * Context: softirq, RCU.
 * Return: true if the flow is over and the packet begins a new one.
 */
bool nfha_flowtable_update(struct nfha_service *service,
			   struct nfha_flow *flow,
			   const struct nfha_packet *pkt)
{
	struct nfha_stripe *stripe = stripe_of(&service->table, flow->hash);
	bool anew = true;

	spin_lock_bh(&stripe->lock);
	if (!(flow->flags & NFHA_FLOW_DEAD)) {
		anew = nfha_flow_update(flow, pkt);
		due_lower(service, stripe, flow);
	}
	spin_unlock_bh(&stripe->lock);
	return anew;
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

	if (!can_count(service, owner, flow->id, flow->flags))
		return;
	spin_lock_bh(&stripe->lock);
	if (!(flow->flags & NFHA_FLOW_DEAD)) {
		account_sub(service, flow);
		WRITE_ONCE(flow->owner, owner);
		account_add(service, flow);
	}
	spin_unlock_bh(&stripe->lock);
}

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
	buckets = buckets_of(stripe);
	for (i = 0; stripe->count && i < 1UL << buckets->bits; i++) {
		struct nfha_flow __rcu **link = &buckets->chain[i];
		struct nfha_flow *flow;

		while ((flow = next_of(stripe, link))) {
			if (doomed(service, flow, arg)) {
				unlink_flow(service, stripe, link);
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

static bool has_key(const struct nfha_service *service,
		    const struct nfha_flow *flow, const void *arg)
{
	return nfha_key_equal(&flow->key, arg);
}

/**
 * nfha_flowtable_remove - end one flow
 * @service: the service
 * @key: its key
 * @hash: upper half of the key's SipHash
 *
 * Context: softirq or process.
 * Return: false if there is no such flow.
 */
bool nfha_flowtable_remove(struct nfha_service *service,
			   const struct nfha_key *key, u32 hash)
{
	return sweep_stripe(service, stripe_of(&service->table, hash), has_key,
			    key);
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
 * nfha_flowtable_purge - end all flows that a filter means
 * @service: the service
 * @filter: which ones
 *
 * Context: process.
 * Return: how many there were.
 */
u32 nfha_flowtable_purge(struct nfha_service *service,
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
	due_lower(service, ageing->stripe, flow);
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
 * nfha_flowtable_due - have every flow looked at, for timeouts have changed
 * @service: the service
 *
 * Context: process, nfha_net.lock.
 */
void nfha_flowtable_due(struct nfha_service *service)
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
 * nfha_flowtable_age - end flows that have been idle for too long
 * @service: the service
 * @stripes: how many stripes to look at, from where the last call ended
 *
 * Context: process, the service's worker only.
 */
void nfha_flowtable_age(struct nfha_service *service, unsigned int stripes)
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

static void repoint_stripe(struct nfha_service *service,
			   struct nfha_stripe *stripe)
{
	struct nfha_buckets *buckets = buckets_of(stripe);
	const struct nfha_map *map = nfha_service_map(service);
	struct nfha_flow *flow;
	unsigned long i;

	for (i = 0; i < 1UL << buckets->bits; i++) {
		for (flow = next_of(stripe, &buckets->chain[i]); flow;
		     flow = next_of(stripe, &flow->next)) {
			u16 owner = nfha_map_owner(map, flow->id);

			if (flow->owner == owner ||
			    (flow->flags & NFHA_FLOW_LEARNED) ||
			    !can_count(service, owner, flow->id, flow->flags))
				continue;
			account_sub(service, flow);
			WRITE_ONCE(flow->owner, owner);
			account_add(service, flow);
		}
	}
}

/**
 * nfha_flowtable_repoint - give every exception to the owner of its range
 * @service: the service; its map is in place, and no packet uses the one before
 *
 * For the policy "always", in which the state of flows moves (ETSI GS NFV-REL
 * 002 clause 6.2, "Always Migrate").
 *
 * Context: process, nfha_net.lock.
 */
void nfha_flowtable_repoint(struct nfha_service *service)
{
	unsigned int i;

	for (i = 0; i < NFHA_STRIPES; i++) {
		struct nfha_stripe *stripe = &service->table.stripe[i];

		rcu_read_lock();
		spin_lock_bh(&stripe->lock);
		repoint_stripe(service, stripe);
		spin_unlock_bh(&stripe->lock);
		rcu_read_unlock();
		cond_resched();
	}
}

/**
 * nfha_flowtable_walk - visit all flows in the order of their hash
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
int nfha_flowtable_walk(struct nfha_service *service, u64 *cursor,
			nfha_chain_fn begin, nfha_flow_fn visit, void *arg)
{
	unsigned int shift = 32 - NFHA_STRIPE_BITS;
	int ret = 0;

	while (!ret && *cursor < BIT_ULL(32)) {
		struct nfha_stripe *stripe = stripe_of(&service->table, *cursor);
		u64 end = ((*cursor >> shift) + 1) << shift;
		unsigned int bits;

		rcu_read_lock();
		spin_lock_bh(&stripe->lock);
		bits = buckets_of(stripe)->bits;
		while (!ret && *cursor < end) {
			u64 next = ((*cursor >> (shift - bits)) + 1)
				   << (shift - bits);
			struct nfha_flow *flow;

			begin(arg);
			flow = next_of(stripe,
				       &buckets_of(stripe)->chain
				       [nfha_flowtable_chain(*cursor, bits)]);
			for (; flow && !ret;
			     flow = next_of(stripe, &flow->next))
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

/**
 * nfha_flow_timeout - how long a flow may be idle
 * @service: its service
 * @flow: the flow
 *
 * Context: any.
 * Return: jiffies.
 */
u32 nfha_flow_timeout(const struct nfha_service *service,
		      const struct nfha_flow *flow)
{
	static const u8 tcp[] = {
		[NFHA_FLOW_STATE_EMBRYONIC] = NFHA_A_TIMEOUTS_TCP_EMBRYONIC,
		[NFHA_FLOW_STATE_ESTABLISHED] = NFHA_A_TIMEOUTS_TCP_ESTABLISHED,
		[NFHA_FLOW_STATE_CLOSING] = NFHA_A_TIMEOUTS_TCP_CLOSING,
	};
	unsigned int which;

	switch (flow->key.proto) {
	case IPPROTO_TCP:
		which = tcp[READ_ONCE(flow->state)];
		break;
	case IPPROTO_UDP:
		which = NFHA_A_TIMEOUTS_UDP;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		which = NFHA_A_TIMEOUTS_ICMP;
		break;
	default:
		which = NFHA_A_TIMEOUTS_OTHER;
	}
	return READ_ONCE(service->set.timeout[which]) * HZ;
}

/**
 * nfha_flow_is_exception - does another instance own the flow's range?
 * @service: its service
 * @flow: the flow
 *
 * Context: any; RCU or nfha_net.lock.
 * Return: true for an exception.
 */
bool nfha_flow_is_exception(const struct nfha_service *service,
			    const struct nfha_flow *flow)
{
	const struct nfha_map *map = nfha_service_map(service);

	return !(READ_ONCE(flow->flags) & NFHA_FLOW_LEARNED) &&
	       (!map ||
		nfha_map_owner(map, flow->id) != READ_ONCE(flow->owner));
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
	for (i = 0; i < NFHA_STRIPES; i++) {
		struct nfha_buckets *buckets;

		buckets = buckets_alloc(BITS_FIRST, GFP_KERNEL_ACCOUNT);
		if (!buckets)
			goto free;
		spin_lock_init(&table->stripe[i].lock);
		table->stripe[i].due = (u32)jiffies;
		RCU_INIT_POINTER(table->stripe[i].buckets, buckets);
	}
	return 0;
free:
	while (i--)
		kfree(rcu_dereference_raw(table->stripe[i].buckets));
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
	nfha_flowtable_purge(service, &all);
	for (i = 0; i < NFHA_STRIPES; i++)
		kfree(rcu_dereference_raw(table->stripe[i].buckets));
	kvfree(table->stripe);
}

int nfha_flow_cache_init(void)
{
	BUILD_BUG_ON(NFHA_FLOW_SIZE_V4 > 64);
	cache_v4 = kmem_cache_create("nfha_flow_v4", NFHA_FLOW_SIZE_V4, 0,
				     SLAB_HWCACHE_ALIGN, NULL);
	cache_v6 = kmem_cache_create("nfha_flow_v6", NFHA_FLOW_SIZE_V6, 0, 0,
				     NULL);
	if (cache_v4 && cache_v6)
		return 0;
	nfha_flow_cache_exit();
	return -ENOMEM;
}

void nfha_flow_cache_exit(void)
{
	kmem_cache_destroy(cache_v6);
	kmem_cache_destroy(cache_v4);
}
