// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that nobody remembers. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stray.h"

#define GONE_MS 5000

/* So often a new process may appear while the others are being ended. */
#define ROUNDS 100

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_stray(int proc, const char *pid, const struct stat *net,
		     const struct stat *own)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ns/net", pid);
	if (fstatat(proc, path, &st, 0) || !same(&st, net))
		return false;
	snprintf(path, sizeof(path), "%s/ns/pid", pid);
	return !fstatat(proc, path, &st, 0) && !same(&st, own);
}

/* The number may be another process's by now, but for the descriptor. */
static int end(int proc, const char *pid, const struct stat *net,
	       const struct stat *own)
{
	struct pollfd pfd = { .events = POLLIN };
	int ret = 0;

	pfd.fd = syscall(SYS_pidfd_open, atoi(pid), 0);
	if (pfd.fd < 0)
		return errno == ESRCH ? 0 : -errno;
	if (is_stray(proc, pid, net, own) &&
	    !syscall(SYS_pidfd_send_signal, pfd.fd, SIGKILL, NULL, 0) &&
	    poll(&pfd, 1, GONE_MS) != 1)
		ret = -ETIMEDOUT;
	close(pfd.fd);
	return ret;
}

/* Returns how many were found, or a negative errno. */
static int round_of_kills(int proc, const struct stat *net,
			  const struct stat *own)
{
	struct dirent *entry;
	int fd, ret = 0, found = 0;
	DIR *dir;

	fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    !is_stray(proc, entry->d_name, net, own))
			continue;
		found++;
		ret = end(proc, entry->d_name, net, own);
	}
	closedir(dir);
	return ret ?: found;
}

static int kill_all(int proc, const struct stat *net)
{
	unsigned int i;
	struct stat own;
	int ret;

	if (fstatat(proc, "self/ns/pid", &own, 0))
		return -errno;
	for (i = 0; i < ROUNDS; i++) {
		ret = round_of_kills(proc, net, &own);
		if (ret <= 0)
			return ret;
	}
	return -EBUSY;
}

int nfhad_stray_kill(const char *netns)
{
	char path[300];
	struct stat net, own;
	int proc, ret;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	if (stat(path, &net) || stat("/proc/self/ns/net", &own))
		return -errno;
	if (same(&net, &own))
		return -EPERM;
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return -errno;
	ret = kill_all(proc, &net);
	close(proc);
	return ret;
}
