// SPDX-License-Identifier: GPL-2.0-or-later
/* Checkpoints of process trees. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu_data.h"
#include "diag.h"
#include "inspect.h"
#include "leftover.h"
#include "merge.h"
#include "nfhad.h"
#include "proc.h"
#include "reopen.h"
#include "retry.h"

/* Between two looks at the queues. */
#define DRAIN_STEP_US 200

struct sd_event *nfhad_criu_event(const struct nfhad_criu_data *data)
{
	return data->instance->service->nfhad->event;
}

const char *nfhad_criu_program(const struct nfhad_criu_data *data)
{
	return data->instance->service->nfhad->config->criu;
}

/* A backup has none before its first load. */
struct nfhad_criu_data *nfhad_criu_data(struct nfhad_instance *instance)
{
	struct nfhad_criu_data *data = instance->driver_data;

	if (data)
		return data;
	data = calloc(1, sizeof(*data));
	if (!data)
		return NULL;
	data->instance = instance;
	data->diag = -1;
	data->directory = -1;
	instance->driver_data = data;
	return data;
}

/* The dump is over. Whoever was killed in it has not cleaned up. */
static void directory_put(struct nfhad_criu_data *data, bool whole)
{
	int ret;

	if (data->directory < 0)
		return;
	ret = whole ? 0 : nfhad_leftover_remove(data->directory);
	if (ret > 0)
		nfhad_log_instance(LOG_NOTICE, data->instance,
				   "a dump that was cut short had left proc.crtools in the working directory, it is removed");
	else if (ret < 0)
		nfhad_log_instance(LOG_ERR, data->instance,
				   "proc.crtools in the working directory prevents dumps: %s",
				   strerror(-ret));
	close(data->directory);
	data->directory = -1;
}

static void data_free(struct nfhad_instance *instance)
{
	struct nfhad_criu_data *data = instance->driver_data;

	if (!data)
		return;
	nfhad_criu_free(data->spare);
	nfhad_criu_free(data->ahead);
	nfhad_criu_leave(data->criu);
	/* A dump that is left alone goes on, unless there is nobody to be dumped. */
	directory_put(data, instance->state != NFHAD_INSTANCE_FAILED);
	sd_event_source_disable_unref(data->drain);
	if (data->diag >= 0)
		close(data->diag);
	nfhad_process_free(data->root);
	free(data);
	instance->driver_data = NULL;
}

/* The next save's criu. One that cannot be started is missed then. */
static void prepare_spare(struct nfhad_criu_data *data)
{
	const struct nfhad_criu_options options = {
		.program = nfhad_criu_program(data),
		.netns = -1,
	};

	if (nfhad_criu_is_ready(data->spare))
		return;
	nfhad_criu_free(data->spare);
	data->spare = NULL;
	nfhad_criu_start(nfhad_criu_event(data), &options, &data->spare);
}

static int attach(struct nfhad_instance *instance)
{
	struct nfhad_criu_data *data;
	int ret;

	ret = nfhad_inspect(instance);
	if (ret)
		return ret;
	data = nfhad_criu_data(instance);
	if (!data)
		return -ENOMEM;
	data->previous = 0;
	if (data->diag < 0)
		data->diag = nfhad_diag_open(instance->config->netns);
	if (data->diag < 0) {
		ret = data->diag;
		data_free(instance);
		return ret;
	}
	prepare_spare(data);
	return 0;
}

/* Ends a save; the driver is ready for the next one when @done is called. */
static void end_save(struct nfhad_criu_data *data, int error)
{
	struct nfhad_save *save = data->save;

	data->save = NULL;
	data->drain = sd_event_source_disable_unref(data->drain);
	nfhad_criu_free(data->criu);
	data->criu = NULL;
	directory_put(data, !error);
	data->failures = error ? data->failures + 1 : 0;
	if (!error)
		data->previous = save->image->number;
	prepare_spare(data);
	save->done(save, error);
}

static int begin(struct nfhad_criu_data *data)
{
	if (data->begun)
		return 0;
	data->begun = true;
	return data->save->begin(data->save);
}

static int cut(struct nfhad_criu_data *data)
{
	if (!data->begun || data->cut)
		return -EPROTO;
	data->cut = true;
	return data->save->cut(data->save);
}

static int on_dump_point(void *arg, const char *point, pid_t pid)
{
	struct nfhad_criu_data *data = arg;

	(void)pid;
	if (!strcmp(point, "network-lock"))
		return begin(data);
	if (!strcmp(point, "post-dump"))
		return cut(data);
	return 0;
}

/* One that cannot be restored must not count. It is looked at when the VNF runs again. */
static int check_files(const struct nfhad_criu_data *data)
{
	char name[PATH_MAX];
	int ret;

	if (!data->instance->process)
		return -ESRCH;
	ret = nfhad_reopen_check(data->save->image->dir,
				 nfhad_process_pid(data->instance->process),
				 name, sizeof(name));
	if (ret == -EBUSY && nfhad_retry_is_said(data->failures + 1))
		nfhad_log_instance(LOG_NOTICE, data->instance,
				   "the checkpoint is not used: %s is open in it, which is gone with the process",
				   name);
	return ret;
}

static void on_dumped(void *arg, int error, pid_t pid)
{
	struct nfhad_criu_data *data = arg;

	(void)pid;
	if (!error && !data->cut)
		error = -EPROTO;
	end_save(data, error ?: check_files(data));
}

/*
 * The pages that are dirty are those written to since the previous dump. They
 * belong to that dump's image and to no other.
 */
static const struct nfhad_image *parent_of(const struct nfhad_criu_data *data)
{
	const struct nfhad_image *parent = data->save->parent;

	if (!parent || !data->previous || parent->number != data->previous)
		return NULL;
	return parent;
}

