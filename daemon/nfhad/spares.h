/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SPARES_H
#define NFHAD_SPARES_H

#include <stdbool.h>
#include <stddef.h>
#include "instance.h"

/*
 * Which spare instance of a service comes next: the one on the host that the policy
 * chooses (ETSI GS NFV-REL 002, 6.2, component 2). Without hosts in the configuration
 * each instance is on one of its own.
 */
struct nfhad_spares;

/* 0 or a negative errno. */
int nfhad_spares_new(struct nfhad_service *service, struct nfhad_spares **spares);

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

#endif /* NFHAD_SPARES_H */
