/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_INSTANCE_H
#define NFHAD_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>
#include "config.h"
#include "log.h"

struct nfhad;
struct nfhad_checkpoint;
struct nfhad_driver;
struct nfhad_health;
struct nfhad_instance;
struct nfhad_process;
struct nfhad_recovery;

/**
 * enum nfhad_instance_state - what an instance is to the daemon
 * @NFHAD_INSTANCE_IDLE: nothing runs; a backup can be made of it
 * @NFHAD_INSTANCE_LOADING: a checkpoint is being loaded into it
 * @NFHAD_INSTANCE_STANDBY: a checkpoint is loaded, and stopped
 * @NFHAD_INSTANCE_ACTIVE: gets packets, and is protected
 * @NFHAD_INSTANCE_UNPROTECTED: gets packets, and cannot be protected (see the log)
 * @NFHAD_INSTANCE_FAILED: fenced; waits for a backup
 * @NFHAD_INSTANCE_CLEANING: what is left of it is being removed
 */
enum nfhad_instance_state {
	NFHAD_INSTANCE_IDLE,
	NFHAD_INSTANCE_LOADING,
	NFHAD_INSTANCE_STANDBY,
	NFHAD_INSTANCE_ACTIVE,
	NFHAD_INSTANCE_UNPROTECTED,
	NFHAD_INSTANCE_FAILED,
	NFHAD_INSTANCE_CLEANING,
};

/**
 * struct nfhad_service - a service that is protected
 * @nfhad: the daemon
 * @config: what is wanted
 * @driver: of all its instances
 * @instances: how many
 * @instance: its instances, as in the configuration
 */
struct nfhad_service {
	struct nfhad *nfhad;
	const struct nfhad_service_config *config;
	const struct nfhad_driver *driver;
	size_t instances;
	struct nfhad_instance *instance;
};

/**
 * struct nfhad_instance - an instance of such a service
 * @service: its service
 * @config: what is wanted
 * @state: enum nfhad_instance_state
 * @process: what runs, or NULL
 * @health: its checks, or NULL
 * @checkpoint: the engine that makes its checkpoints, or NULL
 * @recovery: of it, while it fails, or NULL
 * @driver_data: the driver's
 */
struct nfhad_instance {
	struct nfhad_service *service;
	const struct nfhad_instance_config *config;
	enum nfhad_instance_state state;
	struct nfhad_process *process;
	struct nfhad_health *health;
	struct nfhad_checkpoint *checkpoint;
	struct nfhad_recovery *recovery;
	void *driver_data;
};

/**
 * nfhad_instance_follow - a process of the instance runs
 * @instance: the instance; its earlier process, if any, is followed no more
 * @pid: its first process, launched by the daemon or made by a driver
 * @start: see nfhad_process_adopt()
 *
 * Its end is a failure of the instance, while it is active.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_instance_follow(struct nfhad_instance *instance, pid_t pid,
			  uint64_t start);

/**
 * nfhad_instance_failed - an instance cannot go on
 * @instance: the instance
 * @why: one line
 *
 * Nothing if it has failed already, or is not active. The fence is in place when this
 * returns.
 */
void nfhad_instance_failed(struct nfhad_instance *instance, const char *why);

#endif /* NFHAD_INSTANCE_H */
