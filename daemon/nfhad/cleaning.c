// SPDX-License-Identifier: GPL-2.0-or-later
/* What is left of an instance is removed, so that it can be a backup. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleaning.h"
#include "config_made.h"
#include "decision.h"
#include "driver.h"
#include "instance.h"
#include "job.h"
#include "kernel.h"
#include "making.h"
#include "netns.h"
#include "nfhad.h"
#include "possession.h"
#include "process.h"
#include "ranges.h"
#include "record.h"
#include "recovery.h"
#include "retry.h"
#include "said.h"
#include "state.h"
#include "stray.h"
#include "tcp.h"

#define LIMIT_US 10000000ULL
#define AGAIN_US 1000000ULL

/**
 * struct nfhad_cleaning - of an instance
 * @instance: the instance
 * @job: at it, or NULL
 * @timer: until it is tried again, or looked at
 * @removed: the instance has been taken out of the kernel
 * @old: and what it was there
 * @aborted: the connections of what still runs have been ended
 * @kills: how often that has been killed
 * @failures: in a row
 */
struct nfhad_cleaning {
	struct nfhad_instance *instance;
	struct nfhad_job *job;
	sd_event_source *timer;
	bool removed;
	struct nfha_instance old;
	bool aborted;
	unsigned int kills;
	unsigned int failures;
};

static void begin(struct nfhad_cleaning *c);

static void cleaning_free(struct nfhad_cleaning *c)
{
	c->instance->cleaning = NULL;
	nfhad_job_cancel(c->job);
	sd_event_source_disable_unref(c->timer);
	free(c);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	begin(data);
	return 0;
}

static void look_later(struct nfhad_cleaning *c)
{
	if (nfhad_retry_later(c->instance->service->nfhad->event, &c->timer,
			      AGAIN_US, on_timer, c))
		nfhad_log_instance(LOG_ALERT, c->instance, "no memory to clean it");
}

static bool may_be_missing(const struct nfhad_instance_config *config)
{
	return config->made || nfhad_config_is_attached(config);
}

static void retry_later(struct nfhad_cleaning *c, int error)
{
	const struct nfhad_instance_config *config = c->instance->config;
	char why[NFHAD_SAID_MAX];

	look_later(c);
	if (!nfhad_retry_is_said(++c->failures))
		return;
	if (error != -ENOENT || may_be_missing(config) ||
	    !nfhad_netns_missing(config->netns, why))
		nfhad_said(why, "%s", strerror(-error));
	nfhad_log_instance(LOG_ERR, c->instance,
			   "cannot be cleaned, %u tries in a row, one each second: %s",
			   c->failures, why);
	nfhad_decision_instance(c->instance, NFHAD_ACTION_RETRY,
				"cannot be cleaned, %u tries in a row: %s",
				c->failures, why);
}

static int renew(struct nfhad_cleaning *c)
{
	int ret = 0;

	if (!c->removed)
		ret = nfhad_kernel_remove(c->instance, &c->old);
	if (ret)
		return ret;
	c->removed = true;
	ret = nfhad_kernel_add(c->instance, &c->old);
	c->removed = ret;
	return ret;
}

/* What waits in it, or is held of it, is of nobody's interest: an idle device
 * has neighbours to look for, too. Epochs begin anew with a new life. A log that nobody
 * else has is not to be lost.
 */
static int stand_by(struct nfhad_cleaning *c)
{
	struct nfhad_instance *instance = c->instance;
	struct nfha_instance answer;
	struct nfha_epoch epoch;
	int ret;

	if (c->removed)
		return renew(c);
	if (instance->config->made && nfhad_ranges_get(instance, &answer) == -ENOENT)
		return 0;
	if (!instance->service->driver->save)
		return nfhad_ranges_forget(instance) ?:
		       nfhad_kernel_stand_by(instance);
	ret = nfhad_kernel_epoch(instance, &epoch);
	if (ret)
		return ret;
	if (!epoch.backup[0] && nfhad_kernel_owns(instance))
		return -EEXIST;
	if (epoch.flags || epoch.pending || epoch.committed ||
	    epoch.log.packets || epoch.hold.packets)
		return renew(c);
	return nfhad_kernel_stand_by(instance);
}

static void on_cleaned(void *data, int error)
{
	struct nfhad_cleaning *c = data;
	struct nfhad_instance *instance = c->instance;

	c->job = NULL;
	/* Its place in the kernel is the log's, if it has one. */
	if (!error && !instance->recovery)
		error = stand_by(c);
	if (error) {
		retry_later(c, error);
		return;
	}
	cleaning_free(c);
	instance->unmake = false;
	if (instance->recovery) {
		nfhad_recovery_cleaned(instance);
		return;
	}
	nfhad_state_set(instance, NFHAD_INSTANCE_IDLE);
	nfhad_record_save(instance->service);
	nfhad_instance_idle(instance);
}

/* What is launched has a process namespace of its own, and so has what is made of it
 * by criu.
 */
