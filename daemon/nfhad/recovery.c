// SPDX-License-Identifier: GPL-2.0-or-later
/* From a failure to a backup that has taken over (ETSI GS NFV-REL 002, 6.3.2). */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "checkpoint.h"
#include "cleaning.h"
#include "driver.h"
#include "instance.h"
#include "kernel.h"
#include "loading.h"
#include "nfhad.h"
#include "process.h"
#include "record.h"
#include "recovery.h"
#include "standby.h"
#include "store.h"

/* How often it is said that there is no backup. */
#define SAY_US 10000000ULL

/* Backups that fail one after the other are not tried faster than this. */
#define PAUSE_US 200000ULL

/**
 * struct nfhad_recovery - of an instance that has failed
 * @holder: who has the log: the master, or the backup that is to take over
 * @master: who had it first; for messages
 * @image: to load, or NULL: there is none
 * @owner: whose it is
 * @loading: at it, or NULL
 * @timer: says that there is no backup, or waits before the next one
 * @began_us: when, monotonic
 */
struct nfhad_recovery {
	struct nfhad_instance *holder;
	const char *master;
	struct nfhad_image *image;
	struct nfhad_instance *owner;
	struct nfhad_loading *loading;
	sd_event_source *timer;
	uint64_t began_us;
};

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
	nfhad_image_put(r->image);
	free(r);
}

static void timer_set(struct nfhad_recovery *r, uint64_t in_us)
{
	sd_event_source_set_time(r->timer, clock_us() + in_us);
	sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
}

static struct nfhad_instance *idle_backup(const struct nfhad_recovery *r)
{
	struct nfhad_service *service = r->holder->service;
	size_t n;

	for (n = 0; n < service->instances; n++)
		if (service->instance[n].state == NFHAD_INSTANCE_IDLE)
			return &service->instance[n];
	return NULL;
}

/* A standby that has another checkpoint is as good as an idle one, after it has
 * been cleaned; that one comes by nfhad_recovery_retry().
 */
static struct nfhad_instance *backup_of(const struct nfhad_recovery *r)
{
	struct nfhad_instance *standby;

	standby = nfhad_standby_take(r->holder->service, r->image);
	if (standby)
		return standby;
	nfhad_standby_dismiss(r->holder->service);
	return idle_backup(r);
}

/* It has the log, and keeps it until the next one has got it. A checkpoint that is
 * damaged is so for all, and to an older one the log does not belong.
 */
static void backup_failed(struct nfhad_recovery *r, int error)
{
	nfhad_log_instance(LOG_ERR, r->holder, "cannot take over: %s",
			   strerror(-error));
	if (error == -EBADMSG) {
		nfhad_image_put(r->image);
		r->image = NULL;
	}
	r->holder->state = NFHAD_INSTANCE_FAILED;
	timer_set(r, PAUSE_US);
}

/* A plug that the dead man has opened has let input pass to nobody. */
static int plug_check(struct nfhad_instance *backup)
{
	struct nfha_epoch epoch;
	int ret = nfhad_kernel_epoch(backup, &epoch);

	if (ret)
		return ret;
	if (epoch.flags & NFHA_RECOVERY_FLAGS_FENCED)
		return -ENETDOWN;
	return epoch.flags & NFHA_RECOVERY_FLAGS_PLUGGED ? 0 : -ESTALE;
}

/* The backup lives: it is the active instance from here on. */
static void take_over(struct nfhad_recovery *r)
{
	struct nfhad_instance *backup = r->holder;
	struct nfhad_instance *owner = r->owner;
	struct nfhad_image *image = r->image;
	int ret;

	ret = plug_check(backup);
	ret = ret ?: backup->service->driver->resume(backup);
	if (ret) {
		backup_failed(r, ret);
		return;
	}
	r->image = NULL;
	backup->recovery = NULL;
	nfhad_log_instance(LOG_NOTICE, backup,
			   "has taken over from %s in %llu us", r->master,
			   (unsigned long long)(clock_us() - r->began_us));
	recovery_free(r);
	nfhad_instance_take_over(backup, owner, image);
}

