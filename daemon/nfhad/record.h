/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_RECORD_H
#define NFHAD_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct nfhad_service;

#define NFHAD_RUN_DIRECTORY "/run/nfhad"

/**
 * struct nfhad_record - what was known of an instance when its service last changed
 * @known: there is one
 * @active: it got packets
 * @holder: it had the log of a recovery, and was not alive
 * @pid: its first process, 0: none
 * @start: see nfhad_process_adopt()
 * @base: index of the instance whose checkpoint it was made of, or was to be; -1: none
 * @base_number: of that checkpoint; 0: none, but the command of @base
 * @since_number: see struct nfhad_instance
 * @since_epoch: the same
 */
struct nfhad_record {
	bool known;
	bool active;
	bool holder;
	pid_t pid;
	uint64_t start;
	int base;
	uint64_t base_number;
	uint64_t since_number;
	uint64_t since_epoch;
};

/**
 * nfhad_record_lock - be the only daemon that remembers here
 *
 * Return: a descriptor, to be kept open until the daemon ends; or a negative errno,
 * logged.
 */
int nfhad_record_lock(void);

/**
 * nfhad_record_save - remember a service over a restart of the daemon
 * @service: the service
 *
 * The file is replaced at once or not at all. What goes wrong is logged.
 */
void nfhad_record_save(const struct nfhad_service *service);

/**
 * nfhad_record_load - what is remembered of a service
 * @service: the service
 * @record: one for each of its instances, in their order; set
 *
 * Return: 0, also if nothing is; or a negative errno, logged.
 */
int nfhad_record_load(const struct nfhad_service *service,
		      struct nfhad_record *record);

#endif /* NFHAD_RECORD_H */
