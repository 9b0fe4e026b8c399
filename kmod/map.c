// SPDX-License-Identifier: GPL-2.0-only

#include <linux/slab.h>

#include <linux/nfha.h>

#include "map.h"

/**
 * nfha_map_alloc - room for a range map
 * @count: number of ranges, 1 to NFHA_RANGES_MAX
 *
 * Context: process.
 * Return: a map with @count ranges to be filled in, or NULL. Free it with
 * kvfree(), or kvfree_rcu() once it has been published.
 */
struct nfha_map *nfha_map_alloc(unsigned int count)
{
	struct nfha_map *map;

	map = kvzalloc(struct_size(map, range, count), GFP_KERNEL_ACCOUNT);
	if (map)
		map->count = count;
	return map;
}

/**
 * nfha_map_check - do the ranges tile R?
 * @map: a map, sorted by first flow ID
 * @extack: told what is wrong
 *
 * Ranges are non-overlapping (ETSI GS NFV-REL 002 clause 6.2, assumption 2),
 * and a flow ID without a range would have no instance.
 *
 * Context: any.
 * Return: true if each flow ID is in one range and one only.
 */
bool nfha_map_check(const struct nfha_map *map, struct netlink_ext_ack *extack)
{
	u32 next = 0;
	unsigned int i;

	for (i = 0; i < map->count; i++) {
		const struct nfha_range *range = &map->range[i];

		if (range->first > range->last) {
			NL_SET_ERR_MSG(extack,
				       "a range ends before it begins; give first <= last");
			return false;
		}
		if (range->first < next) {
			NL_SET_ERR_MSG(extack,
				       "ranges overlap; each flow ID belongs to one range");
			return false;
		}
		if (range->first > next)
			break;
		next = range->last + 1;
	}
	if (next == NFHA_FLOW_ID_MAX + 1 && i == map->count)
		return true;
	NL_SET_ERR_MSG(extack,
		       "ranges leave a gap; together they must cover 0 to 65535");
	return false;
}

/**
 * nfha_map_join - make one range of neighbours with the same owner
 * @map: a map that is not published
 *
 * Context: any.
 */
void nfha_map_join(struct nfha_map *map)
{
	unsigned int i, n = 0;

	for (i = 1; i < map->count; i++) {
		if (map->range[i].owner == map->range[n].owner)
			map->range[n].last = map->range[i].last;
		else
			map->range[++n] = map->range[i];
	}
	map->count = n + 1;
}

/**
 * nfha_map_split - a copy in which the upper part of a range has a new owner
 * @map: the map
 * @i: which range
 * @at: M, the first flow ID that moves; inside the range, or its first
 * @to: index of the new owner
 *
 * [X, Y] becomes [X, M) and [M, Y] (ETSI GS NFV-REL 002 clause 6.2).
 *
 * Context: process.
 * Return: the new map, or NULL without memory.
 */
struct nfha_map *nfha_map_split(const struct nfha_map *map, unsigned int i,
				u16 at, u16 to)
{
	struct nfha_map *new = nfha_map_alloc(map->count + 1);

	if (!new)
		return NULL;
	memcpy(new->range, map->range, (i + 1) * sizeof(*map->range));
	memcpy(&new->range[i + 1], &map->range[i],
	       (map->count - i) * sizeof(*map->range));
	new->range[i + 1].owner = to;
	if (at == map->range[i].first) {
		/* All of it: an empty [X, M) would not be a range. */
		new->range[i].owner = to;
	} else {
		new->range[i].last = at - 1;
		new->range[i + 1].first = at;
	}
	nfha_map_join(new);
	return new;
}

/**
 * nfha_map_merge - a copy in which one instance's ranges are another's
 * @map: the map
 * @from: index of the instance that gives
 * @to: index of the instance that takes
 *
 * Context: process.
 * Return: the new map, or NULL without memory.
 */
struct nfha_map *nfha_map_merge(const struct nfha_map *map, u16 from, u16 to)
{
	struct nfha_map *new = nfha_map_alloc(map->count);
	unsigned int i;

	if (!new)
		return NULL;
	memcpy(new->range, map->range, map->count * sizeof(*map->range));
	for (i = 0; i < new->count; i++)
		if (new->range[i].owner == from)
			new->range[i].owner = to;
	nfha_map_join(new);
	return new;
}

/**
 * nfha_map_hand_over - one instance's ranges are another's from now on, in this map
 * @map: the map, which may be published
 * @from: index of the instance that gives
 * @to: index of the instance that takes
 *
 * Neighbours with the same owner stay two ranges.
 *
 * Context: process, nfha_net.lock.
 */
void nfha_map_hand_over(struct nfha_map *map, u16 from, u16 to)
{
	unsigned int i;

	for (i = 0; i < map->count; i++)
		if (map->range[i].owner == from)
			WRITE_ONCE(map->range[i].owner, to);
	map->generation++;
}

/**
 * nfha_map_owner - who owns a flow ID
 * @map: the map
 * @id: flow ID
 *
 * Context: any; RCU if the map is published.
 * Return: index of the instance, or NFHA_NO_OWNER.
 */
u16 nfha_map_owner(const struct nfha_map *map, u16 id)
{
	unsigned int low = 0, high = map->count - 1;

	while (low < high) {
		unsigned int mid = (low + high + 1) / 2;

		if (map->range[mid].first <= id)
			low = mid;
		else
			high = mid - 1;
	}
	return READ_ONCE(map->range[low].owner);
}

/**
 * nfha_map_width - how much of R an instance owns
 * @map: the map, or NULL
 * @owner: index of the instance
 *
 * Context: any; RCU if the map is published.
 * Return: number of flow IDs, 0 to 65536.
 */
u32 nfha_map_width(const struct nfha_map *map, u16 owner)
{
	unsigned int i;
	u32 width = 0;

	for (i = 0; map && i < map->count; i++)
		if (map->range[i].owner == owner)
			width += map->range[i].last - map->range[i].first + 1;
	return width;
}

/**
 * nfha_map_moved - how many flow IDs have another owner in a new map
 * @old: the map before, or NULL
 * @new: the map after
 *
 * Context: any; RCU if a map is published.
 * Return: number of flow IDs, 0 to 65536.
 */
u32 nfha_map_moved(const struct nfha_map *old, const struct nfha_map *new)
{
	unsigned int i = 0, j = 0;
	u32 next = 0, moved = 0;

	if (!old)
		return NFHA_FLOW_ID_MAX + 1;
	while (i < old->count && j < new->count) {
		u16 last = min(old->range[i].last, new->range[j].last);

		if (old->range[i].owner != new->range[j].owner)
			moved += last - next + 1;
		next = last + 1;
		if (old->range[i].last == last)
			i++;
		if (new->range[j].last == last)
			j++;
	}
	return moved;
}
