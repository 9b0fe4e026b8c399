/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_OWNERS_H
#define NFHAD_OWNERS_H

#include <stdbool.h>
#include <stdint.h>
#include "instance.h"

/*
 * Who owns what of the flow IDs of a service, as the module had it at one time. A decision
 * is made on one such look, so that it does not contradict itself.
 */

/**
 * struct nfhad_owner - an instance in the module
 * @known: the module has it
 * @remote: it is on another host
 * @state: enum nfha_state
 * @width: flow IDs that it owns
 * @flows: that it has
 * @deadline_ms: that is left of its drain; 0: it has none, or it is over
 */
struct nfhad_owner {
	bool known;
	bool remote;
	uint32_t state;
	uint32_t width;
	uint32_t flows;
	uint32_t deadline_ms;
};

/**
 * struct nfhad_owners - all instances of a service
 * @service: the service
 * @of: them, as in the service
 */
struct nfhad_owners {
	const struct nfhad_service *service;
	struct nfhad_owner of[NFHAD_INSTANCES_MAX];
};

/* Asks the module, with one request. 0 or a negative errno; then nobody owns anything. */
int nfhad_owners_look(const struct nfhad_service *service,
		      struct nfhad_owners *owners);

/* One of them. */
const struct nfhad_owner *nfhad_owners_get(const struct nfhad_owners *owners,
					   const struct nfhad_instance *instance);

/* Packets go to it, and not only those of old flows, and nobody wants it otherwise. */
bool nfhad_owners_serves(const struct nfhad_owners *owners,
			 const struct nfhad_instance *instance);

/* How many do. */
unsigned int nfhad_owners_serving(const struct nfhad_owners *owners);

/* The one of these with the most flows, or NULL. */
struct nfhad_instance *nfhad_owners_busiest(const struct nfhad_owners *owners);

/* The one with the fewest, but @but, which may be NULL; or NULL. */
struct nfhad_instance *nfhad_owners_idlest(const struct nfhad_owners *owners,
					   const struct nfhad_instance *but);

#endif /* NFHAD_OWNERS_H */
