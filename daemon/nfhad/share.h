/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SHARE_H
#define NFHAD_SHARE_H

#include <libnfha/nfha.h>
#include <stddef.h>
#include <stdint.h>
#include "config_scale.h"

/*
 * Who gets which part of a range map when one leaves it and when it is back. What one has
 * to do is the flow IDs that it owns, for new flows come by them; what it can do is its
 * weight. Pure: maps in, maps out.
 */

/* As many as the module takes. */
#define NFHAD_SHARE_RANGES_MAX 4096

/**
 * struct nfhad_share - an instance that has a part of the map, or is to have one
 * @name: of the instance
 * @weight: what it can do, relative to the others; at least 1
 */
struct nfhad_share {
	const char *name;
	uint32_t weight;
};

/**
 * struct nfhad_share_plan - a new map
 * @ranges: how many
 * @range: sorted, they tile R; two beside each other have different owners
 */
struct nfhad_share_plan {
	unsigned int ranges;
	struct nfha_range range[NFHAD_SHARE_RANGES_MAX];
};

/**
 * nfhad_share_leave - divide the flow IDs of one among others
 * @map: how it is
 * @leaving: whose they are
 * @heir: who gets them
 * @heirs: how many, 1 to NFHAD_INSTANCES_MAX
 * @plan: set
 *
 * Only its flow IDs change their owner. Whoever has less for its weight than the others
 * gets more of them, so that those who get some have their shares by weight then, within
 * one flow ID. Who has more than that already gets none.
 *
 * Return: 0 or -E2BIG.
 */
int nfhad_share_leave(const struct nfha_map *map, const char *leaving,
		      const struct nfhad_share *heir, size_t heirs,
		      struct nfhad_share_plan *plan);

/**
 * nfhad_share_join - give one its share
 * @map: how it is
 * @joining: who has none yet
 * @donor: who may give
 * @donors: how many, 1 to NFHAD_INSTANCES_MAX
 * @plan: set
 *
 * Only flow IDs that @joining gets change their owner. Whoever has more for its weight than
 * the others gives more, so that those who give some and @joining have their shares by
 * weight then, within one flow ID. Pieces that lie beside each other are preferred: however
 * often instances leave and join, the map does not fall to pieces.
 *
 * Return: 0 or -E2BIG.
 */
int nfhad_share_join(const struct nfha_map *map,
		     const struct nfhad_share *joining,
		     const struct nfhad_share *donor, size_t donors,
		     struct nfhad_share_plan *plan);

#endif /* NFHAD_SHARE_H */
