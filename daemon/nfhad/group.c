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
#include "tree.h"

/* An attribute of those that are ours, whatever others are called. */
#define MARK "trusted.nfhad"

#define STEP_US 10000
#define WAIT_US 5000000
/* Of a share of the processor; what the kernel takes if nobody says. */
#define PERIOD_US 100000

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
	ret = nfhad_tree_write(dir, "cgroup.subtree_control", text);
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
	int ret = nfhad_tree_write(dir, name, value);

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

/* Groups are made by a VNF, too, but hardly that deep. */
#define DEPTH_MAX 16

static void remove_below(int dir, unsigned int depth);

/* What still has processes stays. */
static int remove_one(int dir, const char *name, void *data)
{
	const unsigned int *depth = data;
	int below = nfhad_tree_open(dir, name);

	if (below < 0)
		return 0;
	remove_below(below, *depth + 1);
	close(below);
	unlinkat(dir, name, AT_REMOVEDIR);
	return 0;
}

static void remove_below(int dir, unsigned int depth)
{
	if (depth < DEPTH_MAX)
		nfhad_tree_each(dir, remove_one, &depth);
}

/* A VNF that has ended may have shared its limits out among groups of its own, and where
 * that is so no process can begin.
 */
static int empty(int dir)
{
	static const char *const controllers[] = { "-memory", "-cpu", "-pids", "-io" };
	unsigned int waited;
	size_t n;

	nfhad_tree_write(dir, "cgroup.kill", "1");
	for (waited = 0; waited < WAIT_US; waited += STEP_US) {
		remove_below(dir, 0);
		if (!nfhad_cgroup_is_populated(dir))
			break;
		usleep(STEP_US);
	}
	if (waited >= WAIT_US)
		return -ETIMEDOUT;
	remove_below(dir, 0);
	/* One that it does not have cannot be taken from it either. */
	for (n = 0; n < sizeof(controllers) / sizeof(*controllers); n++)
		nfhad_tree_write(dir, "cgroup.subtree_control", controllers[n]);
	return 0;
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
	if (!is_new) {
		ret = empty(dir);
		if (ret)
			nfhad_said(said, "what is in it does not end: %s",
				   strerror(-ret));
		return ret;
	}
	if (!fsetxattr(dir, MARK, "1", 1, 0))
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

/* Of all that are below the root, the last one of a path, with those below it. */
static int remove_last(int root, const char *path)
{
	int dir, ret = 0;

	dir = openat(root, path + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	if (is_ours(dir)) {
		ret = empty(dir);
		if (!ret && unlinkat(root, path + 1, AT_REMOVEDIR) && errno != ENOENT)
			ret = -errno;
	}
	close(dir);
	return ret;
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
