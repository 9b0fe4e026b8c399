/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_TCP_H
#define NFHAD_TCP_H

/*
 * A connection outlives its process: the kernel says goodbye to a peer that does not
 * hear it, for minutes, and meanwhile nobody can restore the same connection in the
 * same namespace.
 */

/**
 * nfhad_tcp_abort - end all TCP connections in a network namespace
 * @netns: its name below /run/netns
 *
 * Those of processes that live end at once. Blocks: for a job.
 *
 * Return: how many there were, or a negative errno.
 */
int nfhad_tcp_abort(const char *netns);

/**
 * nfhad_tcp_clear - wait until no TCP connection is left in a network namespace
 * @netns: its name below /run/netns
 *
 * Ends them, and lets those that have no process any more (which kernels before 6.11
 * do not end for us) give up after their next retransmission instead of the eighth.
 * Blocks: for a job.
 *
 * Return: 0, -ETIMEDOUT, or a negative errno.
 */
int nfhad_tcp_clear(const char *netns);

#endif /* NFHAD_TCP_H */
