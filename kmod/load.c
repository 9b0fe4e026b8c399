// SPDX-License-Identifier: GPL-2.0-only

#include <linux/slab.h>

#include "load.h"

static struct kmem_cache *page_cache;

static unsigned int part_of(u16 id)
{
	return id / NFHA_LOAD_PART_IDS;
}

static struct nfha_load_page *page_of(const struct nfha_load *load, u16 id)
{
	/* Set once and freed with the load: no reader can hold it too long. */
	return rcu_dereference_raw(load->page[part_of(id)]);
}

static bool page_add(struct nfha_load *load, u16 id, gfp_t gfp)
{
	struct nfha_load_page __rcu **slot = &load->page[part_of(id)];
	struct nfha_load_share *share = load->share;
	struct nfha_load_page *page;

	/* Under a flood the line is not written any more once there are so many. */
	if (!atomic_add_unless(&share->pages, 1, READ_ONCE(share->max)))
		return false;
	page = kmem_cache_zalloc(page_cache, gfp | __GFP_NOWARN);
	if (!page) {
		atomic_dec(&share->pages);
		return false;
	}
	if (unrcu_pointer(cmpxchg(slot, NULL, RCU_INITIALIZER(page)))) {
		kmem_cache_free(page_cache, page);
		atomic_dec(&share->pages);
	}
	return true;
}

/**
 * nfha_load_reserve - make sure that flows with an ID can be counted
 * @load: of the instance that gets the flow
 * @id: flow ID
 * @gfp: how to get memory; a process is charged for it
 *
 * Context: as @gfp says.
 * Return: false without memory, or beyond the service's share.
 */
bool nfha_load_reserve(struct nfha_load *load, u16 id, gfp_t gfp)
{
	return likely(page_of(load, id)) || page_add(load, id, gfp);
}

/**
 * nfha_load_reserve_all - make sure that flows of another instance can be counted
 * @load: of the instance that gets the flows
 * @other: of the one that has them
 * @first: the first flow ID that counts
 * @last: the last one
 *
 * Context: process.
 * Return: false without memory, or beyond the service's share.
 */
bool nfha_load_reserve_all(struct nfha_load *load,
			   const struct nfha_load *other, u16 first, u16 last)
{
	u32 id;

	for (id = first; id <= last; id = (id | (NFHA_LOAD_PART_IDS - 1)) + 1)
		if (page_of(other, id) &&
		    !nfha_load_reserve(load, id, GFP_KERNEL))
			return false;
	return true;
}

/**
 * nfha_load_add - count a flow that begins
 * @load: of its owner; nfha_load_reserve() has said yes
 * @id: flow ID
 *
 * Context: any.
 */
void nfha_load_add(struct nfha_load *load, u16 id)
{
	struct nfha_load_page *page = page_of(load, id);

	atomic_inc(&page->flows[id % NFHA_LOAD_PART_IDS]);
	atomic_inc(&page->total);
}

/**
 * nfha_load_sub - count a flow that ends
 * @load: of its owner
 * @id: flow ID
 *
 * Context: any.
 */
void nfha_load_sub(struct nfha_load *load, u16 id)
{
	struct nfha_load_page *page = page_of(load, id);

	atomic_dec(&page->total);
	atomic_dec(&page->flows[id % NFHA_LOAD_PART_IDS]);
}

static u32 page_sum(const struct nfha_load *load, u32 first, u32 last)
{
	const struct nfha_load_page *page = page_of(load, first);
	u32 id, sum = 0;

	if (!page)
		return 0;
	if (last - first == NFHA_LOAD_PART_IDS - 1)
		return atomic_read(&page->total);
	for (id = first; id <= last; id++)
		sum += atomic_read(&page->flows[id % NFHA_LOAD_PART_IDS]);
	return sum;
}

/**
 * nfha_load_sum - live flows in a part of R
 * @load: of an instance
 * @first: first flow ID
 * @last: last flow ID, included
 *
 * Costs one read for each 256 flow IDs, and up to 512 for the ends.
 *
 * Context: any.
 * Return: number of flows; those that begin or end meanwhile may count or not.
 */
u32 nfha_load_sum(const struct nfha_load *load, u16 first, u16 last)
{
	u32 id = first, sum = 0;

	while (id <= last) {
		u32 end = min_t(u32, last, id | (NFHA_LOAD_PART_IDS - 1));

		sum += page_sum(load, id, end);
		id = end + 1;
	}
	return sum;
}

/**
 * nfha_load_in_ranges - live flows that are where the range map wants them
 * @load: of an instance
 * @map: the map, or NULL
 * @owner: index of the instance
 *
 * Context: any; RCU if the map is published.
 * Return: number of flows.
 */
u32 nfha_load_in_ranges(const struct nfha_load *load,
			const struct nfha_map *map, u16 owner)
{
	unsigned int i;
	u32 sum = 0;

	for (i = 0; map && i < map->count; i++)
		if (map->range[i].owner == owner)
			sum += nfha_load_sum(load, map->range[i].first,
					     map->range[i].last);
	return sum;
}

/* With nothing to measure, half the flow IDs are the best guess. */
static u16 middle(u16 first, u16 last)
{
	return first + (last - first + 1) / 2;
}

/**
 * nfha_load_halve - find M so that both parts have the same number of flows
 * @load: of the instance that is split
 * @first: X
 * @last: Y, greater than X
 *
 * Context: any.
 * Return: M, greater than @first and at most @last.
 */
u16 nfha_load_halve(const struct nfha_load *load, u16 first, u16 last)
{
	u32 total = nfha_load_sum(load, first, last);
	u32 id, before, below = 0;

	if (!total)
		return middle(first, last);
	for (id = first; id < last; id++) {
		before = below;
		below += page_sum(load, id, id);
		if (2 * (u64)below >= total)
			break;
	}
	/* Cut before or after this flow ID, whichever is nearer to the half. */
	if (id > first && 2 * (u64)below - total > total - 2 * (u64)before)
		id--;
	return min_t(u32, id + 1, last);
}

/**
 * nfha_rate_halve - find M so that both parts have the same packet rate
 * @rate: of each of the NFHA_LOAD_PARTS parts of R, in any unit
 * @first: X
 * @last: Y, greater than X
 *
 * Inside a part, packets are taken to be spread evenly.
 *
 * Context: any.
 * Return: M, greater than @first and at most @last.
 */
u16 nfha_rate_halve(const u32 *rate, u16 first, u16 last)
{
	u64 total = 0, below = 0;
	u32 id;

	for (id = first; id <= last; id++)
		total += rate[part_of(id)];
	if (!total)
		return middle(first, last);
	for (id = first; id < last; id++) {
		below += rate[part_of(id)];
		if (2 * below >= total)
			break;
	}
	return min_t(u32, id + 1, last);
}

/**
 * nfha_load_free - free what the counting took
 * @load: of an instance that no packet finds any more
 *
 * Context: process.
 */
void nfha_load_free(struct nfha_load *load)
{
	unsigned int i;

	for (i = 0; i < NFHA_LOAD_PARTS; i++) {
		if (!rcu_access_pointer(load->page[i]))
			continue;
		kmem_cache_free(page_cache, rcu_dereference_raw(load->page[i]));
		atomic_dec(&load->share->pages);
	}
}

int nfha_load_init(void)
{
	page_cache = kmem_cache_create("nfha_load", sizeof(struct nfha_load_page),
				       0, SLAB_ACCOUNT, NULL);
	return page_cache ? 0 : -ENOMEM;
}

void nfha_load_exit(void)
{
	kmem_cache_destroy(page_cache);
}