static void on_loaded(void *data, int error)
{
	struct nfhad_recovery *r = data;

	r->loading = NULL;
	if (error)
		backup_failed(r, error);
	else
		take_over(r);
}

static void load(struct nfhad_recovery *r)
{
	int ret;

	if (r->holder->state == NFHAD_INSTANCE_STANDBY) {
		take_over(r);
		return;
	}
	r->holder->state = NFHAD_INSTANCE_LOADING;
	ret = r->image ? nfhad_loading_start(r->holder, r->image, on_loaded, r,
					     &r->loading) : -ENODATA;
	if (ret)
		backup_failed(r, ret);
}

static void log_pass(struct nfhad_recovery *r, struct nfhad_instance *to)
{
	r->holder->recovery = NULL;
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

static void say_nothing_left(struct nfhad_recovery *r)
{
	nfhad_log_instance(LOG_ALERT, r->holder,
			   "%s; its input waits in the log up to its limit",
			   r->image ? "there is no backup left" :
				      "there is no checkpoint to recover from");
	timer_set(r, SAY_US);
}

/* A backup that cannot have the log has something wrong, and is made ready anew. */
static bool hand_on(struct nfhad_recovery *r)
{
	struct nfhad_instance *backup;

	while (r->image && (backup = backup_of(r))) {
		if (!hand_over(r, backup)) {
			sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
			return true;
		}
		nfhad_cleaning_start(backup);
	}
	say_nothing_left(r);
	return false;
}

/* Fence, then backup, then whatever is left to do: nobody waits for that. The recovery
 * may be over when the backup is loaded.
 */
static void try_next(struct nfhad_recovery *r)
{
	struct nfhad_instance *failed = r->holder;

	if (!hand_on(r))
		return;
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
	sd_event *event = master->service->nfhad->event;
	struct nfhad_recovery *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->holder = master;
	r->master = master->config->name;
	r->began_us = clock_us();
	if (sd_event_add_time(event, &r->timer, CLOCK_MONOTONIC, UINT64_MAX,
			      1000, on_timer, r) < 0) {
		free(r);
		return NULL;
	}
	master->recovery = r;
	return r;
}

void nfhad_recovery_start(struct nfhad_instance *master)
{
	struct nfhad_recovery *r = recovery_new(master);
	bool handed_on;

	if (!r) {
		nfhad_log_instance(LOG_ALERT, master, "no memory for a recovery");
		return;
	}
	/* Before all else; it may be fenced already. */
	nfhad_kernel_fence(master);
	r->image = nfhad_checkpoint_settle(master);
	r->owner = master->base ?: master;
	handed_on = hand_on(r);
	if (handed_on)
		load(r);
	nfhad_instance_end(master);
	if (handed_on)
		nfhad_cleaning_start(master);
}

void nfhad_recovery_resume(struct nfhad_instance *holder,
			   struct nfhad_instance *owner,
			   struct nfhad_image *image)
{
	struct nfhad_recovery *r = recovery_new(holder);

	if (!r) {
		nfhad_log_instance(LOG_ALERT, holder, "no memory for a recovery");
		nfhad_image_put(image);
		return;
	}
	r->image = image;
	r->owner = owner;
	if (holder->state == NFHAD_INSTANCE_FAILED)
		try_next(r);
	else
		load(r);
}

bool nfhad_recovery_source(const struct nfhad_instance *holder,
			   struct nfhad_instance **owner, uint64_t *number)
{
	const struct nfhad_recovery *r = holder->recovery;

	if (!r->image)
		return false;
	*owner = r->owner;
	*number = r->image->number;
	return true;
}

void nfhad_recovery_retry(struct nfhad_service *service)
{
	size_t n;

	for (n = 0; n < service->instances; n++) {
		struct nfhad_instance *i = &service->instance[n];

		if (i->recovery && i->state == NFHAD_INSTANCE_FAILED)
			try_next(i->recovery);
	}
}

void nfhad_recovery_stop(struct nfhad_instance *holder)
{
	if (holder->recovery)
		recovery_free(holder->recovery);
	holder->recovery = NULL;
}
