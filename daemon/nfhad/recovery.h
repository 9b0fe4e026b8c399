/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_RECOVERY_H
#define NFHAD_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

struct nfhad_instance;
struct nfhad_service;
struct nfhad_source;

/**
 * nfhad_recovery_start - an instance has failed: make a backup take over
 * @master: the instance, in state FAILED
 * @why: one line
 *
 * When this returns, the master is fenced.
 */
void nfhad_recovery_start(struct nfhad_instance *master, const char *why);

/**
 * nfhad_recovery_resume - bring to its end what an earlier daemon has begun
 * @holder: who has the log, in state FAILED: it needs a backup
 * @source: what to make it of; the image is the recovery's from here on
 */
void nfhad_recovery_resume(struct nfhad_instance *holder,
			   const struct nfhad_source *source);

/**
 * nfhad_recovery_source - what a recovery makes a backup of
 * @holder: who has the log, and a recovery
 * @owner: set; whose checkpoint, or command
 * @number: set; which checkpoint, 0: none, the command is started afresh
 *
 * Return: false if there is none.
 */
bool nfhad_recovery_source(const struct nfhad_instance *holder,
			   struct nfhad_instance **owner, uint64_t *number);

/**
 * nfhad_recovery_retry - there is a backup that was not there before
 * @service: whose instances may wait for one
 */
void nfhad_recovery_retry(struct nfhad_service *service);

/**
 * nfhad_recovery_renewed - somebody has made an instance anew in the kernel
 * @holder: the instance
 *
 * If there was nothing to recover it from it starts as at the first time. Nothing else
 * ends such a recovery.
 */
void nfhad_recovery_renewed(struct nfhad_instance *holder);

/* One that has the log, and that a recovery has let clean, is empty now. */
void nfhad_recovery_cleaned(struct nfhad_instance *holder);

/* The daemon ends, or is not concerned with the instance any more. */
void nfhad_recovery_stop(struct nfhad_instance *holder);

/**
 * nfhad_recovery_plug - does the input of an instance wait for an epoch's end?
 * @instance: the instance
 *
 * Return: 0 if so; -ENETDOWN if it is fenced; -ESTALE: the plug is open, perhaps for the
 * dead man has opened it, and input has passed; or a negative errno.
 */
int nfhad_recovery_plug(struct nfhad_instance *instance);

#endif /* NFHAD_RECOVERY_H */
