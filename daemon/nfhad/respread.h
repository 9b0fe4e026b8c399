/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_RESPREAD_H
#define NFHAD_RESPREAD_H

struct nfhad_instance;
struct nfhad_respread;
struct nfhad_service;

/*
 * Scheme active-active (NHAM; OPNFV HA, 3.1, case 1): all instances work, and when one fails
 * the others share what was its part. It is started again, and gets its share back.
 */

/* If that is the scheme. 0 or a negative errno. */
int nfhad_respread_new(struct nfhad_service *service);
void nfhad_respread_free(struct nfhad_service *service);

/**
 * nfhad_respread_leave - an instance has failed: divide its ranges
 * @failed: the instance, which is to be started again
 *
 * They go to those that work and have some already, by nfhad_share_leave(), with one change
 * of the map. Its flows have lost their state and are new ones there; those of others stay
 * where they are. If nobody else works it keeps them. Nothing with another scheme.
 */
void nfhad_respread_leave(struct nfhad_instance *failed);

/**
 * nfhad_respread_look - give those their share who are back
 * @service: the service, of which an instance may have been started
 *
 * One that has no ranges gets it when its checks have succeeded and it has carrier, by
 * nfhad_share_join(); living flows stay where they are, as exceptions. Until then it is
 * looked at again. In a service that is scaled only one gets it that
 * nfhad_respread_leave() has made go. Nothing with another scheme.
 */
void nfhad_respread_look(struct nfhad_service *service);

#endif /* NFHAD_RESPREAD_H */
