// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of network namespaces. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netns.h"
#include "proc.h"
#include "space.h"

#define DIRECTORY "/run/netns"
#define PATH_SIZE (sizeof(DIRECTORY) + 1 + NAME_MAX)

static void path_of(const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, DIRECTORY "/%s", name);
}

/* What is mounted there is to be seen, and to go, in each mount namespace. */
static int directory_share(void)
{
	if (mkdir(DIRECTORY, 0755) && errno != EEXIST)
		return -errno;
	if (!mount("", DIRECTORY, "none", MS_SHARED | MS_REC, NULL))
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (mount(DIRECTORY, DIRECTORY, "none", MS_BIND | MS_REC, NULL) ||
	    mount("", DIRECTORY, "none", MS_SHARED | MS_REC, NULL))
		return -errno;
	return 0;
}

/* A file that is empty, and nothing else, is what a process that died has left. */
static int file_make(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno != EEXIST || lstat(path, &st))
		return -errno;
	return S_ISREG(st.st_mode) && !st.st_size ? 0 : -EEXIST;
}

static int name_give(const char *name, const char *namespace)
{
	char path[PATH_SIZE];
	int fd, ret;

	fd = nfhad_netns_open(name);
	if (fd >= 0) {
		close(fd);
		return -EEXIST;
	}
	if (fd == -EINVAL)
		return fd;
	path_of(name, path);
	ret = directory_share();
	ret = ret ?: file_make(path);
	if (ret)
		return ret;
	if (!mount(namespace, path, "none", MS_BIND, NULL))
		return 0;
	ret = -errno;
	unlink(path);
	return ret;
}

int nfhad_space_make(const char *name, int host, int (*ready)(void *data),
		     void *data)
{
	int ret, fd = nfhad_netns_open(name);

	if (fd >= 0) {
		close(fd);
		return -EEXIST;
	}
	if (unshare(CLONE_NEWNET))
		return -errno;
	ret = ready(data);
	ret = ret ?: name_give(name, "/proc/self/ns/net");
	if (setns(host, CLONE_NEWNET))
		return -errno;
	return ret;
}

/* Does the name stand for this namespace? */
static bool is_named(const char *name, ino_t namespace)
{
	int fd = nfhad_netns_open(name);
	ino_t inode = 0;

	if (fd < 0)
		return false;
	nfhad_netns_inode(fd, &inode);
	close(fd);
	return inode == namespace;
}

int nfhad_space_attach(const char *name, pid_t pid)
{
	char path[64];
	ino_t own, its;
	int ret;

	ret = nfhad_proc_namespace(pid, "net", &its);
	ret = ret ?: nfhad_proc_namespace(0, "net", &own);
	if (ret) {
		/* A name keeps what nobody is in any more, and its devices. */
		nfhad_space_remove(name);
		return ret;
	}
	if (is_named(name, its))
		return 0;
	ret = nfhad_space_remove(name);
	if (own == its)
		return -EXDEV;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return ret ?: name_give(name, path);
}

int nfhad_space_remove(const char *name)
{
	char path[PATH_SIZE];
	int ret = 0;

	path_of(name, path);
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL &&
	    errno != ENOENT)
		ret = -errno;
	if (!ret && unlink(path) && errno != ENOENT)
		ret = -errno;
	return ret;
}
