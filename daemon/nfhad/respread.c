// SPDX-License-Identifier: GPL-2.0-or-later
/* All work, and share what one of them has left: NHAM's active-active. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "decision.h"
#include "health.h"
#include "kernel.h"
#include "nfhad.h"
#include "push.h"
#include "ranges.h"
#include "respread.h"
#include "retry.h"
#include "scale.h"

/* How often it is looked whether one that is back is healthy. */
#define LOOK_US 100000ULL
/* How often the module is asked again that has refused it, at first and at last. */
#define FIRST_US 1000000ULL
#define LAST_US 60000000ULL

/**
 * struct nfhad_respread - of a service
 * @service: the service
 * @timer: while somebody is back who has no share yet
 * @failures: of the module to give one, in a row
 */
struct nfhad_respread {
	struct nfhad_service *service;
	sd_event_source *timer;
	unsigned int failures;
};

/**
 * struct sharing - a change of the map that is being made
 * @one: who leaves or joins
 * @other: who gets, or gives
 * @others: how many
 */
struct sharing {
	struct nfhad_share one;
	struct nfhad_share other[NFHAD_INSTANCES_MAX];
	size_t others;
};

static struct nfhad_share share_of(const struct nfhad_instance *i)
{
	return (struct nfhad_share){ i->config->name, i->config->weight };
}

/* Nobody wants it to leave. */
static bool has_share(const struct nfhad_instance *i)
{
	struct nfha_instance answer;

	return nfhad_instance_works(i) && !nfhad_ranges_get(i, &answer) &&
	       answer.width && answer.state == NFHA_STATE_ACTIVE;
}

static void sharing_set(struct sharing *sharing, const struct nfhad_instance *one)
{
	const struct nfhad_service *s = one->service;
	size_t n;

	sharing->one = share_of(one);
	sharing->others = 0;
	for (n = 0; n < s->instances; n++)
		if (&s->instance[n] != one && has_share(&s->instance[n]))
			sharing->other[sharing->others++] =
				share_of(&s->instance[n]);
}

static int plan_leave(const struct nfha_map *map,
		      struct nfhad_share_plan *plan, void *data)
{
	const struct sharing *sharing = data;

	return nfhad_share_leave(map, sharing->one.name, sharing->other,
				 sharing->others, plan);
}

static int plan_join(const struct nfha_map *map, struct nfhad_share_plan *plan,
		     void *data)
{
	const struct sharing *sharing = data;

	return nfhad_share_join(map, &sharing->one, sharing->other,
				sharing->others, plan);
}

static void say_left(const struct nfhad_instance *failed, size_t others,
		     const struct nfha_changed *changed)
{
	nfhad_log_instance(LOG_NOTICE, failed,
			   "its %u flow IDs are divided among %zu others",
			   changed->moved, others);
	nfhad_decision_instance(failed, NFHAD_ACTION_MERGE,
				"its %u flow IDs are divided among %zu others by their weights",
				changed->moved, others);
}

/* Whatever it still sends is dropped until it is back. */
static void put_aside(struct nfhad_instance *failed)
{
	failed->is_away = true;
	if (!nfhad_ranges_forget(failed))
		nfhad_kernel_stand_by(failed);
}

void nfhad_respread_leave(struct nfhad_instance *failed)
{
	struct nfha_instance answer;
	struct nfha_changed changed;
	struct sharing sharing;

	if (!failed->service->respread || nfhad_ranges_get(failed, &answer))
		return;
	sharing_set(&sharing, failed);
	if (answer.width) {
		if (!sharing.others ||
		    nfhad_ranges_replace(failed->service, NFHA_POLICY_NEVER,
					 plan_leave, &sharing, &changed))
			return;
		say_left(failed, sharing.others, &changed);
	}
	put_aside(failed);
	nfhad_push_begin(failed->service, 0);
}

