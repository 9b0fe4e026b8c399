// SPDX-License-Identifier: GPL-2.0-or-later
/* Incremental images of CRIU's are merged with what they build on: the memory is the same. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "merge.h"
#include "pagemap.pb-c.h"
#include "tree.h"
#include "unit.h"

#define PAGE 4096
#define BASE 0x10000ull
#define IN_PARENT 1U
#define LAZY 2U
#define PRESENT 4U

/* Pages that follow each other; for those that are there, a letter for each that fills it. */
struct run {
	unsigned int first, pages;
	uint32_t flags;
	const char *letters;
};

static char root[64];
static int dir, parent;

static void setup(void)
{
	snprintf(root, sizeof(root), "/tmp/nfha-merge-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(mkdirat(dir, "0", 0700) | mkdirat(dir, "1", 0700), 0);
	parent = openat(dir, "0", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(parent, 0);
	close(dir);
	snprintf(root + strlen(root), 3, "/1");
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	root[strlen(root) - 2] = 0;
	ck_assert_int_eq(symlinkat("../0", dir, "parent"), 0);
}

static void teardown(void)
{
	close(dir);
	close(parent);
	ck_assert_int_eq(nfhad_tree_remove(AT_FDCWD, root), 0);
}

static FILE *create(int where, const char *name)
{
	int fd = openat(where, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	return fdopen(fd, "w+");
}

static void message_write(FILE *file, const void *data, uint32_t size)
{
	ck_assert_uint_eq(fwrite(&size, sizeof(size), 1, file), 1);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
}

static void runs_write(FILE *map, FILE *pages, const struct run *run, size_t runs)
{
	PagemapEntry entry = PAGEMAP_ENTRY__INIT;
	uint8_t message[64];
	char page[PAGE];
	const char *at;
	size_t n, size;

	for (n = 0; n < runs; n++) {
		entry.vaddr = BASE + (uint64_t)run[n].first * PAGE;
		entry.nr_pages = run[n].pages;
		entry.has_flags = run[n].flags != 0;
		entry.flags = run[n].flags;
		size = pagemap_entry__pack(&entry, message);
		message_write(map, message, size);
		for (at = run[n].letters; at && *at; at++) {
			memset(page, *at, sizeof(page));
			ck_assert_uint_eq(fwrite(page, sizeof(page), 1, pages), 1);
		}
	}
}

/* Process 7, whose pages are in file 3. */
static void image_write(int where, const struct run *run, size_t runs)
{
	FILE *map = create(where, "pagemap-7.img"), *pages = create(where, "pages-3.img");
	PagemapHead head = PAGEMAP_HEAD__INIT;
	uint8_t message[64];
	size_t size;

	head.pages_id = 3;
	fputs("8 bytes.", map);
	size = pagemap_head__pack(&head, message);
	message_write(map, message, size);
	runs_write(map, pages, run, runs);
	ck_assert_int_eq(fclose(map) | fclose(pages), 0);
}

static FILE *open_in(int where, const char *name)
{
	int fd = openat(where, name, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fdopen(fd, "r");
}

/* The memory as the image has it: a letter for each page, a dot where there is none. How many runs
 * it takes goes to *count.
 */
static const char *memory(unsigned int *count)
{
	FILE *map = open_in(dir, "pagemap-7.img"), *pages = open_in(dir, "pages-3.img");
	static char letters[64];
	uint8_t message[64];
	PagemapEntry *entry;
	uint32_t size, n;
	char page[PAGE];

	memset(letters, '.', sizeof(letters) - 1);
	*count = 0;
	ck_assert_uint_eq(fread(message, 8, 1, map), 1);
	ck_assert_mem_eq(message, "8 bytes.", 8);
	ck_assert_uint_eq(fread(&size, sizeof(size), 1, map), 1);
	ck_assert_uint_eq(fread(message, 1, size, map), size);
	while (fread(&size, sizeof(size), 1, map) == 1) {
		ck_assert_uint_eq(fread(message, 1, size, map), size);
		entry = pagemap_entry__unpack(NULL, size, message);
		ck_assert_ptr_nonnull(entry);
		ck_assert_uint_eq(entry->flags & IN_PARENT, 0);
		for (n = 0; entry->flags & PRESENT && n < entry->nr_pages; n++) {
			ck_assert_uint_eq(fread(page, sizeof(page), 1, pages), 1);
			ck_assert_int_eq(page[0], page[PAGE - 1]);
			letters[(entry->vaddr - BASE) / PAGE + n] = page[0];
		}
		(*count)++;
		pagemap_entry__free_unpacked(entry, NULL);
	}
	ck_assert_uint_eq(fread(page, 1, 1, pages), 0);
	fclose(map);
	fclose(pages);
	return letters;
}

static bool starts_with(const char *letters, const char *text)
{
	return !strncmp(letters, text, strlen(text));
}

static const struct run before[] = {
	{ 0, 4, PRESENT, "abcd" },
	{ 8, 2, PRESENT, "ef" },
	{ 10, 2, PRESENT | LAZY, "gh" },
};

START_TEST(what_has_not_changed_is_taken_over)
{
	static const struct run run[] = {
		{ 0, 1, PRESENT, "A" }, { 1, 2, IN_PARENT, NULL }, { 3, 1, PRESENT, "D" },
		{ 5, 1, PRESENT, "N" }, { 8, 4, IN_PARENT, NULL },
	};
	int descriptors = count_descriptors();
	unsigned int count;

	image_write(parent, before, ARRAY_SIZE(before));
	image_write(dir, run, ARRAY_SIZE(run));
	ck_assert_int_eq(nfhad_merge(dir, parent), 0);
	ck_assert(starts_with(memory(&count), "AbcD.N..efgh..."));
	/* Those that touch and are alike are one. */
	ck_assert_uint_eq(count, 4);
	ck_assert_int_eq(faccessat(dir, "parent", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	ck_assert_int_eq(faccessat(dir, "pages.new", F_OK, 0), -1);
	ck_assert_int_eq(count_descriptors(), descriptors);
}

/* Merged again and again, it does not get more runs. */
START_TEST(ten_in_a_row)
{
	static const struct run run[] = {
		{ 0, 2, IN_PARENT, NULL }, { 2, 1, PRESENT, "x" }, { 3, 1, IN_PARENT, NULL },
	};
	unsigned int count, n;

	image_write(parent, before, 1);
	for (n = 0; n < 10; n++) {
		image_write(dir, run, ARRAY_SIZE(run));
		if (n)
			ck_assert_int_eq(symlinkat("../0", dir, "parent"), 0);
		ck_assert_int_eq(nfhad_merge(dir, parent), 0);
		ck_assert(starts_with(memory(&count), "abxd..."));
		ck_assert_uint_eq(count, 1);
		ck_assert_int_eq(renameat(dir, "pages-3.img", parent, "pages-3.img") |
				 renameat(dir, "pagemap-7.img", parent, "pagemap-7.img"), 0);
	}
}

/* An image of an older CRIU says only what is in the parent. */
START_TEST(without_flags_it_is_there)
{
	static const struct run run[] = { { 0, 2, 0, "AB" }, { 2, 2, IN_PARENT, NULL } };
	unsigned int count;

	image_write(parent, before, ARRAY_SIZE(before));
	image_write(dir, run, ARRAY_SIZE(run));
	ck_assert_int_eq(nfhad_merge(dir, parent), 0);
	ck_assert(starts_with(memory(&count), "ABcd..."));
}

START_TEST(a_whole_image_stays_as_it_is)
{
	unsigned int count;

	image_write(dir, before, ARRAY_SIZE(before));
	ck_assert_int_eq(unlinkat(dir, "parent", 0), 0);
	ck_assert_int_eq(nfhad_merge(dir, -1), 0);
	ck_assert(starts_with(memory(&count), "abcd....efgh"));
	ck_assert_int_eq(symlinkat("../0", dir, "parent"), 0);
	ck_assert_int_eq(nfhad_merge(dir, -1), -EINVAL);
	ck_assert_int_eq(nfhad_merge(dir, parent), 0);
	ck_assert(starts_with(memory(&count), "abcd....efgh"));
}

/* Whatever is missing, the image is refused, and nothing stays open. */
START_TEST(what_is_not_there_is_not_made_up)
{
	static const struct run beyond[] = { { 3, 2, IN_PARENT, NULL } };
	static const struct run twice[] = { { 0, 1, IN_PARENT, NULL } };
	int descriptors = count_descriptors(), pages;

	image_write(dir, twice, 1);
	ck_assert_int_eq(nfhad_merge(dir, parent), -ENOENT);
	image_write(parent, before, 1);
	image_write(dir, beyond, 1);
	ck_assert_int_eq(nfhad_merge(dir, parent), -EBADMSG);
	/* The parent has to stand by itself. */
	image_write(parent, twice, 1);
	image_write(dir, twice, 1);
	ck_assert_int_eq(nfhad_merge(dir, parent), -EBADMSG);
	/* Of a page only a part was stored. */
	image_write(parent, before, 1);
	image_write(dir, twice, 1);
	pages = openat(parent, "pages-3.img", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(ftruncate(pages, 0), 0);
	close(pages);
	ck_assert_int_eq(nfhad_merge(dir, parent), -EBADMSG);
	ck_assert_int_eq(unlinkat(parent, "pages-3.img", 0), 0);
	ck_assert_int_eq(nfhad_merge(dir, parent), -ENOENT);
	ck_assert_int_eq(count_descriptors(), descriptors);
}

/* Cut at any place, or with any byte wrong, a pagemap does no harm. */
START_TEST(a_damaged_pagemap)
{
	static const struct run run[] = { { 0, 4, IN_PARENT, NULL } };
	uint8_t whole[256];
	size_t size, n;
	FILE *file;

	image_write(parent, before, ARRAY_SIZE(before));
	file = open_in(parent, "pagemap-7.img");
	size = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	ck_assert_uint_gt(size, 30);
	for (n = 0; n < size; n++) {
		image_write(dir, run, 1);
		file = create(parent, "pagemap-7.img");
		ck_assert_uint_eq(fwrite(whole, 1, n, file), n);
		fclose(file);
		ck_assert_int_le(nfhad_merge(dir, parent), 0);
		file = create(parent, "pagemap-7.img");
		whole[n] ^= 0x80;
		ck_assert_uint_eq(fwrite(whole, 1, size, file), size);
		whole[n] ^= 0x80;
		fclose(file);
		image_write(dir, run, 1);
		symlinkat("../0", dir, "parent");
		ck_assert_int_le(nfhad_merge(dir, parent), 0);
		symlinkat("../0", dir, "parent");
	}
	file = create(parent, "pagemap-7.img");
	ck_assert_uint_eq(fwrite(whole, 1, 12, file), 12);
	fclose(file);
	image_write(dir, run, 1);
	ck_assert_int_eq(nfhad_merge(dir, parent), -EBADMSG);
}

UNIT_MAIN_FIXTURE("merge", setup, teardown, what_has_not_changed_is_taken_over, ten_in_a_row,
		  without_flags_it_is_there, a_whole_image_stays_as_it_is,
		  what_is_not_there_is_not_made_up, a_damaged_pagemap)
