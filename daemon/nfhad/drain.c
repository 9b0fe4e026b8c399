// SPDX-License-Identifier: GPL-2.0-or-later
/* A service gets less instances: one gives its ranges away, and leaves without flows. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "beyond.h"
#include "kernel.h"
#include "move.h"
#include "nfhad.h"
#include "push.h"
#include "ranges.h"
#include "retry.h"
#include "scale_private.h"
#include "service.h"

#define EMPTY "it has no flows left"

static const char *late(uint32_t deadline_ms)
{
	return deadline_ms == NFHAD_SCALE_NOW_MS ? "it had to leave at once, by force" :
						   "its deadline is over";
}

/* Flows that are left when its time is over are of those who have the ranges now. */
static void leave(struct nfhad_instance *leaving, const char *why)
{
	nfhad_ranges_forget(leaving);
	nfhad_decision_instance(leaving, NFHAD_ACTION_MERGE, "%s", why);
	nfhad_log_instance(LOG_NOTICE, leaving, "has left: %s", why);
	nfhad_scale_give_back(leaving);
	nfhad_push_begin(leaving->service, 0);
}

void nfhad_drain_end(struct nfhad_scale *scale, const char *why)
{
	struct nfhad_instance *leaving = scale->from;

	nfhad_scale_step_end(scale);
	leave(leaving, why);
}

/* Its state is still on its way: the ranges go without, for nobody waits for that any more.
 * If the module refuses they stay, and so does it.
 */
static int give_without_state(struct nfhad_scale *scale)
{
	struct nfhad_instance *to = nfhad_move_abandon(scale->service);
	int ret;

	if (!to)
		return 0;
	ret = nfhad_ranges_merge(scale->from, to, NFHA_POLICY_NEVER, 0);
	if (ret) {
		nfhad_decision_instance(scale->from, NFHAD_ACTION_REFUSE,
					"it stays, for its ranges cannot go to %s: %s",
					to->config->name, strerror(-ret));
		nfhad_scale_step_end(scale);
	}
	return ret;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	if (!give_without_state(data))
		nfhad_drain_end(data, late(((struct nfhad_scale *)data)->deadline_ms));
	return 0;
}

/* The module has a deadline, too, and says when it is over; but it does not know of flows that
 * go past, and whatever event is lost, nobody drains for ever.
 */
static void set_deadline(struct nfhad_scale *scale, uint32_t deadline_ms)
{
	if (deadline_ms &&
	    nfhad_retry_later(scale->service->nfhad->event, &scale->timer,
			      deadline_ms * 1000ULL, on_timer, scale))
		nfhad_log_instance(LOG_ALERT, scale->from,
				   "no memory to end its drain at the deadline");
}

static void begin(struct nfhad_scale *scale, struct nfhad_instance *leaving,
		  uint32_t deadline_ms)
{
	scale->from = leaving;
	scale->state = NFHAD_SCALE_DRAINING;
	nfhad_beyond_again(scale->service);
	set_deadline(scale, deadline_ms);
}

/* Somebody wants it to be faster. A later daemon has to know, so the module does, unless its
 * ranges are its own as long as state moves.
 */
static int hurry(struct nfhad_scale *scale, uint32_t deadline_ms,
		 const char *cause, struct nfhad_refusal *refusal)
{
	int ret = 0;

	scale->deadline_ms = deadline_ms;
	if (!scale->turning && !scale->service->move)
		ret = nfhad_kernel_drain(scale->from, deadline_ms);
	if (ret)
		return nfhad_scale_refuse(refusal, ret, "the module refuses: %s",
					  strerror(-ret));
	nfhad_decision_instance(scale->from, NFHAD_ACTION_DRAIN,
				"%s; it has %u ms left", cause, deadline_ms);
	if (!scale->turning)
		set_deadline(scale, deadline_ms);
	return 0;
}

/* Who leaves, and who gets its ranges. */
static int choose(const struct nfhad_service *s, struct nfhad_instance **leaving,
		  struct nfhad_instance **to, struct nfhad_refusal *refusal)
{
	struct nfhad_owners owners;
	unsigned int serving;
	int ret;

