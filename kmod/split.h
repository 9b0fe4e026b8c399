/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_SPLIT_H
#define NFHA_SPLIT_H

#include "service.h"

/**
 * struct nfha_change - a request to change a range map, and what came of it
 * @has_generation: @generation is given
 * @generation: in: the one that the request is based on; out: the new one
 * @policy: enum nfha_policy
 * @from: the instance that gives (split, merge)
 * @to: the instance that takes (split, merge)
 * @has_at: @at is given
 * @at: M; out: the one that was chosen (split)
 * @measure: enum nfha_measure, if @at is not given
 * @has_first: @first is given
 * @first: which range of @from is meant, by its first flow ID (split)
 * @deadline_ms: limit of the drain (merge)
 * @moved: out: flow IDs that changed owner
 * @exceptions: out: exceptions of the service
 */
struct nfha_change {
	bool has_generation;
	u32 generation;
	u8 policy;
	struct nfha_instance *from;
	struct nfha_instance *to;
	bool has_at;
	u16 at;
	u8 measure;
	bool has_first;
	u16 first;
	u32 deadline_ms;
	u32 moved;
	u32 exceptions;
};

int nfha_map_replace(struct nfha_service *service, struct nfha_map *map,
		     struct nfha_change *change,
		     struct netlink_ext_ack *extack);
int nfha_split(struct nfha_service *service, struct nfha_change *change,
	       struct netlink_ext_ack *extack);
int nfha_merge(struct nfha_service *service, struct nfha_change *change,
	       struct netlink_ext_ack *extack);

#endif /* NFHA_SPLIT_H */
