// SPDX-License-Identifier: GPL-2.0-or-later
/* What was decided, when, and why. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

#include "decision.h"
#include "json.h"

/**
 * struct nfhad_decision_watch - somebody who is told
 * @others: of the same decisions
 * @fn: told
 * @data: for @fn
 */
struct nfhad_decision_watch {
	LIST_ENTRY(nfhad_decision_watch) others;
	nfhad_decision_fn fn;
	void *data;
};

/**
 * struct nfhad_decisions - a ring
 * @last: number of the newest, 0: none yet
 * @watches: who is told
 * @count: by action
 * @ring: decision N is at (N - 1) % NFHAD_DECISIONS_MAX
 */
struct nfhad_decisions {
	uint64_t last;
	LIST_HEAD(, nfhad_decision_watch) watches;
	uint64_t count[NFHAD_ACTIONS];
	struct nfhad_decision ring[NFHAD_DECISIONS_MAX];
};

struct nfhad_decisions *nfhad_decisions_new(void)
{
	struct nfhad_decisions *decisions = calloc(1, sizeof(*decisions));

	if (decisions)
		LIST_INIT(&decisions->watches);
	return decisions;
}

void nfhad_decisions_free(struct nfhad_decisions *decisions)
{
	free(decisions);
}

static struct nfhad_decision *place_of(struct nfhad_decisions *decisions,
				       uint64_t number)
{
	return &decisions->ring[(number - 1) % NFHAD_DECISIONS_MAX];
}

static uint64_t realtime_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

/* Whoever is told may end his own watch. */
static void tell(const struct nfhad_decisions *decisions,
		 const struct nfhad_decision *decision)
{
	struct nfhad_decision_watch *watch, *next;

	for (watch = LIST_FIRST(&decisions->watches); watch; watch = next) {
		next = LIST_NEXT(watch, others);
		watch->fn(decision, watch->data);
	}
}

void nfhad_decision_add(struct nfhad_decisions *decisions, const char *service,
			const char *instance, enum nfhad_action action,
			const char *format, ...)
{
	struct nfhad_decision *decision = place_of(decisions, ++decisions->last);
	va_list args;

	decision->number = decisions->last;
	decision->realtime_us = realtime_us();
	decision->action = action;
	decisions->count[action]++;
	snprintf(decision->service, sizeof(decision->service), "%s",
		 service ? service : "");
	snprintf(decision->instance, sizeof(decision->instance), "%s",
		 instance ? instance : "");
	va_start(args, format);
	vsnprintf(decision->cause, sizeof(decision->cause), format, args);
	va_end(args);
	tell(decisions, decision);
}

const struct nfhad_decision *
nfhad_decision_next(const struct nfhad_decisions *decisions, uint64_t after)
{
	uint64_t last = decisions->last;

	if (after >= last)
		return NULL;
	if (last - after > NFHAD_DECISIONS_MAX)
		after = last - NFHAD_DECISIONS_MAX;
	return &decisions->ring[after % NFHAD_DECISIONS_MAX];
}

uint64_t nfhad_decision_count(const struct nfhad_decisions *decisions,
			      enum nfhad_action action)
{
	return decisions->count[action];
}

const char *nfhad_action_name(enum nfhad_action action)
{
	static const char *const names[] = {
		[NFHAD_ACTION_START] = "start",
		[NFHAD_ACTION_RETRY] = "retry",
		[NFHAD_ACTION_ACTIVATE] = "activate",
		[NFHAD_ACTION_FAIL] = "fail",
		[NFHAD_ACTION_TAKE_OVER] = "take_over",
		[NFHAD_ACTION_OVERLOAD] = "overload",
		[NFHAD_ACTION_UNDERLOAD] = "underload",
		[NFHAD_ACTION_SPLIT] = "split",
		[NFHAD_ACTION_PUSH] = "push",
		[NFHAD_ACTION_DRAIN] = "drain",
		[NFHAD_ACTION_MERGE] = "merge",
		[NFHAD_ACTION_REFUSE] = "refuse",
	};

	return names[action];
}

struct json_object *nfhad_decision_json(const struct nfhad_decision *decision)
{
	struct json_object *o = json_object_new_object();

	nfhad_json_number(o, "number", decision->number);
	nfhad_json_number(o, "timeUs", decision->realtime_us);
	nfhad_json_name(o, "service", decision->service);
	nfhad_json_name(o, "instance", decision->instance);
	nfhad_json_text(o, "action", nfhad_action_name(decision->action));
	nfhad_json_text(o, "cause", decision->cause);
	return o;
}

struct nfhad_decision_watch *
nfhad_decision_watch(struct nfhad_decisions *decisions, nfhad_decision_fn fn,
		     void *data)
{
	struct nfhad_decision_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->fn = fn;
	watch->data = data;
	LIST_INSERT_HEAD(&decisions->watches, watch, others);
	return watch;
}

void nfhad_decision_unwatch(struct nfhad_decision_watch *watch)
{
	if (!watch)
		return;
	LIST_REMOVE(watch, others);
	free(watch);
}
