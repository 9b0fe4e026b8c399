/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_DECISION_H
#define NFHAD_DECISION_H

#include <linux/nfha.h>
#include <stdint.h>
#include "log.h"

/* So many are remembered, of all services together. */
#define NFHAD_DECISIONS_MAX 1024
#define NFHAD_CAUSE_MAX 191

struct json_object;
struct nfhad_decisions;
struct nfhad_decision_watch;

/* What the daemon does, or has noticed that makes it do something. */
enum nfhad_action {
	NFHAD_ACTION_START,	/* an instance is started */
	NFHAD_ACTION_RETRY,	/* it could not be, and is tried again later */
	NFHAD_ACTION_ACTIVATE,	/* it gets packets, and is protected if that is wanted */
	NFHAD_ACTION_FAIL,	/* it has failed */
	NFHAD_ACTION_TAKE_OVER,	/* it takes the place of one that has failed */
	NFHAD_ACTION_OVERLOAD,	/* it is overloaded */
	NFHAD_ACTION_UNDERLOAD,	/* it has next to nothing to do */
	NFHAD_ACTION_SPLIT,	/* a part of its range goes to another one */
	NFHAD_ACTION_PUSH,	/* ranges and exceptions go to the upstream switch */
	NFHAD_ACTION_DRAIN,	/* it gets no new flows any more */
	NFHAD_ACTION_MERGE,	/* it has no flows any more, and is at rest */
	NFHAD_ACTION_REFUSE,	/* what was asked for, or needed, cannot be done */
};

#define NFHAD_ACTIONS (NFHAD_ACTION_REFUSE + 1)

/**
 * struct nfhad_decision - what was decided, when, and why
 * @number: 1 is the first of this daemon; there are no gaps
 * @realtime_us: CLOCK_REALTIME
 * @service: which it is about, or ""
 * @instance: which it is about, or ""
 * @action: what is done
 * @cause: why, one line
 */
struct nfhad_decision {
	uint64_t number;
	uint64_t realtime_us;
	char service[NFHA_NAME_MAX + 1];
	char instance[NFHA_NAME_MAX + 1];
	enum nfhad_action action;
	char cause[NFHAD_CAUSE_MAX + 1];
};

/* NULL without memory. */
struct nfhad_decisions *nfhad_decisions_new(void);

/* Nobody may watch any more. NULL is fine. */
void nfhad_decisions_free(struct nfhad_decisions *decisions);

/**
 * nfhad_decision_add - remember what was decided
 * @decisions: where
 * @service: name, or NULL
 * @instance: name, or NULL
 * @action: what is done
 * @format: why, one line, without a period; what is too long is cut
 *
 * The oldest one is forgotten if there are too many. Does not fail.
 */
void nfhad_decision_add(struct nfhad_decisions *decisions, const char *service,
			const char *instance, enum nfhad_action action,
			const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * nfhad_decision_next - read what is remembered, oldest first
 * @decisions: where
 * @after: number of the one before it; 0: the first that there is
 *
 * Return: valid until the next one is added; NULL if there is none.
 */
const struct nfhad_decision *
nfhad_decision_next(const struct nfhad_decisions *decisions, uint64_t after);

/* How often something was done, since the daemon began. */
uint64_t nfhad_decision_count(const struct nfhad_decisions *decisions,
			      enum nfhad_action action);

/* As a word: "take_over", for one of Varlink's has no hyphen in it. */
const char *nfhad_action_name(enum nfhad_action action);

/* As it is told to others, as in the interface of the daemon's socket. */
struct json_object *nfhad_decision_json(const struct nfhad_decision *decision);

typedef void (*nfhad_decision_fn)(const struct nfhad_decision *decision,
				  void *data);

/**
 * nfhad_decision_watch - hear of each one as it is made
 * @decisions: where
 * @fn: told; must neither add one nor end a watch, but its own
 * @data: for @fn
 *
 * Return: to be ended with nfhad_decision_unwatch(), or NULL without memory.
 */
struct nfhad_decision_watch *
nfhad_decision_watch(struct nfhad_decisions *decisions, nfhad_decision_fn fn,
		     void *data);

/* NULL is fine. */
void nfhad_decision_unwatch(struct nfhad_decision_watch *watch);

/* Of an object that has a name. */
#define nfhad_decision_instance(i, action, ...)				\
	nfhad_decision_add((i)->service->nfhad->decisions,		\
			   (i)->service->config->name,			\
			   (i)->config->name, action, __VA_ARGS__)
#define nfhad_decision_service(s, action, ...)				\
	nfhad_decision_add((s)->nfhad->decisions, (s)->config->name,	\
			   NULL, action, __VA_ARGS__)

/* The same, and the log has it, too, in the same words. */
#define nfhad_decision_log_instance(i, action, priority, ...)		\
do {									\
	nfhad_decision_instance(i, action, __VA_ARGS__);		\
	nfhad_log_instance(priority, i, __VA_ARGS__);			\
} while (0)
#define nfhad_decision_log_service(s, action, priority, ...)		\
do {									\
	nfhad_decision_service(s, action, __VA_ARGS__);			\
	nfhad_log_service(priority, s, __VA_ARGS__);			\
} while (0)

#endif /* NFHAD_DECISION_H */
