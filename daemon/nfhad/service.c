// SPDX-License-Identifier: GPL-2.0-or-later
/* A service that is protected: begin, take up, leave. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "beyond.h"
#include "config_made.h"
#include "decision.h"
#include "driver.h"
#include "job.h"
#include "kernel.h"
#include "meter.h"
#include "move.h"
#include "nfhad.h"
#include "possession.h"
#include "proc.h"
#include "process.h"
#include "push.h"
#include "record.h"
#include "ranges.h"
#include "respread.h"
#include "restart.h"
#include "scale.h"
#include "service.h"
#include "spares.h"
#include "standby.h"
#include "state.h"

static const struct nfhad_driver *const drivers[] = {
	[NFHAD_DRIVER_CRIU] = &nfhad_driver_criu,
	[NFHAD_DRIVER_CONNTRACK] = &nfhad_driver_conntrack,
	[NFHAD_DRIVER_EXEC] = &nfhad_driver_exec,
	[NFHAD_DRIVER_NONE] = &nfhad_driver_none,
};

/* A sign of life three times in the time that the module waits for one. */
static void alive_set(struct nfhad_service *s)
{
	uint64_t every = s->nfhad->config->dead_man_ms * 1000ULL / 3;

	sd_event_source_set_time_relative(s->alive, every);
	sd_event_source_set_enabled(s->alive,
				    every ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

/* Whoever cannot be protected has nobody who looks after it: what becomes of what is held
 * of it is up to the dead man's policy.
 */
static void alive_tell(struct nfhad_service *s)
{
	size_t n;

	for (n = 0; n < s->instances; n++)
		if (s->instance[n].state != NFHAD_INSTANCE_UNKNOWN &&
		    s->instance[n].state != NFHAD_INSTANCE_UNPROTECTED)
			nfhad_kernel_alive(&s->instance[n]);
}

static int on_alive(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_service *s = data;

	(void)source;
	(void)usec;
	if (s->started)
		alive_tell(s);
	alive_set(s);
	return 0;
}

static void service_free(struct nfhad_service *s)
{
	sd_event_source_disable_unref(s->alive);
	nfhad_meter_free(s);
	nfhad_respread_free(s);
	nfhad_possession_free(s);
	nfhad_move_stop(s);
	nfhad_scale_free(s);
	nfhad_beyond_free(s);
	nfhad_push_free(s);
	nfhad_standby_free(s);
	nfhad_spares_free(s->backups);
	nfhad_config_free(s->whole);
	free(s->instance);
	free(s);
}

struct nfhad_service *
nfhad_service_new(struct nfhad *nfhad, struct nfhad_config *whole,
		  const struct nfhad_service_config *config)
{
	struct nfhad_service *s = calloc(1, sizeof(*s));
	size_t n;

	if (!s)
		return NULL;
	s->nfhad = nfhad;
	s->whole = nfhad_config_get(whole);
	s->config = config;
	s->driver = drivers[config->driver];
	s->instances = config->instances;
	s->instance = calloc(s->instances, sizeof(*s->instance));
	if (!s->instance || nfhad_spares_new_backups(s, &s->backups) ||
	    nfhad_standby_new(s) || nfhad_scale_new(s) ||
	    nfhad_respread_new(s) || nfhad_possession_new(s) ||
	    nfhad_push_new(s) || nfhad_beyond_new(s) || nfhad_meter_new(s) ||
	    sd_event_add_time(nfhad->event, &s->alive, CLOCK_MONOTONIC,
			      UINT64_MAX, 0, on_alive, s) < 0) {
		service_free(s);
		return NULL;
	}
	for (n = 0; n < s->instances; n++) {
		s->instance[n].service = s;
		s->instance[n].config = &config->instance[n];
		nfhad_state_set(&s->instance[n], NFHAD_INSTANCE_UNKNOWN);
	}
	return s;
}

struct nfhad_instance *
nfhad_service_instance(const struct nfhad_service *s, const char *name)
{
	size_t n;

	for (n = 0; n < s->instances; n++)
		if (!strcmp(s->instance[n].config->name, name))
			return &s->instance[n];
	return NULL;
}

void nfhad_service_set(struct nfhad_service *s)
{
	if (!s->started || !s->driver->save)
		return;
	nfhad_kernel_dead_man(s);
	alive_set(s);
}

void nfhad_service_start(struct nfhad_service *s)
{
	if (s->started)
		return;
	s->started = !nfhad_restart_take_up(s);
	nfhad_record_save(s);
	nfhad_service_set(s);
	if (s->started) {
		nfhad_scale_start(s);
		nfhad_respread_look(s);
	}
}

/* NULL if it is left out. */
static const struct nfhad_instance_config *
wanted_of(const struct nfhad_instance *i,
	  const struct nfhad_service_config *wanted)
{
	size_t n;

	for (n = 0; wanted && n < wanted->instances; n++)
		if (!strcmp(wanted->instance[n].name, i->config->name))
			return &wanted->instance[n];
	return NULL;
}

/* Without recovery the kernel has no epochs of it, and holds nothing. */
static int may_go(struct nfhad_instance *i)
{
	struct nfha_epoch epoch;

	if ((!nfhad_instance_works(i) && !i->recovery) ||
	    nfhad_kernel_epoch(i, &epoch))
		return 0;
	nfhad_log_instance(LOG_ERR, i,
			   "cannot be left: nobody would commit its epochs, and %llu packets of its output are held and %llu of its input logged; set the recovery of its service to none first",
			   (unsigned long long)epoch.hold.packets,
			   (unsigned long long)epoch.log.packets);
	nfhad_decision_instance(i, NFHAD_ACTION_REFUSE,
				"a configuration leaves it out, and nobody would commit its epochs");
	return -EBUSY;
}

/* What was made for it goes with it, and the others would lose what goes to it. */
static int may_be_removed(struct nfhad_instance *i,
			  const struct nfhad_instance_config *wanted)
{
	struct nfha_instance answer;

	if (!i->config->made || nfhad_ranges_get(i, &answer) ||
	    !(answer.width || answer.flows))
		return 0;
	nfhad_log_instance(LOG_ERR, i,
			   "cannot %s: it has %s; give them to another one first, as \"nfhactl scale in\" or \"nfhactl merge\" do",
			   wanted ? "get a namespace, devices or a control group of other names" :
				    "be removed",
			   answer.width ? "ranges" : "flows");
	nfhad_decision_instance(i, NFHAD_ACTION_REFUSE,
				"a configuration %s, and it has %s",
				wanted ? "gives other names to what was made for it" :
					 "leaves it out",
				answer.width ? "ranges" : "flows");
	return -EBUSY;
}

int nfhad_service_may_change(struct nfhad_service *s,
			     const struct nfhad_service_config *wanted)
{
	const struct nfhad_instance_config *next;
	struct nfhad_instance *i = s->instance;
	int ret = 0;

	for (; i < s->instance + s->instances; i++) {
		next = wanted_of(i, wanted);
		if (!next)
			ret = may_go(i) ?: ret;
		if (wanted && !(next && nfhad_config_same_names(i->config, next)))
			ret = may_be_removed(i, next) ?: ret;
	}
	return ret;
}

/* PF_EXITING of the kernel: after an exec another thread has the number, and goes on. */
#define ENDS 0x4

static bool is_ending(pid_t thread)
{
	struct nfhad_proc_stat stat;

	return !nfhad_proc_stat(thread, &stat) && (stat.flags & ENDS);
}

/* A first thread may end before the others, and is not the process then. */
static bool is_alone(pid_t pid)
{
	long threads;

	return !nfhad_proc_status(pid, "Threads", &threads) && threads == 1 &&
	       is_ending(pid);
}

static bool has_process(const struct nfhad_instance *i, pid_t pid)
{
	return i->process && nfhad_process_pid(i->process) == pid;
}

/* Its memory is given back, by the last of its threads as a rule, and there is time for
 * that.
 */
static void step_aside(const struct nfhad_death *death)
{
	if (death->thread > 0 && is_ending(death->thread))
		nfhad_job_step_aside(death->thread, death->pid);
}

void nfhad_service_death(struct nfhad_service *s,
			 const struct nfhad_death *death)
{
	size_t n;

	for (n = 0; n < s->instances; n++) {
		struct nfhad_instance *i = &s->instance[n];

		if (!has_process(i, death->pid) ||
		    !(death->whole || is_alone(death->pid)))
			continue;
		step_aside(death);
		nfhad_instance_failed(i, "its first process ends");
	}
}

void nfhad_service_free(struct nfhad_service *s)
{
	size_t n;

	if (!s)
		return;
	nfhad_meter_free(s);
	nfhad_move_stop(s);
	nfhad_scale_free(s);
	nfhad_beyond_free(s);
	nfhad_push_free(s);
	nfhad_standby_free(s);
	for (n = 0; n < s->instances; n++)
		nfhad_instance_leave(&s->instance[n]);
	service_free(s);
}
