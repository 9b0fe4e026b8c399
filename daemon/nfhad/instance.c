// SPDX-License-Identifier: GPL-2.0-or-later
/* States of an instance, and how it gets from one to another. */

#include <errno.h>
#include <string.h>

#include "cleaning.h"
#include "decision.h"
#include "driver.h"
#include "instance.h"
#include "kernel.h"
#include "life.h"
#include "nfhad.h"
#include "possession.h"
#include "process.h"
#include "protection.h"
#include "push.h"
#include "ranges.h"
#include "record.h"
#include "recovery.h"
#include "respread.h"
#include "scale.h"
#include "standby.h"
#include "start.h"
#include "state.h"
#include "store.h"

/* Who fails after this has not failed at its start. */
#define LONG_LIFE_US 60000000ULL

bool nfhad_instance_works(const struct nfhad_instance *instance)
{
	return instance->state == NFHAD_INSTANCE_ACTIVE ||
	       instance->state == NFHAD_INSTANCE_UNPROTECTED;
}

static void on_exit_of_process(void *data)
{
	struct nfhad_instance *instance = data;

	nfhad_process_free(instance->process);
	instance->process = NULL;
	if (nfhad_instance_works(instance))
		nfhad_instance_failed(instance, "its first process has ended");
	else if (instance->state == NFHAD_INSTANCE_STANDBY)
		nfhad_standby_exited(instance);
	else if (instance->state == NFHAD_INSTANCE_CLEANING)
		nfhad_cleaning_exited(instance);
}

int nfhad_instance_follow(struct nfhad_instance *instance, pid_t pid,
			  uint64_t start)
{
	nfhad_process_free(instance->process);
	instance->process = NULL;
	return nfhad_process_adopt(instance->service->nfhad->event, pid, start,
				   on_exit_of_process, instance,
				   &instance->process);
}

int nfhad_instance_launch(struct nfhad_instance *instance,
			  const struct nfhad_instance_config *command)
{
	struct nfhad_instance_config config = *command;

	config.name = instance->config->name;
	config.netns = instance->config->netns;
	config.made = instance->config->made;
	return nfhad_process_launch(instance->service->nfhad->event,
				    instance->service->config->name, &config,
				    on_exit_of_process, instance,
				    &instance->process);
}

static uint64_t now_us(const struct nfhad_instance *instance)
{
	uint64_t now = 0;

	sd_event_now(instance->service->nfhad->event, CLOCK_MONOTONIC, &now);
	return now;
}

void nfhad_instance_activate(struct nfhad_instance *instance,
			     struct nfhad_image *base)
{
	int ret = nfhad_possession_claim(instance, NULL, NULL);

	if (ret && ret != -EINPROGRESS)
		nfhad_log_instance(LOG_ERR, instance,
				   "does not get the addresses of its service: %s",
				   strerror(-ret));
	instance->lives_since_us = now_us(instance);
	nfhad_protection_start(instance, base);
	nfhad_record_save(instance->service);
	nfhad_scale_activated(instance);
	nfhad_respread_look(instance->service);
}

/* The switch sends to the master still, and has its flows. What is exceptions there is not
 * waited for: all of them go elsewhere now.
 */
static void push(const struct nfhad_instance *instance)
{
	uint32_t exceptions = 0;

	if (!instance->service->push)
		return;
	nfhad_ranges_settled(instance->service, &exceptions);
	nfhad_push_begin(instance->service, exceptions);
}

void nfhad_instance_take_over(struct nfhad_instance *instance,
			      struct nfhad_instance *owner,
			      struct nfhad_image *image)
{
	nfhad_state_set(instance, NFHAD_INSTANCE_ACTIVE);
	instance->tally.takeovers++;
	nfhad_life_begin(instance, owner, image ? image->number : 0);
	nfhad_record_save(instance->service);
	if (nfhad_kernel_abort(instance, 0))
		nfhad_log_instance(LOG_ALERT, instance, "its plug does not open");
	nfhad_instance_activate(instance, image);
	push(instance);
}

/* Without checkpoints: others get its packets, or it starts afresh, later each time if it
 * never lives for long.
 */
static void replace(struct nfhad_instance *instance, const char *why)
{
	nfhad_decision_instance(instance, NFHAD_ACTION_FAIL, "%s", why);
	if (nfhad_scale_failed(instance))
		return;
	nfhad_respread_leave(instance);
	nfhad_protection_stop(instance);
	/* Its end is waited for, or it would stay as a zombie. */
	if (instance->process)
		nfhad_process_kill(instance->process);
	if (now_us(instance) - instance->lives_since_us > LONG_LIFE_US)
		instance->relapses = 0;
	nfhad_start_again(instance, instance->relapses++);
}

void nfhad_instance_failed(struct nfhad_instance *instance, const char *why)
{
	if (!nfhad_instance_works(instance))
		return;
	nfhad_state_set(instance, NFHAD_INSTANCE_FAILED);
	instance->tally.failures++;
	if (!instance->service->driver->save)
		replace(instance, why);
	else if (!nfhad_scale_lost(instance, why))
		nfhad_recovery_start(instance, why);
	nfhad_log_instance(LOG_ERR, instance, "has failed: %s", why);
	nfhad_record_save(instance->service);
}

bool nfhad_instance_is_fenced(struct nfhad_instance *instance)
{
	struct nfha_epoch epoch;

	return !nfhad_kernel_epoch(instance, &epoch) &&
	       (epoch.flags & NFHA_RECOVERY_FLAGS_FENCED);
}

void nfhad_instance_fenced(struct nfhad_instance *instance)
{
	if (nfhad_instance_works(instance))
		nfhad_instance_failed(instance, "it is fenced: carrier lost, or asked for");
	else if (instance->state == NFHAD_INSTANCE_STANDBY)
		nfhad_standby_exited(instance);
	else if (instance->state == NFHAD_INSTANCE_IDLE)
		nfhad_cleaning_start(instance);
}

void nfhad_instance_committed(struct nfhad_instance *instance)
{
	struct nfhad_instance *base = instance->base;
	struct nfhad_service *service = instance->service;

	instance->relapses = 0;
	if (!base)
		return;
	instance->base = NULL;
	if (base != instance && !nfhad_instance_works(base))
		nfhad_store_forget(service->nfhad->store,
				   service->config->name, base->config->name);
	nfhad_record_save(service);
}

void nfhad_instance_leave(struct nfhad_instance *instance)
{
	nfhad_start_stop(instance);
	nfhad_recovery_stop(instance);
	nfhad_protection_stop(instance);
	nfhad_cleaning_stop(instance);
	nfhad_process_free(instance->process);
	instance->process = NULL;
}

void nfhad_instance_connected(struct nfhad_instance *instance)
{
	if (instance->state == NFHAD_INSTANCE_IDLE)
		nfhad_recovery_retry(instance->service);
}

void nfhad_instance_idle(struct nfhad_instance *instance)
{
	nfhad_recovery_retry(instance->service);
	if (instance->state == NFHAD_INSTANCE_IDLE)
		nfhad_standby_idle(instance);
}
