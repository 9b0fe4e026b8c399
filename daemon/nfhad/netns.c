// SPDX-License-Identifier: GPL-2.0-or-later
/* Network namespaces. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "netns.h"
#include "said.h"
#include "tree.h"

/* Where this process belongs, opened when it first leaves it for a moment; or -1. */
static int home = -1;

int nfhad_netns_open(const char *name)
{
	char path[280];
	int fd, type;

	if (!*name || strchr(name, '/') || !strcmp(name, ".") ||
	    !strcmp(name, "..") || strlen(name) > NAME_MAX)
		return -EINVAL;
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	/* Nobody writes to what may be a FIFO. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type != CLONE_NEWNET) {
		close(fd);
		return -ENOTTY;
	}
	return fd;
}

const char *nfhad_netns_error(int error)
{
	return error == -ENOTTY ? "This is no network namespace" :
				  strerror(-error);
}

bool nfhad_netns_missing(const char *name, char *said)
{
	int netns = nfhad_netns_open(name);

	if (netns >= 0)
		close(netns);
	if (netns == -ENOENT)
		nfhad_said(said,
			   "there is no network namespace %s: make it and its devices, or correct its name",
			   name);
	return netns == -ENOENT;
}

int nfhad_netns_enter(const char *name)
{
	int ret, netns = nfhad_netns_open(name);

	if (netns < 0)
		return netns;
	ret = setns(netns, CLONE_NEWNET) ? -errno : 0;
	close(netns);
	if (!ret && home >= 0) {
		close(home);
		home = -1;
	}
	return ret;
}

/* "net.ipv4.ip_forward=1": its file, and its value. */
static int setting_write(const char *setting)
{
	char path[256];
	const char *value = strchr(setting, '=') + 1;
	size_t n;

	snprintf(path, sizeof(path), "/proc/sys/%.*s", (int)(value - setting - 1),
		 setting);
	for (n = strlen("/proc/sys/"); path[n]; n++)
		if (path[n] == '.')
			path[n] = '/';
	return nfhad_tree_write(AT_FDCWD, path, value);
}

int nfhad_netns_set(const char *name, int here, const char *setting, char *said)
{
	int ret = nfhad_netns_enter(name);

	if (ret)
		return ret;
	ret = setting_write(setting);
	if (setns(here, CLONE_NEWNET))
		ret = -errno;
	if (ret)
		nfhad_said(said, "setting %s: %s", setting, strerror(-ret));
	return ret;
}

int nfhad_netns_inode(int netns, ino_t *inode)
{
	struct stat st;

	if (fstat(netns, &st))
		return -errno;
	*inode = st.st_ino;
	return 0;
}

/* Half way: what is done next would be done to a VNF's namespace. */
static _Noreturn void lost(void)
{
	nfhad_log(LOG_ALERT, NULL, NULL,
		  "cannot come back to its own network namespace, and ends: %s",
		  strerror(errno));
	abort();
}

int nfhad_netns_socket(int netns, int domain, int type, int protocol)
{
	int fd;

	if (home < 0)
		home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || setns(netns, CLONE_NEWNET))
		return -errno;
	fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		fd = -errno;
	if (setns(home, CLONE_NEWNET))
		lost();
	return fd;
}
