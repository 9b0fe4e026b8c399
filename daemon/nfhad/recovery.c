// SPDX-License-Identifier: GPL-2.0-or-later
/* From a failure to a backup that has taken over (ETSI GS NFV-REL 002, 6.3.2). */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleaning.h"
#include "decision.h"
#include "driver.h"
#include "instance.h"
#include "kernel.h"
#include "loading.h"
#include "nfhad.h"
#include "possession.h"
#include "protection.h"
#include "record.h"
#include "recovery.h"
#include "retry.h"
#include "source.h"
#include "spares.h"
#include "standby.h"
#include "start.h"
#include "state.h"
#include "store.h"

/* What is known of who takes over. */
#define WHY_MAX (NFHAD_CAUSE_MAX - 48)

/* How often it is said that there is no backup. */
#define SAY_US 10000000ULL

/* Backups that fail one after the other are not tried faster than this. */
#define FIRST_US 200000ULL
#define LAST_US 10000000ULL

/**
 * struct nfhad_recovery - of an instance that has failed
 * @holder: who has the log: the master, or the backup that is to take over
 * @master: who had it first; for messages
 * @from: what to make a backup of; neither image nor afresh: there is nothing
 * @loading: at it, or NULL
 * @runs: @holder had a process when it was to get the addresses of its service
 * @timer: says that there is no backup, or waits before the next one
 * @number: the lower, the longer it waits
 * @waits: for @timer, whoever is ready before
 * @comes: a standby of another one is given up for it
 * @refused: it has been decided that nobody can take over now
 * @why: it is this backup, or there is none
 * @failures: backups that failed in a row, and recoveries before this one
 * @began_us: when, monotonic
 */
struct nfhad_recovery {
	struct nfhad_instance *holder;
	const char *master;
	struct nfhad_source from;
	struct nfhad_loading *loading;
	bool runs;
	sd_event_source *timer;
	uint64_t number;
	bool waits;
	bool comes;
	bool refused;
	char why[WHY_MAX];
	unsigned int failures;
	uint64_t began_us;
};

/* The loop's time is that of its last turn, in which all of this may happen. */
static uint64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

static void recovery_free(struct nfhad_recovery *r)
{
	nfhad_loading_cancel(r->loading);
	sd_event_source_disable_unref(r->timer);
	nfhad_image_put(r->from.image);
	free(r);
}

static void timer_set(struct nfhad_recovery *r, uint64_t in_us)
{
	sd_event_source_set_time_relative(r->timer, in_us);
	sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
}

static void wait_for_next(struct nfhad_recovery *r)
{
	r->waits = true;
	timer_set(r, nfhad_retry_wait_us(r->failures, FIRST_US, LAST_US));
}

static struct nfhad_instance *standby_of(struct nfhad_recovery *r)
{
	struct nfhad_instance *standby;

	if (!r->from.image)
		return NULL;
	standby = nfhad_standby_take(r->holder->service, &r->from.image,
				     &r->loading);
	if (standby)
		snprintf(r->why, sizeof(r->why),
			 "it was its standby, and has the checkpoint");
	return standby;
}

/* A standby that has another checkpoint is as good as an idle one, after it has
 * been cleaned; that one comes by nfhad_recovery_retry(). One of a master that works is
 * left to it if there is another way.
 */
static struct nfhad_instance *backup_of(struct nfhad_recovery *r)
{
	struct nfhad_instance *backup = standby_of(r);

	if (backup)
		return backup;
	r->comes = nfhad_standby_dismiss(r->holder, false);
	backup = nfhad_spares_backup(r->holder, r->why, sizeof(r->why));
	if (!backup && nfhad_standby_dismiss(r->holder, true))
		r->comes = true;
	return backup;
}

/* It has the log, and keeps it until the next one has got it. A checkpoint that is
 * damaged is so for all, and to an older one the log does not belong.
 */
static void backup_failed(struct nfhad_recovery *r, int error)
{
	nfhad_log_instance(LOG_ERR, r->holder, "cannot take over: %s",
			   strerror(-error));
	nfhad_decision_instance(r->holder, NFHAD_ACTION_FAIL,
				"it cannot take over: %s", strerror(-error));
	if (error == -EBADMSG) {
		nfhad_image_put(r->from.image);
		r->from.image = NULL;
	}
	nfhad_possession_release(r->holder);
	nfhad_state_set(r->holder, NFHAD_INSTANCE_FAILED);
	r->failures++;
	wait_for_next(r);
}

