// SPDX-License-Identifier: GPL-2.0-or-later
/* A service that is protected: begin, take up, leave. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alive.h"
#include "beyond.h"
#include "cleaning.h"
#include "decision.h"
#include "driver.h"
#include "job.h"
#include "kernel.h"
#include "life.h"
#include "meter.h"
#include "move.h"
#include "nfhad.h"
#include "possession.h"
#include "proc.h"
#include "process.h"
#include "push.h"
#include "record.h"
#include "ranges.h"
#include "recovery.h"
#include "respread.h"
#include "scale.h"
#include "service.h"
#include "spares.h"
#include "standby.h"
#include "start.h"
#include "state.h"
#include "store.h"

static const struct nfhad_driver *const drivers[] = {
	[NFHAD_DRIVER_CRIU] = &nfhad_driver_criu,
	[NFHAD_DRIVER_CONNTRACK] = &nfhad_driver_conntrack,
	[NFHAD_DRIVER_EXEC] = &nfhad_driver_exec,
	[NFHAD_DRIVER_NONE] = &nfhad_driver_none,
};

/**
 * struct found - what is found of an instance at the start
 * @epoch: in the kernel
 * @record: of the earlier daemon
 * @master: index of the instance that it has the log of, -1: none
 * @owns: ranges or flows
 * @width: flow IDs that it owns; without checkpoints
 */
struct found {
	struct nfha_epoch epoch;
	struct nfhad_record record;
	int master;
	bool owns;
	uint32_t width;
};

/* Why an instance starts. */
#define NOTHING_RUNS "it is to get packets, and nothing is remembered to run in it"

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

