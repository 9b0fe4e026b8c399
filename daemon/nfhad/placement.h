/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PLACEMENT_H
#define NFHAD_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "policy.h"

/*
 * Where a new instance goes (ETSI GS NFV-REL 002, clause 6.2, component 2): a policy
 * says which one it is of the hosts that have room.
 */

/**
 * struct nfhad_placement_host - what instances can be on
 * @name: its name
 * @capacity: how many instances it can have; 0: as many as one likes
 * @weight: of the policies wrr and wrand
 * @priority: of the policy prio
 * @degradation: of the policy lud: by how much an instance more increases the load;
 *	0: by what one is of @capacity
 * @instances: how many it has; a spare one counts when it begins to work
 * @load: how much of it is in use, if that is measured
 * @is_measured: it is; otherwise the load is what @instances are of @capacity, and no
 *	capacity counts as NFHAD_POLICY_LOAD_MAX
 * @closed: gets no instance: it is down, or about to be
 */
struct nfhad_placement_host {
	const char *name;
	uint32_t capacity;
	uint32_t weight;
	uint32_t priority;
	uint32_t degradation;
	uint32_t instances;
	uint32_t load;
	bool is_measured;
	bool closed;
};

/**
 * struct nfhad_placement - hosts, and who of them was chosen so far
 * @pool: the policy; candidate i is host i
 * @host: the caller's
 */
struct nfhad_placement {
	struct nfhad_policy_pool pool;
	const struct nfhad_placement_host *host;
};

/**
 * struct nfhad_placement_request - what for
 * @master: the host of the instance that this one is to be the backup of, or NULL. It is
 *	chosen only if no other one has room
 * @strict: not even then: what fails with the host would take both
 */
struct nfhad_placement_request {
	const struct nfhad_placement_host *master;
	bool strict;
};

/**
 * nfhad_placement_new - begin to choose among hosts
 * @policy: how
 * @host: them; stay the caller's, in place, until nfhad_placement_free()
 * @hosts: how many, NFHAD_POLICY_POOL_MAX at most
 * @placement: set
 *
 * Return: 0, -E2BIG or -ENOMEM.
 */
int nfhad_placement_new(enum nfhad_policy policy,
			const struct nfhad_placement_host *host, size_t hosts,
			struct nfhad_placement **placement);
void nfhad_placement_free(struct nfhad_placement *placement);

/**
 * nfhad_placement_update - what a host says of itself counts from now on
 * @placement: of these hosts
 * @i: which
 *
 * To be called when its load was measured or its instances were counted, whether or not
 * they are others than before: to RFC 5356 it is a re-registration. Capacity,
 * instances and @closed are looked at anyway when it is a matter of room.
 */
void nfhad_placement_update(struct nfhad_placement *placement, size_t i);

/* What was chosen so far does not count: of equals, the first is next. */
void nfhad_placement_forget(struct nfhad_placement *placement);

/**
 * nfhad_placement_choose - choose a host
 * @placement: one of these
 * @request: what for
 * @why: set to one line, such as "lu: host b, 1 of 4 used; a: full; c: has the master",
 *	also if this fails
 * @size: of @why; hosts for which there is no room in it are left out
 *
 * Return: its index; -ENOSPC if no host can take one; -EUSERS if only that of the
 * master could, and must not; another negative errno of nfhad_policy_select().
 */
int nfhad_placement_choose(struct nfhad_placement *placement,
			   const struct nfhad_placement_request *request,
			   char *why, size_t size);

/**
 * nfhad_placement_choose_spare - choose one of the spare instances
 * @placement: the hosts
 * @request: what for
 * @spare: the host of each
 * @spares: how many
 * @why: as of nfhad_placement_choose()
 * @size: of @why
 *
 * Chooses a host among those that have one; of several there, the first.
 *
 * Return: its index in @spare, or an error of nfhad_placement_choose().
 */
int nfhad_placement_choose_spare(struct nfhad_placement *placement,
				 const struct nfhad_placement_request *request,
				 const struct nfhad_placement_host *const *spare,
				 size_t spares, char *why, size_t size);

#endif /* NFHAD_PLACEMENT_H */
