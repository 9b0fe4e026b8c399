/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_STRAY_H
#define NFHAD_STRAY_H

/**
 * nfhad_stray_kill - end what is left in a network namespace
 * @netns: its name below /run/netns
 *
 * Ends with SIGKILL each process in it that is in a process namespace of its own, which
 * an instance always is and an operator's shell is not, and waits until they are
 * gone. Blocks: for a job.
 *
 * Return: 0 or a negative errno; -ENOENT if there is no such namespace, -EPERM
 * if it is the daemon's own, or that of process 1.
 */
int nfhad_stray_kill(const char *netns);

/**
 * nfhad_stray_kill_all - the same, in whichever process namespace they are
 * @netns: its name below /run/netns
 *
 * For instances that are in none of their own: children outlive their first process,
 * and then nothing tells them from others.
 */
int nfhad_stray_kill_all(const char *netns);

#endif /* NFHAD_STRAY_H */
