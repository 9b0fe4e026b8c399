/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_RANGES_H
#define NFHAD_RANGES_H

#include <libnfha/nfha.h>
#include <stdbool.h>
#include <stdint.h>
#include "share.h"

struct nfhad_instance;
struct nfhad_service;

/*
 * The module's range map, and who has what of it. Each is a system call, or a few, and does
 * not block for others. What the module refuses is logged with its reason. Return is 0
 * or a negative errno.
 */

/**
 * nfhad_ranges_split - a part of an instance's range goes to another one
 * @from: whose widest range is split where it halves what the configuration measures
 * @to: who gets the upper part; it is active in the kernel then
 * @changed: set
 *
 * If somebody else has changed the map meanwhile it is done on the new one.
 */
int nfhad_ranges_split(struct nfhad_instance *from, struct nfhad_instance *to,
		       struct nfha_changed *changed);

/**
 * struct nfhad_plan - a split that is to come
 * @generation: of the map that was looked at
 * @first: of the range that is split
 * @last: the same
 * @at: what is from here on goes
 */
struct nfhad_plan {
	uint32_t generation;
	uint16_t first;
	uint16_t last;
	uint16_t at;
};

/**
 * nfhad_ranges_plan - where an instance's widest range is to be split
 * @from: the instance
 * @plan: set
 */
int nfhad_ranges_plan(const struct nfhad_instance *from, struct nfhad_plan *plan);

/* Split it there; flows go with their range. -ESTALE if the map has changed. */
int nfhad_ranges_carry(struct nfhad_instance *from, struct nfhad_instance *to,
		       const struct nfhad_plan *plan, struct nfha_changed *changed);

/**
 * nfhad_ranges_merge - all ranges of an instance go to another one, and it drains
 * @from: who leaves
 * @to: who gets them
 * @policy: for its flows, enum nfha_policy
 * @deadline_ms: for its flows; 0: none
 */
int nfhad_ranges_merge(struct nfhad_instance *from, struct nfhad_instance *to,
		       enum nfha_policy policy, uint32_t deadline_ms);

/**
 * typedef nfhad_ranges_plan_fn - make a new map of one
 * @map: how it is
 * @plan: set; what comes instead
 * @data: as given
 *
 * Return: 0 or a negative errno.
 */
typedef int (*nfhad_ranges_plan_fn)(const struct nfha_map *map,
				    struct nfhad_share_plan *plan, void *data);

/**
 * nfhad_ranges_replace - change the map of a service at once
 * @service: the service
 * @policy: for flows whose range goes elsewhere, enum nfha_policy
 * @fn: makes the new map; called again if somebody else has changed it meanwhile
 * @data: for it
 * @changed: set
 */
int nfhad_ranges_replace(const struct nfhad_service *service,
			 enum nfha_policy policy, nfhad_ranges_plan_fn fn,
			 void *data, struct nfha_changed *changed);

/* It can get ranges, unless a person has taken it out of work. */
int nfhad_ranges_activate(struct nfhad_instance *instance);

/* What the kernel has of it, now. Not logged. */
int nfhad_ranges_get(const struct nfhad_instance *instance,
		     struct nfha_instance *answer);

/**
 * nfhad_ranges_settled - are there at most T exceptions?
 * @service: the service
 * @exceptions: set; how many there are
 */
bool nfhad_ranges_settled(const struct nfhad_service *service,
			  uint32_t *exceptions);

/* What an instance has left of flows is of those who have the ranges. */
int nfhad_ranges_forget(struct nfhad_instance *instance);

/**
 * nfhad_ranges_begin - an instance that was made begins to work
 * @instance: the instance; nothing if it is none that is to be active from the beginning
 *
 * If nobody has a range it gets all of them. In a service that is scaled the others wait
 * until they are needed; else they are ready to get some.
 *
 * Return: 0 or a negative errno, logged.
 */
int nfhad_ranges_begin(struct nfhad_instance *instance);

/**
 * nfhad_ranges_inherit - what those had who are gone goes to one that works
 * @service: the service
 *
 * If nobody has a range, the first instance that works, was made, and is to be active from
 * the beginning gets all of them: one that began while somebody who is gone still had them
 * got none. What failed is logged, and the next one gets them.
 */
void nfhad_ranges_inherit(const struct nfhad_service *service);

#endif /* NFHAD_RANGES_H */
