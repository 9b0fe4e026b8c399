// SPDX-License-Identifier: GPL-2.0-or-later
/* A service gets more instances, and less: ETSI GS NFV-REL 002, clause 6.2. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beyond.h"
#include "cleaning.h"
#include "driver.h"
#include "health.h"
#include "kernel.h"
#include "move.h"
#include "nfhad.h"
#include "protection.h"
#include "push.h"
#include "ranges.h"
#include "record.h"
#include "retry.h"
#include "scale_private.h"
#include "service.h"
#include "spares.h"
#include "start.h"

void nfhad_scale_say(struct nfhad_refusal *refusal, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(refusal->text, sizeof(refusal->text), format, args);
	va_end(args);
}

bool nfhad_scale_drains(const struct nfhad_service *s)
{
	return s->scale && s->scale->state == NFHAD_SCALE_DRAINING;
}

static uint64_t now_us(const struct nfhad_scale *scale)
{
	uint64_t now = 0;

	sd_event_now(scale->service->nfhad->event, CLOCK_MONOTONIC, &now);
	return now;
}

/* Exceptions are few enough: from here on the switch is to know. */
static void settle(struct nfhad_scale *scale)
{
	struct nfhad_service *s = scale->service;

	if (!nfhad_ranges_settled(s, &scale->exceptions))
		return;
	scale->unsettled = false;
	nfhad_log_service(LOG_NOTICE, s, "%u exceptions are left, which is no more than T",
			  scale->exceptions);
	if (scale->state == NFHAD_SCALE_SPLIT)
		scale->state = NFHAD_SCALE_STEADY;
	nfhad_push_begin(s, scale->exceptions);
}

void nfhad_scale_step_end(struct nfhad_scale *scale)
{
	scale->state = scale->unsettled ? NFHAD_SCALE_SPLIT : NFHAD_SCALE_STEADY;
	scale->from = NULL;
	scale->to = NULL;
	scale->tries = 0;
	scale->turning = false;
	scale->timer = sd_event_source_disable_unref(scale->timer);
	scale->quiet_until_us =
		now_us(scale) + scale->service->config->scale.detector.hold_down_ms * 1000ULL;
	if (scale->unsettled)
		settle(scale);
}

void nfhad_scale_give_back(struct nfhad_instance *i)
{
	nfhad_start_stop(i);
	nfhad_protection_stop(i);
	nfhad_cleaning_start(i);
	nfhad_record_save(i->service);
}

/* Whatever has become of @to, somebody else may have it. */
static void dismiss(struct nfhad_scale *scale)
{
	struct nfhad_instance *to = scale->to;

	scale->to = NULL;
	nfhad_scale_give_back(to);
}

static void say_cut(const struct nfhad_scale *scale, int error,
		    const struct nfha_changed *changed)
{
	struct nfhad_instance *from = scale->from, *to = scale->to;

	if (error) {
		nfhad_decision_instance(from, NFHAD_ACTION_REFUSE,
					"its range cannot be split: %s",
					strerror(-error));
		return;
	}
	nfhad_decision_instance(from, NFHAD_ACTION_SPLIT,
				"from %u on to %s, %u exceptions; %s",
				changed->at, to->config->name,
				changed->exceptions, scale->cause);
	nfhad_log_instance(LOG_NOTICE, from,
			   "what is from %u on goes to %s; %u exceptions",
			   changed->at, to->config->name, changed->exceptions);
}

static int cut(struct nfhad_scale *scale, struct nfha_changed *changed)
{
	int ret = nfhad_ranges_split(scale->from, scale->to, changed);

	say_cut(scale, ret, changed);
	return ret;
}

/* Who was to be split has failed meanwhile, and nobody else has had its ranges. */
static bool inherit(struct nfhad_scale *scale)
{
	if (!nfhad_spread_to(scale->from, scale->to))
		return false;
	nfhad_scale_give_back(scale->from);
	return true;
}

/* Without avoidance nothing is to be waited for. */
static void handed_over(struct nfhad_scale *scale, uint32_t exceptions)
{
	struct nfhad_service *s = scale->service;

	scale->to->relapses = 0;
	scale->unsettled |= s->config->scale.policy == NFHA_POLICY_AVOID;
	nfhad_scale_step_end(scale);
	if (!scale->unsettled)
		nfhad_push_begin(s, exceptions);
}

static void handed_or_not(struct nfhad_scale *scale, bool done,
			  uint32_t exceptions)
{
	if (done) {
		handed_over(scale, exceptions);
	} else {
		dismiss(scale);
		nfhad_scale_step_end(scale);
	}
}

