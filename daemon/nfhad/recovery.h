/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_RECOVERY_H
#define NFHAD_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

struct nfhad_image;
struct nfhad_instance;
struct nfhad_service;

/**
 * nfhad_recovery_start - an instance has failed: make a backup take over
 * @master: the instance, in state FAILED
 *
 * When this returns, the master is fenced.
 */
void nfhad_recovery_start(struct nfhad_instance *master);

/**
 * nfhad_recovery_resume - bring to its end what an earlier daemon has begun
 * @holder: who has the log: in state FAILED if it needs a backup, or in state
 *	IDLE if it is one that has got the log, and is plugged
 * @owner: whose checkpoint it is
 * @image: the checkpoint to load, or NULL; the recovery's from here on
 */
void nfhad_recovery_resume(struct nfhad_instance *holder,
			   struct nfhad_instance *owner,
			   struct nfhad_image *image);

/**
 * nfhad_recovery_source - what a recovery makes a backup of
 * @holder: who has the log, and a recovery
 * @owner: set; whose checkpoint
 * @number: set; which
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

/* The daemon ends, or is not concerned with the instance any more. */
void nfhad_recovery_stop(struct nfhad_instance *holder);

#endif /* NFHAD_RECOVERY_H */
