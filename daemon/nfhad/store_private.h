/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_STORE_PRIVATE_H
#define NFHAD_STORE_PRIVATE_H

#include "place.h"
#include "store.h"

/**
 * struct nfhad_store - stable storage
 * @config: where, and how much
 * @event: the loop
 * @dir: descriptor of the directory
 * @lock: of a file that is locked, so that there is one daemon
 * @places: of the instances
 */
struct nfhad_store {
	const struct nfhad_store_config *config;
	sd_event *event;
	int dir;
	int lock;
	struct nfhad_place *places;
};

/* The place of an instance; made if it is not there. Logs what is wrong. */
int nfhad_store_place(struct nfhad_store *store, const char *service,
		      const char *instance, struct nfhad_place **place);

/* Removes what is beyond the limits: of a place, and then of all together. */
void nfhad_store_trim(struct nfhad_store *store, struct nfhad_place *place);

/* How many bytes a new checkpoint may have, if all goes that can go. */
uint64_t nfhad_store_room(const struct nfhad_store *store);

#endif /* NFHAD_STORE_PRIVATE_H */
