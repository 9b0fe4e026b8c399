// SPDX-License-Identifier: GPL-2.0-or-later
/* Stable storage: what is kept, what goes, and what is refused. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "tree.h"
#include "unit.h"

START_TEST(stored_is_found)
{
	struct nfhad_image *image;
	struct stat st;

	ck_assert_int_eq(stat(directory, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(nfhad_image_newest(store, "fw", "A", &image), -ENOENT);
	image_add("A", 7);
	ck_assert_uint_eq(newest_good("A"), 7);
	ck_assert_uint_eq(newest_good("B"), 0);
	store_again();
	ck_assert_uint_eq(newest_good("A"), 7);
	ck_assert_uint_gt(image_add("A", 9), 1);
	ck_assert_uint_eq(newest_good("A"), 9);
}

START_TEST(without_a_name_is_not_found)
{
	struct nfhad_image *image = image_begin("A"), *found;
	struct names names = names_of("A");

	ck_assert_uint_eq(names.shown, 0);
	ck_assert_uint_eq(names.hidden, 1);
	ck_assert_int_eq(nfhad_image_newest(store, "fw", "A", &found), -ENOENT);
	nfhad_image_put(image);
	wait_for_names("A", 0);
	/* And as if the daemon had died. */
	image = image_begin("A");
	ck_assert_int_eq(mkdirat(image->dir, "directory", 0700), 0);
	store_again();
	ck_assert_int_eq(nfhad_image_newest(store, "fw", "A", &found), -ENOENT);
	wait_for_names("A", 0);
	close(image->dir);
	free(image);
}

START_TEST(kept_and_used)
{
	struct nfhad_image *used, *older;

	image_add("A", 1);
	ck_assert_int_eq(nfhad_image_newest(store, "fw", "A", &used), 0);
	image_add("A", 2);
	image_add("A", 3);
	image_add("A", 4);
	/* Two are kept, and the one that is in use. */
	wait_for_names("A", 3);
	ck_assert_int_eq(nfhad_image_verify(used), 0);
	ck_assert_uint_eq(newest_good("A"), 4);
	ck_assert_int_eq(nfhad_image_older(used, &older), -ENOENT);
	nfhad_image_put(used);
	wait_for_names("A", 2);
	ck_assert_int_eq(nfhad_image_newest(store, "fw", "A", &used), 0);
	ck_assert_int_eq(nfhad_image_older(used, &older), 0);
	ck_assert_uint_eq(older->epoch, 3);
	nfhad_image_put(older);
	nfhad_image_put(used);
}

START_TEST(forgotten)
{
	struct nfhad_image *used;
	uint64_t last;

	image_add("A", 1);
	last = image_add("A", 2);
	image_add("B", 1);
	ck_assert_int_eq(nfhad_image_newest(store, "fw", "A", &used), 0);
	nfhad_store_forget(store, "fw", "A");
	ck_assert_uint_eq(newest_good("A"), 0);
	ck_assert_int_eq(nfhad_image_verify(used), 0);
	wait_for_names("A", 1);
	nfhad_image_put(used);
	wait_for_names("A", 0);
	ck_assert_uint_eq(newest_good("B"), 1);
	ck_assert_uint_gt(image_add("A", 3), last);
}

/* A checkpoint here has 19 bytes. */
START_TEST(limited)
{
	struct nfhad_image *image;

	config.bytes_max = 45;
	image_add("A", 1);
	image_add("A", 2);
	image_add("B", 1);
	/* The older one of A had to go. */
	wait_for_names("A", 1);
	ck_assert_uint_eq(newest_good("A"), 2);
	/* A third needs more room than there is beside the newest ones. */
	image = image_begin("C");
	ck_assert_int_eq(image_finish(image, 1), -ENOSPC);
	nfhad_image_put(image);
	wait_for_names("C", 0);
	ck_assert_uint_eq(newest_good("A"), 2);
	ck_assert_uint_eq(newest_good("B"), 1);
	config.bytes_max = 38;
	ck_assert_int_eq(nfhad_image_new(store, "fw", "C", "criu", &image),
			 -ENOSPC);
	config.bytes_max = 0;
	image_add("C", 1);
}

START_TEST(names_stay_inside)
{
	static const char *const bad[] = {
		"", ".", "..", ".A", "../A", "A/B", "/A", "A\n", "-A",
		"a1234567890123456789012345678901", "\xc3\xa4",
	};
	struct nfhad_image *image;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(nfhad_image_new(store, "fw", bad[i], "criu",
						 &image),
				 -EINVAL);
		ck_assert_int_eq(nfhad_image_new(store, bad[i], "A", "criu",
						 &image),
				 -EINVAL);
		ck_assert_int_eq(nfhad_image_newest(store, bad[i], "A", &image),
				 -EINVAL);
		nfhad_store_forget(store, bad[i], bad[i]);
	}
	ck_assert_int_eq(nfhad_image_new(store, "a.b-c_D",
					 "a123456789012345678901234567890",
					 "criu", &image),
			 0);
	nfhad_image_put(image);
}

/* The store is closed, and opened again with this result. */
static void expect_open(int error)
{
	nfhad_store_close(store);
	store = NULL;
	ck_assert_int_eq(nfhad_store_open(&config, event, &store), error);
}

