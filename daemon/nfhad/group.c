// SPDX-License-Identifier: GPL-2.0-or-later
/* Control groups of instances. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cgroup.h"
#include "group.h"
#include "said.h"

/* An attribute of those that are ours, whatever others are called. */
#define MARK "trusted.nfhad"

#define STEP_US 10000
#define WAIT_US 5000000
/* Of a share of the processor; what the kernel takes if nobody says. */
#define PERIOD_US 100000

static int file_write(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int nfhad_group_open(const char *path)
{
	int root = nfhad_cgroup_root(), dir, ret;
	struct nfhad_cgroup group;

	if (root < 0)
		return root;
	ret = nfhad_cgroup_open(root, path, &group);
	close(root);
	if (ret)
		return ret;
	dir = fcntl(group.dir, F_DUPFD_CLOEXEC, 3);
	nfhad_cgroup_close(&group);
	return dir < 0 ? -errno : dir;
}

static int enable_one(int dir, const char *controller, char *said)
{
	char text[32];
	int ret;

	snprintf(text, sizeof(text), "+%s", controller);
	ret = file_write(dir, "cgroup.subtree_control", text);
	if (ret)
		nfhad_said(said, "its controller \"%s\" cannot be had: %s",
			   controller, strerror(-ret));
	return ret;
}

/* In a group, for those below it. */
static int enable(int dir, const struct nfhad_group_config *limits, char *said)
{
	int ret = 0;

	if (limits->memory)
		ret = enable_one(dir, "memory", said);
	if (!ret && limits->cpu)
		ret = enable_one(dir, "cpu", said);
	if (!ret && limits->processes)
		ret = enable_one(dir, "pids", said);
	return ret;
}

static int limit_one(int dir, const char *name, const char *value, char *said)
{
	int ret = file_write(dir, name, value);

	if (ret)
		nfhad_said(said, "its %s cannot be \"%s\": %s", name, value,
			   strerror(-ret));
	return ret;
}

static int limits_set(int dir, const struct nfhad_group_config *limits, char *said)
{
	char value[48];
	int ret = 0;

	if (limits->memory) {
		snprintf(value, sizeof(value), "%" PRIu64, limits->memory);
		ret = limit_one(dir, "memory.max", value, said);
	}
	if (!ret && limits->cpu) {
		snprintf(value, sizeof(value), "%" PRIu64 " %u",
			 limits->cpu * (uint64_t)PERIOD_US / 100, PERIOD_US);
		ret = limit_one(dir, "cpu.max", value, said);
	}
	if (!ret && limits->processes) {
		snprintf(value, sizeof(value), "%u", limits->processes);
		ret = limit_one(dir, "pids.max", value, said);
	}
	return ret;
}

static bool is_ours(int dir)
{
	return fgetxattr(dir, MARK, NULL, 0) >= 0;
}

/* The last one of a path; what is new and cannot be marked does not stay. */
static int claim(int above, const char *name, int dir, bool is_new, char *said)
{
	int ret;

	if (!is_new && !is_ours(dir)) {
		nfhad_said(said, "it is there already, and nfhad has not made it");
		return -EEXIST;
	}
	if (!is_new || !fsetxattr(dir, MARK, "1", 1, 0))
		return 0;
	ret = -errno;
	nfhad_said(said, "it cannot have the attribute " MARK ": %s",
		   strerror(-ret));
	unlinkat(above, name, AT_REMOVEDIR);
	return ret;
}

/* The group of this name below @above, which is made if it is not there. */
static int enter(int above, const char *name, const struct nfhad_group_config *limits,
		 bool *is_new, char *said)
{
	int dir, ret = enable(above, limits, said);

	if (ret)
		return ret;
	*is_new = !mkdirat(above, name, 0755);
	if (!*is_new && errno != EEXIST)
		ret = -errno;
	dir = ret ? ret : openat(above, name, O_RDONLY | O_DIRECTORY |
				 O_NOFOLLOW | O_CLOEXEC);
	if (!ret && dir < 0)
		dir = -errno;
	if (dir < 0)
		nfhad_said(said, "it cannot be made: %s", strerror(-dir));
	return dir;
}

static int make(int dir, char *path, const struct nfhad_group_config *limits,
		char *said)
{
	int below, ret = 0;
	bool is_new = false;
	char *name;

	while ((name = strsep(&path, "/"))) {
		if (!*name)
			continue;
		below = enter(dir, name, limits, &is_new, said);
		if (below >= 0 && !path)
			ret = claim(dir, name, below, is_new, said);
		close(dir);
		if (below < 0)
			return below;
		dir = below;
	}
	ret = ret ?: limits_set(dir, limits, said);
	close(dir);
	return ret;
}

int nfhad_group_make(const char *path, const struct nfhad_group_config *limits,
		     char *said)
{
	char what[NFHAD_SAID_MAX] = "", *copy = strdup(path);
	int root = nfhad_cgroup_root(), ret = -ENOMEM;

	if (root < 0)
		ret = root;
	else if (copy)
		ret = make(root, copy, limits, what);
	else
		close(root);
	free(copy);
	if (ret)
		nfhad_said(said, "control group %s: %s", path,
			   *what ? what : strerror(-ret));
	return ret;
}

/* Of all that are below the root, the last one of a path. */
static int remove_last(int root, const char *path)
{
	unsigned int waited;
	bool ours;
	int dir, ret = 0;

	dir = openat(root, path + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	ours = is_ours(dir);
	if (ours)
		file_write(dir, "cgroup.kill", "1");
	close(dir);
	if (!ours)
		return 0;
	for (waited = 0; waited < WAIT_US; waited += STEP_US) {
		ret = unlinkat(root, path + 1, AT_REMOVEDIR) ? -errno : 0;
		if (ret != -EBUSY)
			break;
		usleep(STEP_US);
	}
	if (ret == -EBUSY)
		return -ETIMEDOUT;
	return ret == -ENOENT ? 0 : ret;
}

int nfhad_group_remove(const char *path)
{
	int root = nfhad_cgroup_root(), ret;

	if (root < 0)
		return root == -ENOENT ? 0 : root;
	ret = remove_last(root, path);
	close(root);
	return ret;
}
