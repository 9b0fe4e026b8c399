/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_UPSTREAM_NFHA_H
#define NFHAD_UPSTREAM_NFHA_H

#include "config_scale.h"
#include "far.h"
#include "instance.h"

/**
 * struct nfhad_push_plan - what is told to modules on other hosts
 * @service: whose
 * @own: the module of this host
 * @remote: the instances that are not on it, as in the service
 * @map: the ranges here
 */
struct nfhad_push_plan {
	const struct nfhad_service *service;
	struct nfhad_far own;
	bool remote[NFHAD_INSTANCES_MAX];
	struct nfha_map *map;
};

/**
 * nfhad_push_exceptions - tell another module of flows that are not where their range is
 * @plan: what there is
 * @to: the module
 * @i: whose flows
 * @name: what it is called there
 * @range_of: only those in ranges of this one; or NULL
 */
int nfhad_push_exceptions(const struct nfhad_push_plan *plan,
			  const struct nfhad_far *to,
			  const struct nfhad_instance *i, const char *name,
			  const struct nfhad_instance *range_of);

/* Figure 6: the exceptions go to the hosts of those who have the ranges. */
int nfhad_push_hosts(const struct nfhad_push_plan *plan);

#endif /* NFHAD_UPSTREAM_NFHA_H */
