// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Merges an incremental image of CRIU's with the one that it builds on.
 *
 * Each pagemap-ID.img lists runs of pages, in the order of addresses; a run is in the
 * pages-N.img that the pagemap names, or in the pagemap of the same name in the parent.
 * For each pagemap with runs of the second kind, both files are written anew.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "imagefile.h"
#include "merge.h"
#include "pagemap.pb-c.h"

#define PARENT_LINK "parent"
#define NEW_PAGEMAP "pagemap.new"
#define NEW_PAGES "pages.new"
/* Of CRIU, see its pagemap.h. */
#define RUN_IN_PARENT 1U
#define RUN_PRESENT 4U

/* No message of a pagemap is that long. */
#define MESSAGE_MAX 256

/**
 * struct run - pages that follow each other
 * @address: of the first
 * @pages: how many
 * @flags: RUN_IN_PARENT and its like
 * @offset: in the pages file, if they are there
 */
struct run {
	uint64_t address;
	uint32_t pages;
	uint32_t flags;
	uint64_t offset;
};

/**
 * struct pagemap - a pagemap file and its pages
 * @file: the pagemap
 * @id: of the pages file
 * @runs: what is in it
 * @count: of @runs
 * @pages: descriptor of the pages file
 */
struct pagemap {
	struct nfhad_imagefile file;
	uint32_t id;
	struct run *runs;
	size_t count;
	int pages;
};

