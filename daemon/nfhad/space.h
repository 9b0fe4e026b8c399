/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SPACE_H
#define NFHAD_SPACE_H

#include <sys/types.h>

/*
 * Names of network namespaces, in /run/netns as "ip netns" has them. Each of these is
 * for jobs: a job ends up in the namespace that it came from.
 */

/**
 * nfhad_space_make - a new network namespace
 * @name: of it; -EEXIST if there is one
 * @host: descriptor of the one to come back to
 * @ready: called in the new one, before it has its name
 * @data: for @ready
 *
 * Return: 0, what @ready gave, or a negative errno; then there is none.
 */
int nfhad_space_make(const char *name, int host, int (*ready)(void *data),
		     void *data);

/**
 * nfhad_space_attach - a name for the network namespace of a process
 * @name: of it; if another one has it, it has it no more, whatever is returned
 * @pid: of the process
 *
 * Return: 0, -EXDEV if that is the daemon's own namespace, which needs no name, or a
 * negative errno.
 */
int nfhad_space_attach(const char *name, pid_t pid);

/**
 * nfhad_space_remove - take a name away
 * @name: the name; nothing there is no error
 *
 * The namespace goes when nobody is in it.
 */
int nfhad_space_remove(const char *name);

#endif /* NFHAD_SPACE_H */