/* Of a mount namespace of its own, what is the machine's is not part of the image. */
static int set_mounts(CriuOpts *opts)
{
	ino_t own, its;
	int ret;

	ret = nfhad_proc_namespace(0, "mnt", &own);
	if (!ret)
		ret = nfhad_proc_namespace(opts->pid, "mnt", &its);
	if (ret)
		return ret;
	opts->has_auto_ext_mnt = true;
	opts->auto_ext_mnt = its != own;
	return 0;
}

/* One that has ended before it was asked anything may be none at all. */
static int program_check(const struct nfhad_criu_data *data)
{
	return access(nfhad_criu_program(data), X_OK) ? -errno : -EPIPE;
}

static int request_dump(struct nfhad_criu_data *data)
{
	const struct nfhad_image *parent = parent_of(data);
	const struct nfhad_criu_client client = {
		.notify = on_dump_point,
		.done = on_dumped,
		.again = !nfhad_retry_is_said(data->failures + 1),
		.service = data->instance->service->config->name,
		.instance = data->instance->config->name,
		.data = data,
	};
	CriuReq request = CRIU_REQ__INIT;
	CriuOpts opts = CRIU_OPTS__INIT;
	char external[64], link[64], *externals[] = { external };
	ino_t netns;
	int ret;

	opts.pid = nfhad_process_pid(data->instance->process);
	ret = nfhad_proc_namespace(opts.pid, "net", &netns);
	if (!ret)
		ret = set_mounts(&opts);
	if (ret)
		return ret;
	snprintf(external, sizeof(external), "net[%ju]:" NFHAD_CRIU_NETNS,
		 (uintmax_t)netns);
	opts.n_external = 1;
	opts.external = externals;
	if (parent) {
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", getpid(),
			 parent->dir);
		opts.parent_img = link;
	}
	opts.images_dir_fd = data->save->image->dir;
	opts.has_pid = true;
	opts.has_leave_running = true;
	opts.leave_running = true;
	opts.has_track_mem = true;
	opts.track_mem = true;
	opts.has_tcp_established = true;
	opts.tcp_established = true;
	opts.has_file_locks = true;
	opts.file_locks = true;
	request.type = CRIU_REQ_TYPE__DUMP;
	request.opts = &opts;
	/* Until this one is whole, there is none that the next can build on. */
	data->previous = 0;
	data->criu = data->spare;
	data->spare = NULL;
	data->directory = nfhad_leftover_open(opts.pid);
	ret = nfhad_criu_request(data->criu, &request, &client);
	return ret == -EPIPE ? program_check(data) : ret;
}

static int on_drain(sd_event_source *source, uint64_t usec, void *arg)
{
	struct nfhad_criu_data *data = arg;
	uint64_t now;
	int ret;

	(void)usec;
	sd_event_now(nfhad_criu_event(data), CLOCK_MONOTONIC, &now);
	ret = nfhad_diag_queued(data->diag);
	if (ret > 0 && now < data->drain_end) {
		sd_event_source_set_time_relative(source, DRAIN_STEP_US);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
		return 0;
	}
	data->drain = sd_event_source_disable_unref(data->drain);
	if (ret >= 0)
		ret = request_dump(data);
	if (ret < 0)
		end_save(data, ret);
	return 0;
}

/* The input waits; what the VNF has already got it works off. */
static int drain(struct nfhad_criu_data *data, uint32_t limit_us)
{
	sd_event *event = nfhad_criu_event(data);
	uint64_t now;
	int ret;

	ret = begin(data);
	if (ret)
		return ret;
	sd_event_now(event, CLOCK_MONOTONIC, &now);
	data->drain_end = now + limit_us;
	return sd_event_add_time(event, &data->drain, CLOCK_MONOTONIC, now, 1,
				 on_drain, data);
}

static int save(struct nfhad_save *save)
{
	struct nfhad_criu_data *data = save->instance->driver_data;
	uint32_t drain_us = save->instance->service->config->drain_us;
	int ret;

	if (!data || data->save || data->load)
		return -EBUSY;
	prepare_spare(data);
	if (!data->spare)
		return -ENOMEM;
	data->save = save;
	data->begun = false;
	data->cut = false;
	ret = drain_us ? drain(data, drain_us) : request_dump(data);
	if (ret < 0) {
		data->save = NULL;
		data->failures++;
		nfhad_criu_free(data->criu);
		data->criu = NULL;
		directory_put(data, false);
	}
	return ret < 0 ? ret : 0;
}

static int cancel(struct nfhad_save *save)
{
	struct nfhad_criu_data *data = save->instance->driver_data;
	int ret;

	if (!data || data->save != save)
		return 0;
	data->save = NULL;
	data->drain = sd_event_source_disable_unref(data->drain);
	ret = nfhad_criu_free(data->criu);
	data->criu = NULL;
	directory_put(data, false);
	prepare_spare(data);
	return ret;
}

static int prepare(struct nfhad_image *image, void *parent)
{
	const struct nfhad_image *base = parent;

	return nfhad_merge(image->dir, base ? base->dir : -1);
}

/* A VNF that is being saved goes on: criu is left alone, not killed. */
static void detach(struct nfhad_instance *instance)
{
	struct nfhad_criu_data *data = instance->driver_data;

	if (data && data->load)
		nfhad_criu_load_cancel(data->load);
	data_free(instance);
}

const struct nfhad_driver nfhad_driver_criu = {
	.name = "criu",
	.attach = attach,
	.detach = detach,
	.save = save,
	.cancel = cancel,
	.prepare = prepare,
	.expect = nfhad_criu_expect,
	.load = nfhad_criu_load,
	.load_cancel = nfhad_criu_load_cancel,
	.resume = nfhad_criu_resume,
};