	ret = nfhad_scale_owners(s, &owners, refusal);
	if (ret)
		return ret;
	serving = nfhad_owners_serving(&owners);
	if (serving <= s->config->scale.min)
		return nfhad_scale_refuse(refusal, -ERANGE,
					  "%s has %u instances, the least that it may have",
					  s->config->name, serving);
	*leaving = *leaving ?: nfhad_owners_idlest(&owners, NULL);
	*to = *leaving ? nfhad_owners_idlest(&owners, *leaving) : NULL;
	if (*to && nfhad_owners_serves(&owners, *leaving))
		return 0;
	return nfhad_scale_refuse(refusal, -ENOENT, "%s has no range to give",
				  *leaving ? (*leaving)->config->name :
					     s->config->name);
}

static void on_merged(void *data, int error, const struct nfha_changed *changed)
{
	struct nfhad_scale *scale = data;

	(void)changed;
	if (!error) {
		nfhad_drain_look(scale);
		return;
	}
	nfhad_decision_instance(scale->from, NFHAD_ACTION_REFUSE,
				"it stays, for its state cannot be moved: %s",
				strerror(-error));
	nfhad_scale_step_end(scale);
}

/* With its state it has left when that is through, and needs no time. */
static int give(struct nfhad_scale *scale, struct nfhad_instance *leaving,
		struct nfhad_instance *to)
{
	if (nfhad_move_is_wanted(scale->service)) {
		scale->deadline_ms = 0;
		return nfhad_move_merge(leaving, to, on_merged, scale);
	}
	return nfhad_ranges_merge(leaving, to,
				  scale->service->config->scale.policy,
				  scale->deadline_ms);
}

/* Its ranges are the heir's on this host, too. */
static int merge(struct nfhad_scale *scale, struct nfhad_instance *leaving,
		 struct nfhad_instance *to)
{
	int ret = give(scale, leaving, to);

	if (ret)
		return ret;
	begin(scale, leaving, scale->deadline_ms);
	nfhad_decision_instance(leaving, NFHAD_ACTION_DRAIN,
				"%s; its ranges go to %s", scale->cause,
				to->config->name);
	nfhad_log_instance(LOG_NOTICE, leaving, "drains: its ranges go to %s",
			   to->config->name);
	return 0;
}

/* From here on nothing new goes past this host to who leaves. */
static void on_turned(struct nfhad_service *s, int error)
{
	struct nfhad_scale *scale = s->scale;
	struct nfhad_instance *leaving = scale->from, *to = scale->to;

	/* The step has ended before. */
	if (!scale->turning)
		return;
	scale->turning = false;
	scale->to = NULL;
	if (!error)
		error = merge(scale, leaving, to);
	if (!error)
		return;
	nfhad_decision_log_instance(leaving, NFHAD_ACTION_REFUSE, LOG_ERR,
				    "its ranges cannot go to %s: %s",
				    to->config->name, strerror(-error));
	nfhad_scale_step_end(scale);
	nfhad_push_begin(s, 0);
}

/* What the switch sends to it goes past this host. */
static bool is_beyond(const struct nfhad_instance *i)
{
	struct nfha_instance answer;

	return i->service->push && !nfhad_ranges_get(i, &answer) && answer.remote;
}

/* Its flows are exceptions from here on, and what the switch sends to it comes by: the switch
 * is told when they are few enough, as after a split, or when it has left.
 */
static int merge_here(struct nfhad_scale *scale, struct nfhad_instance *leaving,
		      struct nfhad_instance *to)
{
	struct nfhad_service *s = scale->service;
	int ret = merge(scale, leaving, to);

	if (!ret && s->push && s->config->scale.policy == NFHA_POLICY_AVOID)
		nfhad_scale_unsettle(s);
	return ret;
}

/* The other way round flows would begin at an instance that has left: this host is the last
 * to change.
 */
static int turn(struct nfhad_scale *scale, struct nfhad_instance *leaving,
		struct nfhad_instance *to)
{
	int ret = nfhad_push_turn(scale->service, leaving, to, on_turned);

