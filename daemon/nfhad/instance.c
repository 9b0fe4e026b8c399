// SPDX-License-Identifier: GPL-2.0-or-later
/* States of an instance, and how it gets from one to another. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleaning.h"
#include "instance.h"
#include "job.h"
#include "kernel.h"
#include "nfhad.h"
#include "process.h"
#include "protection.h"
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
	char text[32], *end;
	ssize_t n;
	long value;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return n ? -errno : -ENODATA;
	text[n] = 0;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || (*end && *end != '\n') || value < 2 ||
	    value > INT32_MAX)
		return -EINVAL;
	*pid = value;
	return 0;
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

void nfhad_instance_activate(struct nfhad_instance *instance,
			     struct nfhad_image *base)
{
	nfhad_protection_start(instance, base);
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

void nfhad_instance_leave(struct nfhad_instance *instance)
{
	nfhad_recovery_stop(instance);
	nfhad_protection_stop(instance);
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
