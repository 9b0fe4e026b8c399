/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_POSSESSION_H
#define NFHAD_POSSESSION_H

struct nfhad_instance;
struct nfhad_possession;
struct nfhad_service;

/*
 * Addresses of a service that its active instance has, and nobody else (OPNFV HA, 3.1, IP
 * address for active/standby). They move with it: the one that fails loses them at its
 * fence; the one that takes over gets them when its state is there, and not before, for its
 * kernel would answer that it knows of no connection.
 */

/* If there are any. 0 or a negative errno. */
int nfhad_possession_new(struct nfhad_service *service);
void nfhad_possession_free(struct nfhad_service *service);

/**
 * nfhad_possession_claim - an instance gets the addresses
 * @instance: the instance, whose state is there
 * @done: told from the loop when it has them, or why not; or NULL
 * @data: for @done
 *
 * It waits until those who had them before have lost them. Those beside it are told, here
 * and twice more later.
 *
 * Return: 0 if there is nothing to do, also because it has them; -EINPROGRESS: @done is
 * called; or another negative errno.
 */
int nfhad_possession_claim(struct nfhad_instance *instance,
			   void (*done)(void *data, int error), void *data);

/**
 * nfhad_possession_release - an instance loses the addresses, if it has them
 * @instance: the instance, fenced or not alive
 *
 * It does not get them any more, either, if it was about to; @done of that is not called.
 * If it cannot lose them that is said, and nobody waits for it longer than a second.
 */
void nfhad_possession_release(struct nfhad_instance *instance);

/* Nobody wants it to get them any more; @done is not called. */
void nfhad_possession_withdraw(struct nfhad_instance *instance);

/*
 * For jobs, which are in the instance's network namespace afterwards. Set them, or take them
 * away: in a namespace that is not there nobody has them. 0 or a negative errno.
 */
int nfhad_possession_set(const struct nfhad_instance *instance);
int nfhad_possession_clear(const struct nfhad_instance *instance);

#endif /* NFHAD_POSSESSION_H */
