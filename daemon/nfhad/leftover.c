// SPDX-License-Identifier: GPL-2.0-or-later
/* What a dump leaves in the working directory of its VNF when it is cut short. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "leftover.h"

/* As criu calls it. */
#define LEFTOVER "proc.crtools"

int nfhad_leftover_open(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd;
}

int nfhad_leftover_remove(int directory)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/" LEFTOVER, directory);
	/* A second one is mounted on the first. Nobody else's, for it is not followed. */
	while (!umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW))
		;
	if (!unlinkat(directory, LEFTOVER, AT_REMOVEDIR))
		return 1;
	return errno == ENOENT ? 0 : -errno;
}