int nfhad_recovery_plug(struct nfhad_instance *instance)
{
	struct nfha_epoch epoch;
	int ret = nfhad_kernel_epoch(instance, &epoch);

	if (ret)
		return ret;
	if (epoch.flags & NFHA_RECOVERY_FLAGS_FENCED)
		return -ENETDOWN;
	return epoch.flags & NFHA_RECOVERY_FLAGS_PLUGGED ? 0 : -ESTALE;
}

/* There are drivers to which one without a process is as good. */
static int resume(const struct nfhad_recovery *r)
{
	struct nfhad_instance *backup = r->holder;
	int ret = nfhad_recovery_plug(backup);

	if (!ret && r->runs && !backup->process)
		ret = -ECHILD;
	if (ret || !r->from.image)
		return ret;
	return backup->service->driver->resume(backup);
}

/* The backup lives: it is the active instance from here on. */
static void take_over(struct nfhad_recovery *r)
{
	struct nfhad_instance *backup = r->holder;
	struct nfhad_instance *owner = r->from.owner;
	struct nfhad_image *image = r->from.image;
	int ret = resume(r);

	if (ret) {
		backup_failed(r, ret);
		return;
	}
	r->from.image = NULL;
	backup->recovery = NULL;
	backup->relapses = r->failures + 1;
	nfhad_log_instance(LOG_NOTICE, backup,
			   "has taken over from %s in %llu us", r->master,
			   (unsigned long long)(clock_us() - r->began_us));
	nfhad_decision_instance(backup, NFHAD_ACTION_TAKE_OVER,
				"from %s, %llu us after its failure; %s",
				r->master,
				(unsigned long long)(clock_us() - r->began_us),
				r->why);
	recovery_free(r);
	nfhad_instance_take_over(backup, owner, image);
}

static void load(struct nfhad_recovery *r);

static void on_possessed(void *data, int error)
{
	struct nfhad_recovery *r = data;

	if (error)
		backup_failed(r, error);
	else if (r->from.afresh)
		load(r);
	else
		take_over(r);
}

/* What the log has for these addresses is delivered when the plug opens, and what comes for
 * them beside the log comes from here on: its state has to be there. One that begins afresh
 * has none, and may want to listen there.
 */
static int possess(struct nfhad_recovery *r)
{
	r->runs = r->holder->process;
	return nfhad_possession_claim(r->holder, on_possessed, r);
}

static void on_loaded(void *data, int error)
{
	struct nfhad_recovery *r = data;

	r->loading = NULL;
	error = error ?: possess(r);
	if (!error)
		take_over(r);
	else if (error != -EINPROGRESS)
		backup_failed(r, error);
}

/* Returns 0 if it lives, or -EINPROGRESS. */
static int make(struct nfhad_recovery *r)
{
	struct nfhad_instance *backup = r->holder;
	int ret;

	if (backup->state == NFHAD_INSTANCE_STANDBY)
		return 0;
	nfhad_state_set(backup, NFHAD_INSTANCE_LOADING);
	if (r->from.afresh)
		return possess(r) ?: nfhad_instance_launch(backup,
							   r->from.owner->config);
	if (r->loading) {
		nfhad_loading_pass(r->loading, on_loaded, r);
		return -EINPROGRESS;
	}
	ret = nfhad_loading_start(backup, r->from.image, on_loaded, r,
				  &r->loading);
	return ret ?: -EINPROGRESS;
}

static void load(struct nfhad_recovery *r)
{
	int ret;

	sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	ret = make(r) ?: possess(r);
	if (!ret)
		take_over(r);
	else if (ret != -EINPROGRESS)
		backup_failed(r, ret);
}

static void log_pass(struct nfhad_recovery *r, struct nfhad_instance *to)
{
	r->holder->recovery = NULL;
	r->refused = false;
	r->holder = to;
	to->recovery = r;
	nfhad_record_save(to->service);
}

