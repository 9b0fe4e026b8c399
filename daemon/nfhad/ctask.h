/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTASK_H
#define NFHAD_CTASK_H

#include "ctstate.h"

/*
 * Some changes of a connection have no event: a timeout that begins again, and
 * sequence numbers that a helper moves. So the kernel is asked.
 */

/**
 * nfhad_ctask_silent - ask for connections that nothing was heard of for a while
 * @fd: socket to ask on
 * @seq: number of the last question; moved on
 * @state: the connections; what the kernel says is learnt
 * @more: set: there are more of them than are asked for in one call
 *
 * Return: 0 or a negative errno.
 */
int nfhad_ctask_silent(int fd, uint32_t *seq, struct nfhad_ctstate *state,
		       bool *more);

/* The same for all that have a helper. */
int nfhad_ctask_helped(int fd, uint32_t *seq, struct nfhad_ctstate *state);

#endif /* NFHAD_CTASK_H */
