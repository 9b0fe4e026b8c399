/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PIDFILE_H
#define NFHAD_PIDFILE_H

#include <sys/types.h>
#include "said.h"

/**
 * nfhad_pidfile_read - which process somebody says it is
 * @path: a file that a process has written its number to
 * @pid: set
 * @said: set if that is why it fails; see nfhad_said()
 *
 * Nobody may choose a process that is not his: only the owner may be able to write to the
 * file, and that is root, or who the process runs as.
 *
 * Return: 0, -EPERM if somebody else could have written it, -ENODATA, -EINVAL, -ESRCH, or
 * another negative errno.
 */
int nfhad_pidfile_read(const char *path, pid_t *pid, char *said);

#endif /* NFHAD_PIDFILE_H */
