// SPDX-License-Identifier: GPL-2.0-or-later
/* States of an instance, and how it gets from one to another. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"
#include "cleaning.h"
#include "driver.h"
#include "health.h"
#include "instance.h"
#include "job.h"
#include "kernel.h"
#include "nfhad.h"
#include "proc.h"
#include "process.h"
#include "record.h"
#include "recovery.h"
#include "standby.h"
#include "store.h"
#include "tcp.h"

/* Two settings of a namespace. */
#define PREPARE_US 5000000ULL

static bool is_active(const struct nfhad_instance *instance)
{
	return instance->state == NFHAD_INSTANCE_ACTIVE ||
	       instance->state == NFHAD_INSTANCE_UNPROTECTED;
}

static void on_exit_of_process(void *data)
{
	struct nfhad_instance *instance = data;

	nfhad_process_free(instance->process);
	instance->process = NULL;
	if (is_active(instance))
		nfhad_instance_failed(instance, "its first process has ended");
	else if (instance->state == NFHAD_INSTANCE_STANDBY)
		nfhad_standby_exited(instance);
	else if (instance->state == NFHAD_INSTANCE_CLEANING)
		nfhad_cleaning_exited(instance);
}

static void on_health(struct nfhad_instance *instance, bool healthy,
		      const char *why)
{
	if (!healthy)
		nfhad_instance_failed(instance, why);
}

int nfhad_instance_follow(struct nfhad_instance *instance, pid_t pid,
			  uint64_t start)
{
	nfhad_process_free(instance->process);
	instance->process = NULL;
	return nfhad_process_adopt(instance->service->nfhad->event, pid, start,
				   on_exit_of_process, instance,
				   &instance->process);
}

static int pidfile_read(const char *path, pid_t *pid)
{
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ret = nfhad_proc_pidfile(fd, pid);
	close(fd);
	return ret;
}

static int adopt(struct nfhad_instance *instance)
{
	pid_t pid = 0;
	int ret;

	ret = pidfile_read(instance->config->pidfile, &pid);
	ret = ret ?: nfhad_instance_follow(instance, pid, 0);
	if (ret)
		nfhad_log_instance(LOG_ERR, instance,
				   "cannot be adopted by %s: %s",
				   instance->config->pidfile, strerror(-ret));
	return ret;
}

static int prepare(void *data)
{
	const struct nfhad_instance *instance = data;

	return nfhad_tcp_prepare(instance->config->netns);
}

static void on_prepared(void *data, int error)
{
	struct nfhad_instance *instance = data;

	if (error)
		nfhad_log_instance(LOG_ERR, instance,
				   "%s has no SYN cookies, half open connections will break: %s",
				   instance->config->netns, strerror(-error));
}

/* With neither a command nor a pidfile, its state is the kernel's. */
static int make(struct nfhad_instance *instance)
{
	if (instance->config->command)
		return nfhad_process_launch(instance->service->nfhad->event,
					    instance->config,
					    on_exit_of_process, instance,
					    &instance->process);
	return instance->config->pidfile ? adopt(instance) : 0;
}

void nfhad_instance_start(struct nfhad_instance *instance)
{
	int ret;

	ret = nfhad_job_start(instance->service->nfhad->event, prepare,
			      PREPARE_US, on_prepared, instance, NULL);
	ret = ret ?: make(instance);
	if (ret) {
		nfhad_log_instance(LOG_ERR, instance, "cannot be started: %s",
				   strerror(-ret));
		return;
	}
	nfhad_log_instance(LOG_INFO, instance, "started");
	nfhad_instance_activate(instance, NULL);
}

static int protect(struct nfhad_instance *instance, struct nfhad_image *base)
{
	int ret;

	ret = instance->service->driver->attach(instance);
	if (ret)
		return ret;
	ret = nfhad_checkpoint_start(instance, base);
	if (ret)
		goto err_detach;
	ret = nfhad_health_start(instance, nfhad_kernel_traffic, on_health,
				 &instance->health);
	if (ret)
		goto err_stop;
	return 0;
err_stop:
	nfhad_checkpoint_stop(instance);
err_detach:
	instance->service->driver->detach(instance);
	return ret;
}

void nfhad_instance_activate(struct nfhad_instance *instance,
			     struct nfhad_image *base)
{
	int ret;

	instance->state = NFHAD_INSTANCE_ACTIVE;
	ret = protect(instance, base);
	if (ret) {
		nfhad_log_instance(LOG_ERR, instance, "is not protected: %s",
				   strerror(-ret));
		instance->state = NFHAD_INSTANCE_UNPROTECTED;
	}
	nfhad_record_save(instance->service);
}

void nfhad_instance_take_over(struct nfhad_instance *instance,
			      struct nfhad_instance *owner,
			      struct nfhad_image *image)
{
	instance->state = NFHAD_INSTANCE_ACTIVE;
	instance->base = owner;
	instance->base_number = image->number;
	nfhad_record_save(instance->service);
	if (nfhad_kernel_abort(instance, 0))
		nfhad_log_instance(LOG_ALERT, instance, "its plug does not open");
	nfhad_instance_activate(instance, image);
}

void nfhad_instance_failed(struct nfhad_instance *instance, const char *why)
{
	if (!is_active(instance))
		return;
	instance->state = NFHAD_INSTANCE_FAILED;
	nfhad_recovery_start(instance);
	nfhad_log_instance(LOG_ERR, instance, "has failed: %s", why);
	nfhad_record_save(instance->service);
}

void nfhad_instance_fenced(struct nfhad_instance *instance)
{
	if (is_active(instance))
		nfhad_instance_failed(instance, "it is fenced: a carrier is lost, or somebody has asked for it");
	else if (instance->state == NFHAD_INSTANCE_STANDBY)
		nfhad_standby_exited(instance);
	else if (instance->state == NFHAD_INSTANCE_IDLE)
		nfhad_cleaning_start(instance);
}

void nfhad_instance_committed(struct nfhad_instance *instance)
{
	struct nfhad_instance *base = instance->base;
	struct nfhad_service *service = instance->service;

	if (!base)
		return;
	instance->base = NULL;
	if (base != instance && !is_active(base))
		nfhad_store_forget(service->nfhad->store,
				   service->config->name, base->config->name);
	nfhad_record_save(service);
}

void nfhad_instance_end(struct nfhad_instance *instance)
{
	nfhad_health_stop(instance->health);
	instance->health = NULL;
	if (instance->checkpoint) {
		nfhad_checkpoint_stop(instance);
		instance->service->driver->detach(instance);
	}
}

void nfhad_instance_leave(struct nfhad_instance *instance)
{
	nfhad_instance_end(instance);
	nfhad_recovery_stop(instance);
	nfhad_cleaning_stop(instance);
	nfhad_process_free(instance->process);
	instance->process = NULL;
}

void nfhad_instance_idle(struct nfhad_instance *instance)
{
	nfhad_recovery_retry(instance->service);
	if (instance->state == NFHAD_INSTANCE_IDLE)
		nfhad_standby_idle(instance);
}
