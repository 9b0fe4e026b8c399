// SPDX-License-Identifier: GPL-2.0-only

#include <linux/slab.h>

#include "failover.h"
#include "move.h"
#include "netlink.h"
#include "split.h"
#include "sweep.h"
#include "watch.h"

static int generation_check(const struct nfha_service *service,
			    const struct nfha_change *change,
			    struct netlink_ext_ack *extack)
{
	const struct nfha_map *map = nfha_service_map(service);

	if (!change->has_generation ||
	    change->generation == (map ? map->generation : 0))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "the range map has changed since that generation; read it again");
	return -ESTALE;
}

/* Ranges may be nobody's only where they were so before, or by force. */
static int owners_check(const struct nfha_service *service,
			const struct nfha_map *map,
			struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < map->count; i++) {
		const struct nfha_instance *instance =
			nfha_service_instance(service, map->range[i].owner);

		if (!instance)
			continue;
		if (instance->state == NFHA_STATE_DRAINING ||
		    instance->state == NFHA_STATE_STANDBY) {
			NL_SET_ERR_MSG(extack,
				       "an instance that drains or is on standby takes no range; set its state to active first");
			return -EBUSY;
		}
	}
	return 0;
}

static bool range_reserve(const struct nfha_service *service,
			  const struct nfha_range *range)
{
	struct nfha_instance *owner =
		nfha_service_instance(service, range->owner);
	const struct nfha_instance *other;

	if (!owner)
		return true;
	nfha_for_each_instance(other, service)
		if (other != owner &&
		    !nfha_load_reserve_all(&owner->load, &other->load,
					   range->first, range->last))
			return false;
	return true;
}

/* A flow that nobody has memory to count for its new owner would stay with the old one,
 * and its state would have moved.
 */
static bool counts_reserve(const struct nfha_service *service,
			   const struct nfha_map *map,
			   const struct nfha_change *change)
{
	unsigned int i;

	if (change->from)
		return nfha_load_reserve_all(&change->to->load,
					     &change->from->load, 0,
					     NFHA_FLOW_ID_MAX);
	for (i = 0; i < map->count; i++)
		if (!range_reserve(service, &map->range[i]))
			return false;
	return true;
}

/**
 * nfha_map_replace - put a new range map in place
 * @service: the service
 * @map: the new map, checked, not joined with anything; taken over, also
 *	in case of error
 * @change: generation expected and policy; told what came of it
 * @extack: told what is wrong
 *
 * The change itself takes one pointer; packets under way finish with the
 * old map, and what they enter counts as an exception. Nothing walks flows
 * but the policy "always", here and not in a packet's way.
 *
 * Context: process, nfha_net.lock.
 * Return: 0, -ESTALE if the generation is another, -EBUSY if an instance
 * cannot take its range, -EDQUOT if the service has used up its share of the memory that
 * flows are counted in, -ENOMEM.
 */
int nfha_map_replace(struct nfha_service *service, struct nfha_map *map,
		     struct nfha_change *change,
		     struct netlink_ext_ack *extack)
{
	struct nfha_map *old = nfha_service_map(service);
	int ret;

	ret = generation_check(service, change, extack);
	if (!ret)
		ret = owners_check(service, map, extack);
	if (!ret && change->policy == NFHA_POLICY_ALWAYS &&
	    !counts_reserve(service, map, change))
		ret = nfha_load_error(&service->load_share);
	if (ret == -EDQUOT)
		NL_SET_ERR_MSG(extack, NFHA_LOAD_USED_UP);
	if (ret) {
		kvfree(map);
		return ret;
	}
	map->generation = old ? old->generation + 1 : 1;
	change->generation = map->generation;
	change->moved = nfha_map_moved(old, map);
	if (change->policy == NFHA_POLICY_ALWAYS)
		nfha_move_begin(service, change->from, change->to);
	rcu_assign_pointer(service->map, map);
	if (old)
		kvfree_rcu(old, rcu);
	/* An earlier change may still wait for its end. */
	if (old && change->policy == NFHA_POLICY_AVOID)
		service->threshold_watched = true;
	/* Whoever has read the old map enters his flow yet, as an exception. */
	if (old && change->policy != NFHA_POLICY_NEVER)
		synchronize_rcu_expedited();
	if (change->policy == NFHA_POLICY_ALWAYS)
		nfha_sweep_repoint(service, change);
	change->exceptions = nfha_service_exceptions(service);
	nfha_event_map(service);
	nfha_watch_kick(service);
	return 0;
}

/* The range of change->from that is meant: named, cut by M, or the widest. */
static int range_choose(const struct nfha_map *map,
			const struct nfha_change *change)
{
	u32 widest = 0;
	unsigned int i;
	int best = -1;

	for (i = 0; i < map->count; i++) {
		const struct nfha_range *range = &map->range[i];
		u32 width = range->last - range->first + 1;

		if (range->owner != change->from->index ||
		    (change->has_first && range->first != change->first) ||
		    (change->has_at && (change->at < range->first ||
					change->at > range->last)))
			continue;
		if (width > widest) {
			widest = width;
			best = i;
		}
	}
	return best;
}

