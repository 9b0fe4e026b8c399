// SPDX-License-Identifier: GPL-2.0-or-later
/* The cut (ETSI GS NFV-REL 002, 6.3.2 and 6.3.3): begin, save, cut, store, commit. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "checkpoint.h"
#include "decision.h"
#include "driver.h"
#include "health.h"
#include "instance.h"
#include "kernel.h"
#include "late.h"
#include "nfhad.h"
#include "spares.h"
#include "standby.h"
#include "store.h"

enum step {
	STEP_IDLE,	/* waits for @timer */
	STEP_SAVING,	/* the driver is at it */
	STEP_STORING,	/* the store is at it */
	STEP_LOADING,	/* the standby is at it, and the commit waits */
};

/**
 * struct nfhad_checkpoint_ask - somebody waits for a checkpoint
 * @others: for one of the same instance
 * @begun: for the one that is being made, not for the next
 * @fn: told
 * @data: for @fn
 */
struct nfhad_checkpoint_ask {
	LIST_ENTRY(nfhad_checkpoint_ask) others;
	bool begun;
	void (*fn)(void *data, int error, uint64_t epoch);
	void *data;
};

/**
 * struct nfhad_checkpoint - makes the checkpoints of an instance
 * @save: for the driver
 * @instance: whose
 * @step: of the one that is being made
 * @image: of the one that is being made, or NULL
 * @newest: that counts, or NULL; its own or of the instance that it was made of
 * @begun: the plug is in
 * @epoch: that was cut, 0: not yet
 * @began_us: when it began, monotonic
 * @plugged_us: when the plug went in, monotonic
 * @timer: until the next one begins
 * @deadline: until this one has failed
 * @soon: the next one begins at once
 * @held: none begins
 * @late: those that fail
 * @asks: who waits
 */
struct nfhad_checkpoint {
	struct nfhad_save save;
	struct nfhad_instance *instance;
	enum step step;
	struct nfhad_image *image;
	struct nfhad_image *newest;
	bool begun;
	uint64_t epoch;
	uint64_t began_us;
	uint64_t plugged_us;
	sd_event_source *timer;
	sd_event_source *deadline;
	bool soon;
	bool held;
	struct nfhad_late late;
	LIST_HEAD(, nfhad_checkpoint_ask) asks;
};

static const struct nfhad_service_config *
config_of(const struct nfhad_checkpoint *c)
{
	return c->instance->service->config;
}

static uint64_t now_us(const struct nfhad_checkpoint *c)
{
	uint64_t now = 0;

	sd_event_now(c->instance->service->nfhad->event, CLOCK_MONOTONIC, &now);
	return now;
}

/* The loop's time is that of its last turn. */
static uint64_t clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

static void timer_set(struct nfhad_checkpoint *c, uint64_t usec)
{
	sd_event_source_set_time(c->timer, usec);
	sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT);
}

static void deadline_set(struct nfhad_checkpoint *c)
{
	sd_event_source_set_time_relative(c->deadline,
					  config_of(c)->timeout_ms * 1000ULL);
	sd_event_source_set_enabled(c->deadline, SD_EVENT_ONESHOT);
}

static uint64_t next_us(const struct nfhad_checkpoint *c)
{
	uint64_t late_us = nfhad_late_wait_us(&c->late);

	if (c->soon)
		return 0;
	if (late_us)
		return now_us(c) + late_us;
	return c->began_us + config_of(c)->interval_ms * 1000ULL;
}

static void rest(struct nfhad_checkpoint *c)
{
	sd_event_source_set_enabled(c->deadline, SD_EVENT_OFF);
	c->step = STEP_IDLE;
	c->begun = false;
	c->epoch = 0;
	timer_set(c, next_us(c));
	c->soon = false;
}

