// SPDX-License-Identifier: GPL-2.0-or-later
/* Who gets the ranges of an instance that has failed. */

#include "move.h"
#include "nfhad.h"
#include "push.h"
#include "ranges.h"
#include "scale_private.h"

struct nfhad_instance *nfhad_scale_heir(const struct nfhad_instance *leaving)
{
	struct nfhad_owners owners;

	if (nfhad_owners_look(leaving->service, &owners))
		return NULL;
	return nfhad_owners_idlest(&owners, leaving);
}

/* Who drains still works, and is better than nobody. */
static struct nfhad_instance *heir_of(const struct nfhad_scale *scale,
				      const struct nfhad_instance *failed)
{
	struct nfhad_instance *heir = nfhad_scale_heir(failed);

	if (!heir && scale->state == NFHAD_SCALE_DRAINING &&
	    scale->from != failed && nfhad_instance_works(scale->from))
		return scale->from;
	return heir;
}

bool nfhad_spread_to(struct nfhad_instance *failed, struct nfhad_instance *to)
{
	if (nfhad_ranges_merge(failed, to, NFHA_POLICY_NEVER, 0))
		return false;
	nfhad_ranges_forget(failed);
	nfhad_decision_instance(to, NFHAD_ACTION_TAKE_OVER,
				"gets the ranges of %s, which has failed",
				failed->config->name);
	return true;
}

/* Whoever fails, what the switch is about to be told is not true any more. */
static void end_turn(struct nfhad_scale *scale)
{
	if (!scale->turning)
		return;
	nfhad_scale_step_end(scale);
	nfhad_push_begin(scale->service, 0);
}

/* It was to leave, or was to get a part of a range, and has none. */
static bool was_in_step(struct nfhad_scale *scale,
			const struct nfhad_instance *failed)
{
	if (scale->state == NFHAD_SCALE_STARTING && scale->to == failed)
		nfhad_scale_start_failed(scale, "has failed at its start");
	else if (scale->state == NFHAD_SCALE_DRAINING && scale->from == failed)
		nfhad_drain_end(scale, "it has failed while it drained");
	else
		return false;
	return true;
}

bool nfhad_scale_failed(struct nfhad_instance *i)
{
	struct nfhad_scale *scale = i->service->scale;
	struct nfha_instance answer;
	struct nfhad_instance *heir;
	bool is_shared;

	if (!scale)
		return false;
	end_turn(scale);
	if (was_in_step(scale, i))
		return true;
	heir = heir_of(scale, i);
	if (!heir || nfhad_ranges_get(i, &answer))
		return false;
	is_shared = i->service->config->scheme == NFHAD_SCHEME_ACTIVE_ACTIVE;
	if (!is_shared && answer.width && !nfhad_spread_to(i, heir))
		return false;
	if (scale->from == i)
		nfhad_scale_abandon(scale, "the one to be split has failed");
	if (is_shared)
		return false;
	nfhad_scale_give_back(i);
	nfhad_drain_look(scale);
	nfhad_push_begin(i->service, 0);
	return true;
}

bool nfhad_scale_lost(struct nfhad_instance *i, const char *why)
{
	struct nfhad_scale *scale = i->service->scale;

	if (!scale)
		return false;
	end_turn(scale);
	nfhad_move_failed(i);
	if (scale->state == NFHAD_SCALE_STARTING && scale->to == i)
		nfhad_scale_start_failed(scale, why);
	else if (scale->state == NFHAD_SCALE_STARTING && scale->from == i)
		nfhad_scale_abandon(scale, "the one to be split has failed");
	return i->state != NFHAD_INSTANCE_FAILED;
}
