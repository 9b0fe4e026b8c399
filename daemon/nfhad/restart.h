/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_RESTART_H
#define NFHAD_RESTART_H

struct nfhad_service;

/**
 * nfhad_restart_take_up - go on where an earlier daemon has ended, or begin
 * @service: nothing of it is known yet
 *
 * What runs is taken up, what has failed meanwhile recovered, and what nobody remembers
 * started or cleaned, by what the module and the records have of it.
 *
 * Return: 0, or a negative errno if the module has not all that is wanted, which has
 * been said; then nothing was done.
 */
int nfhad_restart_take_up(struct nfhad_service *service);

#endif /* NFHAD_RESTART_H */
