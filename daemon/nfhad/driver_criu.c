// SPDX-License-Identifier: GPL-2.0-or-later
/* Checkpoints of process trees. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu.h"
#include "diag.h"
#include "driver.h"
#include "inspect.h"
#include "merge.h"
#include "netns.h"
#include "nfhad.h"
#include "proc.h"
#include "process.h"

/* How CRIU's images call the network namespace, which is no part of them. */
#define NETNS_KEY "vnf"
/* Between two looks at the queues. */
#define DRAIN_STEP_US 200
/* What is killed is gone soon, unless it waits for a disk. */
#define KILL_TIMEOUT_MS 5000

/**
 * struct data - what the driver knows of an instance
 * @instance: the instance
 * @spare: a criu that waits for the next save, or NULL
 * @criu: the one at work, or NULL
 * @save: what it makes, or NULL
 * @load: what it loads, or NULL
 * @begun: the input of @save is plugged
 * @cut: the epoch of @save is closed
 * @drain: timer between looks at the queues, or NULL
 * @drain_end: until when
 * @diag: to look at the queues, or -1
 * @previous: number of the newest image that was dumped whole; pages count as dirty
 *	since then, and not since any other. 0: none
 * @root: first process of what is being restored, while it is, or NULL
 * @load_error: why @load has failed, while it is cleaned up after
 */
struct data {
	struct nfhad_instance *instance;
	struct nfhad_criu *spare;
	struct nfhad_criu *criu;
	struct nfhad_save *save;
	struct nfhad_load *load;
	bool begun;
	bool cut;
	sd_event_source *drain;
	uint64_t drain_end;
	int diag;
	uint64_t previous;
	struct nfhad_process *root;
	int load_error;
};

static sd_event *event_of(const struct data *data)
{
	return data->instance->service->nfhad->event;
}

static const char *program_of(const struct data *data)
{
	return data->instance->service->nfhad->config->criu;
}

/* A backup has none before its first load. */
static struct data *data_of(struct nfhad_instance *instance)
{
	struct data *data = instance->driver_data;

	if (data)
		return data;
	data = calloc(1, sizeof(*data));
	if (!data)
		return NULL;
	data->instance = instance;
	data->diag = -1;
	instance->driver_data = data;
	return data;
}

static void data_free(struct nfhad_instance *instance)
{
	struct data *data = instance->driver_data;

	if (!data)
		return;
	nfhad_criu_free(data->spare);
	nfhad_criu_free(data->criu);
	sd_event_source_disable_unref(data->drain);
	if (data->diag >= 0)
		close(data->diag);
	nfhad_process_free(data->root);
	free(data);
	instance->driver_data = NULL;
}

/* The next save's criu. One that cannot be started is missed then. */
static void prepare_spare(struct data *data)
{
	const struct nfhad_criu_options options = {
		.program = program_of(data),
		.netns = -1,
	};

	if (nfhad_criu_is_ready(data->spare))
		return;
	nfhad_criu_free(data->spare);
	data->spare = NULL;
	nfhad_criu_start(event_of(data), &options, &data->spare);
}

static int open_diag(struct data *data)
{
	int netns;

	netns = nfhad_netns_open(data->instance->config->netns);
	if (netns < 0)
		return netns;
	data->diag = nfhad_diag_open(netns);
	close(netns);
	return data->diag < 0 ? data->diag : 0;
}

static int attach(struct nfhad_instance *instance)
{
	struct data *data;
	int ret;

	ret = nfhad_inspect(instance);
	if (ret)
		return ret;
	data = data_of(instance);
	if (!data)
		return -ENOMEM;
	data->previous = 0;
	if (data->diag < 0) {
		ret = open_diag(data);
		if (ret) {
			data_free(instance);
			return ret;
		}
	}
	prepare_spare(data);
	return 0;
}

static void detach(struct nfhad_instance *instance)
{
	data_free(instance);
}

