// SPDX-License-Identifier: GPL-2.0-or-later
/* What a dump that was cut short leaves in a working directory, and what it does not. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "leftover.h"
#include "tree.h"
#include "unit.h"

static char root[64];
static int directory;
static int descriptors;

static void setup(void)
{
	descriptors = count_descriptors();
	snprintf(root, sizeof(root), "/tmp/nfha-leftover-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(chdir(root), 0);
	directory = nfhad_leftover_open(getpid());
	ck_assert_int_ge(directory, 0);
}

static void teardown(void)
{
	close(directory);
	ck_assert_int_eq(count_descriptors(), descriptors);
	ck_assert_int_eq(nfhad_tree_remove(AT_FDCWD, root), 0);
}

START_TEST(nothing)
{
	ck_assert_int_eq(nfhad_leftover_remove(directory), 0);
}

START_TEST(nobody)
{
	ck_assert_int_eq(nfhad_leftover_open(0), -ENOENT);
}

START_TEST(a_directory)
{
	ck_assert_int_eq(mkdir("proc.crtools", 0700), 0);
	ck_assert_int_eq(nfhad_leftover_remove(directory), 1);
	ck_assert_int_eq(nfhad_leftover_remove(directory), 0);
}

/* Whoever has it as working directory may have moved on, or it has another name. */
START_TEST(the_directory_is_meant)
{
	char other[80];

	ck_assert_int_eq(mkdir("proc.crtools", 0700), 0);
	snprintf(other, sizeof(other), "%s.moved", root);
	ck_assert_int_eq(rename(root, other), 0);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(nfhad_leftover_remove(directory), 1);
	ck_assert_int_eq(rename(other, root), 0);
}

/* May it mount, where nobody else sees it? */
static bool mounts_begin(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return false;
	close(directory);
	directory = nfhad_leftover_open(getpid());
	ck_assert_int_ge(directory, 0);
	return true;
}

/* What is mounted twice goes twice. */
START_TEST(mounts)
{
	struct stat before, after;

	if (!mounts_begin())
		return;
	ck_assert_int_eq(mkdir("proc.crtools", 0700), 0);
	ck_assert_int_eq(mount("none", "proc.crtools", "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mount("proc", "proc.crtools", "proc", 0, NULL), 0);
	ck_assert_int_eq(nfhad_leftover_remove(directory), 1);
	ck_assert_int_eq(stat(root, &before), 0);
	ck_assert_int_eq(mkdir("proc.crtools", 0700), 0);
	ck_assert_int_eq(stat("proc.crtools", &after), 0);
	ck_assert_uint_eq(before.st_dev, after.st_dev);
}

/* A VNF may call anything so. What it stands for is not touched, nor what is in it. */
START_TEST(what_is_the_vnfs_own)
{
	ck_assert_int_eq(mkdir("precious", 0700), 0);
	ck_assert_int_eq(symlink("precious", "proc.crtools"), 0);
	ck_assert_int_eq(nfhad_leftover_remove(directory), -ENOTDIR);
	ck_assert_int_eq(access("precious", F_OK), 0);
	ck_assert_int_eq(unlink("proc.crtools"), 0);
	ck_assert_int_eq(rename("precious", "proc.crtools"), 0);
	ck_assert_int_eq(mkdir("proc.crtools/file", 0700), 0);
	ck_assert_int_eq(nfhad_leftover_remove(directory), -ENOTEMPTY);
	ck_assert_int_eq(access("proc.crtools/file", F_OK), 0);
}

/* A mount behind a link is somebody else's. */
START_TEST(a_mount_behind_a_link)
{
	struct stat above, below;

	if (!mounts_begin())
		return;
	ck_assert_int_eq(mkdir("mounted", 0700), 0);
	ck_assert_int_eq(mount("none", "mounted", "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(symlink("mounted", "proc.crtools"), 0);
	ck_assert_int_eq(nfhad_leftover_remove(directory), -ENOTDIR);
	ck_assert_int_eq(stat(root, &above), 0);
	ck_assert_int_eq(stat("mounted", &below), 0);
	ck_assert_uint_ne(above.st_dev, below.st_dev);
	ck_assert_int_eq(umount("mounted"), 0);
}

UNIT_MAIN_FIXTURE("leftover", setup, teardown, nothing, nobody, a_directory,
		  the_directory_is_meant, mounts, what_is_the_vnfs_own,
		  a_mount_behind_a_link)
