// SPDX-License-Identifier: GPL-2.0-only

#include "account.h"
#include "service.h"

/* On the way up the total leads the parts, and on the way down it follows
 * them: exceptions, which are the difference, are never counted too low.
 */

/**
 * nfha_account_reserve - make sure that a flow can be counted
 * @service: the service
 * @owner: index of the instance that is to get it
 * @id: flow ID
 * @flags: NFHA_FLOW_LEARNED or not
 * @gfp: how to get memory
 *
 * Context: softirq or process, as @gfp says; RCU or nfha_net.lock.
 * Return: false if there is no such instance, or no memory for it.
 */
bool nfha_account_reserve(struct nfha_service *service, u16 owner, u16 id,
			  u16 flags, gfp_t gfp)
{
	struct nfha_instance *instance = nfha_service_instance(service, owner);

	return instance && ((flags & NFHA_FLOW_LEARNED) ||
			    nfha_load_reserve(&instance->load, id, gfp));
}

/**
 * nfha_account_add - count a flow for its owner
 * @service: the service
 * @flow: the flow, for which nfha_account_reserve() said yes
 *
 * Context: softirq or process, RCU; the lock of the flow's stripe is held.
 */
void nfha_account_add(struct nfha_service *service,
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

/**
 * nfha_account_sub - count a flow no more
 * @service: the service
 * @flow: the flow, before its owner or its kind changes
 *
 * Context: softirq or process, RCU; the lock of the flow's stripe is held.
 */
void nfha_account_sub(struct nfha_service *service,
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
