/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_MAP_H
#define NFHA_MAP_H

#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#define NFHA_NO_OWNER		0xffff
#define NFHA_RANGES_MAX		4096

/**
 * struct nfha_range - a sub-interval of R
 * @first: first flow ID
 * @last: last flow ID, included
 * @owner: index of the instance
 */
struct nfha_range {
	u16 first;
	u16 last;
	u16 owner;
};

/**
 * struct nfha_map - all ranges of a service
 * @rcu: to free it when it has been replaced
 * @generation: one more than that of the map before
 * @count: number of ranges
 * @range: sorted; they tile R
 *
 * Published ones are replaced, not changed. The owners alone are handed over in place where
 * there is no time, or no memory, for a new one: nfha_map_hand_over().
 */
struct nfha_map {
	struct rcu_head rcu;
	u32 generation;
	u16 count;
	struct nfha_range range[];
};

struct nfha_map *nfha_map_alloc(unsigned int count);
bool nfha_map_check(const struct nfha_map *map, struct netlink_ext_ack *extack);
void nfha_map_join(struct nfha_map *map);
struct nfha_map *nfha_map_split(const struct nfha_map *map, unsigned int i,
				u16 at, u16 to);
struct nfha_map *nfha_map_merge(const struct nfha_map *map, u16 from, u16 to);
void nfha_map_hand_over(struct nfha_map *map, u16 from, u16 to);
u16 nfha_map_owner(const struct nfha_map *map, u16 id);
u32 nfha_map_width(const struct nfha_map *map, u16 owner);
u32 nfha_map_moved(const struct nfha_map *old, const struct nfha_map *new);

#endif /* NFHA_MAP_H */
