// SPDX-License-Identifier: GPL-2.0-or-later
/* A checkpoint in memory that nobody has touched. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "manifest.h"
#include "seal.h"
#include "tree.h"
#include "unit.h"

static char path[64];
static int dir = -1;

/* Files are stamped with a clock that ticks, and what comes in one tick looks alike. */
static void tick(void)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_REALTIME_COARSE, &begin);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec == begin.tv_sec && now.tv_nsec == begin.tv_nsec);
}

static void write_file(const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void setup(void)
{
	snprintf(path, sizeof(path), "/dev/shm/nfhad-seal.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	dir = nfhad_tree_open(AT_FDCWD, path);
	ck_assert_int_ge(dir, 0);
	write_file("core-1.img", "core");
	write_file("pages-1.img", "pages");
	tick();
	write_file(NFHAD_MANIFEST_NAME, "{}");
	tick();
}

static void teardown(void)
{
	close(dir);
	ck_assert_int_eq(nfhad_tree_remove(AT_FDCWD, path), 0);
}

static void rewrite(void)
{
	write_file("core-1.img", "CORE");
}

static void append(void)
{
	write_file("pages-1.img", "pages!");
}

static void cut(void)
{
	ck_assert_int_eq(truncate("core-1.img", 0), 0);
}

static void add(void)
{
	write_file("more.img", "x");
}

static void take(void)
{
	ck_assert_int_eq(unlinkat(dir, "core-1.img", 0), 0);
}

static void replace(void)
{
	write_file("new", "core");
	ck_assert_int_eq(renameat(dir, "new", dir, "core-1.img"), 0);
}

static void exchange(void)
{
	ck_assert_int_eq(renameat2(dir, "core-1.img", dir, "pages-1.img",
				   RENAME_EXCHANGE), 0);
}

static void rewrite_in_secret(void)
{
	struct stat st;
	struct timespec times[2];

	ck_assert_int_eq(fstatat(dir, "core-1.img", &st, 0), 0);
	rewrite();
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	ck_assert_int_eq(utimensat(dir, "core-1.img", times, 0), 0);
}

static void manifest_rewrite(void)
{
	write_file(NFHAD_MANIFEST_NAME, "[]");
}

static void manifest_take(void)
{
	ck_assert_int_eq(unlinkat(dir, NFHAD_MANIFEST_NAME, 0), 0);
}

static void (*const touches[])(void) = {
	rewrite, append, cut, add, take, replace, exchange, rewrite_in_secret,
	manifest_rewrite, manifest_take,
};

START_TEST(holds_when_nobody_touches)
{
	uint64_t seal = nfhad_seal_take(dir, 0);
	char text[8];
	int fd;

	ck_assert_uint_ne(seal, 0);
	fd = openat(dir, "core-1.img", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 4);
	close(fd);
	tick();
	ck_assert_uint_eq(nfhad_seal_take(dir, 0), seal);
}

START_TEST(breaks_when_it_is_touched)
{
	uint64_t seal;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(touches); i++) {
		teardown();
		setup();
		ck_assert_int_eq(fchdir(dir), 0);
		seal = nfhad_seal_take(dir, 0);
		ck_assert_uint_ne(seal, 0);
		touches[i]();
		ck_assert_msg(nfhad_seal_take(dir, 0) != seal, "touch %zu", i);
	}
}

START_TEST(is_not_given_to_what_was_touched_before)
{
	rewrite();
	ck_assert_uint_eq(nfhad_seal_take(dir, 0), 0);
}

START_TEST(is_not_given_if_one_is_missing)
{
	ck_assert_uint_ne(nfhad_seal_take(dir, 3), 0);
	take();
	ck_assert_uint_eq(nfhad_seal_take(dir, 3), 0);
}

START_TEST(is_not_given_outside_memory)
{
	int proc = nfhad_tree_open(AT_FDCWD, "/proc/self/fdinfo");

	ck_assert_int_ge(proc, 0);
	ck_assert_uint_eq(nfhad_seal_take(proc, 0), 0);
	close(proc);
}

UNIT_MAIN_FIXTURE("seal", setup, teardown, holds_when_nobody_touches,
		  breaks_when_it_is_touched,
		  is_not_given_to_what_was_touched_before,
		  is_not_given_if_one_is_missing,
		  is_not_given_outside_memory)
