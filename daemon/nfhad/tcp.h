/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_TCP_H
#define NFHAD_TCP_H

/*
 * What of TCP is not in a checkpoint of processes.
 */

/**
 * nfhad_tcp_prepare - settings for a network namespace whose processes are checkpointed
 * @netns: its name below /run/netns
 *
 * tcp_syncookies: 2. A connection that is half open belongs to no process, so it is in no
 * checkpoint; but its SYN ACK is seen outside, and a backup that does not know it would
 * answer the client with a reset. With a cookie it is in the packets. The key is the
 * host's, so all its namespaces take it.
 *
 * tcp_orphan_retries: 1. A connection outlives its process: the kernel says goodbye to a
 * peer that does not hear it, for minutes, and meanwhile nobody can restore the same
 * connection in the same namespace. So it gives up after its next retransmission instead
 * of the eighth.
 *
 * For a job: goes to the namespace.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_tcp_prepare(const char *netns);

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
 * Ends them. Those that have no process any more are not ended by kernels before 6.11, and
 * give up by themselves. Blocks: for a job.
 *
 * Return: 0, -ETIMEDOUT, or a negative errno.
 */
int nfhad_tcp_clear(const char *netns);

#endif /* NFHAD_TCP_H */