	if (ret)
		return ret;
	scale->from = leaving;
	scale->to = to;
	scale->state = NFHAD_SCALE_DRAINING;
	scale->turning = true;
	return 0;
}

int nfhad_scale_in(struct nfhad_service *s, struct nfhad_instance *leaving,
		   uint32_t deadline_ms, const char *cause,
		   struct nfhad_refusal *refusal)
{
	struct nfhad_scale *scale = s->scale;
	struct nfhad_instance *to;
	int ret;

	if (deadline_ms && nfhad_scale_drains(s) && leaving == scale->from)
		return hurry(scale, deadline_ms, cause, refusal);
	ret = nfhad_scale_may_step(s, refusal) ?:
	      choose(s, &leaving, &to, refusal) ?:
	      nfhad_scale_knows(leaving, refusal);
	if (ret)
		return ret;
	scale->deadline_ms = deadline_ms ?: s->config->scale.deadline_ms;
	snprintf(scale->cause, sizeof(scale->cause), "%s", cause);
	ret = is_beyond(leaving) ? turn(scale, leaving, to) :
				   merge_here(scale, leaving, to);
	return ret ? nfhad_scale_refuse(refusal, ret, "the module refuses: %s",
					strerror(-ret)) : 0;
}

/* Neither here nor past this host it has flows. */
static bool is_empty(const struct nfhad_owners *owners,
		     const struct nfhad_instance *i)
{
	uint32_t flows;

	return !nfhad_owners_get(owners, i)->flows &&
	       !nfhad_beyond_flows(i, &flows) && !flows;
}

/* Somebody else may have made something else of it, or removed it. */
static void look_at_step(struct nfhad_scale *scale,
			 const struct nfhad_owners *owners)
{
	const struct nfhad_owner *owner = nfhad_owners_get(owners, scale->from);

	if (scale->turning)
		return;
	if (owner->state != NFHA_STATE_DRAINING) {
		nfhad_log_instance(LOG_NOTICE, scale->from,
				   "drains no more, for somebody else has a say");
		nfhad_scale_step_end(scale);
	} else if (is_empty(owners, scale->from)) {
		nfhad_drain_end(scale, EMPTY);
	}
}

/* Of one that another one drains, a person, or an earlier daemon. */
static void look_at_other(const struct nfhad_scale *scale,
			  struct nfhad_instance *i,
			  const struct nfhad_owners *owners)
{
	const struct nfhad_owner *owner = nfhad_owners_get(owners, i);

	if (i != scale->from && i != scale->to && nfhad_instance_works(i) &&
	    owner->state == NFHA_STATE_DRAINING && is_empty(owners, i))
		leave(i, EMPTY);
}

void nfhad_drain_look(struct nfhad_scale *scale)
{
	const struct nfhad_service *s = scale->service;
	struct nfhad_owners owners;
	size_t n;

	if (s->move || nfhad_owners_look(s, &owners))
		return;
	for (n = 0; n < s->instances; n++)
		look_at_other(scale, &s->instance[n], &owners);
	if (scale->state == NFHAD_SCALE_DRAINING)
		look_at_step(scale, &owners);
}

void nfhad_drain_ended(struct nfhad_scale *scale, const struct nfha_event *event)
{
	struct nfhad_instance *i;

	i = nfhad_service_instance(scale->service, event->instance);
	if (!i || !nfhad_instance_works(i) || scale->to == i ||
	    scale->service->move)
		return;
	if (event->drain_end == NFHA_DRAIN_END_EMPTY)
		nfhad_drain_look(scale);
	else if (scale->state == NFHAD_SCALE_DRAINING && scale->from == i)
		nfhad_drain_end(scale, late(scale->deadline_ms));
	else
		leave(i, late(0));
}

void nfhad_drain_take_up(struct nfhad_scale *scale, struct nfhad_instance *i,
			 uint32_t left_ms)
{
	if (scale->state != NFHAD_SCALE_DRAINING)
		begin(scale, i,
		      left_ms ?: scale->service->config->scale.deadline_ms);
}
