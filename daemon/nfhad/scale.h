/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SCALE_H
#define NFHAD_SCALE_H

#include <stdbool.h>
#include <stdint.h>
#include "instance.h"

struct nfha_event;

/*
 * Dynamic scaling of a service (ETSI GS NFV-REL 002, 6.2): who is overloaded gives a part
 * of its ranges to an instance that is at rest, who has next to nothing to do gives
 * them back. One step at a time in a service.
 */

/* What a service is about to do. */
enum nfhad_scale_state {
	NFHAD_SCALE_STEADY,	/* nothing */
	NFHAD_SCALE_STARTING,	/* an instance starts, and gets a part of a range then */
	NFHAD_SCALE_SPLIT,	/* exceptions fall to T */
	NFHAD_SCALE_DRAINING,	/* an instance has no ranges, and still flows */
};

#define NFHAD_REFUSAL_MAX 191

/* The shortest deadline that there is. */
#define NFHAD_SCALE_NOW_MS 1

/**
 * struct nfhad_refusal - why something cannot be done
 * @text: one line
 */
struct nfhad_refusal {
	char text[NFHAD_REFUSAL_MAX + 1];
};

/* Begins if the service has a key "scale". 0 or -ENOMEM. */
int nfhad_scale_new(struct nfhad_service *service);
void nfhad_scale_free(struct nfhad_service *service);

/* The kernel has all of the service: take up what an earlier daemon has left. */
void nfhad_scale_start(struct nfhad_service *service);

/**
 * nfhad_scale_out - one more instance gets packets
 * @service: the service
 * @from: whose range is split; NULL: of the one with the most to do
 * @cause: one line, for those who ask later
 * @refusal: set if this fails
 *
 * Return: 0: it has begun, and goes on by itself. -EOPNOTSUPP without the key "scale",
 * -EBUSY if another step is not done yet, -ENOENT without an instance at rest, -ERANGE
 * if there are as many as may be.
 */
int nfhad_scale_out(struct nfhad_service *service, struct nfhad_instance *from,
		    const char *cause, struct nfhad_refusal *refusal);

/**
 * nfhad_scale_in - one instance less gets packets
 * @service: the service
 * @leaving: which; NULL: the one with the least to do
 * @deadline_ms: what it has left then is given up; 0: as configured, NFHAD_SCALE_NOW_MS: at
 *	once
 * @cause: one line
 * @refusal: set if this fails
 *
 * One that drains already gets the deadline, from now on.
 *
 * Return: as nfhad_scale_out().
 */
int nfhad_scale_in(struct nfhad_service *service,
		   struct nfhad_instance *leaving, uint32_t deadline_ms,
		   const char *cause, struct nfhad_refusal *refusal);

/* Who gets the ranges of an instance when it leaves, or NULL. */
struct nfhad_instance *nfhad_scale_heir(const struct nfhad_instance *leaving);

/* An instance is at rest again when it is clean. */
void nfhad_scale_give_back(struct nfhad_instance *instance);

/* An instance has begun to live; it gets a range when its checks have succeeded. Nothing
 * without a step that waits for it.
 */
void nfhad_scale_activated(struct nfhad_instance *instance);

/* Its checks have succeeded, for the first time or again. */
void nfhad_scale_healthy(struct nfhad_instance *instance);

/* Is it the one that a step waits for? What its checks find before they succeed tells
 * nothing: it has its time to begin.
 */
bool nfhad_scale_is_starting(const struct nfhad_instance *instance);

/**
 * nfhad_scale_failed - an instance without checkpoints has failed
 * @instance: the instance, in state FAILED
 *
 * Its ranges go to another one that works, and it is at rest when it is clean.
 *
 * Return: false if there is no other one, or the service is not scaled, or its scheme is
 * active-active: it is started again then.
 */
bool nfhad_scale_failed(struct nfhad_instance *instance);

/* Somebody else has given ranges away: exceptions are to fall. Nothing without "scale". */
void nfhad_scale_unsettle(struct nfhad_service *service);

/**
 * nfhad_scale_lost - an instance that is protected has failed
 * @instance: the instance, in state FAILED
 * @why: one line
 *
 * A step that it has a part in is given up.
 *
 * Return: true if it had nothing yet that another one would have to take over: it is being
 * cleaned.
 */
bool nfhad_scale_lost(struct nfhad_instance *instance, const char *why);

/**
 * nfhad_scale_not_started - an instance could not be started
 * @instance: the instance; nothing runs in it
 * @why: one line
 *
 * If a step waits for it, another one is started in its place; its own start is not the
 * caller's any more then.
 *
 * Return: false if no step waits for it.
 */
bool nfhad_scale_not_started(struct nfhad_instance *instance, const char *why);

/* Is a step on its way, or has one been not long ago? */
bool nfhad_scale_is_quiet(const struct nfhad_service *service);

/* NFHAD_SCALE_STEADY also without the key "scale". */
enum nfhad_scale_state nfhad_scale_state(const struct nfhad_service *service);

/* As a word: "draining". */
const char *nfhad_scale_state_name(enum nfhad_scale_state state);

/**
 * nfhad_scale_event - something has happened in the module
 * @service: which it is about
 * @event: what; NULL: events were lost
 */
void nfhad_scale_event(struct nfhad_service *service,
		       const struct nfha_event *event);

#endif /* NFHAD_SCALE_H */
