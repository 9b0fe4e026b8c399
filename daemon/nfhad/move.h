/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_MOVE_H
#define NFHAD_MOVE_H

#include <libnfha/nfha.h>
#include <stdbool.h>

struct nfhad_instance;
struct nfhad_service;

/*
 * Ranges of a service that is protected go from one instance to another. Whoever gets them
 * has a checkpoint first, so that it can fail. With policy "always" the state of the flows
 * goes along (ETSI GS NFV-REL 002, 6.2: always migrate). One at a time in a service.
 */

/**
 * typedef nfhad_move_fn - a move has ended
 * @data: as given
 * @error: 0; or all is as it was before, but for what the one has got that was to get the
 *	flows
 * @changed: what came of it, for a split
 */
typedef void (*nfhad_move_fn)(void *data, int error, const struct nfha_changed *changed);

/**
 * nfhad_move_split - a part of an instance's range goes to another one
 * @from: whose; works
 * @to: who gets it; works
 * @done: told, from the loop
 * @data: for @done
 *
 * Return: 0 or a negative errno; then @done is not called. -EBUSY: another one is under
 * way; -EOPNOTSUPP: one of both is not protected.
 */
int nfhad_move_split(struct nfhad_instance *from, struct nfhad_instance *to,
		     nfhad_move_fn done, void *data);

/* All that an instance has goes to another one, with its state; it drains then. */
int nfhad_move_merge(struct nfhad_instance *from, struct nfhad_instance *to,
		     nfhad_move_fn done, void *data);

/* Does state go along in this service? */
bool nfhad_move_is_wanted(const struct nfhad_service *service);

/**
 * nfhad_move_failed - an instance has failed
 * @instance: the instance, in state FAILED
 *
 * A move that it is part of is given up, and its done called.
 */
void nfhad_move_failed(struct nfhad_instance *instance);

/* Nobody is interested any more. */
void nfhad_move_stop(struct nfhad_service *service);

/**
 * nfhad_move_abandon - nobody waits for it any more; what it was begun for is not told
 * @service: the service
 *
 * Return: to whom ranges were to go that have not gone yet; NULL: they have, or there is no
 * move.
 */
struct nfhad_instance *nfhad_move_abandon(struct nfhad_service *service);

#endif /* NFHAD_MOVE_H */