/* The backup is plugged first, so that it gets nothing before it is there. */
static int hand_over(struct nfhad_recovery *r, struct nfhad_instance *backup)
{
	struct nfha_takeover takeover;
	int ret;

	ret = nfhad_kernel_begin(backup);
	if (ret)
		return ret;
	ret = nfhad_kernel_failover(r->holder, backup, &takeover);
	if (ret) {
		nfhad_kernel_abort(backup, 0);
		return ret;
	}
	nfhad_log_instance(LOG_NOTICE, r->holder,
			   "fenced; %s has its log of %llu packets%s",
			   backup->config->name,
			   (unsigned long long)takeover.replayed,
			   takeover.complete ? "" : ", which is incomplete");
	log_pass(r, backup);
	return 0;
}

static void say_what_is_missing(struct nfhad_recovery *r, const char *what,
				const char *why)
{
	nfhad_log_instance(LOG_ALERT, r->holder,
			   "%s%s; its input waits in the log up to its limit",
			   what, why);
	if (!r->refused)
		nfhad_decision_instance(r->holder, NFHAD_ACTION_REFUSE,
					"nobody takes over: %s%s", what, why);
	r->refused = true;
}

static void say_nothing_left(struct nfhad_recovery *r)
{
	char why[WHY_MAX + 4];

	if (!nfhad_source_is_there(&r->from)) {
		say_what_is_missing(r, "there is no checkpoint to recover from", "");
	} else if (r->comes) {
		nfhad_log_instance(LOG_NOTICE, r->holder,
				   "a standby is given up for it, and its input waits in the log");
	} else {
		snprintf(why, sizeof(why), " (%s)", r->why);
		say_what_is_missing(r, "there is no backup left", why);
	}
	timer_set(r, SAY_US);
}

/* A backup that cannot have the log has something wrong, and is made ready anew. */
static bool hand_on(struct nfhad_recovery *r)
{
	struct nfhad_instance *backup;
	bool refused = false;

	r->comes = false;
	while (nfhad_source_is_there(&r->from) && (backup = backup_of(r))) {
		if (!hand_over(r, backup)) {
			sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
			return true;
		}
		nfhad_loading_cancel(r->loading);
		r->loading = NULL;
		nfhad_cleaning_start(backup);
		refused = true;
	}
	if (refused) {
		r->failures++;
		wait_for_next(r);
	}
	return false;
}

/* What it has sent already, the end of a connection perhaps, would go out with its first
 * epoch. Only another one that takes over lets it be forgotten.
 */
static bool can_stay(const struct nfhad_recovery *r)
{
	struct nfha_epoch epoch;

	return nfhad_source_is_there(&r->from) && !nfhad_recovery_plug(r->holder) &&
	       !nfhad_kernel_epoch(r->holder, &epoch) &&
	       (epoch.recovery != NFHA_RECOVERY_BUFFER || !epoch.hold.packets);
}

/* A backup that has failed may do better when it has been cleaned. It keeps the log and
 * its plug, and the next one that is idle is still preferred.
 */
static void stay(struct nfhad_recovery *r)
{
	if (can_stay(r))
		nfhad_cleaning_start(r->holder);
	else
		say_nothing_left(r);
}

/* Fence, then backup, then whatever is left to do: nobody waits for that. The recovery
 * may be over when the backup is loaded.
 */
static void try_next(struct nfhad_recovery *r)
{
	struct nfhad_instance *failed = r->holder;

	r->waits = false;
	if (!hand_on(r)) {
		if (!r->waits)
			stay(r);
		return;
	}
	load(r);
	nfhad_cleaning_start(failed);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	try_next(data);
	return 0;
}

static struct nfhad_recovery *recovery_new(struct nfhad_instance *master)
{
	static uint64_t last;
	sd_event *event = master->service->nfhad->event;
	struct nfhad_recovery *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->holder = master;
	r->master = master->config->name;
	r->number = ++last;
	r->failures = master->relapses;
	r->began_us = clock_us();
	if (sd_event_add_time(event, &r->timer, CLOCK_MONOTONIC, UINT64_MAX,
			      1000, on_timer, r) < 0) {
		free(r);
		return NULL;
	}
	master->recovery = r;
	return r;
}

