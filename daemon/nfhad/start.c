// SPDX-License-Identifier: GPL-2.0-or-later
/* An instance begins to live. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config_made.h"
#include "decision.h"
#include "driver.h"
#include "instance.h"
#include "job.h"
#include "kernel.h"
#include "life.h"
#include "making.h"
#include "netns.h"
#include "nfhad.h"
#include "pidfile.h"
#include "possession.h"
#include "process.h"
#include "ranges.h"
#include "recovery.h"
#include "retry.h"
#include "said.h"
#include "scale.h"
#include "source.h"
#include "space.h"
#include "start.h"
#include "state.h"
#include "stray.h"
#include "tcp.h"

/* To make what it needs, to kill what is there, and two settings of a namespace. */
#define PREPARE_US 10000000ULL
#define FIRST_US 1000000ULL
#define LAST_US 60000000ULL

/**
 * struct nfhad_start - of an instance
 * @instance: the instance
 * @owner: whose command it runs, or whose process it adopts
 * @job: prepares its namespace, or NULL
 * @timer: until it is tried again
 * @failures: in a row
 * @said: what the job could not do; in memory that it shares
 * @why: it could not be started
 */
struct nfhad_start {
	struct nfhad_instance *instance;
	struct nfhad_instance *owner;
	struct nfhad_job *job;
	sd_event_source *timer;
	unsigned int failures;
	char *said;
	char why[NFHAD_SAID_MAX];
};

static int adopt(struct nfhad_start *s)
{
	pid_t pid = 0;
	int ret;

	ret = nfhad_pidfile_read(s->instance->config->pidfile, &pid, s->said);
	return ret ?: nfhad_instance_follow(s->instance, pid, 0);
}

/* A backup has no command of its own; it runs that of an active one. With
 * connection tracking it needs none.
 */
static struct nfhad_instance *owner_of(struct nfhad_instance *instance)
{
	struct nfhad_service *s = instance->service;
	size_t n;

	if (instance->config->command || instance->config->pidfile ||
	    s->config->driver == NFHAD_DRIVER_CONNTRACK)
		return instance;
	for (n = 0; n < s->instances; n++)
		if (s->instance[n].config->role == NFHAD_ROLE_ACTIVE &&
		    s->instance[n].config->command)
			return &s->instance[n];
	return instance;
}

/* With neither a command nor a pidfile, its state is the kernel's. */
static int make(struct nfhad_start *s)
{
	if (s->owner->config->command)
		return nfhad_instance_launch(s->instance, s->owner->config);
	return s->owner->config->pidfile ? adopt(s) : 0;
}

/* The namespace of a process that somebody else has started gets a name. */
static int attach(const struct nfhad_start *s)
{
	pid_t pid = 0;
	int ret;

	ret = nfhad_pidfile_read(s->instance->config->pidfile, &pid, s->said);
	if (ret) {
		nfhad_space_remove(s->instance->config->netns);
		return ret;
	}
	ret = nfhad_space_attach(s->instance->config->netns, pid);
	if (ret && ret != -EXDEV)
		nfhad_said(s->said, "the network namespace of process %d: %s", pid,
			   strerror(-ret));
	return ret;
}

static int prepare(const struct nfhad_start *s)
{
	const struct nfhad_instance *instance = s->instance;
	int ret = 0;

	if (instance->config->made)
		ret = nfhad_making_make(instance->service->config->name,
					instance->config, s->said);
	else if (nfhad_config_is_attached(instance->config))
		ret = attach(s);
	/* What is in the daemon's own namespace is not to be changed for it. */
	if (ret)
		return ret == -EXDEV ? 0 : ret;
	/* A second VNF beside the one of a daemon that nobody remembers. */
	if (s->owner->config->command)
		ret = nfhad_stray_kill(instance->config->netns);
	if (!ret && instance->service->driver->begin)
		ret = instance->service->driver->begin(s->instance);
	if (ret)
		return ret;
	ret = nfhad_tcp_prepare(instance->config->netns);
	if (ret)
		nfhad_log_instance(LOG_ERR, instance,
				   "%s has no SYN cookies, half open connections will break: %s",
				   instance->config->netns, strerror(-ret));
	/* Its state begins here, and it may want to listen there. */
	return nfhad_possession_set(instance);
}

static int prepare_named(void *data)
{
	const struct nfhad_start *s = data;
	int ret = prepare(s);

	if (ret == -ENOENT && !*s->said)
		nfhad_netns_missing(s->instance->config->netns, s->said);
	return ret;
}

static void attempt(struct nfhad_start *s);

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	attempt(data);
	return 0;
}

static void wait_for_try(struct nfhad_start *s, const char *what,
			 const char *why)
{
	sd_event *event = s->instance->service->nfhad->event;
	uint64_t wait_us = nfhad_retry_wait_us(++s->failures, FIRST_US, LAST_US);

	nfhad_log_instance(LOG_ERR, s->instance, "%s, tried again in %llu s: %s",
			   what, (unsigned long long)wait_us / 1000000, why);
	nfhad_decision_instance(s->instance, NFHAD_ACTION_RETRY,
				"%s, tried again in %llu s: %s", what,
				(unsigned long long)wait_us / 1000000, why);
	if (nfhad_retry_later(event, &s->timer, wait_us, on_timer, s))
		nfhad_log_instance(LOG_ALERT, s->instance,
				   "no memory to start it later");
}