static uint64_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static int open_at(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

static int parse_head(struct pagemap *map)
{
	const uint8_t *text;
	PagemapHead *head;
	uint32_t size;

	text = nfhad_imagefile_next(&map->file, &size);
	if (!text)
		return -EBADMSG;
	head = pagemap_head__unpack(NULL, size, text);
	if (!head)
		return -EBADMSG;
	map->id = head->pages_id;
	pagemap_head__free_unpacked(head, NULL);
	return 0;
}

/* Before there were flags, what is not in the parent was present. */
static uint32_t flags_of(const PagemapEntry *entry)
{
	uint32_t flags = entry->has_flags ? entry->flags : 0;

	if (entry->has_in_parent && entry->in_parent)
		flags |= RUN_IN_PARENT;
	else if (!entry->has_flags)
		flags |= RUN_PRESENT;
	return flags;
}

static int parse_run(struct run *run, const uint8_t *text, uint32_t size)
{
	PagemapEntry *entry;

	entry = pagemap_entry__unpack(NULL, size, text);
	if (!entry)
		return -EBADMSG;
	run->address = entry->vaddr;
	run->pages = entry->nr_pages;
	run->flags = flags_of(entry);
	pagemap_entry__free_unpacked(entry, NULL);
	return 0;
}

static int parse_runs(struct pagemap *map)
{
	uint64_t offset = 0;
	const uint8_t *text;
	struct run *run;
	uint32_t size;
	int ret;

	/* A message has two fields at least, of two bytes each. */
	map->runs = calloc(map->file.size / 8 + 1, sizeof(*map->runs));
	if (!map->runs)
		return -ENOMEM;
	while ((text = nfhad_imagefile_next(&map->file, &size))) {
		run = &map->runs[map->count];
		ret = parse_run(run, text, size);
		if (ret)
			return ret;
		run->offset = offset;
		if (run->flags & RUN_PRESENT)
			offset += run->pages * page_size();
		map->count++;
	}
	return nfhad_imagefile_ended(&map->file) ? 0 : -EBADMSG;
}

static void pagemap_close(struct pagemap *map)
{
	if (map->pages >= 0)
		close(map->pages);
	free(map->runs);
	nfhad_imagefile_close(&map->file);
}

static int pagemap_open(int dir, const char *name, struct pagemap *map)
{
	char pages[32];
	int ret;

	memset(map, 0, sizeof(*map));
	map->pages = -1;
	ret = nfhad_imagefile_open(&map->file, dir, name, MESSAGE_MAX);
	if (!ret)
		ret = parse_head(map);
	if (!ret)
		ret = parse_runs(map);
	if (!ret) {
		snprintf(pages, sizeof(pages), "pages-%u.img", map->id);
		ret = open_at(dir, pages);
		map->pages = ret;
	}
	if (ret < 0) {
		pagemap_close(map);
		return ret;
	}
	return 0;
}

static bool needs_parent(const struct pagemap *map)
{
	size_t i;

	for (i = 0; i < map->count; i++) {
		if (map->runs[i].flags & RUN_IN_PARENT)
			return true;
	}
	return false;
}

/**
 * struct merged - what is written
 * @pagemap: the new pagemap
 * @pages: descriptor of the new pages
 * @last: the run that is being extended
 */
struct merged {
	FILE *pagemap;
	int pages;
	struct run last;
};

static int copy_pages(int from, uint64_t offset, int to, uint64_t size)
{
	off_t at = offset;
	ssize_t n;

	while (size) {
		n = copy_file_range(from, &at, to, NULL, size, 0);
		if (n < 0)
			return -errno;
		if (!n)
			return -EBADMSG;
		size -= n;
	}
	return 0;
}

static int put_message(FILE *file, const void *message, uint32_t size)
{
	if (fwrite(&size, sizeof(size), 1, file) != 1 ||
	    fwrite(message, size, 1, file) != 1)
		return -EIO;
	return 0;
}

static int put_run(struct merged *merged, const struct run *run)
{
	PagemapEntry entry = PAGEMAP_ENTRY__INIT;
	uint8_t message[MESSAGE_MAX];
	size_t size;

	entry.vaddr = run->address;
	entry.nr_pages = run->pages;
	entry.has_flags = true;
	entry.flags = run->flags;
	size = pagemap_entry__pack(&entry, message);
	return put_message(merged->pagemap, message, size);
}

/* Runs that touch become one, or each checkpoint would have more of them. */
static int add_run(struct merged *merged, uint64_t address, uint32_t pages,
		   uint32_t flags)
{
	struct run *last = &merged->last;
	int ret = 0;

	if (last->pages && last->flags == flags &&
	    last->address + last->pages * page_size() == address &&
	    last->pages + pages > pages) {
		last->pages += pages;
		return 0;
	}
	if (last->pages)
		ret = put_run(merged, last);
	last->address = address;
	last->pages = pages;
	last->flags = flags;
	return ret;
}

/* The run of the parent that has an address. Runs are in the order of addresses. */
static const struct run *find(const struct pagemap *map, uint64_t address)
{
	size_t low = 0, high = map->count, middle;
	const struct run *run;

	while (low < high) {
		middle = (low + high) / 2;
		run = &map->runs[middle];
		if (address < run->address)
			high = middle;
		else if (address >= run->address + run->pages * page_size())
			low = middle + 1;
		else
			return run;
	}
	return NULL;
}

static int merge_from_parent(struct merged *merged, const struct run *run,
			     const struct pagemap *parent)
{
	uint64_t address = run->address, skip, size = page_size();
	uint32_t left = run->pages, n;
	const struct run *from;
	int ret = 0;

	while (left && !ret) {
		from = find(parent, address);
		if (!from || !(from->flags & RUN_PRESENT))
			return -EBADMSG;
		skip = address - from->address;
		n = from->pages - skip / size;
		if (n > left)
			n = left;
		ret = copy_pages(parent->pages, from->offset + skip,
				 merged->pages, n * size);
		if (!ret)
			ret = add_run(merged, address, n, from->flags);
		address += n * size;
		left -= n;
	}
	return ret;
}

static int merge_runs(struct merged *merged, const struct pagemap *map,
		      const struct pagemap *parent)
{
	const struct run *run;
	size_t i;
	int ret = 0;

	for (i = 0; i < map->count && !ret; i++) {
		run = &map->runs[i];
		if (run->flags & RUN_IN_PARENT) {
			ret = merge_from_parent(merged, run, parent);
			continue;
		}
		if (run->flags & RUN_PRESENT)
			ret = copy_pages(map->pages, run->offset,
					 merged->pages,
					 run->pages * page_size());
		if (!ret)
			ret = add_run(merged, run->address, run->pages,
				      run->flags);
	}
	if (!ret && merged->last.pages)
		ret = put_run(merged, &merged->last);
	return ret;
}

static int write_head(struct merged *merged, const struct pagemap *map)
{
	PagemapHead head = PAGEMAP_HEAD__INIT;
	uint8_t message[MESSAGE_MAX];
	size_t size;

	head.pages_id = map->id;
	if (fwrite(map->file.text, NFHAD_IMAGEFILE_MAGIC, 1,
		   merged->pagemap) != 1)
		return -EIO;
	size = pagemap_head__pack(&head, message);
	return put_message(merged->pagemap, message, size);
}

static int create_at(int dir, const char *name)
{
	int fd;

	unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	return fd;
}

static int merged_open(int dir, struct merged *merged)
{
	int fd;

	memset(merged, 0, sizeof(*merged));
	merged->pages = create_at(dir, NEW_PAGES);
	if (merged->pages < 0)
		return merged->pages;
	fd = create_at(dir, NEW_PAGEMAP);
	if (fd >= 0)
		merged->pagemap = fdopen(fd, "w");
	if (merged->pagemap)
		return 0;
	close(merged->pages);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : -ENOMEM;
}

static int merged_close(struct merged *merged)
{
	int ret = 0;

	if (fclose(merged->pagemap))
		ret = -errno;
	if (close(merged->pages))
		ret = -errno;
	return ret;
}

static int rewrite(int dir, const char *name, const struct pagemap *map,
		   const struct pagemap *parent)
{
	struct merged merged;
	char pages[32];
	int ret, error;

	ret = merged_open(dir, &merged);
	if (ret)
		return ret;
	ret = write_head(&merged, map);
	if (!ret)
		ret = merge_runs(&merged, map, parent);
	error = merged_close(&merged);
	if (ret || error)
		return ret ? ret : error;
	snprintf(pages, sizeof(pages), "pages-%u.img", map->id);
	if (renameat(dir, NEW_PAGES, dir, pages) ||
	    renameat(dir, NEW_PAGEMAP, dir, name))
		return -errno;
	return 0;
}

static int merge_pagemap(int dir, int parent, const char *name)
{
	struct pagemap map, base;
	int ret;

	ret = pagemap_open(dir, name, &map);
	if (ret)
		return ret;
	if (needs_parent(&map)) {
		ret = pagemap_open(parent, name, &base);
		if (!ret) {
			ret = rewrite(dir, name, &map, &base);
			pagemap_close(&base);
		}
	}
	pagemap_close(&map);
	return ret;
}

static bool is_pagemap(const char *name)
{
	size_t length = strlen(name);

	return !strncmp(name, "pagemap-", 8) && length > 4 &&
	       !strcmp(name + length - 4, ".img");
}

static int merge_pagemaps(int dir, int parent)
{
	struct dirent *entry;
	int ret = 0, fd;
	DIR *stream;

	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream) {
		ret = -errno;
		if (fd >= 0)
			close(fd);
		return ret;
	}
	while (!ret && (entry = readdir(stream))) {
		if (is_pagemap(entry->d_name))
			ret = merge_pagemap(dir, parent, entry->d_name);
	}
	closedir(stream);
	return ret;
}

int nfhad_merge(int dir, int parent)
{
	struct stat st;
	int ret;

	if (fstatat(dir, PARENT_LINK, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (parent < 0)
		return -EINVAL;
	ret = merge_pagemaps(dir, parent);
	if (ret)
		return ret;
	return unlinkat(dir, PARENT_LINK, 0) ? -errno : 0;
}