/* Whoever is told may ask again: for the next one. */
static void asks_tell(struct nfhad_checkpoint *c, bool all, int error,
		      uint64_t epoch)
{
	struct nfhad_checkpoint_ask *ask = LIST_FIRST(&c->asks);
	struct nfhad_checkpoint_ask *next;

	for (; ask; ask = next) {
		next = LIST_NEXT(ask, others);
		if (!all && !ask->begun)
			continue;
		LIST_REMOVE(ask, others);
		ask->fn(ask->data, error, epoch);
		free(ask);
	}
}

static void asks_begin(struct nfhad_checkpoint *c)
{
	struct nfhad_checkpoint_ask *ask;

	LIST_FOREACH(ask, &c->asks, others)
		ask->begun = true;
}

/* One that has been cut is given up by its number, and its output joins the
 * next; of one that has not, the plug is opened.
 */
static void undo(struct nfhad_checkpoint *c)
{
	if (c->epoch)
		nfhad_kernel_abort(c->instance, c->epoch);
	else if (c->begun)
		nfhad_kernel_abort(c->instance, 0);
	nfhad_image_put(c->image);
	c->image = NULL;
	nfhad_health_resume(c->instance->health);
}

static void fail(struct nfhad_checkpoint *c, int error, const char *where)
{
	nfhad_late_failed(&c->late, c->instance, error, where);
	undo(c);
	rest(c);
	asks_tell(c, false, error, 0);
	if (error == -EOWNERDEAD)
		nfhad_instance_failed(c->instance,
				      "a checkpoint has left it in disorder");
}

/* Another one that works may count on the same backup. */
static bool is_next(const struct nfhad_instance *backup)
{
	const struct nfhad_service *service = backup->service;
	size_t n;

	for (n = 0; n < service->instances; n++)
		if (service->instance[n].next == backup &&
		    nfhad_instance_works(&service->instance[n]))
			return true;
	return false;
}

/* Of a backup that is idle, what can be is done ahead. So it is for the one that takes
 * over while a standby is made ready for the next checkpoint.
 */
static void announce(struct nfhad_checkpoint *c)
{
	struct nfhad_instance *instance = c->instance, *before = instance->next;
	const struct nfhad_driver *driver = instance->service->driver;
	char why[NFHAD_CAUSE_MAX + 1];

	if (!driver->expect)
		return;
	instance->next = nfhad_spares_backup(instance, why, sizeof(why));
	if (before && !is_next(before))
		driver->expect(before, NULL);
	if (instance->next)
		driver->expect(instance->next, c->newest);
}

static void committed_count(const struct nfhad_checkpoint *c)
{
	struct nfhad_tally *tally = &c->instance->tally;

	tally->checkpoints++;
	tally->checkpoint_us = clock_us(CLOCK_MONOTONIC) - c->began_us;
	tally->checkpoint_at_us = clock_us(CLOCK_REALTIME);
}

static void accept_image(struct nfhad_checkpoint *c)
{
	committed_count(c);
	nfhad_late_counted(&c->late, c->instance);
	nfhad_image_put(c->newest);
	c->newest = c->image;
	c->image = NULL;
	nfhad_instance_committed(c->instance);
	announce(c);
	rest(c);
	asks_tell(c, false, 0, c->newest->epoch);
}

/* An answer that is lost says nothing: it is the kernel that knows. What it has not
 * committed is not to be found when it has come to this number in another life.
 */
static int commit_epoch(struct nfhad_checkpoint *c)
{
	int ret = nfhad_kernel_commit(c->instance, c->epoch);
	struct nfha_epoch epoch;

	if (!ret || nfhad_kernel_epoch(c->instance, &epoch))
		return ret;
	if (epoch.committed == c->epoch)
		return 0;
	nfhad_image_drop(c->image);
	return ret;
}

static void commit(struct nfhad_checkpoint *c)
{
	int ret = commit_epoch(c);

	if (ret)
		fail(c, ret, "commit");
	else
		accept_image(c);
}

