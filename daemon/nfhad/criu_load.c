// SPDX-License-Identifier: GPL-2.0-or-later
/* Checkpoints of process trees become process trees. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu_data.h"
#include "listener.h"
#include "mounts.h"
#include "netns.h"
#include "nfhad.h"
#include "proc.h"

/* Half of the time that a listener remembers it. */
#define TOUCH_US 60000000ULL

/* The program may be replaced by a newer one, which dumps by then. */
#define AHEAD_US 60000000ULL

static uint64_t now_us(const struct nfhad_criu_data *data)
{
	uint64_t now = 0;

	sd_event_now(nfhad_criu_event(data), CLOCK_MONOTONIC, &now);
	return now;
}

static void touch(struct nfhad_criu_data *data)
{
	const struct nfhad_instance *instance = data->instance;
	int ret = nfhad_listener_touch(instance->config->netns);

	if (ret)
		nfhad_log_instance(LOG_WARNING, instance,
				   "connections that are half open may break, a listener in %s does not hear a SYN on lo: %s",
				   instance->config->netns, strerror(-ret));
	data->touched_us = now_us(data);
}

static void end_load(struct nfhad_criu_data *data, int error)
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
	struct nfhad_criu_data *data = arg;

	nfhad_process_free(data->root);
	data->root = NULL;
	if (!data->load)
		return;
	/* Without it criu would wait for ever. */
	if (data->load_error)
		end_load(data, data->load_error);
	else
		nfhad_criu_fail(data->criu, "what it restores has ended");
}

/* Known from its birth, so that nothing is left of it whatever becomes of criu. */
static int on_restore_point(void *arg, const char *point, pid_t pid)
{
	struct nfhad_criu_data *data = arg;

	if (strcmp(point, "setup-namespaces") != 0 || pid <= 0)
		return 0;
	return nfhad_process_adopt(nfhad_criu_event(data), pid, 0, on_root_exit, data,
				   &data->root);
}

static void on_restored(void *arg, int error, pid_t pid)
{
	struct nfhad_criu_data *data = arg;

	if (!error)
		error = nfhad_instance_follow(data->instance, pid, 0);
	if (!error)
		touch(data);
	if (!error || !data->root) {
		end_load(data, error);
		return;
	}
	data->load_error = error;
	nfhad_process_kill(data->root);
}

static int request_restore(struct nfhad_criu_data *data, int work_dir,
			   bool mounts)
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

	netns.key = NFHAD_CRIU_NETNS;
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
	if (mounts) {
		opts.root = NFHAD_MOUNTS_ROOT;
		opts.has_auto_ext_mnt = true;
		opts.auto_ext_mnt = true;
	}
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

/* A namespace of that name may be another one by now. */
static bool ahead_fits(const struct nfhad_criu_data *data, int netns)
{
	ino_t inode;

	return nfhad_criu_is_ready(data->ahead) &&
	       !nfhad_netns_inode(netns, &inode) && inode == data->ahead_netns;
}

static void ahead_free(struct nfhad_criu_data *data)
{
	nfhad_criu_free(data->ahead);
	data->ahead = NULL;
}

/* One that cannot be started is missed when it is asked. */
static void ahead_start(struct nfhad_criu_data *data, int netns)
{
	const struct nfhad_criu_options options = {
		.program = nfhad_criu_program(data),
		.netns = netns,
		.leave_stopped = true,
	};

	data->ahead_us = now_us(data);
	if (!nfhad_netns_inode(netns, &data->ahead_netns))
		nfhad_criu_start(nfhad_criu_event(data), &options, &data->ahead);
}

static void ahead_renew(struct nfhad_criu_data *data,
			const struct nfhad_image *image)
{
	int netns = -1;

	/* What is mounted then, criu would have to see. */
	if (!nfhad_mounts_in_image(image->dir))
		netns = nfhad_netns_open(data->instance->config->netns);
	if (netns < 0 || !ahead_fits(data, netns) ||
	    now_us(data) > data->ahead_us + AHEAD_US)
		ahead_free(data);
	if (netns < 0)
		return;
	if (!data->ahead)
		ahead_start(data, netns);
	close(netns);
}

/* It has a descriptor of the namespace, which must not outlive its name for long. */
void nfhad_criu_expect(struct nfhad_instance *instance,
		       const struct nfhad_image *image)
{
	struct nfhad_criu_data *data = instance->driver_data;

	if (!image) {
		if (data)
			ahead_free(data);
		return;
	}
	data = nfhad_criu_data(instance);
	if (data)
		ahead_renew(data, image);
}

static int ask(struct nfhad_criu_data *data, bool mounts)
{
	int ret = open_work_dir();

	/* Before it forks what it restores. */
	if (data->load->urgent)
		nfhad_criu_urge(data->criu);
	if (ret >= 0)
		ret = request_restore(data, ret, mounts);
	if (ret < 0) {
		nfhad_criu_free(data->criu);
		data->criu = NULL;
	}
	return ret;
}

/* One that waits may have ended just now. */
static int ask_ahead(struct nfhad_criu_data *data,
		     const struct nfhad_criu_options *options)
{
	if (!options->leave_stopped || options->mounts ||
	    !ahead_fits(data, options->netns))
		return -ENOENT;
	data->criu = data->ahead;
	data->ahead = NULL;
	return ask(data, false);
}

static int ask_new(struct nfhad_criu_data *data,
		   const struct nfhad_criu_options *options)
{
	int ret = nfhad_criu_start(nfhad_criu_event(data), options, &data->criu);

	return ret < 0 ? ret : ask(data, options->mounts);
}

static int start_restore(struct nfhad_criu_data *data)
{
	struct nfhad_criu_options options = {
		.program = nfhad_criu_program(data),
		.leave_stopped = data->load->stop,
	};
	int ret;

	ret = nfhad_mounts_in_image(data->load->image->dir);
	if (ret < 0)
		return ret;
	options.mounts = ret;
	options.netns = nfhad_netns_open(data->instance->config->netns);
	if (options.netns < 0)
		return options.netns;
	ret = ask_ahead(data, &options);
	if (ret < 0)
		ret = ask_new(data, &options);
	close(options.netns);
	return ret;
}

int nfhad_criu_load(struct nfhad_load *load)
{
	struct nfhad_criu_data *data = nfhad_criu_data(load->instance);
	int ret;

	if (!data)
		return -ENOMEM;
	if (data->save || data->load)
		return -EBUSY;
	data->load = load;
	data->load_error = 0;
	ret = start_restore(data);
	ahead_free(data);
	if (ret < 0)
		data->load = NULL;
	return ret;
}

void nfhad_criu_load_cancel(struct nfhad_load *load)
{
	struct nfhad_criu_data *data = load->instance->driver_data;

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

int nfhad_criu_resume(struct nfhad_instance *instance)
{
	struct nfhad_criu_data *data = instance->driver_data;

	if (!instance->process)
		return -ESRCH;
	if (data && now_us(data) > data->touched_us + TOUCH_US)
		touch(data);
	return nfhad_process_signal(instance->process, SIGCONT);
}
