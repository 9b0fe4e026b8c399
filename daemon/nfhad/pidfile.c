// SPDX-License-Identifier: GPL-2.0-or-later
/* Files with the number of a process. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pidfile.h"
#include "proc.h"

static int mode_check(const char *path, const struct stat *st, char *said)
{
	if (S_ISREG(st->st_mode) && !(st->st_mode & 0022))
		return 0;
	nfhad_said(said,
		   "its pidfile %s: expected a regular file that its owner alone may write to, got mode %o",
		   path, st->st_mode);
	return -EPERM;
}

/* Root may choose any process. */
static int owner_check(const char *path, const struct stat *st, pid_t pid, char *said)
{
	long user;
	int ret;

	if (!st->st_uid)
		return 0;
	ret = nfhad_proc_status(pid, "Uid", &user);
	if (ret || user == (long)st->st_uid)
		return ret;
	nfhad_said(said,
		   "its pidfile %s: expected one of root, or a process of user %u, who owns it, got process %d of user %ld",
		   path, st->st_uid, pid, user);
	return -EPERM;
}

static int read_from(int fd, const char *path, pid_t *pid, char *said)
{
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	ret = mode_check(path, &st, said);
	ret = ret ?: nfhad_proc_pidfile(fd, pid);
	return ret ?: owner_check(path, &st, *pid, said);
}

int nfhad_pidfile_read(const char *path, pid_t *pid, char *said)
{
	int ret, fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	*said = '\0';
	ret = fd < 0 ? -errno : read_from(fd, path, pid, said);
	if (fd >= 0)
		close(fd);
	if (ret && !*said)
		nfhad_said(said, "its pidfile %s: %s", path, strerror(-ret));
	return ret;
}