static void on_standby(void *data, int error)
{
	struct nfhad_checkpoint *c = data;

	if (error)
		nfhad_log_instance(LOG_WARNING, c->instance,
				   "the standby does not have the checkpoint: %s",
				   strerror(-error));
	commit(c);
}

static void on_stored(void *data, int error)
{
	struct nfhad_checkpoint *c = data;

	if (error) {
		fail(c, error, "store");
		return;
	}
	c->step = STEP_LOADING;
	if (nfhad_standby_offer(c->instance, c->image, on_standby, c))
		deadline_set(c);
	else if (c->step == STEP_LOADING)
		commit(c);
}

static void on_saved(struct nfhad_save *save, int error)
{
	struct nfhad_checkpoint *c = (struct nfhad_checkpoint *)save;
	const struct nfhad_driver *driver = c->instance->service->driver;

	nfhad_health_resume(c->instance->health);
	if (!error && !c->epoch)
		error = -EPROTO;
	if (error) {
		fail(c, error, "save");
		return;
	}
	c->image->epoch = c->epoch;
	c->step = STEP_STORING;
	error = nfhad_image_store(c->image, driver->prepare,
				  (void *)c->save.parent,
				  config_of(c)->timeout_ms * 1000ULL,
				  on_stored, c);
	if (error)
		fail(c, error, "store");
}

static int on_begin(struct nfhad_save *save)
{
	struct nfhad_checkpoint *c = (struct nfhad_checkpoint *)save;
	int ret = nfhad_kernel_begin(c->instance);

	/* Of an earlier one that could not be given up. */
	if (ret && !nfhad_kernel_abort(c->instance, 0))
		ret = nfhad_kernel_begin(c->instance);
	c->begun = !ret;
	c->plugged_us = clock_us(CLOCK_MONOTONIC);
	return ret;
}

static int on_cut(struct nfhad_save *save)
{
	struct nfhad_checkpoint *c = (struct nfhad_checkpoint *)save;
	int ret = nfhad_kernel_cut(c->instance, &c->epoch);

	if (!ret)
		c->instance->tally.plug_us =
			clock_us(CLOCK_MONOTONIC) - c->plugged_us;
	return ret;
}

static int image_new(struct nfhad_checkpoint *c)
{
	struct nfhad_instance *i = c->instance;

	return nfhad_image_new(i->service->nfhad->store, config_of(c)->name,
			       i->config->name, i->service->driver->name,
			       &c->image);
}

static void begin(struct nfhad_checkpoint *c)
{
	int ret;

	c->began_us = now_us(c);
	c->step = STEP_SAVING;
	asks_begin(c);
	ret = image_new(c);
	if (ret) {
		fail(c, ret, "store");
		return;
	}
	deadline_set(c);
	nfhad_health_pause(c->instance->health);
	c->save.image = c->image;
	/* Nothing is incremental to somebody else's. */
	c->save.parent = c->instance->base ? NULL : c->newest;
	ret = c->instance->service->driver->save(&c->save);
	if (ret)
		fail(c, ret, "save");
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_checkpoint *c = data;

	(void)source;
	(void)usec;
	if (c->step == STEP_IDLE && !c->held)
		begin(c);
	return 0;
}

/* Storing has a time limit of its own. A standby that is late is not waited for. */
static int on_deadline(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_checkpoint *c = data;
	int ret;

	(void)source;
	(void)usec;
	if (c->step == STEP_LOADING) {
		nfhad_standby_withdraw(c->instance);
		on_standby(c, -ETIMEDOUT);
	}
	if (c->step != STEP_SAVING)
		return 0;
	ret = c->instance->service->driver->cancel(&c->save);
	fail(c, ret == -EOWNERDEAD ? ret : -ETIMEDOUT, "save");
	return 0;
}

static int sources_add(struct nfhad_checkpoint *c)
{
	sd_event *event = c->instance->service->nfhad->event;
	int ret;

	ret = sd_event_add_time(event, &c->timer, CLOCK_MONOTONIC, 0, 1,
				on_timer, c);
	if (ret < 0)
		return ret;
	ret = sd_event_add_time(event, &c->deadline, CLOCK_MONOTONIC,
				UINT64_MAX, 1000, on_deadline, c);
	return ret < 0 ? ret : 0;
}

