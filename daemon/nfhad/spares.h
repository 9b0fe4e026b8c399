/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SPARES_H
#define NFHAD_SPARES_H

#include <stdbool.h>
#include <stddef.h>
#include "instance.h"

/*
 * Which spare instance of a service comes next, or which backup: the one on the host that
 * the policy chooses (ETSI GS NFV-REL 002, 6.2, component 2). Without hosts in the
 * configuration each instance is on one of its own.
 */
struct nfhad_spares;

/* For nfhad_spares_choose(). 0 or a negative errno. */
int nfhad_spares_new(struct nfhad_service *service, struct nfhad_spares **spares);

/* For nfhad_spares_backup(), as nfhad_service.backups. 0 or a negative errno. */
int nfhad_spares_new_backups(struct nfhad_service *service,
			     struct nfhad_spares **spares);

/* NULL is fine. */
void nfhad_spares_free(struct nfhad_spares *spares);

/* Is it one that could be taken? */
bool nfhad_spares_has(const struct nfhad_instance *instance);

/* It has not lived when it was started: it is not chosen for a while, longer each time. */
void nfhad_spares_failed(struct nfhad_instance *instance);

/**
 * nfhad_spares_choose - choose one
 * @spares: of this service
 * @why: set to one line, also if there is none
 * @size: of @why
 *
 * Return: the instance, or NULL.
 */
struct nfhad_instance *nfhad_spares_choose(struct nfhad_spares *spares,
					   char *why, size_t size);

/**
 * nfhad_spares_backup - choose the backup of an instance
 * @master: the instance
 * @why: set to one line, also if there is none
 * @size: of @why
 *
 * One that is idle and has carrier, on the host with the least to do (policy lu) that is not
 * the master's: what fails with a host would take both. The master's own is the last resort,
 * or none at all with anti-affinity strict. Of equals the first in the configuration. To
 * choose changes nothing, so that one can ask ahead.
 *
 * Return: the instance, or NULL.
 */
struct nfhad_instance *nfhad_spares_backup(const struct nfhad_instance *master,
					   char *why, size_t size);

/**
 * nfhad_spares_apart - may an instance be the backup of another one?
 * @instance: the instance
 * @master: the other one
 *
 * Return: false if anti-affinity is strict and both are on one host.
 */
bool nfhad_spares_apart(const struct nfhad_instance *instance,
			const struct nfhad_instance *master);

#endif /* NFHAD_SPARES_H */