/* Ends a save; the driver is ready for the next one when @done is called. */
static void end_save(struct data *data, int error)
{
	struct nfhad_save *save = data->save;

	data->save = NULL;
	data->drain = sd_event_source_disable_unref(data->drain);
	nfhad_criu_free(data->criu);
	data->criu = NULL;
	if (!error)
		data->previous = save->image->number;
	prepare_spare(data);
	save->done(save, error);
}

static int begin(struct data *data)
{
	if (data->begun)
		return 0;
	data->begun = true;
	return data->save->begin(data->save);
}

static int cut(struct data *data)
{
	if (!data->begun || data->cut)
		return -EPROTO;
	data->cut = true;
	return data->save->cut(data->save);
}

static int on_dump_point(void *arg, const char *point, pid_t pid)
{
	struct data *data = arg;

	(void)pid;
	if (!strcmp(point, "network-lock"))
		return begin(data);
	if (!strcmp(point, "post-dump"))
		return cut(data);
	return 0;
}

static void on_dumped(void *arg, int error, pid_t pid)
{
	struct data *data = arg;

	(void)pid;
	if (!error && !data->cut)
		error = -EPROTO;
	end_save(data, error);
}

/*
 * The pages that are dirty are those written to since the previous dump. They
 * belong to that dump's image and to no other.
 */
static const struct nfhad_image *parent_of(const struct data *data)
{
	const struct nfhad_image *parent = data->save->parent;

	if (!parent || !data->previous || parent->number != data->previous)
		return NULL;
	return parent;
}

