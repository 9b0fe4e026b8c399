/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_LOAD_H
#define NFHA_LOAD_H

#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "map.h"

#define NFHA_RATE_SHIFT	8
#define NFHA_LOAD_PARTS		256
#define NFHA_LOAD_PART_IDS	(65536 / NFHA_LOAD_PARTS)

/**
 * struct nfha_load_page - live flows of 256 neighbouring flow IDs
 * @total: sum of @flows, which may lag by the flows that begin and end just now
 * @flows: live flows of each
 */
struct nfha_load_page {
	atomic_t total;
	atomic_t flows[NFHA_LOAD_PART_IDS];
};

/**
 * struct nfha_load_share - what the counting takes for all instances of a service
 * @pages: how many there are
 * @max: how many there may be; it only grows
 */
struct nfha_load_share {
	atomic_t pages;
	int max;
};

/**
 * struct nfha_load - where in R the flows of one instance are
 * @share: of its service
 * @page: set once, by the first flow of the part (cmpxchg); freed with the
 *	instance
 */
struct nfha_load {
	struct nfha_load_share *share;
	struct nfha_load_page __rcu *page[NFHA_LOAD_PARTS];
};

/**
 * struct nfha_rate - packets on one CPU, or their sum
 * @packets: of each part of R
 */
struct nfha_rate {
	unsigned long packets[NFHA_LOAD_PARTS];
};

/* No instance of the service gets a page any more. */
static inline bool nfha_load_is_used_up(const struct nfha_load_share *share)
{
	return atomic_read(&share->pages) >= READ_ONCE(share->max);
}

/* What a command is told of -EDQUOT. */
#define NFHA_LOAD_USED_UP \
	"too many instances with flows in too many parts of R; more takes CAP_NET_ADMIN in the first user namespace"

/* Why a page could not be reserved. */
static inline int nfha_load_error(const struct nfha_load_share *share)
{
	return nfha_load_is_used_up(share) ? -EDQUOT : -ENOMEM;
}

bool nfha_load_reserve(struct nfha_load *load, u16 id, gfp_t gfp);
bool nfha_load_reserve_all(struct nfha_load *load,
			   const struct nfha_load *other, u16 first, u16 last);
void nfha_load_add(struct nfha_load *load, u16 id);
void nfha_load_sub(struct nfha_load *load, u16 id);
u32 nfha_load_sum(const struct nfha_load *load, u16 first, u16 last);
u32 nfha_load_in_ranges(const struct nfha_load *load,
			const struct nfha_map *map, u16 owner);
u16 nfha_load_halve(const struct nfha_load *load, u16 first, u16 last);
u16 nfha_rate_halve(const u32 *rate, u16 first, u16 last);
void nfha_load_free(struct nfha_load *load);

int nfha_load_init(void);
void nfha_load_exit(void);

#endif /* NFHA_LOAD_H */
