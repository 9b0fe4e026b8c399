/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_NETNS_H
#define NFHAD_NETNS_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * nfhad_netns_open - a network namespace by its name
 * @name: as "ip netns" has it
 *
 * Return: a descriptor of it, or a negative errno: -EINVAL for what is no
 * such name, -ENOTTY if there is something else by this name.
 */
int nfhad_netns_open(const char *name);

/* What that has returned, in words. */
const char *nfhad_netns_error(int error);

/* Is there none of this name? Then @said says so, and what to do. */
bool nfhad_netns_missing(const char *name, char *said);

/**
 * nfhad_netns_enter - go to a network namespace, for good
 * @name: as "ip netns" has it
 *
 * For jobs: the daemon itself is elsewhere only for nfhad_netns_socket().
 *
 * Return: 0, or a negative errno as nfhad_netns_open().
 */
int nfhad_netns_enter(const char *name);

/**
 * nfhad_netns_set - change a setting of a network namespace
 * @name: of the namespace
 * @here: descriptor of the one that the job comes back to
 * @setting: NAME=VALUE; the name is that of a file below /proc/sys, with dots for
 *	slashes
 * @said: of NFHAD_SAID_MAX bytes, set on failure
 *
 * For jobs. Return: 0 or a negative errno.
 */
int nfhad_netns_set(const char *name, int here, const char *setting, char *said);

/**
 * nfhad_netns_inode - the number by which the kernel tells namespaces apart
 * @netns: descriptor
 * @inode: set
 *
 * Return: 0 or a negative errno.
 */
int nfhad_netns_inode(int netns, ino_t *inode);

/**
 * nfhad_netns_socket - a socket in another namespace
 * @netns: descriptor of the namespace
 * @domain: as for socket()
 * @type: as for socket(); close-on-exec in any case
 * @protocol: as for socket()
 *
 * The process goes there and comes back before it does anything else. If it cannot come
 * back, it says so and aborts.
 *
 * Return: the socket, or a negative errno.
 */
int nfhad_netns_socket(int netns, int domain, int type, int protocol);

#endif /* NFHAD_NETNS_H */
