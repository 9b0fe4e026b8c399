/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CENSUS_H
#define NFHAD_CENSUS_H

#include <libnfha/nfha.h>
#include <stdbool.h>
#include <stddef.h>

struct nfhad;
struct nfhad_instance;
struct nfhad_service;

/**
 * struct nfhad_census_instance - an instance, at one instant
 * @name: its name
 * @own: as the daemon has it; NULL: only the module knows it
 * @in_kernel: the module has it
 * @has_epoch: and has recovery for it
 * @kernel: as the module has it
 * @epoch: the same
 */
struct nfhad_census_instance {
	char name[NFHA_NAME_MAX + 1];
	const struct nfhad_instance *own;
	bool in_kernel;
	bool has_epoch;
	struct nfha_instance kernel;
	struct nfha_epoch epoch;
};

/**
 * struct nfhad_census_service - a service of the configuration
 * @own: as the daemon has it
 * @in_kernel: the module has it
 * @kernel: as the module has it
 * @instances: how many
 * @instance: those of the configuration, as they are there, and then those that only the
 *	module knows
 */
struct nfhad_census_service {
	const struct nfhad_service *own;
	bool in_kernel;
	struct nfha_service kernel;
	size_t instances;
	struct nfhad_census_instance *instance;
};

/**
 * struct nfhad_census - what there is, at one instant
 * @services: how many
 * @service: all of them
 */
struct nfhad_census {
	size_t services;
	struct nfhad_census_service *service;
};

/**
 * nfhad_census_take - count what there is
 * @d: the daemon
 * @census: set
 *
 * Asks the module three times for each service. What the module does not have, or does
 * not tell, is left out.
 *
 * Return: 0 or -ENOMEM.
 */
int nfhad_census_take(const struct nfhad *d, struct nfhad_census **census);

/* NULL is fine. */
void nfhad_census_free(struct nfhad_census *census);

#endif /* NFHAD_CENSUS_H */