static bool is_apart(const struct nfhad_service_config *config)
{
	size_t n;

	for (n = 0; n < config->instances; n++)
		if (config->instance[n].pidfile)
			return false;
	return config->driver != NFHAD_DRIVER_EXEC;
}

static void said(const struct nfhad_cleaning *c, const char *what)
{
	if (nfhad_retry_is_said(c->failures + 1))
		nfhad_log_instance(LOG_ERR, c->instance, "%s", what);
}

/* What has to be there while it is at rest: a spare one has nothing until it is started. */
static int make_room(const struct nfhad_cleaning *c)
{
	const struct nfhad_instance *instance = c->instance;
	char what[NFHAD_SAID_MAX] = "";
	int ret;

	if (!instance->config->made || instance->config->role == NFHAD_ROLE_SPARE)
		return 0;
	ret = nfhad_making_make(instance->service->config->name,
				instance->config, what);
	if (ret)
		said(c, what);
	return ret;
}

/* Its start has failed, so nothing that was made for it is to stay. */
static int remove_room(const struct nfhad_cleaning *c)
{
	const struct nfhad_instance *instance = c->instance;
	char what[NFHAD_SAID_MAX] = "";
	int ret;

	if (!instance->config->made)
		return 0;
	ret = nfhad_making_remove(instance->service->config->name,
				  instance->config, what);
	if (ret)
		said(c, what);
	return ret;
}

static bool is_there(const struct nfhad_instance *instance)
{
	int netns = nfhad_netns_open(instance->config->netns);

	if (netns < 0)
		return false;
	close(netns);
	return true;
}

static int clean_namespace(struct nfhad_instance *instance)
{
	int ret;

	if (is_apart(instance->service->config))
		ret = nfhad_stray_kill(instance->config->netns);
	else
		ret = nfhad_stray_kill_all(instance->config->netns);
	if (!ret && nfhad_tcp_prepare(instance->config->netns))
		nfhad_log_instance(LOG_WARNING, instance,
				   "has no SYN cookies, half open connections will break");
	ret = ret ?: nfhad_tcp_clear(instance->config->netns);
	ret = ret ?: nfhad_possession_clear(instance);
	if (ret || !instance->service->driver->unload)
		return ret;
	return instance->service->driver->unload(instance);
}

static int clean(void *data)
{
	const struct nfhad_cleaning *c = data;
	struct nfhad_instance *instance = c->instance;
	int ret;

	nfhad_job_background();
	/* First, for the job ends in the namespace that it cleans. */
	ret = instance->unmake ? remove_room(c) : make_room(c);
	if (ret || (may_be_missing(instance->config) && !is_there(instance)))
		return ret;
	return clean_namespace(instance);
}

static int abort_connections(void *data)
{
	struct nfhad_cleaning *c = data;
	int ret;

	nfhad_job_background();
	ret = nfhad_tcp_abort(c->instance->config->netns);
	return ret < 0 ? ret : 0;
}

/* One that could not be ended now is waited for when its process is gone. */
static void on_aborted(void *data, int error)
{
	struct nfhad_cleaning *c = data;

	(void)error;
	c->job = NULL;
	c->aborted = true;
	begin(c);
}

static int step_start(struct nfhad_cleaning *c)
{
	sd_event *event = c->instance->service->nfhad->event;

	if (!c->instance->process)
		return nfhad_job_start(event, clean, LIMIT_US, on_cleaned, c,
				       &c->job);
	if (!c->aborted)
		return nfhad_job_start(event, abort_connections, LIMIT_US,
				       on_aborted, c, &c->job);
	nfhad_process_kill(c->instance->process);
	if (nfhad_retry_is_said(c->kills) && c->kills)
		nfhad_log_instance(LOG_ERR, c->instance,
				   "does not end, killed %u times: it waits in the kernel, or is traced",
				   c->kills);
	c->kills++;
	look_later(c);
	return 0;
}

/* Connections, then processes, then what is left; nfhad_cleaning_exited() comes when the
 * processes have ended.
 */
static void begin(struct nfhad_cleaning *c)
{
	int ret;

	c->timer = sd_event_source_disable_unref(c->timer);
	ret = step_start(c);
	if (ret)
		retry_later(c, ret);
}

void nfhad_cleaning_start(struct nfhad_instance *instance)
{
	struct nfhad_cleaning *c;

	if (instance->cleaning)
		return;
	c = calloc(1, sizeof(*c));
	if (!c) {
		nfhad_log_instance(LOG_ERR, instance, "no memory to clean it");
		return;
	}
	if (instance->service->driver->expect)
		instance->service->driver->expect(instance, NULL);
	c->instance = instance;
	instance->cleaning = c;
	nfhad_state_set(instance, NFHAD_INSTANCE_CLEANING);
	begin(c);
}

void nfhad_cleaning_exited(struct nfhad_instance *instance)
{
	if (instance->cleaning && !instance->cleaning->job)
		begin(instance->cleaning);
}

void nfhad_cleaning_stop(struct nfhad_instance *instance)
{
	if (instance->cleaning)
		cleaning_free(instance->cleaning);
}
