/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SCALE_PRIVATE_H
#define NFHAD_SCALE_PRIVATE_H

#include "decision.h"
#include "owners.h"
#include "scale.h"

struct nfhad_spares;

/**
 * struct nfhad_scale - of a service
 * @service: the service
 * @state: what it is about to do; SPLIT: nothing else, and exceptions are to fall
 * @unsettled: they are, whatever else is done: splits may overlap in time
 * @from: whose range is to be split, or who drains
 * @to: who is to get a part of it
 * @timer: ends the wait for @to, or the drain of @from
 * @tries: STARTING: that have failed in this step
 * @turning: DRAINING: the switch is told first, and @from still has its ranges here
 * @deadline_ms: DRAINING: of @from; 0: none
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
	unsigned int tries;
	bool turning;
	uint32_t deadline_ms;
	uint32_t exceptions;
	uint64_t quiet_until_us;
	struct nfhad_spares *spares;
	char cause[NFHAD_CAUSE_MAX + 1];
};

/* scale.c */

/* Says why not. */
void nfhad_scale_say(struct nfhad_refusal *refusal, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same, and is @error. A macro, so that who calls it is seen to return that. */
#define nfhad_scale_refuse(refusal, error, ...)				\
({									\
	int _error = (error);						\
	nfhad_scale_say(refusal, __VA_ARGS__);				\
	_error;								\
})

/* Who owns what, as nfhad_owners_look(); or why that is not known. */
int nfhad_scale_owners(const struct nfhad_service *service,
		       struct nfhad_owners *owners,
		       struct nfhad_refusal *refusal);

/* Does an instance of the service drain? If so, it is scaled. */
bool nfhad_scale_drains(const struct nfhad_service *service);

/* May a step begin? As nfhad_scale_out(). */
int nfhad_scale_may_step(const struct nfhad_service *service,
			 struct nfhad_refusal *refusal);

/* Are all flows of an instance known, be it by the switch? Else why not, and a negative errno:
 * its ranges can go nowhere.
 */
int nfhad_scale_knows(const struct nfhad_instance *instance,
		      struct nfhad_refusal *refusal);

/* The step is over, and what is left of exceptions is waited for. */
void nfhad_scale_step_end(struct nfhad_scale *scale);

/* Whom the range was to go to does not live: the next spare one is tried, or nobody. */
void nfhad_scale_start_failed(struct nfhad_scale *scale, const char *why);

/* STARTING: nothing is split after all, whoever has been started. */
void nfhad_scale_abandon(struct nfhad_scale *scale, const char *why);

/* drain.c */

/* What an event would have told, in case that it was lost. */
void nfhad_drain_look(struct nfhad_scale *scale);

/* The one that drains has left, and why. */
void nfhad_drain_end(struct nfhad_scale *scale, const char *why);

/* It may drain because a person, or an earlier daemon, has told it to. */
void nfhad_drain_ended(struct nfhad_scale *scale, const struct nfha_event *event);

/* Goes on with a drain that an earlier daemon has begun; so much time is left, 0: nobody
 * knows.
 */
void nfhad_drain_take_up(struct nfhad_scale *scale,
			 struct nfhad_instance *instance, uint32_t left_ms);

/* spread.c */

/* All ranges of one that has failed go to another one. Flows of the others stay where they
 * are; its own have lost their state, wherever they go. False if the module refuses.
 */
bool nfhad_spread_to(struct nfhad_instance *failed, struct nfhad_instance *to);

#endif /* NFHAD_SCALE_PRIVATE_H */