/* In a job: what was made for a VNF that could not be launched. */
static int undo(void *data)
{
	const struct nfhad_start *s = data;

	return nfhad_making_remove(s->instance->service->config->name,
				   s->instance->config, s->said);
}

static void on_undone(void *data, int error)
{
	struct nfhad_start *s = data;

	s->job = NULL;
	/* With ranges its place has to stay. */
	if (error && error != -EBUSY)
		nfhad_log_instance(LOG_ERR, s->instance, "%s",
				   *s->said ? s->said : strerror(-error));
	wait_for_try(s, "cannot be started", s->why);
}

/* Another one begins in its place, or it is tried again. What has been made for it goes,
 * whatever it was that failed, or took too long.
 */
static void give_up(struct nfhad_start *s, int error, bool made)
{
	struct nfhad_instance *instance = s->instance;

	snprintf(s->why, sizeof(s->why), "%s",
		 *s->said ? s->said : strerror(-error));
	if (nfhad_scale_not_started(instance, s->why))
		return;
	if (made && instance->config->made &&
	    !nfhad_job_start(instance->service->nfhad->event, undo, PREPARE_US,
			     on_undone, s, &s->job))
		return;
	wait_for_try(s, "cannot be started", s->why);
}

static void fail(struct nfhad_instance *instance)
{
	struct nfhad_source source;

	nfhad_log_instance(LOG_ERR, instance, "is fenced, and cannot be started");
	nfhad_decision_instance(instance, NFHAD_ACTION_FAIL,
				"it was fenced before it was started");
	nfhad_state_set(instance, NFHAD_INSTANCE_FAILED);
	nfhad_life_base(instance, &source);
	nfhad_recovery_resume(instance, &source);
}

/* And what was made for it is put to work. */
static int bring_up(struct nfhad_start *s)
{
	struct nfhad_instance *instance = s->instance;
	int ret = make(s);

	if (ret || !instance->config->made)
		return ret;
	ret = nfhad_ranges_begin(instance);
	if (ret && instance->process)
		nfhad_process_kill(instance->process);
	return ret;
}

static void on_prepared(void *data, int error)
{
	struct nfhad_start *s = data;
	struct nfhad_instance *instance = s->instance;
	struct nfhad_instance *owner = s->owner;
	struct nfha_epoch epoch = {};
	bool fenced;

	s->job = NULL;
	if (!error && instance->service->driver->save)
		error = nfhad_kernel_epoch(instance, &epoch);
	fenced = !error && (epoch.flags & NFHA_RECOVERY_FLAGS_FENCED);
	if (!error && instance->process)
		error = -EBUSY;
	if (!error && !fenced)
		error = bring_up(s);
	if (error) {
		give_up(s, error, true);
		return;
	}
	nfhad_start_stop(instance);
	nfhad_life_begin(instance, owner, 0);
	if (fenced) {
		fail(instance);
		return;
	}
	nfhad_log_instance(LOG_INFO, instance, "started");
	nfhad_decision_instance(instance, NFHAD_ACTION_ACTIVATE,
				"it has been started");
	nfhad_instance_activate(instance, NULL);
}

/* Nothing is to be made or killed, and nothing of it will be restored. */
static bool is_prepared(const struct nfhad_start *s)
{
	const struct nfhad_instance *instance = s->instance;

	return !s->owner->config->command && !instance->config->made &&
	       !nfhad_config_is_attached(instance->config) &&
	       !instance->service->driver->save;
}

static void attempt(struct nfhad_start *s)
{
	int ret;

	*s->said = '\0';
	if (is_prepared(s)) {
		on_prepared(s, 0);
		return;
	}
	ret = nfhad_job_start(s->instance->service->nfhad->event, prepare_named,
			      PREPARE_US, on_prepared, s, &s->job);
	if (ret)
		give_up(s, ret, false);
}

static struct nfhad_start *start_new(struct nfhad_instance *instance)
{
	struct nfhad_start *s = calloc(1, sizeof(*s));

	if (s) {
		s->said = mmap(NULL, NFHAD_SAID_MAX, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (s->said == MAP_FAILED) {
			free(s);
			s = NULL;
		}
	}
	if (!s) {
		nfhad_log_instance(LOG_ALERT, instance, "no memory to start it");
		return NULL;
	}
	s->instance = instance;
	s->owner = owner_of(instance);
	instance->start = s;
	return s;
}

void nfhad_start_begin(struct nfhad_instance *instance, const char *why)
{
	struct nfhad_start *s = start_new(instance);

	if (!s)
		return;
	nfhad_decision_instance(instance, NFHAD_ACTION_START, "%s", why);
	attempt(s);
}

void nfhad_start_again(struct nfhad_instance *instance, unsigned int failures)
{
	struct nfhad_start *s = start_new(instance);

	if (!s)
		return;
	s->failures = failures;
	wait_for_try(s, "has failed", "there is nobody to take its place");
}

void nfhad_start_stop(struct nfhad_instance *instance)
{
	struct nfhad_start *s = instance->start;

	if (!s)
		return;
	instance->start = NULL;
	nfhad_job_cancel(s->job);
	sd_event_source_disable_unref(s->timer);
	munmap(s->said, NFHAD_SAID_MAX);
	free(s);
}