START_TEST(refused_directories)
{
	char other[PATH_MAX + 8];

	ck_assert_int_eq(chmod(directory, 0770), 0);
	expect_open(-EPERM);
	ck_assert_int_eq(chmod(directory, 0700), 0);
	if (!geteuid()) {
		ck_assert_int_eq(chown(directory, 1, 1), 0);
		expect_open(-EPERM);
		ck_assert_int_eq(chown(directory, 0, 0), 0);
	}
	snprintf(other, sizeof(other), "%s/link", top);
	ck_assert_int_eq(symlink("store", other), 0);
	config.directory = other;
	expect_open(-ENOTDIR);
	snprintf(other, sizeof(other), "%s/no/store", top);
	expect_open(-ENOENT);
	config.directory = directory;
	store_begin();
}

START_TEST(one_daemon)
{
	struct nfhad_store *second;
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid)
		_exit(nfhad_store_open(&config, event, &second) == -EBUSY ? 0 : 1);
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
}

static int sleep_for_ever(struct nfhad_image *image, void *data)
{
	(void)image;
	(void)data;
	pause();
	return 0;
}

static int leave_symlink(struct nfhad_image *image, void *data)
{
	(void)data;
	return symlinkat("../1", image->dir, "parent") ? -errno : 0;
}

static int take_symlink(struct nfhad_image *image, void *data)
{
	file_write(image->dir, "merged", data, strlen(data));
	return unlinkat(image->dir, "parent", 0) ? -errno : 0;
}

static int refuse(struct nfhad_image *image, void *data)
{
	(void)image;
	(void)data;
	return -EDOM;
}

START_TEST(prepared)
{
	struct nfhad_image *image = image_begin("A");
	struct result result = { 0 };

	ck_assert_int_eq(symlinkat("../1", image->dir, "parent"), 0);
	image->epoch = 5;
	ck_assert_int_eq(nfhad_image_store(image, take_symlink, "text", 20000000,
					   on_stored, &result),
			 0);
	ck_assert_int_eq(nfhad_image_store(image, NULL, NULL, 0, on_stored,
					   &result),
			 -EBUSY);
	ck_assert_int_eq(wait_for(&result), 0);
	ck_assert_int_eq(faccessat(image->dir, "merged", F_OK, 0), 0);
	nfhad_image_put(image);
	ck_assert_uint_eq(newest_good("A"), 5);
}

static void prepare_fails(int (*prepare)(struct nfhad_image *image, void *data),
			  uint64_t timeout_us, int error)
{
	struct nfhad_image *image = image_begin("A");
	struct result result = { 0 };

	ck_assert_int_eq(nfhad_image_store(image, prepare, NULL, timeout_us,
					   on_stored, &result),
			 0);
	ck_assert_int_eq(wait_for(&result), error);
	ck_assert_uint_eq(newest_good("A"), 0);
	nfhad_image_put(image);
	wait_for_names("A", 0);
}

START_TEST(not_prepared)
{
	prepare_fails(refuse, 0, -EDOM);
	prepare_fails(leave_symlink, 0, -EINVAL);
	prepare_fails(sleep_for_ever, 50000, -ETIMEDOUT);
}

START_TEST(put_while_storing)
{
	struct nfhad_image *image = image_begin("A");
	struct result result = { 0 };

	ck_assert_int_eq(nfhad_image_store(image, sleep_for_ever, NULL, 0,
					   on_stored, &result),
			 0);
	sd_event_run(event, 10000);
	nfhad_image_put(image);
	wait_for_names("A", 0);
	ck_assert(!result.done);
}

START_TEST(several_at_a_time)
{
	struct nfhad_image *image[3];
	struct result result[3] = { 0 };
	size_t i;

	for (i = 0; i < 3; i++) {
		image[i] = image_begin("A");
		image[i]->epoch = i + 1;
		ck_assert_int_eq(nfhad_image_store(image[i], NULL, NULL, 0,
						   on_stored, &result[i]),
				 0);
	}
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(wait_for(&result[i]), 0);
		nfhad_image_put(image[i]);
	}
	ck_assert_uint_eq(newest_good("A"), 3);
	wait_for_names("A", 2);
}

/* A file system of our own, that is small; or none, where that is not allowed. */
static bool small_disk(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir(directory, 0700) ||
	    mount("none", directory, "tmpfs", 0, "size=64k,mode=700")) {
		printf("# no mount: %s\n", strerror(errno));
		fflush(stdout);
		return false;
	}
	return true;
}

/* Who removed an old checkpoint for the store dies in his own time. */
static bool read_only(void)
{
	unsigned int tries = 10000;
	int ret;

	do
		ret = mount(NULL, directory, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	while (ret && errno == EBUSY && tries-- && !usleep(1000));
	return !ret;
}

START_TEST(small_and_read_only_disk)
{
	struct nfhad_image *image;
	char page[4096] = { 0 };
	int i, fd;

	nfhad_store_close(store);
	store = NULL;
	nfhad_tree_remove(AT_FDCWD, directory);
	if (!small_disk())
		return;
	store_begin();
	image_add("A", 1);
	image = image_begin("A");
	fd = openat(image->dir, "fill", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	for (i = 0; i < 100; i++)
		if (write(fd, page, sizeof(page)) < 0)
			break;
	close(fd);
	ck_assert_int_lt(i, 100);
	ck_assert_int_eq(image_finish(image, 2), -ENOSPC);
	nfhad_image_put(image);
	wait_for_names("A", 1);
	image_add("A", 3);
	nfhad_store_close(store);
	store = NULL;
	ck_assert(read_only());
	expect_open(-EROFS);
	umount2(directory, MNT_DETACH);
}

UNIT_MAIN_FIXTURE("store", bed_setup, bed_teardown, stored_is_found,
		  without_a_name_is_not_found, kept_and_used, forgotten,
		  limited, names_stay_inside, refused_directories, one_daemon,
		  prepared, not_prepared, put_while_storing, several_at_a_time,
		  small_and_read_only_disk)
