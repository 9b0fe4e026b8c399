// SPDX-License-Identifier: GPL-2.0-or-later
/* Checkpoints that fail: whose fail for long is not protected. */

#include <string.h>
#include <time.h>

#include "decision.h"
#include "instance.h"
#include "late.h"
#include "nfhad.h"
#include "retry.h"
#include "state.h"

#define FIRST_US 1000000ULL
#define LAST_US 10000000ULL
/* A dead man who waits for ever is not the measure. */
#define DEAD_MAN_MS 5000

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

void nfhad_late_begin(struct nfhad_late *late)
{
	*late = (struct nfhad_late){ .counted_us = now_us() };
}

static void say_failed(const struct nfhad_late *late,
		       struct nfhad_instance *instance, int error,
		       const char *where)
{
	if (!nfhad_retry_is_said(late->failures))
		return;
	nfhad_decision_log_instance(instance, NFHAD_ACTION_RETRY, LOG_ERR,
				    "no checkpoint, %u in a row: %s: %s",
				    late->failures, where, strerror(-error));
}

/* The dead man's policy decides what becomes of its output. */
static void unprotect(struct nfhad_instance *instance, uint64_t for_ms)
{
	if (instance->state != NFHAD_INSTANCE_ACTIVE)
		return;
	nfhad_state_set(instance, NFHAD_INSTANCE_UNPROTECTED);
	nfhad_log_instance(LOG_ERR, instance,
			   "is not protected, no checkpoint has counted for %llu ms",
			   (unsigned long long)for_ms);
	nfhad_decision_instance(instance, NFHAD_ACTION_RETRY,
				"not protected, no checkpoint has counted for %llu ms",
				(unsigned long long)for_ms);
}

void nfhad_late_failed(struct nfhad_late *late, struct nfhad_instance *instance,
		       int error, const char *where)
{
	uint64_t dead_man_ms = instance->service->nfhad->config->dead_man_ms;
	uint64_t for_ms = (now_us() - late->counted_us) / 1000;

	late->failures++;
	instance->tally.checkpoint_failures++;
	say_failed(late, instance, error, where);
	if (for_ms < (dead_man_ms ? dead_man_ms : DEAD_MAN_MS))
		return;
	late->late++;
	unprotect(instance, for_ms);
}

void nfhad_late_counted(struct nfhad_late *late, struct nfhad_instance *instance)
{
	if (late->failures) {
		nfhad_log_instance(LOG_NOTICE, instance,
				   "checkpoints succeed again, after %u that failed",
				   late->failures);
		nfhad_decision_instance(instance, NFHAD_ACTION_ACTIVATE,
					"its checkpoints succeed again, after %u that failed",
					late->failures);
	}
	if (instance->state == NFHAD_INSTANCE_UNPROTECTED)
		nfhad_state_set(instance, NFHAD_INSTANCE_ACTIVE);
	nfhad_late_begin(late);
}

uint64_t nfhad_late_wait_us(const struct nfhad_late *late)
{
	return late->late ?
	       nfhad_retry_wait_us(late->late, FIRST_US, LAST_US) : 0;
}
