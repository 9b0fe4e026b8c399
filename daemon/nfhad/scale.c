// SPDX-License-Identifier: GPL-2.0-or-later
/* A service gets more instances, and less: ETSI GS NFV-REL 002, clause 6.2. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleaning.h"
#include "decision.h"
#include "kernel.h"
#include "nfhad.h"
#include "protection.h"
#include "push.h"
#include "ranges.h"
#include "record.h"
#include "retry.h"
#include "scale.h"
#include "service.h"
#include "spares.h"
#include "start.h"

/**
 * struct nfhad_scale - of a service
 * @service: the service
 * @state: what it is about to do; SPLIT: nothing else, and exceptions are to fall
 * @unsettled: they are, whatever else is done: splits may overlap in time
 * @from: whose range is to be split, or who drains
 * @to: who is to get a part of it
 * @timer: STARTING: ends the wait for @to
 * @has_deadline: DRAINING: @from has one
 * @exceptions: that there were when there were few enough
 * @quiet_until_us: nothing is begun before, monotonic
 * @spares: who comes next
 * @cause: of the step
 */
struct nfhad_scale {
	struct nfhad_service *service;
	enum nfhad_scale_state state;
	bool unsettled;
	struct nfhad_instance *from;
	struct nfhad_instance *to;
	sd_event_source *timer;
	bool has_deadline;
	uint32_t exceptions;
	uint64_t quiet_until_us;
	struct nfhad_spares *spares;
	char cause[NFHAD_CAUSE_MAX + 1];
};

