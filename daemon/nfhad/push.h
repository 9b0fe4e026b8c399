/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PUSH_H
#define NFHAD_PUSH_H

#include <stdint.h>

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

#endif /* NFHAD_PUSH_H */
