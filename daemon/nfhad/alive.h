/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_ALIVE_H
#define NFHAD_ALIVE_H

struct nfhad_service;

/**
 * nfhad_alive_new - prepare a service's signs of life
 * @s: the service; gives none before nfhad_alive_set()
 *
 * Return: 0 or a negative errno. Unreferencing nfhad_service.alive ends them.
 */
int nfhad_alive_new(struct nfhad_service *s);

/* Gives one now, and more as long as the dead man waits for them. */
void nfhad_alive_set(struct nfhad_service *s);

#endif /* NFHAD_ALIVE_H */