static int refuse(struct nfhad_refusal *refusal, int error, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

static int refuse(struct nfhad_refusal *refusal, int error, const char *format,
		  ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(refusal->text, sizeof(refusal->text), format, args);
	va_end(args);
	return error;
}

static uint64_t now_us(const struct nfhad_scale *scale)
{
	uint64_t now = 0;

	sd_event_now(scale->service->nfhad->event, CLOCK_MONOTONIC, &now);
	return now;
}

static bool works(const struct nfhad_instance *i)
{
	return i->state == NFHAD_INSTANCE_ACTIVE ||
	       i->state == NFHAD_INSTANCE_UNPROTECTED;
}

/* Packets go to it, and not only those of old flows, and nobody wants it otherwise. */
static bool has_range(const struct nfhad_instance *i, struct nfha_instance *answer)
{
	return works(i) && !nfhad_ranges_get(i, answer) && answer->width &&
	       answer->state == NFHA_STATE_ACTIVE;
}

static unsigned int with_range(const struct nfhad_service *s)
{
	struct nfha_instance answer;
	unsigned int count = 0;
	size_t n;

	for (n = 0; n < s->instances; n++)
		count += has_range(&s->instance[n], &answer);
	return count;
}

/**
 * by_flows - find an instance by what it has to do
 * @s: the service
 * @most: the one with the most flows; else with the least
 * @but: not this one, or NULL
 *
 * Return: one that has a range, or NULL.
 */
static struct nfhad_instance *by_flows(const struct nfhad_service *s, bool most,
				       const struct nfhad_instance *but)
{
	struct nfhad_instance *best = NULL;
	struct nfha_instance answer;
	uint32_t flows = 0;
	size_t n;

	for (n = 0; n < s->instances; n++) {
		struct nfhad_instance *i = &s->instance[n];

		if (i == but || !has_range(i, &answer))
			continue;
		if (best && (most ? answer.flows <= flows : answer.flows >= flows))
			continue;
		best = i;
		flows = answer.flows;
	}
	return best;
}

struct nfhad_instance *nfhad_scale_heir(const struct nfhad_instance *leaving)
{
	return by_flows(leaving->service, false, leaving);
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

static void step_end(struct nfhad_scale *scale)
{
	scale->state = scale->unsettled ? NFHAD_SCALE_SPLIT : NFHAD_SCALE_STEADY;
	scale->from = NULL;
	scale->to = NULL;
	scale->has_deadline = false;
	scale->timer = sd_event_source_disable_unref(scale->timer);
	scale->quiet_until_us =
		now_us(scale) + scale->service->config->scale.detector.hold_down_ms * 1000ULL;
	if (scale->unsettled)
		settle(scale);
}

/* It is at rest again when it is clean. */
static void give_back(struct nfhad_instance *i)
{
	nfhad_start_stop(i);
	nfhad_protection_stop(i);
	nfhad_cleaning_start(i);
	nfhad_record_save(i->service);
}

static void hand_over(struct nfhad_scale *scale)
{
	struct nfhad_instance *from = scale->from, *to = scale->to;
	struct nfhad_service *s = scale->service;
	struct nfha_changed changed;
	int ret;

	ret = nfhad_ranges_split(from, to, &changed);
	if (ret) {
		nfhad_decision_instance(from, NFHAD_ACTION_REFUSE,
					"its range cannot be split: %s",
					strerror(-ret));
		step_end(scale);
		give_back(to);
		return;
	}
	to->relapses = 0;
	nfhad_decision_instance(from, NFHAD_ACTION_SPLIT,
				"from %u on to %s, %u exceptions; %s",
				changed.at, to->config->name,
				changed.exceptions, scale->cause);
	nfhad_log_instance(LOG_NOTICE, from,
			   "what is from %u on goes to %s; %u exceptions",
			   changed.at, to->config->name, changed.exceptions);
	scale->unsettled = s->config->scale.policy == NFHA_POLICY_AVOID;
	step_end(scale);
	if (s->config->scale.policy == NFHA_POLICY_ALWAYS)
		nfhad_push_begin(s, 0);
}

static void start_failed(struct nfhad_scale *scale, const char *why)
{
	struct nfhad_instance *to = scale->to;

	nfhad_decision_instance(to, NFHAD_ACTION_REFUSE, "%s, so nothing is split",
				why);
	nfhad_log_instance(LOG_ERR, to, "%s, so nothing is split", why);
	to->relapses++;
	step_end(scale);
	give_back(to);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	start_failed(data, "has not started in time");
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

static int may_step(const struct nfhad_service *s, struct nfhad_refusal *refusal)
{
	if (!s->scale)
		return refuse(refusal, -EOPNOTSUPP,
			      "%s is not scaled: its configuration has no scale.interval",
			      s->config->name);
	if (!s->started)
		return refuse(refusal, -EAGAIN, "%s has not begun yet",
			      s->config->name);
	if (s->scale->state == NFHAD_SCALE_STEADY ||
	    s->scale->state == NFHAD_SCALE_SPLIT)
		return 0;
	return refuse(refusal, -EBUSY, "%s is %s, and has to be through with that first",
		      s->config->name, nfhad_scale_state_name(s->scale->state));
}

static void cause_set(struct nfhad_scale *scale, const char *cause,
		      const char *why)
{
	snprintf(scale->cause, sizeof(scale->cause), "%s; %s", cause, why);
}

/* Who drains still works, and helps at once. */
static int stay(struct nfhad_scale *scale, struct nfhad_instance *from,
		const char *cause)
{
	scale->to = scale->from;
	scale->from = from;
	cause_set(scale, cause, "who was about to leave stays");
	hand_over(scale);
	return 0;
}

int nfhad_scale_out(struct nfhad_service *s, struct nfhad_instance *from,
		    const char *cause, struct nfhad_refusal *refusal)
{
	struct nfhad_scale *scale = s->scale;
	uint32_t max = s->config->scale.max;
	char why[NFHAD_REFUSAL_MAX - 32];
	struct nfha_instance answer;
	struct nfhad_instance *to;
	bool drains;
	int ret;

	if (!scale)
		return may_step(s, refusal);
	drains = scale->state == NFHAD_SCALE_DRAINING;
	ret = drains ? 0 : may_step(s, refusal);
	if (ret)
		return ret;
	if (max && with_range(s) >= max)
		return refuse(refusal, -ERANGE, "%s has %u instances, the most that it may have",
			      s->config->name, max);
	from = from ? from : by_flows(s, true, NULL);
	if (!from || !has_range(from, &answer) || answer.width < 2)
		return refuse(refusal, -ENOENT, "%s has no range that could be split",
			      from ? from->config->name : s->config->name);
	if (drains)
		return stay(scale, from, cause);
	to = nfhad_spares_choose(scale->spares, why, sizeof(why));
	if (!to)
		return refuse(refusal, -ENOENT, "there is nobody to help: %s",
			      why);
	cause_set(scale, cause, why);
	ret = start(scale, from, to);
	return ret ? refuse(refusal, ret, "no memory to start %s",
			    to->config->name) : 0;
}

int nfhad_scale_in(struct nfhad_service *s, struct nfhad_instance *leaving,
		   uint32_t deadline_ms, const char *cause,
		   struct nfhad_refusal *refusal)
{
	struct nfhad_scale *scale = s->scale;
	struct nfha_instance answer;
	struct nfhad_instance *to;
	int ret;

	ret = may_step(s, refusal);
	if (ret)
		return ret;
	if (s->config->scale.upstream.netns)
		return refuse(refusal, -EOPNOTSUPP,
			      "%s has a switch before it, and this host does not know the flows that go past it",
			      s->config->name);
	if (with_range(s) <= s->config->scale.min)
		return refuse(refusal, -ERANGE, "%s has %u instances, the least that it may have",
			      s->config->name, with_range(s));
	leaving = leaving ? leaving : by_flows(s, false, NULL);
	to = leaving ? nfhad_scale_heir(leaving) : NULL;
	if (!leaving || !to || !has_range(leaving, &answer))
		return refuse(refusal, -ENOENT, "%s has no range to give",
			      leaving ? leaving->config->name : s->config->name);
	deadline_ms = deadline_ms ? deadline_ms : s->config->scale.deadline_ms;
	ret = nfhad_ranges_merge(leaving, to, s->config->scale.policy,
				 deadline_ms);
	if (ret)
		return refuse(refusal, ret, "the module refuses: %s",
			      strerror(-ret));
	scale->from = leaving;
	scale->has_deadline = deadline_ms;
	scale->state = NFHAD_SCALE_DRAINING;
	nfhad_decision_instance(leaving, NFHAD_ACTION_DRAIN,
				"%s; its ranges go to %s, and %u flows are left",
				cause, to->config->name, answer.flows);
	nfhad_log_instance(LOG_NOTICE, leaving, "drains: its ranges go to %s",
			   to->config->name);
	return 0;
}

/* Flows that are left when its time is over are of those who have the ranges now. */
static void leave(struct nfhad_instance *leaving, const char *why)
{
	nfhad_ranges_forget(leaving);
	nfhad_decision_instance(leaving, NFHAD_ACTION_MERGE, "%s", why);
	nfhad_log_instance(LOG_NOTICE, leaving, "has left: %s", why);
	give_back(leaving);
}

static void drained(struct nfhad_scale *scale, const char *why)
{
	struct nfhad_instance *leaving = scale->from;

	step_end(scale);
	leave(leaving, why);
}

/* Somebody else may have made something else of it, or removed it. */
static void look_at_drain(struct nfhad_scale *scale)
{
	struct nfha_instance answer;
	int ret = nfhad_ranges_get(scale->from, &answer);

	if (ret == -ENOENT || (!ret && answer.state != NFHA_STATE_DRAINING)) {
		nfhad_log_instance(LOG_NOTICE, scale->from,
				   "drains no more, for somebody else has a say");
		step_end(scale);
	} else if (!ret && !answer.flows) {
		drained(scale, "it has no flows left");
	} else if (!ret && scale->has_deadline && !answer.deadline_ms) {
		drained(scale, "its deadline is over");
	}
}

/* What an event would have told, in case that it was lost. */
static void look(struct nfhad_scale *scale)
{
	if (scale->state == NFHAD_SCALE_DRAINING)
		look_at_drain(scale);
	if (scale->unsettled)
		settle(scale);
}

/* It may drain because a person, or an earlier daemon, has told it to. */
static void on_drained(struct nfhad_scale *scale, const struct nfha_event *event)
{
	const char *why = event->drain_end == NFHA_DRAIN_END_EMPTY ?
				  "it has no flows left" :
				  "its deadline is over";
	struct nfhad_instance *i;

	i = nfhad_service_instance(scale->service, event->instance);
	if (!i || !works(i))
		return;
	if (scale->state == NFHAD_SCALE_DRAINING && scale->from == i)
		drained(scale, why);
	else if (scale->to != i)
		leave(i, why);
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
		on_drained(scale, event);
		break;
	case NFHA_CMD_INSTANCE_SET_NTF:
	case NFHA_CMD_INSTANCE_DEL_NTF:
		if (scale->state == NFHAD_SCALE_DRAINING &&
		    !strcmp(event->instance, scale->from->config->name))
			look_at_drain(scale);
		break;
	}
}

/* One that has been started, and nobody waits for it any more. */
static void take_up(struct nfhad_scale *scale, struct nfhad_instance *i)
{
	struct nfha_instance answer;

	if (i->is_away || !works(i) || nfhad_ranges_get(i, &answer) || answer.width ||
	    !with_range(scale->service))
		return;
	if (answer.state == NFHA_STATE_DRAINING &&
	    scale->state != NFHAD_SCALE_DRAINING) {
		scale->state = NFHAD_SCALE_DRAINING;
		scale->from = i;
		scale->has_deadline = scale->service->config->scale.deadline_ms;
	} else if (answer.state != NFHA_STATE_DRAINING) {
		nfhad_ranges_forget(i);
		give_back(i);
	}
}

void nfhad_scale_activated(struct nfhad_instance *i)
{
	struct nfhad_scale *scale = i->service->scale;

	if (!scale)
		return;
	if (scale->state == NFHAD_SCALE_STARTING && scale->to == i)
		hand_over(scale);
	else if (i->service->started)
		take_up(scale, i);
}

/* Somebody has to get its packets: another one that works. Flows of the others stay where
 * they are; its own have lost their state, wherever they go.
 */
static bool spread(struct nfhad_instance *failed)
{
	struct nfhad_instance *to = nfhad_scale_heir(failed);

	if (!to || nfhad_ranges_merge(failed, to, NFHA_POLICY_NEVER, 0))
		return false;
	nfhad_ranges_forget(failed);
	nfhad_decision_instance(to, NFHAD_ACTION_TAKE_OVER,
				"gets the ranges of %s, which has failed",
				failed->config->name);
	nfhad_push_begin(failed->service, 0);
	return true;
}

bool nfhad_scale_failed(struct nfhad_instance *i)
{
	struct nfhad_scale *scale = i->service->scale;
	struct nfha_instance answer;

	if (!scale)
		return false;
	if (scale->state == NFHAD_SCALE_STARTING && scale->to == i) {
		start_failed(scale, "has failed at its start");
		return true;
	}
	if (scale->state == NFHAD_SCALE_DRAINING && scale->from == i) {
		drained(scale, "it has failed while it drained");
		return true;
	}
	if (nfhad_ranges_get(i, &answer) || !nfhad_scale_heir(i))
		return false;
	if (scale->state == NFHAD_SCALE_STARTING && scale->from == i)
		start_failed(scale, "the one to be split has failed");
	if (i->service->config->scheme == NFHAD_SCHEME_ACTIVE_ACTIVE ||
	    (answer.width && !spread(i)))
		return false;
	give_back(i);
	return true;
}

void nfhad_scale_start(struct nfhad_service *s)
{
	struct nfhad_scale *scale = s->scale;
	uint32_t exceptions;
	size_t n;

	if (!scale)
		return;
	for (n = 0; n < s->instances; n++)
		take_up(scale, &s->instance[n]);
	/* Whether the switch knows how it is now is not remembered. */
	scale->unsettled = s->push ||
			   (s->config->scale.policy == NFHA_POLICY_AVOID &&
			    !nfhad_ranges_settled(s, &exceptions));
	if (scale->unsettled && scale->state == NFHAD_SCALE_STEADY)
		scale->state = NFHAD_SCALE_SPLIT;
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

const char *nfhad_scale_state_name(enum nfhad_scale_state state)
{
	static const char *const names[] = {
		[NFHAD_SCALE_STEADY] = "steady",
		[NFHAD_SCALE_STARTING] = "starting",
		[NFHAD_SCALE_SPLIT] = "split",
		[NFHAD_SCALE_DRAINING] = "draining",
	};

	return names[state];
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
