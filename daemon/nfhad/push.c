// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges and exceptions go to the switch before a service. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "decision.h"
#include "instance.h"
#include "job.h"
#include "nfhad.h"
#include "push.h"
#include "retry.h"
#include "upstream.h"

/* A switch that does not answer is not to be waited for. */
#define LIMIT_US 10000000ULL
#define FIRST_US 1000000ULL
#define LAST_US 60000000ULL

/**
 * struct nfhad_push - of a service
 * @service: the service
 * @job: at it, or NULL
 * @timer: until it is tried again
 * @again: something has changed since @job began
 * @leaving: whose ranges @job gives to @heir, or NULL
 * @heir: who gets them
 * @turned: told of its end
 * @failures: in a row
 * @exceptions: that there were
 */
struct nfhad_push {
	struct nfhad_service *service;
	struct nfhad_job *job;
	sd_event_source *timer;
	bool again;
	struct nfhad_instance *leaving;
	struct nfhad_instance *heir;
	nfhad_push_turned_fn turned;
	unsigned int failures;
	uint32_t exceptions;
};

static void begin(struct nfhad_push *push);

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	begin(data);
	return 0;
}

static void try_later(struct nfhad_push *push, int error)
{
	struct nfhad_service *s = push->service;
	uint64_t wait_us = nfhad_retry_wait_us(++push->failures, FIRST_US,
					       LAST_US);

	if (nfhad_retry_is_said(push->failures)) {
		nfhad_decision_service(s, NFHAD_ACTION_RETRY,
				       "the switch does not take the ranges: %s",
				       strerror(-error));
		nfhad_log_service(LOG_ERR, s,
				  "the switch does not take the ranges, %u tries in a row: %s",
				  push->failures, strerror(-error));
	}
	if (nfhad_retry_later(s->nfhad->event, &push->timer, wait_us, on_timer,
			      push))
		nfhad_log_service(LOG_ALERT, s,
				  "no memory to tell the switch later");
}

static void turn_end(struct nfhad_push *push)
{
	push->leaving = NULL;
	push->heir = NULL;
}

static void on_turned(struct nfhad_push *push, int error)
{
	turn_end(push);
	push->turned(push->service, error);
}

static void on_pushed(void *data, int error)
{
	struct nfhad_push *push = data;
	bool again = push->again;

	push->job = NULL;
	push->again = false;
	if (push->leaving) {
		on_turned(push, error);
		return;
	}
	if (error) {
		try_later(push, error);
		return;
	}
	push->failures = 0;
	if (again) {
		begin(push);
		return;
	}
	nfhad_decision_log_service(push->service, NFHAD_ACTION_PUSH, LOG_NOTICE,
				   "the switch has the ranges; there were %u exceptions",
				   push->exceptions);
}

static int run(void *data)
{
	const struct nfhad_push *push = data;

	return nfhad_upstream_nfha.push(push->service, push->leaving, push->heir);
}

static int job_begin(struct nfhad_push *push)
{
	push->timer = sd_event_source_disable_unref(push->timer);
	return nfhad_job_start(push->service->nfhad->event, run, LIMIT_US,
			       on_pushed, push, &push->job);
}

static void begin(struct nfhad_push *push)
{
	int ret = job_begin(push);

	if (ret)
		try_later(push, ret);
}

/* Whatever was on its way: the end of a job that is killed is not the end of what it did,
 * but all is told again.
 */
static void stop(struct nfhad_push *push)
{
	nfhad_job_cancel(push->job);
	push->job = NULL;
	push->again = false;
	turn_end(push);
}

void nfhad_push_begin(struct nfhad_service *s, uint32_t exceptions)
{
	struct nfhad_push *push = s->push;

	if (!push)
		return;
	if (push->leaving) {
		stop(push);
		push->turned(s, -ECANCELED);
	}
	push->exceptions = exceptions;
	if (push->job)
		push->again = true;
	else
		begin(push);
}

int nfhad_push_turn(struct nfhad_service *s, struct nfhad_instance *leaving,
		    struct nfhad_instance *heir, nfhad_push_turned_fn fn)
{
	struct nfhad_push *push = s->push;
	int ret;

	stop(push);
	push->leaving = leaving;
	push->heir = heir;
	push->turned = fn;
	ret = job_begin(push);
	if (ret) {
		turn_end(push);
		try_later(push, ret);
	}
	return ret;
}

int nfhad_push_new(struct nfhad_service *s)
{
	if (!s->config->scale.upstream.netns)
		return 0;
	s->push = calloc(1, sizeof(*s->push));
	if (!s->push)
		return -ENOMEM;
	s->push->service = s;
	return 0;
}

void nfhad_push_free(struct nfhad_service *s)
{
	struct nfhad_push *push = s->push;

	if (!push)
		return;
	s->push = NULL;
	nfhad_job_cancel(push->job);
	sd_event_source_disable_unref(push->timer);
	free(push);
}
