/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PUSH_H
#define NFHAD_PUSH_H

#include <stdint.h>

struct nfhad_instance;
struct nfhad_service;

/*
 * Ranges and exceptions go to the switch before a service (ETSI GS NFV-REL 002, 6.2 step 6).
 * Packets take the long way by this host until it has them, and that works, so nothing waits
 * for it, and it is tried until it succeeds.
 */

/* 0, also if there is no switch, or a negative errno. */
int nfhad_push_new(struct nfhad_service *service);
void nfhad_push_free(struct nfhad_service *service);

/**
 * nfhad_push_begin - tell the switch how it is now
 * @service: the service; nothing if there is no switch
 * @exceptions: how many there are, for those who ask later
 *
 * What was not told yet needs not be told any more.
 */
void nfhad_push_begin(struct nfhad_service *service, uint32_t exceptions);

/**
 * typedef nfhad_push_turned_fn - the switch has been told, or not
 * @service: the service
 * @error: 0 or a negative errno
 */
typedef void (*nfhad_push_turned_fn)(struct nfhad_service *service, int error);

/**
 * nfhad_push_turn - the switch gives the ranges of an instance to another one
 * @service: the service; it has a switch
 * @leaving: whose ranges, though this host still has them so
 * @heir: who gets them
 * @fn: told once, from the loop; -ECANCELED if the switch is told anything else meanwhile
 *
 * What was to be told before is told with it. It is not tried again.
 *
 * Return: 0 or a negative errno; then @fn is not called.
 */
int nfhad_push_turn(struct nfhad_service *service, struct nfhad_instance *leaving,
		    struct nfhad_instance *heir, nfhad_push_turned_fn fn);

#endif /* NFHAD_PUSH_H */