static void checkpoint_free(struct nfhad_checkpoint *c)
{
	sd_event_source_disable_unref(c->timer);
	sd_event_source_disable_unref(c->deadline);
	free(c);
}

int nfhad_checkpoint_start(struct nfhad_instance *instance,
			   struct nfhad_image *base)
{
	struct nfhad_checkpoint *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	c->instance = instance;
	nfhad_late_begin(&c->late);
	c->save = (struct nfhad_save){
		.instance = instance,
		.begin = on_begin,
		.cut = on_cut,
		.done = on_saved,
	};
	ret = sources_add(c);
	if (ret) {
		checkpoint_free(c);
		return ret;
	}
	c->newest = base;
	instance->checkpoint = c;
	return 0;
}

bool nfhad_checkpoint_fails(const struct nfhad_instance *instance)
{
	return instance->checkpoint && instance->checkpoint->late.failures;
}

void nfhad_checkpoint_soon(struct nfhad_instance *instance)
{
	struct nfhad_checkpoint *c = instance->checkpoint;

	if (!c)
		return;
	if (c->step == STEP_IDLE)
		timer_set(c, 0);
	else
		c->soon = true;
}

struct nfhad_checkpoint_ask *
nfhad_checkpoint_ask(struct nfhad_instance *instance,
		     void (*fn)(void *data, int error, uint64_t epoch),
		     void *data)
{
	struct nfhad_checkpoint_ask *ask = calloc(1, sizeof(*ask));

	if (!ask)
		return NULL;
	ask->fn = fn;
	ask->data = data;
	LIST_INSERT_HEAD(&instance->checkpoint->asks, ask, others);
	nfhad_checkpoint_soon(instance);
	return ask;
}

void nfhad_checkpoint_unask(struct nfhad_checkpoint_ask *ask)
{
	LIST_REMOVE(ask, others);
	free(ask);
}

void nfhad_checkpoint_hold(struct nfhad_instance *instance, bool hold)
{
	struct nfhad_checkpoint *c = instance->checkpoint;

	if (!c || c->held == hold)
		return;
	c->held = hold;
	if (!hold)
		nfhad_checkpoint_soon(instance);
}

/* The commit of what is stored need not wait any more. */
static void commit_stored(struct nfhad_checkpoint *c)
{
	if (c->step != STEP_LOADING)
		return;
	nfhad_standby_withdraw(c->instance);
	if (!commit_epoch(c))
		accept_image(c);
}

struct nfhad_image *nfhad_checkpoint_settle(struct nfhad_instance *instance)
{
	struct nfhad_checkpoint *c = instance->checkpoint;
	struct nfhad_image *newest;

	if (!c)
		return NULL;
	commit_stored(c);
	newest = c->newest;
	c->newest = NULL;
	return newest;
}

static void give_up(struct nfhad_checkpoint *c)
{
	if (c->step == STEP_SAVING)
		c->instance->service->driver->cancel(&c->save);
	nfhad_image_put(c->image);
}

/* What a driver does to an instance that lives it brings to its end when it is
 * detached. Of an instance that has failed nothing is undone in the kernel: its epochs
 * are not its own any more.
 */
void nfhad_checkpoint_stop(struct nfhad_instance *instance)
{
	struct nfhad_checkpoint *c = instance->checkpoint;

	if (!c)
		return;
	if (instance->state == NFHAD_INSTANCE_FAILED) {
		nfhad_standby_withdraw(instance);
		give_up(c);
	} else {
		commit_stored(c);
		undo(c);
	}
	nfhad_image_put(c->newest);
	instance->checkpoint = NULL;
	asks_tell(c, true, -ECANCELED, 0);
	checkpoint_free(c);
}
