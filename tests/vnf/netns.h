/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNF_NETNS_H
#define VNF_NETNS_H

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/**
 * netns_enter - this thread is in a network namespace from here on
 * @name: as ip(8) has it
 * @length: of @name, behind which something else may stand
 *
 * Return: 0, or -1 and errno.
 */
static inline int netns_enter(const char *name, int length)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "/run/netns/%.*s", length, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = setns(fd, CLONE_NEWNET);
	close(fd);
	return ret;
}

/* The same, and there is no program without. */
static inline void netns_must_enter(const char *name)
{
	if (netns_enter(name, strlen(name)))
		err(1, "namespace %s", name);
}

#endif /* VNF_NETNS_H */