static int split_check(const struct nfha_service *service,
		       const struct nfha_change *change,
		       struct netlink_ext_ack *extack)
{
	if (!nfha_service_map(service)) {
		NL_SET_ERR_MSG(extack, "the service has no ranges; set them first");
		return -ENOENT;
	}
	if (change->from == change->to) {
		NL_SET_ERR_MSG(extack,
			       "an instance cannot give ranges to itself; name two");
		return -EINVAL;
	}
	if (nfha_failover_is_fenced(change->to)) {
		NL_SET_ERR_MSG(extack,
			       "the instance that takes ranges is fenced; name another one");
		return -EBUSY;
	}
	if (change->to->state != NFHA_STATE_ACTIVE) {
		NL_SET_ERR_MSG(extack,
			       "the instance that takes ranges is not active; set its state first");
		return -EBUSY;
	}
	if (change->policy == NFHA_POLICY_ALWAYS &&
	    nfha_move_is_busy(change->from, change->to)) {
		NL_SET_ERR_MSG(extack,
			       "packets of flows that moved before still wait; try again when they have been delivered");
		return -EBUSY;
	}
	return generation_check(service, change, extack);
}

static u16 cut_choose(const struct nfha_service *service,
		      const struct nfha_range *range,
		      const struct nfha_change *change)
{
	if (change->has_at)
		return change->at;
	if (change->measure == NFHA_MEASURE_PACKETS)
		return nfha_rate_halve(service->rate_avg, range->first,
				       range->last);
	return nfha_load_halve(&change->from->load, range->first, range->last);
}

/**
 * nfha_split - move the upper part of a range to another instance
 * @service: the service
 * @change: what is asked for; told what came of it
 * @extack: told what is wrong
 *
 * [X, Y] of A becomes [X, M) of A and [M, Y] of A' (ETSI GS NFV-REL 002 clause
 * 6.2, step 4). Living flows stay where they are, as exceptions.
 *
 * Context: process, nfha_net.lock.
 * Return: 0, -ENOENT without a range that is meant, -EINVAL, -EBUSY,
 * -ESTALE, -EDQUOT or -ENOMEM.
 */
int nfha_split(struct nfha_service *service, struct nfha_change *change,
	       struct netlink_ext_ack *extack)
{
	const struct nfha_map *old = nfha_service_map(service);
	const struct nfha_range *range;
	struct nfha_map *map;
	int i, ret;

	ret = split_check(service, change, extack);
	if (ret)
		return ret;
	i = range_choose(old, change);
	if (i < 0) {
		NL_SET_ERR_MSG(extack,
			       "the instance to split owns no such range; see its ranges");
		return -ENOENT;
	}
	range = &old->range[i];
	if (range->first == range->last ||
	    (change->has_at && change->at == range->first)) {
		NL_SET_ERR_MSG(extack,
			       "nothing would be left of the range; use merge to give all of it");
		return -EINVAL;
	}
	change->at = cut_choose(service, range, change);
	map = nfha_map_split(old, i, change->at, change->to->index);
	if (!map)
		return -ENOMEM;
	if (map->count > NFHA_RANGES_MAX) {
		kvfree(map);
		NL_SET_ERR_MSG(extack,
			       "a range map has 4096 ranges at most; merge or set the ranges first");
		return -ENOSPC;
	}
	return nfha_map_replace(service, map, change, extack);
}

/**
 * nfha_merge - give all ranges of an instance to another one and drain it
 * @service: the service
 * @change: what is asked for; told what came of it
 * @extack: told what is wrong
 *
 * Scale-in, "similar in spirit" (ETSI GS NFV-REL 002 clause 6.2): the flows of
 * the instance that leaves are exceptions until they end.
 *
 * Context: process, nfha_net.lock.
 * Return: as nfha_split().
 */
int nfha_merge(struct nfha_service *service, struct nfha_change *change,
	       struct netlink_ext_ack *extack)
{
	struct nfha_map *map;
	int ret;

	ret = split_check(service, change, extack);
	if (ret)
		return ret;
	if (!nfha_map_width(nfha_service_map(service), change->from->index)) {
		NL_SET_ERR_MSG(extack, "the instance owns no range to give");
		return -ENOENT;
	}
	map = nfha_map_merge(nfha_service_map(service), change->from->index,
			     change->to->index);
	if (!map)
		return -ENOMEM;
	ret = nfha_map_replace(service, map, change, extack);
	if (ret)
		return ret;
	/* It leaves: what else it has, learned flows too, goes where its state goes. */
	if (change->policy == NFHA_POLICY_ALWAYS)
		nfha_sweep_move(service, change->from->index, change->to->index);
	/* Who is down is not to be served again by that. */
	if (change->from->state == NFHA_STATE_DOWN)
		return 0;
	nfha_instance_drain(change->from, change->deadline_ms);
	nfha_event_instance(change->from, NFHA_CMD_INSTANCE_SET_NTF);
	return 0;
}
