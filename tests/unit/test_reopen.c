// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of an image that nobody can open again. */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reopen.h"
#include "unit.h"

static char directory[32], image[64], found[64];
static int dir, file;

static void set_up(void)
{
	snprintf(directory, sizeof(directory), "/tmp/nfhad-reopen-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(image, sizeof(image), "%s/files.img", directory);
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
}

static void tear_down(void)
{
	close(dir);
	unlink(image);
	rmdir(directory);
}

static void put(const void *bytes, size_t size)
{
	ck_assert_int_eq(write(file, bytes, size), (ssize_t)size);
}

/* As CRIU 3.17 writes it, in protobuf's wire format; names of less than 100 bytes. */
static void put_regular(const char *name)
{
	uint8_t length = strlen(name);
	const uint8_t regular[] = { 8, 7, 16, 0, 24, 0, 42, 0, 50, length };
	const uint8_t head[] = { 8, 1, 16, 7, 26, sizeof(regular) + length };
	uint32_t size = sizeof(head) + sizeof(regular) + length;

	put(&size, sizeof(size));
	put(head, sizeof(head));
	put(regular, sizeof(regular));
	put(name, length);
}

static void image_begin(void)
{
	static const uint8_t magic[8] = { 0x43, 0x50, 0x13, 0x54, 0x78, 0x56, 0x34, 0x12 };

	file = open(image, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(file, 0);
	put(magic, sizeof(magic));
}

static int image_check(void)
{
	close(file);
	return nfhad_reopen_check(dir, getpid(), found, sizeof(found));
}

static int with_name(const char *name)
{
	image_begin();
	put_regular("/dev/null");
	put_regular(name);
	return image_check();
}

START_TEST(what_is_of_the_process_is_found)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/stat", getpid());
	ck_assert_int_eq(with_name(name), -EBUSY);
	ck_assert_str_eq(found, name);
	snprintf(name, sizeof(name), "/proc/%d/task/%d/fd", getpid(), getpid());
	ck_assert_int_eq(with_name(name), -EBUSY);
}

START_TEST(what_stays_is_not)
{
	char name[64];

	ck_assert_int_eq(with_name("/var/log/redis.log"), 0);
	ck_assert_str_eq(found, "");
	ck_assert_int_eq(with_name("/proc/meminfo"), 0);
	ck_assert_int_eq(with_name("/proc/1/stat"), 0);
	ck_assert_int_eq(with_name("/proc/sys/net/core/somaxconn"), 0);
	snprintf(name, sizeof(name), "/proc/%d0/stat", getpid());
	ck_assert_int_eq(with_name(name), 0);
	snprintf(name, sizeof(name), "/srv/proc/%d/stat", getpid());
	ck_assert_int_eq(with_name(name), 0);
}

/* The name of the other one is a socket's, say. */
START_TEST(only_names_of_files_count)
{
	char name[64], text[80];
	uint32_t size;

	snprintf(name, sizeof(name), "/proc/%d/stat", getpid());
	size = snprintf(text, sizeof(text), "%c%c%c%c%s", 8, 3, 34,
			(int)strlen(name), name);
	image_begin();
	put(&size, sizeof(size));
	put(text, size);
	ck_assert_int_eq(image_check(), 0);
}

START_TEST(an_image_that_is_none)
{
	uint32_t size = 100;

	ck_assert_int_eq(nfhad_reopen_check(dir, getpid(), found, sizeof(found)), -ENOENT);
	image_begin();
	ck_assert_int_eq(image_check(), 0);
	image_begin();
	put(&size, sizeof(size));
	put_regular("/dev/null");
	ck_assert_int_eq(image_check(), -EBADMSG);
	image_begin();
	put(&size, 3);
	ck_assert_int_eq(image_check(), -EBADMSG);
	image_begin();
	size = 9;
	put(&size, sizeof(size));
	put("\377/proc/1/", size);
	ck_assert_int_eq(image_check(), -EBADMSG);
	ck_assert_int_eq(truncate(image, 7), 0);
	ck_assert_int_eq(nfhad_reopen_check(dir, getpid(), found, sizeof(found)), -EBADMSG);
}

UNIT_MAIN_FIXTURE("reopen", set_up, tear_down, what_is_of_the_process_is_found,
		  what_stays_is_not, only_names_of_files_count, an_image_that_is_none)
