// SPDX-License-Identifier: GPL-2.0-or-later
/* Mount namespaces of instances. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mounts.h"

/* What the instance's own memory is mounted from, in all lists of mounts. */
#define SOURCE "nfhad"

/* CRIU's list of the mounts of a namespace; the rest of the name is a number. */
#define IMAGE "mountpoints-"

/* A namespace that nothing comes into or gets out of. */
static int separate(void)
{
	if (unshare(CLONE_NEWNS))
		return -1;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* A mount as it is at a path, without what is mounted on it. */
static int take(const char *path)
{
	return open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

static int put(int tree, const char *path)
{
	return move_mount(tree, "", AT_FDCWD, path,
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
}

/* All others are gone then. The two are put one over the other, at the same place. */
static int change_root(int tree)
{
	if (put(tree, "/tmp") || chdir("/tmp") ||
	    syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH))
		return -1;
	return chdir("/");
}

/* Devices are to be used, but a file would be in memory that all have. */
static int put_dev(int tree)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return -1;
	return put(tree, "/dev");
}

static int mount_own(const char **where)
{
	*where = "/tmp";
	if (mount(SOURCE, *where, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"))
		return -1;
	*where = "/proc";
	return mount("proc", *where, "proc",
		     MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

/*
 * The paths are taken from the machine and put where they are in the new root, which is
 * what their links lead to then. Descriptors are left to the exec.
 */
static int put_binds(char **binds, const int *trees, const char **where)
{
	size_t i;

	for (i = 0; binds && binds[i]; i++) {
		*where = binds[i];
		if (put(trees[i], binds[i]))
			return -1;
	}
	return 0;
}

static int take_binds(char **binds, int *trees, const char **where)
{
	size_t i;

	for (i = 0; binds && binds[i]; i++) {
		*where = binds[i];
		trees[i] = take(binds[i]);
		if (trees[i] < 0)
			return -1;
	}
	return 0;
}

int nfhad_mounts_enter(const struct nfhad_instance_config *config,
		       const char **where)
{
	int trees[NFHAD_BINDS_MAX], root, dev;

	*where = "/";
	if (separate())
		return -1;
	root = take("/");
	dev = take("/dev");
	if (root < 0 || dev < 0 ||
	    take_binds(config->bind_mounts, trees, where))
		return -1;
	*where = "/";
	if (change_root(root) || mount_own(where))
		return -1;
	*where = "/dev";
	if (put_dev(dev))
		return -1;
	return put_binds(config->bind_mounts, trees, where);
}

/* CRIU makes its directories in /tmp, and may not live to remove them. */
int nfhad_mounts_prepare(void)
{
	if (separate() ||
	    mount(SOURCE, "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=700") ||
	    mkdir(NFHAD_MOUNTS_ROOT, 0700))
		return -1;
	return mount("/", NFHAD_MOUNTS_ROOT, NULL, MS_BIND, NULL);
}

static bool has_our_root(pid_t pid)
{
	struct stat ours, its;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	return !stat("/", &ours) && !stat(path, &its) &&
	       ours.st_dev == its.st_dev && ours.st_ino == its.st_ino;
}

/* A line of mountinfo: numbers, root, place, options..., "-", file system, source. */
static bool is_own_tmp(const char *line)
{
	static const char own[] = " - tmpfs " SOURCE " ";
	char place[8];

	return sscanf(line, "%*d %*d %*s %*s %7s", place) == 1 &&
	       !strcmp(place, "/tmp") && strstr(line, own);
}

bool nfhad_mounts_are_made(pid_t pid)
{
	char path[48], *line = NULL;
	bool made = false;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!made && getline(&line, &size, file) > 0)
		made = is_own_tmp(line);
	free(line);
	fclose(file);
	return made && has_our_root(pid);
}

int nfhad_mounts_in_image(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	int found = 0;
	DIR *list;

	if (fd < 0)
		return -errno;
	list = fdopendir(fd);
	if (!list) {
		found = -errno;
		close(fd);
		return found;
	}
	while (!found && (entry = readdir(list)))
		found = !strncmp(entry->d_name, IMAGE, sizeof(IMAGE) - 1);
	closedir(list);
	return found;
}