static int request_dump(struct data *data)
{
	const struct nfhad_image *parent = parent_of(data);
	const struct nfhad_criu_client client = {
		.notify = on_dump_point,
		.done = on_dumped,
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
	if (ret)
		return ret;
	snprintf(external, sizeof(external), "net[%ju]:" NETNS_KEY,
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
	return nfhad_criu_request(data->criu, &request, &client);
}

static int on_drain(sd_event_source *source, uint64_t usec, void *arg)
{
	struct data *data = arg;
	uint64_t now;
	int ret;

	(void)usec;
	sd_event_now(event_of(data), CLOCK_MONOTONIC, &now);
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
static int drain(struct data *data, uint32_t limit_us)
{
	sd_event *event = event_of(data);
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
	struct data *data = save->instance->driver_data;
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
		nfhad_criu_free(data->criu);
		data->criu = NULL;
	}
	return ret < 0 ? ret : 0;
}

static int cancel(struct nfhad_save *save)
{
	struct data *data = save->instance->driver_data;
	int ret;

	if (!data || data->save != save)
		return 0;
	data->save = NULL;
	data->drain = sd_event_source_disable_unref(data->drain);
	ret = nfhad_criu_free(data->criu);
	data->criu = NULL;
	prepare_spare(data);
	return ret;
}

static int prepare(struct nfhad_image *image, void *parent)
{
	const struct nfhad_image *base = parent;

	return nfhad_merge(image->dir, base ? base->dir : -1);
}

static void end_load(struct data *data, int error)
{
	struct nfhad_load *load = data->load;

	data->load = NULL;
	nfhad_process_free(data->root);
	data->root = NULL;
	nfhad_criu_free(data->criu);
	data->criu = NULL;
	load->done(load, error);
}

static void on_root_exit(void *arg)
{
	struct data *data = arg;

	nfhad_process_free(data->root);
	data->root = NULL;
	if (data->load_error)
		end_load(data, data->load_error);
}

/* Known from its birth, so that nothing is left of it whatever becomes of criu. */
static int on_restore_point(void *arg, const char *point, pid_t pid)
{
	struct data *data = arg;

	if (strcmp(point, "setup-namespaces") || pid <= 0)
		return 0;
	return nfhad_process_adopt(event_of(data), pid, 0, on_root_exit, data,
				   &data->root);
}

static void on_restored(void *arg, int error, pid_t pid)
{
	struct data *data = arg;

	if (!error)
		error = nfhad_instance_follow(data->instance, pid, 0);
	if (!error || !data->root) {
		end_load(data, error);
		return;
	}
	data->load_error = error;
	nfhad_process_kill(data->root);
}

static int request_restore(struct data *data, int work_dir)
{
	const struct nfhad_criu_client client = {
		.notify = on_restore_point,
		.done = on_restored,
		.service = data->instance->service->config->name,
		.instance = data->instance->config->name,
		.data = data,
	};
	InheritFd netns = INHERIT_FD__INIT;
	InheritFd *inherited[] = { &netns };
	CriuReq request = CRIU_REQ__INIT;
	CriuOpts opts = CRIU_OPTS__INIT;

	netns.key = NETNS_KEY;
	netns.fd = NFHAD_CRIU_NETNS_FD;
	opts.n_inherit_fd = 1;
	opts.inherit_fd = inherited;
	opts.images_dir_fd = data->load->image->dir;
	opts.has_work_dir_fd = true;
	opts.work_dir_fd = work_dir;
	opts.has_tcp_established = true;
	opts.tcp_established = true;
	opts.has_file_locks = true;
	opts.file_locks = true;
	request.type = CRIU_REQ_TYPE__RESTORE;
	request.opts = &opts;
	return nfhad_criu_request(data->criu, &request, &client);
}

/*
 * Criu leaves its statistics in its working directory. In the image's they would
 * be a file that the store does not know; in /proc there can be none.
 */
static int open_work_dir(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int start_restore(struct data *data)
{
	struct nfhad_criu_options options = {
		.program = program_of(data),
		.leave_stopped = data->load->stop,
	};
	int ret;

	options.netns = nfhad_netns_open(data->instance->config->netns);
	if (options.netns < 0)
		return options.netns;
	ret = nfhad_criu_start(event_of(data), &options, &data->criu);
	close(options.netns);
	if (ret < 0)
		return ret;
	ret = open_work_dir();
	if (ret >= 0)
		ret = request_restore(data, ret);
	if (ret < 0) {
		nfhad_criu_free(data->criu);
		data->criu = NULL;
	}
	return ret;
}

static int load(struct nfhad_load *load)
{
	struct data *data = data_of(load->instance);
	int ret;

	if (!data)
		return -ENOMEM;
	if (data->save || data->load)
		return -EBUSY;
	data->load = load;
	data->load_error = 0;
	ret = start_restore(data);
	if (ret < 0)
		data->load = NULL;
	return ret;
}

static void load_cancel(struct nfhad_load *load)
{
	struct data *data = load->instance->driver_data;

	if (!data || data->load != load)
		return;
	data->load = NULL;
	nfhad_criu_free(data->criu);
	data->criu = NULL;
	if (data->root)
		nfhad_process_kill(data->root);
	nfhad_process_free(data->root);
	data->root = NULL;
}

static int resume(struct nfhad_instance *instance)
{
	if (!instance->process)
		return -ESRCH;
	return nfhad_process_signal(instance->process, SIGCONT);
}

/* Kills all in the namespace: how many it has found. */
static int kill_inside(ino_t netns)
{
	struct dirent *entry;
	int found = 0;
	ino_t its;
	pid_t pid;
	DIR *dir;

	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		pid = strtol(entry->d_name, NULL, 10);
		if (pid <= 0 || nfhad_proc_namespace(pid, "net", &its) ||
		    its != netns)
			continue;
		kill(pid, SIGKILL);
		found++;
	}
	closedir(dir);
	return found;
}

static int unload(void *arg)
{
	const struct nfhad_instance *instance = arg;
	int netns, left, ret;
	ino_t inode;

	netns = nfhad_netns_open(instance->config->netns);
	if (netns < 0)
		return netns;
	ret = nfhad_netns_inode(netns, &inode);
	close(netns);
	if (ret)
		return ret;
	for (left = KILL_TIMEOUT_MS; left; left--) {
		ret = kill_inside(inode);
		if (ret <= 0)
			return ret;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

const struct nfhad_driver nfhad_driver_criu = {
	.name = "criu",
	.attach = attach,
	.detach = detach,
	.save = save,
	.cancel = cancel,
	.prepare = prepare,
	.load = load,
	.load_cancel = load_cancel,
	.resume = resume,
	.unload = unload,
};