void nfhad_recovery_start(struct nfhad_instance *master, const char *why)
{
	struct nfhad_recovery *r;
	bool handed_on;

	/* Before all else; it may be fenced already. */
	nfhad_kernel_fence(master);
	nfhad_possession_release(master);
	nfhad_decision_instance(master, NFHAD_ACTION_FAIL, "%s", why);
	r = recovery_new(master);
	if (!r) {
		nfhad_log_instance(LOG_ALERT, master, "no memory for a recovery");
		return;
	}
	nfhad_source_find(master, &r->from);
	/* What kills it may be in the log. */
	if (r->failures > 1) {
		nfhad_log_instance(LOG_WARNING, master,
				   "has failed, and %u before it, since there was a checkpoint: the next one waits",
				   r->failures);
		wait_for_next(r);
	}
	handed_on = !r->waits && hand_on(r);
	if (handed_on)
		load(r);
	nfhad_protection_stop(master);
	if (handed_on)
		nfhad_cleaning_start(master);
	else if (!r->waits)
		say_nothing_left(r);
}

void nfhad_recovery_resume(struct nfhad_instance *holder,
			   const struct nfhad_source *source)
{
	struct nfhad_recovery *r = recovery_new(holder);

	if (!r) {
		nfhad_log_instance(LOG_ALERT, holder, "no memory for a recovery");
		nfhad_image_put(source->image);
		return;
	}
	r->from = *source;
	if (source->afresh)
		nfhad_source_say_afresh(holder);
	try_next(r);
}

bool nfhad_recovery_source(const struct nfhad_instance *holder,
			   struct nfhad_instance **owner, uint64_t *number)
{
	const struct nfhad_recovery *r = holder->recovery;

	*owner = r->from.owner;
	*number = r->from.image ? r->from.image->number : 0;
	return nfhad_source_is_there(&r->from);
}

/* Of those who wait for a backup, the next after one. */
static struct nfhad_recovery *waiting(const struct nfhad_service *service,
				      uint64_t after)
{
	struct nfhad_recovery *next = NULL;
	size_t n;

	for (n = 0; n < service->instances; n++) {
		const struct nfhad_instance *i = &service->instance[n];

		/* Who has taken over has none any more: take_over() clears that of its
		 * holder, and clang does not see that it is this one's.
		 */
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		if (!i->recovery || i->recovery->waits ||
		    (i->state != NFHAD_INSTANCE_FAILED &&
		     i->state != NFHAD_INSTANCE_CLEANING))
			continue;
		if (i->recovery->number > after &&
		    (!next || i->recovery->number < next->number))
			next = i->recovery;
	}
	return next;
}

/* Who has waited longest comes first: masters share their backups. */
void nfhad_recovery_retry(struct nfhad_service *service)
{
	struct nfhad_recovery *r;
	uint64_t number = 0;

	while ((r = waiting(service, number))) {
		number = r->number;
		try_next(r);
	}
}

void nfhad_recovery_stop(struct nfhad_instance *holder)
{
	if (!holder->recovery)
		return;
	nfhad_possession_withdraw(holder);
	recovery_free(holder->recovery);
	holder->recovery = NULL;
}

static void begin_anew(struct nfhad_instance *holder)
{
	nfhad_recovery_stop(holder);
	nfhad_state_set(holder, NFHAD_INSTANCE_UNKNOWN);
	nfhad_start_begin(holder, "somebody has made it anew in the module");
}

void nfhad_recovery_cleaned(struct nfhad_instance *holder)
{
	struct nfhad_recovery *r = holder->recovery;

	nfhad_state_set(holder, NFHAD_INSTANCE_FAILED);
	if (!nfhad_source_is_there(&r->from))
		begin_anew(holder);
	else if (can_stay(r))
		load(r);
	else
		say_nothing_left(r);
}

void nfhad_recovery_renewed(struct nfhad_instance *holder)
{
	struct nfha_epoch epoch;

	if (!holder->recovery || holder->state != NFHAD_INSTANCE_FAILED ||
	    nfhad_kernel_epoch(holder, &epoch) ||
	    (epoch.flags & (NFHA_RECOVERY_FLAGS_FENCED |
			    NFHA_RECOVERY_FLAGS_PLUGGED)))
		return;
	/* The log that a checkpoint was for has gone with it. */
	nfhad_image_put(holder->recovery->from.image);
	holder->recovery->from = (struct nfhad_source){ .owner = holder };
	nfhad_log_instance(LOG_NOTICE, holder, "was made anew, and begins anew");
	if (holder->process)
		nfhad_cleaning_start(holder);
	else
		begin_anew(holder);
}
