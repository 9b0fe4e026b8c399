/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_SWEEP_H
#define NFHA_SWEEP_H

#include "flow.h"

struct nfha_change;
struct nfha_service;

/**
 * struct nfha_flow_filter - which flows are meant
 * @owner: of this instance, or NFHA_NO_OWNER for any
 * @flags: with any of these NFHA_FLOW_* flags, or 0 for any
 * @exceptions: exceptions only
 */
struct nfha_flow_filter {
	u16 owner;
	u16 flags;
	bool exceptions;
};

u32 nfha_sweep_purge(struct nfha_service *service,
		     const struct nfha_flow_filter *filter);
void nfha_sweep_repoint(struct nfha_service *service,
			const struct nfha_change *change);
void nfha_sweep_move(struct nfha_service *service, u16 from, u16 to);
void nfha_sweep_due(struct nfha_service *service);
void nfha_sweep_age(struct nfha_service *service, unsigned int stripes);

/* Called with the lock of the flow's stripe held and RCU; nonzero ends the
 * walk before this chain, to be taken up there again.
 */
typedef int (*nfha_flow_fn)(const struct nfha_flow *flow, void *arg);
typedef void (*nfha_chain_fn)(void *arg);

int nfha_sweep_walk(struct nfha_service *service, u64 *cursor,
		    nfha_chain_fn begin, nfha_flow_fn visit, void *arg);

#endif /* NFHA_SWEEP_H */
