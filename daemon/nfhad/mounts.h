/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_MOUNTS_H
#define NFHAD_MOUNTS_H

#include <stdbool.h>
#include <sys/types.h>
#include "config.h"

/*
 * Mount namespaces of instances: the machine's root file system, without what is mounted
 * on it, and on it
 *
 *	/dev	the machine's, without what is mounted on it; nothing can be made there
 *	/proc	of the instance's own processes
 *	/tmp	memory of the instance's own, which is part of its checkpoints
 *
 * and what the configuration lists, as the machine has it. Nothing that is mounted inside
 * is seen outside, nor the other way round, and all is gone with the last process.
 */

/* Where nfhad_mounts_prepare() has the root file system. */
#define NFHAD_MOUNTS_ROOT "/tmp/root"

/**
 * nfhad_mounts_enter - move this process to a mount namespace of an instance
 * @config: the instance; it has one
 * @where: set to the path where it has failed
 *
 * To be called by process 1 of a pid namespace. The working directory is / then.
 *
 * Return: 0, or -1 and errno.
 */
int nfhad_mounts_enter(const struct nfhad_instance_config *config,
		       const char **where);

/**
 * nfhad_mounts_prepare - make what criu needs to restore such a namespace
 *
 * To be called by the process that becomes criu. It gets a mount namespace
 * where CRIU's own directories come to nothing with it, whatever becomes of it.
 *
 * Return: 0, or -1 and errno.
 */
int nfhad_mounts_prepare(void);

/**
 * nfhad_mounts_are_made - is the mount namespace of a process one of these?
 * @pid: the process
 *
 * Return: false also if that cannot be found out.
 */
bool nfhad_mounts_are_made(pid_t pid);

/**
 * nfhad_mounts_in_image - has a checkpoint of CRIU's a mount namespace?
 * @dir: its directory
 *
 * Return: 1 if so, 0 if not, or a negative errno.
 */
int nfhad_mounts_in_image(int dir);

#endif /* NFHAD_MOUNTS_H */