static void on_moved(void *data, int error, const struct nfha_changed *changed)
{
	say_cut(data, error, changed);
	handed_or_not(data, !error, changed->exceptions);
	/* While state moved, the end of a drain was not taken notice of. */
	nfhad_drain_look(data);
}

/* Who is protected gets a range when there is a checkpoint, and state has been moved. */
static void hand_over(struct nfhad_scale *scale)
{
	struct nfha_changed changed = {};
	int ret;

	scale->timer = sd_event_source_disable_unref(scale->timer);
	if (!nfhad_instance_works(scale->from)) {
		handed_or_not(scale, inherit(scale), 0);
	} else if (!scale->service->driver->save) {
		ret = cut(scale, &changed);
		handed_or_not(scale, !ret, changed.exceptions);
	} else {
		ret = nfhad_move_split(scale->from, scale->to, on_moved, scale);
		if (ret)
			on_moved(scale, ret, &changed);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_scale *scale = data;

	(void)source;
	(void)usec;
	nfhad_scale_start_failed(scale, nfhad_instance_works(scale->to) ?
						"has not been healthy in time" :
						"has not started in time");
	return 0;
}

static int start(struct nfhad_scale *scale, struct nfhad_instance *from,
		 struct nfhad_instance *to)
{
	const struct nfhad_service *s = scale->service;
	int ret;

	ret = nfhad_retry_later(s->nfhad->event, &scale->timer,
				s->config->timeout_ms * 1000ULL, on_timer, scale);
	if (ret)
		return ret;
	scale->from = from;
	scale->to = to;
	scale->state = NFHAD_SCALE_STARTING;
	nfhad_start_begin(scale->to, scale->cause);
	return 0;
}

int nfhad_scale_may_step(const struct nfhad_service *s,
			 struct nfhad_refusal *refusal)
{
	if (!s->scale)
		return nfhad_scale_refuse(refusal, -EOPNOTSUPP,
					  "%s is not scaled: its configuration has no scale.interval",
					  s->config->name);
	if (!s->started)
		return nfhad_scale_refuse(refusal, -EAGAIN,
					  "%s has not begun yet", s->config->name);
	if (s->scale->state == NFHAD_SCALE_STEADY ||
	    s->scale->state == NFHAD_SCALE_SPLIT)
		return 0;
	return nfhad_scale_refuse(refusal, -EBUSY,
				  "%s is %s, and has to be through with that first",
				  s->config->name,
				  nfhad_scale_state_name(s->scale->state));
}

static void cause_set(struct nfhad_scale *scale, const char *cause,
		      const char *why)
{
	snprintf(scale->cause, sizeof(scale->cause), "%s; %s", cause, why);
}

void nfhad_scale_abandon(struct nfhad_scale *scale, const char *why)
{
	nfhad_decision_log_instance(scale->to, NFHAD_ACTION_REFUSE, LOG_ERR,
				    "%s, so nothing is split", why);
	dismiss(scale);
	nfhad_scale_step_end(scale);
}

/* The next one, unless all have been tried. */
static bool start_next(struct nfhad_scale *scale)
{
	char why[NFHAD_REFUSAL_MAX - 32];
	struct nfhad_instance *to = NULL;

	if (++scale->tries < scale->service->instances)
		to = nfhad_spares_choose(scale->spares, why, sizeof(why));
	return to && !start(scale, scale->from, to);
}

bool nfhad_scale_not_started(struct nfhad_instance *i, const char *why)
{
	struct nfhad_scale *scale = i->service->scale;

	if (!scale || scale->state != NFHAD_SCALE_STARTING || scale->to != i)
		return false;
	nfhad_scale_start_failed(scale, why);
	return true;
}

void nfhad_scale_start_failed(struct nfhad_scale *scale, const char *why)
{
	struct nfhad_instance *to = scale->to;

	nfhad_decision_log_instance(to, NFHAD_ACTION_REFUSE, LOG_ERR,
				    "%s, so it gets no range", why);
	nfhad_spares_failed(to);
	dismiss(scale);
	if (start_next(scale))
		return;
	nfhad_log_service(LOG_ERR, scale->service,
			  "nobody is left to be started, so nothing is split");
	nfhad_scale_step_end(scale);
}

/* Who drains still works, and helps at once. If it cannot it drains on. */
static int stay(struct nfhad_scale *scale, struct nfhad_instance *from,
		const char *cause, struct nfhad_refusal *refusal)
{
	struct nfhad_instance *leaving = scale->from;
	struct nfha_changed changed = {};
	int ret;

	scale->to = leaving;
	scale->from = from;
	cause_set(scale, cause, "who was about to leave stays");
	ret = cut(scale, &changed);
	if (!ret) {
		handed_over(scale, changed.exceptions);
		return 0;
	}
	scale->from = leaving;
	scale->to = NULL;
	nfhad_kernel_drain(leaving, scale->deadline_ms);
	return nfhad_scale_refuse(refusal, ret, "%s drains, and gets no range again: %s",
				  leaving->config->name, strerror(-ret));
}

int nfhad_scale_knows(const struct nfhad_instance *i,
		      struct nfhad_refusal *refusal)
{
	uint32_t flows;
	int ret = nfhad_beyond_flows(i, &flows);

	if (ret)
		nfhad_scale_refuse(refusal, ret,
				   "the switch before %s %s that it sends past this host",
				   i->service->config->name,
				   ret == -EAGAIN ? "has not told yet the flows" :
						    "does not know the flows");
	return ret;
}

int nfhad_scale_owners(const struct nfhad_service *s, struct nfhad_owners *owners,
		       struct nfhad_refusal *refusal)
{
	int ret = nfhad_owners_look(s, owners);

	if (!ret)
		return 0;
	return nfhad_scale_refuse(refusal, ret,
				  "the module does not say who owns what: %s",
				  strerror(-ret));
}

/* Whose range is split; the one with the most to do unless somebody says. */
static int choose_from(const struct nfhad_service *s,
		       struct nfhad_instance **from,
		       struct nfhad_refusal *refusal)
{
	uint32_t max = s->config->scale.max;
	struct nfhad_owners owners;
	int ret;

	ret = nfhad_scale_owners(s, &owners, refusal);
	if (ret)
		return ret;
	if (max && nfhad_owners_serving(&owners) >= max)
		return nfhad_scale_refuse(refusal, -ERANGE,
					  "%s has %u instances, the most that it may have",
					  s->config->name, max);
	*from = *from ?: nfhad_owners_busiest(&owners);
	if (*from && nfhad_owners_serves(&owners, *from) &&
	    nfhad_owners_get(&owners, *from)->width >= 2)
		return nfhad_scale_knows(*from, refusal);
	return nfhad_scale_refuse(refusal, -ENOENT,
				  "%s has no range that could be split",
				  *from ? (*from)->config->name :
					  s->config->name);
}

/* The next spare one is started, and gets a part of the range of @from. */
static int find_help(struct nfhad_scale *scale, struct nfhad_instance *from,
		     const char *cause, struct nfhad_refusal *refusal)
{
	char why[NFHAD_REFUSAL_MAX - 32];
	struct nfhad_instance *to;
	int ret;

	to = nfhad_spares_choose(scale->spares, why, sizeof(why));
	if (!to)
		return nfhad_scale_refuse(refusal, -ENOENT,
					  "there is nobody to help: %s", why);
	cause_set(scale, cause, why);
	ret = start(scale, from, to);
	return ret ? nfhad_scale_refuse(refusal, ret, "no memory to start %s",
					to->config->name) : 0;
}

int nfhad_scale_out(struct nfhad_service *s, struct nfhad_instance *from,
		    const char *cause, struct nfhad_refusal *refusal)
{
	struct nfhad_scale *scale = s->scale;
	bool drains = nfhad_scale_drains(s) && !scale->turning &&
		      !nfhad_move_is_wanted(s);
	int ret;

	ret = drains ? 0 : nfhad_scale_may_step(s, refusal);
	ret = ret ?: choose_from(s, &from, refusal);
	if (ret)
		return ret;
	return drains ? stay(scale, from, cause, refusal) :
			find_help(scale, from, cause, refusal);
}

/* What an event would have told, in case that it was lost. */
static void look(struct nfhad_scale *scale)
{
	nfhad_drain_look(scale);
	if (scale->unsettled)
		settle(scale);
}

void nfhad_scale_event(struct nfhad_service *s, const struct nfha_event *event)
{
	struct nfhad_scale *scale = s->scale;

	if (!scale || !s->started)
		return;
	if (!event) {
		look(scale);
		return;
	}
	switch (event->cmd) {
	case NFHA_CMD_THRESHOLD_NTF:
		if (scale->unsettled)
			settle(scale);
		break;
	case NFHA_CMD_DRAIN_NTF:
		nfhad_drain_ended(scale, event);
		break;
	case NFHA_CMD_INSTANCE_SET_NTF:
	case NFHA_CMD_INSTANCE_DEL_NTF:
		if (scale->state == NFHAD_SCALE_DRAINING &&
		    !strcmp(event->instance, scale->from->config->name))
			nfhad_drain_look(scale);
		break;
	}
}

/* One that has been started, and nobody waits for it any more. */
static void take_up(struct nfhad_scale *scale, struct nfhad_instance *i,
		    const struct nfhad_owners *owners)
{
	const struct nfhad_owner *owner = nfhad_owners_get(owners, i);

	if (i->is_away || !nfhad_instance_works(i) || !owner->known || owner->width ||
	    !nfhad_owners_serving(owners))
		return;
	/* A backup of one that drained. */
	if (owner->state == NFHA_STATE_ACTIVE && owner->flows &&
	    scale->service->driver->save) {
		nfhad_kernel_drain(i, scale->service->config->scale.deadline_ms);
		nfhad_drain_take_up(scale, i, 0);
	} else if (owner->state == NFHA_STATE_DRAINING) {
		nfhad_drain_take_up(scale, i, owner->deadline_ms);
	} else {
		nfhad_ranges_forget(i);
		nfhad_scale_give_back(i);
	}
}

bool nfhad_scale_is_starting(const struct nfhad_instance *i)
{
	const struct nfhad_scale *scale = i->service->scale;

	return scale && scale->state == NFHAD_SCALE_STARTING && scale->to == i;
}

void nfhad_scale_healthy(struct nfhad_instance *i)
{
	if (nfhad_scale_is_starting(i) && nfhad_instance_works(i) &&
	    !i->service->move && nfhad_health_await(i->health))
		hand_over(i->service->scale);
}

void nfhad_scale_activated(struct nfhad_instance *i)
{
	struct nfhad_scale *scale = i->service->scale;
	struct nfhad_owners owners;

	if (!scale)
		return;
	if (nfhad_scale_is_starting(i)) {
		nfhad_scale_healthy(i);
		return;
	}
	if (!i->service->started || nfhad_owners_look(i->service, &owners))
		return;
	take_up(scale, i, &owners);
	nfhad_drain_look(scale);
}

void nfhad_scale_start(struct nfhad_service *s)
{
	struct nfhad_scale *scale = s->scale;
	struct nfhad_owners owners;
	uint32_t exceptions;
	size_t n;

	if (!scale)
		return;
	if (!nfhad_owners_look(s, &owners))
		for (n = 0; n < s->instances; n++)
			take_up(scale, &s->instance[n], &owners);
	/* Whether the switch knows how it is now is not remembered. */
	scale->unsettled = s->push ||
			   (s->config->scale.policy == NFHA_POLICY_AVOID &&
			    !nfhad_ranges_settled(s, &exceptions));
	if (scale->unsettled && scale->state == NFHAD_SCALE_STEADY)
		scale->state = NFHAD_SCALE_SPLIT;
	nfhad_beyond_again(s);
	look(scale);
}

void nfhad_scale_unsettle(struct nfhad_service *s)
{
	struct nfhad_scale *scale = s->scale;

	if (!scale)
		return;
	scale->unsettled = true;
	if (scale->state == NFHAD_SCALE_STEADY)
		scale->state = NFHAD_SCALE_SPLIT;
	look(scale);
}

enum nfhad_scale_state nfhad_scale_state(const struct nfhad_service *s)
{
	return s->scale ? s->scale->state : NFHAD_SCALE_STEADY;
}

bool nfhad_scale_is_quiet(const struct nfhad_service *s)
{
	return s->scale->state == NFHAD_SCALE_STARTING ||
	       now_us(s->scale) < s->scale->quiet_until_us;
}

int nfhad_scale_new(struct nfhad_service *s)
{
	int ret;

	if (!s->config->scale.detector.interval_ms)
		return 0;
	s->scale = calloc(1, sizeof(*s->scale));
	if (!s->scale)
		return -ENOMEM;
	s->scale->service = s;
	ret = nfhad_spares_new(s, &s->scale->spares);
	if (ret)
		nfhad_scale_free(s);
	return ret;
}

void nfhad_scale_free(struct nfhad_service *s)
{
	struct nfhad_scale *scale = s->scale;

	if (!scale)
		return;
	s->scale = NULL;
	nfhad_spares_free(scale->spares);
	sd_event_source_disable_unref(scale->timer);
	free(scale);
}
