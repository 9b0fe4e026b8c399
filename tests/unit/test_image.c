// SPDX-License-Identifier: GPL-2.0-or-later
/* A checkpoint that is not what was stored is not loaded. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bed.h"
#include "tree.h"
#include "unit.h"

static void flip(int dir)
{
	file_write(dir, "core-1.img", "corf", 4);
}

static void truncate_one(int dir)
{
	file_write(dir, "pages-1.img", "pages", 5);
}

static void take_one(int dir)
{
	unlinkat(dir, "core-1.img", 0);
}

static void add_one(int dir)
{
	file_write(dir, "more.img", "x", 1);
}

static void add_symlink(int dir)
{
	ck_assert_int_eq(symlinkat("/etc/passwd", dir, "more.img"), 0);
}

static void replace_by_symlink(int dir)
{
	ck_assert_int_eq(renameat(dir, "core-1.img", dir, "../core"), 0);
	ck_assert_int_eq(symlinkat("../core", dir, "core-1.img"), 0);
}

static void replace_by_directory(int dir)
{
	unlinkat(dir, "core-1.img", 0);
	ck_assert_int_eq(mkdirat(dir, "core-1.img", 0700), 0);
}

static void replace_by_pipe(int dir)
{
	unlinkat(dir, "core-1.img", 0);
	ck_assert_int_eq(mkfifoat(dir, "core-1.img", 0700), 0);
}

static void manifest_take(int dir)
{
	unlinkat(dir, "manifest.json", 0);
}

static void manifest_empty(int dir)
{
	file_write(dir, "manifest.json", "", 0);
}

static void manifest_garbage(int dir)
{
	file_write(dir, "manifest.json", "{\"image\":[],\"sum\":5}", 20);
}

static void manifest_symlink(int dir)
{
	ck_assert_int_eq(renameat(dir, "manifest.json", dir, "../m"), 0);
	ck_assert_int_eq(symlinkat("../m", dir, "manifest.json"), 0);
}

static void manifest_huge(int dir)
{
	int fd = openat(dir, "manifest.json", O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, 1ll << 40), 0);
	close(fd);
}

static void manifest_edit(int dir, const char *what, char to)
{
	size_t length;
	char *text;

	ck_assert_int_eq(nfhad_tree_read(dir, "manifest.json", 65536, &text,
					 &length),
			 0);
	ck_assert_ptr_nonnull(strstr(text, what));
	strstr(text, what)[strlen(what)] = to;
	file_write(dir, "manifest.json", text, length);
	free(text);
}

static void manifest_of_another_epoch(int dir)
{
	manifest_edit(dir, "\"epoch\":", '9');
}

static void manifest_cut(int dir)
{
	size_t length;
	char *text;

	ck_assert_int_eq(nfhad_tree_read(dir, "manifest.json", 65536, &text,
					 &length),
			 0);
	file_write(dir, "manifest.json", text, length - 1);
	free(text);
}

static void swap_with(int dir, const char *other)
{
	ck_assert_int_eq(renameat(dir, "../2", dir, "../2.moved"), 0);
	ck_assert_int_eq(renameat(dir, other, dir, "../2"), 0);
}

static void another_instance(int dir)
{
	swap_with(dir, "../../B/2");
}

static void another_number(int dir)
{
	swap_with(dir, "../3");
}

static void directory_symlink(int dir)
{
	ck_assert_int_eq(renameat(dir, "../2", dir, "../2.moved"), 0);
	ck_assert_int_eq(symlinkat("2.moved", dir, "../2"), 0);
}

static void directory_file(int dir)
{
	ck_assert_int_eq(renameat(dir, "../2", dir, "../2.moved"), 0);
	file_write(dir, "../2", "", 0);
}

static void (*const damages[])(int dir) = {
	flip, truncate_one, take_one, add_one, add_symlink, replace_by_symlink,
	replace_by_directory, replace_by_pipe, manifest_take, manifest_empty,
	manifest_garbage, manifest_symlink, manifest_huge,
	manifest_of_another_epoch, manifest_cut, another_instance,
	another_number, directory_symlink, directory_file,
};

/* Found while the store is open, and found by the next one that opens it. */
static void damaged(void (*damage)(int dir), bool reopen)
{
	struct nfhad_image *three;
	int place, dir;

	config.keep = 10;
	image_add("A", 1);
	image_add("A", 2);
	image_add("B", 11);
	image_add("B", 12);
	/* A third one that does not count. */
	three = image_begin("A");
	place = place_dir("A");
	ck_assert_int_eq(renameat(place, ".3", place, "3"), 0);
	ck_assert_uint_eq(newest_good("A"), 2);
	dir = nfhad_tree_open(place, "2");
	ck_assert_int_ge(dir, 0);
	damage(dir);
	if (reopen)
		store_again();
	ck_assert_uint_eq(newest_good("A"), 1);
	close(dir);
	close(place);
	if (reopen) {
		close(three->dir);
		free(three);
	} else {
		nfhad_image_put(three);
	}
}

static void damaged_each(bool reopen)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		damaged(damages[i], reopen);
		bed_teardown();
		bed_setup();
	}
}

START_TEST(damage_is_found)
{
	damaged_each(false);
}

START_TEST(damage_is_found_later)
{
	damaged_each(true);
}

UNIT_MAIN_FIXTURE("image", bed_setup, bed_teardown, damage_is_found,
		  damage_is_found_later)