/* With scale there is a limit, and others may have been started meanwhile, or be about to. */
static bool has_room(const struct nfhad_service *s, size_t others)
{
	others += nfhad_scale_state(s) == NFHAD_SCALE_STARTING;
	return !s->scale || !s->config->scale.max ||
	       others < s->config->scale.max;
}

static void rest(struct nfhad_instance *i)
{
	nfhad_decision_instance(i, NFHAD_ACTION_REFUSE,
				"is back, and there are as many as may be");
	i->is_away = false;
	nfhad_scale_give_back(i);
}

static void say_joined(const struct nfhad_instance *i,
		       const struct nfha_changed *changed)
{
	nfhad_log_instance(LOG_NOTICE, i,
			   "is back, and gets %u flow IDs; %u exceptions",
			   changed->moved, changed->exceptions);
	nfhad_decision_instance(i, NFHAD_ACTION_SPLIT,
				"is back, and gets its share of %u flow IDs; %u exceptions",
				changed->moved, changed->exceptions);
}

/* Without anybody who has a share there is nothing to get yet. */
static int join(struct nfhad_instance *i)
{
	struct nfha_changed changed;
	struct sharing sharing;
	int ret;

	sharing_set(&sharing, i);
	if (!has_room(i->service, sharing.others)) {
		rest(i);
		return 0;
	}
	if (!sharing.others)
		return 0;
	ret = nfhad_ranges_activate(i);
	ret = ret ?: nfhad_ranges_replace(i->service, NFHA_POLICY_AVOID,
					  plan_join, &sharing, &changed);
	if (ret)
		return ret;
	i->is_away = false;
	say_joined(i, &changed);
	nfhad_scale_unsettle(i->service);
	return 0;
}

/* What a person has made drain, or taken down, stays so. */
static bool waits(const struct nfhad_instance *i)
{
	struct nfha_instance answer;

	return nfhad_instance_works(i) && (i->is_away || !i->service->scale) &&
	       !nfhad_ranges_get(i, &answer) && !answer.width &&
	       (answer.state == NFHA_STATE_STANDBY ||
		answer.state == NFHA_STATE_ACTIVE);
}

static void look(struct nfhad_respread *r);

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_respread *r = data;

	(void)source;
	(void)usec;
	r->timer = sd_event_source_disable_unref(r->timer);
	look(r);
	return 0;
}

static bool is_ready(struct nfhad_instance *i)
{
	return waits(i) && nfhad_health_is_proven(i->health) &&
	       nfhad_kernel_has_carrier(i);
}

static void look_later(struct nfhad_respread *r)
{
	uint64_t wait_us = LOOK_US;

	if (r->timer)
		return;
	if (r->failures)
		wait_us = nfhad_retry_wait_us(r->failures, FIRST_US, LAST_US);
	if (nfhad_retry_later(r->service->nfhad->event, &r->timer, wait_us,
			      on_timer, r))
		nfhad_log_service(LOG_ALERT, r->service,
				  "no memory to give back a share");
}

static void look(struct nfhad_respread *r)
{
	struct nfhad_service *s = r->service;
	bool again = false, refused = false;
	size_t n;

	for (n = 0; n < s->instances; n++) {
		struct nfhad_instance *i = &s->instance[n];

		if (is_ready(i) && join(i))
			refused = true;
		again = again || waits(i);
	}
	r->failures = refused ? r->failures + 1 : 0;
	if (again)
		look_later(r);
}

void nfhad_respread_look(struct nfhad_service *s)
{
	if (s->respread && s->started)
		look(s->respread);
}

int nfhad_respread_new(struct nfhad_service *s)
{
	if (s->config->scheme != NFHAD_SCHEME_ACTIVE_ACTIVE)
		return 0;
	s->respread = calloc(1, sizeof(*s->respread));
	if (!s->respread)
		return -ENOMEM;
	s->respread->service = s;
	return 0;
}

void nfhad_respread_free(struct nfhad_service *s)
{
	if (!s->respread)
		return;
	sd_event_source_disable_unref(s->respread->timer);
	free(s->respread);
	s->respread = NULL;
}