const struct nfhad_driver *
nfhad_service_driver(const struct nfhad_service_config *config)
{
	return drivers[config->driver];
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
	s->driver = nfhad_service_driver(config);
	s->instances = config->instances;
	s->instance = calloc(s->instances, sizeof(*s->instance));
	if (!s->instance || nfhad_spares_new_backups(s, &s->backups) ||
	    nfhad_standby_new(s) || nfhad_scale_new(s) ||
	    nfhad_respread_new(s) || nfhad_possession_new(s) ||
	    nfhad_push_new(s) || nfhad_beyond_new(s) || nfhad_meter_new(s) ||
	    nfhad_alive_new(s)) {
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

static bool is_pending(const struct nfha_epoch *e, uint64_t epoch)
{
	return epoch > e->committed && epoch < e->epoch;
}

/* An epoch whose checkpoint is stored is committed, the others are given up. */
static void epochs_settle(struct nfhad_instance *i, struct nfha_epoch *e)
{
	const struct nfhad_service *s = i->service;
	struct nfhad_image *newest = NULL;
	uint32_t left;
	uint64_t epoch;

	nfhad_image_newest(s->nfhad->store, s->config->name, i->config->name,
			   &newest);
	if (newest && newest->number > i->since_number && e->pending &&
	    is_pending(e, newest->epoch) &&
	    !nfhad_kernel_commit(i, newest->epoch))
		nfhad_log_instance(LOG_NOTICE, i,
				   "epoch %llu is stored, and committed now",
				   (unsigned long long)newest->epoch);
	nfhad_image_put(newest);
	if (nfhad_kernel_epoch(i, e))
		return;
	left = e->pending;
	for (epoch = e->epoch; left && --epoch > e->committed;)
		if (!nfhad_kernel_abort(i, epoch))
			left--;
}

/* A backup has a process without a command of its own. */
static bool is_alive(struct nfhad_instance *i, const struct nfhad_record *record)
{
	if (record->pid)
		return !nfhad_instance_follow(i, record->pid, record->start);
	return i->service->config->driver != NFHAD_DRIVER_CRIU &&
	       !i->config->command && !i->config->pidfile;
}

/* Does any of them get packets? */
static bool serves(const struct nfhad_service *s, const struct found *all)
{
	size_t n;

	for (n = 0; n < s->instances; n++)
		if (all[n].width)
			return true;
	return false;
}

/* Nothing of it is in the store. What the record does not know, the range map does: one
 * without a range is at rest if the service is scaled, and others get packets.
 */
static void take_up_plain(struct nfhad_instance *i, const struct found *all)
{
	const struct nfhad_service *s = i->service;
	const struct found *found = &all[i - s->instance];

	if (found->record.active && is_alive(i, &found->record)) {
		nfhad_log_instance(LOG_NOTICE, i, "taken up");
		nfhad_decision_instance(i, NFHAD_ACTION_ACTIVATE,
					"it was active when the daemon before this one ended");
		nfhad_instance_activate(i, NULL);
	} else if (found->width ||
		   (i->config->role == NFHAD_ROLE_ACTIVE &&
		    !(s->scale && serves(s, all)))) {
		nfhad_start_begin(i, found->record.known ?
				     "has failed while no daemon was there" :
				     NOTHING_RUNS);
	} else {
		nfhad_cleaning_start(i);
	}
}

/* It was active when the earlier daemon ended. */
static void take_up_active(struct nfhad_instance *i, struct found *found)
{
	bool fenced = found->epoch.flags & NFHA_RECOVERY_FLAGS_FENCED;
	struct nfhad_source source;

	epochs_settle(i, &found->epoch);
	nfhad_life_source(i, &found->epoch, NULL, &source);
	if (!fenced && is_alive(i, &found->record)) {
		if (found->epoch.flags & NFHA_RECOVERY_FLAGS_PLUGGED)
			nfhad_kernel_abort(i, 0);
		nfhad_log_instance(LOG_NOTICE, i, "taken up");
		nfhad_decision_instance(i, NFHAD_ACTION_ACTIVATE,
					"it worked already when the daemon began");
		nfhad_instance_activate(i, source.image);
		return;
	}
	nfhad_log_instance(LOG_ERR, i, "has failed while no daemon was there");
	nfhad_decision_instance(i, NFHAD_ACTION_FAIL,
				"it did not work any more when the daemon began");
	/* Its log is not behind its plug: only another one gets it from the beginning. */
	if (!fenced)
		nfhad_kernel_fence(i);
	nfhad_state_set(i, NFHAD_INSTANCE_FAILED);
	nfhad_recovery_resume(i, &source);
}

/* It had the log already, and what to begin from is known. */
static void take_up_holder(struct nfhad_instance *i)
{
	struct nfhad_source source = { .owner = i };
	bool has_source;

	if (i->base)
		nfhad_life_base(i, &source);
	nfhad_log_instance(LOG_NOTICE, i, "has the log of one that had failed");
	nfhad_decision_instance(i, NFHAD_ACTION_FAIL,
				"it had the log of one that had failed when the daemon began");
	nfhad_state_set(i, NFHAD_INSTANCE_FAILED);
	has_source = source.image || source.afresh;
	nfhad_recovery_resume(i, &source);
	/* A plug that the dead man has opened looks as if it had been made anew. */
	if (!has_source)
		nfhad_recovery_renewed(i);
}

/* It has got a log, and nobody has brought it to life. */
static void take_up_backup(struct nfhad_instance *i, const struct found *all)
{
	const struct found *found = &all[i - i->service->instance];
	struct nfhad_instance *master = &i->service->instance[found->master];
	struct nfhad_source source;

	nfhad_life_source(master, &all[found->master].epoch, NULL, &source);
	nfhad_log_instance(LOG_NOTICE, i, "was about to take over from %s",
			   master->config->name);
	nfhad_decision_instance(i, NFHAD_ACTION_TAKE_OVER,
				"it was about to, from %s, when the daemon began",
				master->config->name);
	nfhad_state_set(i, NFHAD_INSTANCE_FAILED);
	nfhad_recovery_resume(i, &source);
}

/* Nothing is remembered: an active instance begins; or the backup, if it was one that
 * worked.
 */
static bool begins(const struct nfhad_instance *i, const struct found *all)
{
	const struct nfhad_service *s = i->service;
	const struct found *found = &all[i - s->instance];
	size_t n;

	if (found->record.known || found->owns)
		return !found->record.known;
	for (n = 0; n < s->instances; n++)
		if (s->instance[n].config->role == NFHAD_ROLE_BACKUP &&
		    all[n].owns)
			return false;
	return i->config->role == NFHAD_ROLE_ACTIVE;
}

static void take_up(struct nfhad_instance *i, struct found *all)
{
	struct found *found = &all[i - i->service->instance];
	bool replaced = found->epoch.backup[0];

	if (!i->service->driver->save)
		take_up_plain(i, all);
	else if (!replaced && found->record.holder)
		take_up_holder(i);
	else if (!replaced && found->record.active)
		take_up_active(i, found);
	else if (!replaced && found->master >= 0)
		take_up_backup(i, all);
	else if (!replaced && begins(i, all))
		nfhad_start_begin(i, NOTHING_RUNS);
	else
		nfhad_cleaning_start(i);
}

/* In a store from which all has gone the numbers begin anew. */
static void restore(struct nfhad_instance *i, const struct nfhad_record *record)
{
	const struct nfhad_service *s = i->service;
	uint64_t last = nfhad_store_last(s->nfhad->store, s->config->name,
					 i->config->name);

	if (record->base >= 0)
		i->base = &i->service->instance[record->base];
	i->base_number = record->base_number;
	i->since_epoch = record->since_epoch;
	i->since_number = record->since_number < last ? record->since_number :
							last;
}

/* One that is made when it is needed is not there yet; its service has to be. */
static bool is_to_be_made(struct nfhad_instance *i)
{
	struct nfha_instance answer;
	struct nfha_service service;

	return i->config->made && nfhad_ranges_get(i, &answer) == -ENOENT &&
	       !nfhad_kernel_service(i->service, &service) &&
	       !i->service->driver->save == (service.recovery == NFHA_RECOVERY_NONE);
}

static int look_at_plain(struct nfhad_instance *i, struct found *found, int level)
{
	struct nfha_instance answer;
	int ret = nfhad_ranges_get(i, &answer);

	if (ret) {
		nfhad_log_service(level, i->service,
				  "waits until the module has it with its instances: %s: %s",
				  i->config->name, strerror(-ret));
		return ret;
	}
	found->width = answer.width;
	if (nfhad_kernel_epoch(i, &found->epoch))
		return 0;
	nfhad_log_service(LOG_ERR, i->service,
			  "has recovery in the module, and with driver none nobody would commit its epochs: set it to none");
	return -EBUSY;
}

/* @level is that of what has to be waited for. */
static int look_at(struct nfhad_instance *i, struct found *found, int level)
{
	struct nfha_epoch *epoch = &found->epoch;
	int ret;

	if (is_to_be_made(i))
		return 0;
	if (!i->service->driver->save)
		return look_at_plain(i, found, level);
	ret = nfhad_kernel_epoch(i, epoch);
	if (ret) {
		nfhad_log_service(level, i->service,
				  "waits until the module has it with its instances and with recovery: %s: %s",
				  i->config->name, strerror(-ret));
		return ret;
	}
	if (!epoch->successor[0])
		return 0;
	nfhad_log_instance(LOG_ERR, i,
			   "names a successor, and who that is has to be left to the daemon: take the name away");
	return -EBUSY;
}

/* Returns 0 if the kernel has all that is wanted. */
static int look(struct nfhad_service *s, struct found *all,
		struct nfhad_record *records)
{
	struct nfhad_instance *backup;
	int ret, level = LOG_WARNING;
	size_t n;

	ret = nfhad_record_load(s, records);
	if (ret)
		return ret;
	/* Nobody protects meanwhile what was protected. */
	for (n = 0; n < s->instances; n++)
		if (records[n].active)
			level = LOG_ERR;
	for (n = 0; !ret && n < s->instances; n++) {
		all[n].record = records[n];
		all[n].master = -1;
		all[n].owns = nfhad_kernel_owns(&s->instance[n]);
		ret = look_at(&s->instance[n], &all[n], level);
	}
	for (n = 0; !ret && n < s->instances; n++) {
		backup = nfhad_service_instance(s, all[n].epoch.backup);
		if (backup)
			all[backup - s->instance].master = n;
	}
	return ret;
}

void nfhad_service_set(struct nfhad_service *s)
{
	if (!s->started || !s->driver->save)
		return;
	nfhad_kernel_dead_man(s);
	nfhad_alive_set(s);
}

void nfhad_service_start(struct nfhad_service *s)
{
	struct nfhad_record *records;
	struct found *all;
	size_t n;
	int ret;

	if (s->started)
		return;
	all = calloc(s->instances, sizeof(*all));
	records = calloc(s->instances, sizeof(*records));
	ret = all && records ? look(s, all, records) : -ENOMEM;
	if (ret == -ENOMEM)
		nfhad_log_service(LOG_ERR, s, "no memory to begin");
	for (n = 0; !ret && n < s->instances; n++)
		restore(&s->instance[n], &records[n]);
	for (n = 0; !ret && n < s->instances; n++)
		take_up(&s->instance[n], all);
	s->started = !ret;
	nfhad_record_save(s);
	nfhad_service_set(s);
	if (s->started) {
		nfhad_scale_start(s);
		nfhad_respread_look(s);
	}
	free(all);
	free(records);
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

struct nfhad_service *nfhad_service_find(const struct nfhad *d, const char *name)
{
	size_t n;

	for (n = 0; n < d->services; n++)
		if (d->service[n] && !strcmp(d->service[n]->config->name, name))
			return d->service[n];
	return NULL;
}

void nfhad_services_start(struct nfhad *d)
{
	size_t n;

	for (n = 0; n < d->services; n++)
		nfhad_service_start(d->service[n]);
}
