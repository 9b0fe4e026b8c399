/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_HEALTH_H
#define NFHAD_HEALTH_H

#include <stdbool.h>
#include <stdint.h>
#include "config.h"

struct nfhad_instance;
struct nfhad_health;
struct nfhad_kernel;

/**
 * typedef nfhad_traffic_fn - how many packets an instance had, see kernel.h
 * @kernel: the module
 * @service: of the instance
 * @instance: its name
 * @to: set: handed to it, on all its ports
 * @from: set: got from it
 *
 * Return: 0 or a negative errno.
 */
typedef int (*nfhad_traffic_fn)(struct nfhad_kernel *kernel, const char *service,
				const char *instance, uint64_t *to,
				uint64_t *from);

/**
 * typedef nfhad_health_fn - an instance has become unhealthy, or healthy again, or what was
 *	waited for with nfhad_health_await() has come
 * @instance: the instance
 * @healthy: which
 * @why: one line: which check, what it found, how often
 */
typedef void (*nfhad_health_fn)(struct nfhad_instance *instance, bool healthy,
				const char *why);

/**
 * nfhad_health_start - begin the checks of an instance
 * @instance: the instance; its service's configuration says which
 * @traffic: tells its packets, for stalls; NULL: none are looked for
 * @fn: told of changes, from the loop; it may stop the checks
 * @health: set; NULL if there is nothing to check
 *
 * One check of a kind runs at a time; what is slow is not started twice. Nothing
 * is checked while the instance is frozen (nfhad_health_pause()).
 *
 * Return: 0 or a negative errno.
 */
int nfhad_health_start(struct nfhad_instance *instance, nfhad_traffic_fn traffic,
		       nfhad_health_fn fn, struct nfhad_health **health);

/**
 * nfhad_health_is_proven - does an instance work, and not only run?
 * @health: its checks, or NULL: there are none
 *
 * Return: true if each check has been good since they began, so often in a row as it takes
 * to be healthy again, and none is bad now.
 */
bool nfhad_health_is_proven(const struct nfhad_health *health);

/* The same; and if not, who was given to nfhad_health_start() is told when it is. */
bool nfhad_health_await(struct nfhad_health *health);

/*
 * The instance is frozen: time does not count until it goes on. A check that fails
 * after it ran meanwhile is done once more before that counts.
 */
void nfhad_health_pause(struct nfhad_health *health);
void nfhad_health_resume(struct nfhad_health *health);
void nfhad_health_stop(struct nfhad_health *health);

#endif /* NFHAD_HEALTH_H */
