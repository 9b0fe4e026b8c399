/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_ACCOUNT_H
#define NFHA_ACCOUNT_H

#include "flow.h"

struct nfha_service;

bool nfha_account_reserve(struct nfha_service *service, u16 owner, u16 id,
			  u16 flags, gfp_t gfp);
void nfha_account_add(struct nfha_service *service,
		      const struct nfha_flow *flow);
void nfha_account_sub(struct nfha_service *service,
		      const struct nfha_flow *flow);

#endif /* NFHA_ACCOUNT_H */
