// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that a process which is restored cannot open again. */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.pb-c.h"
#include "imagefile.h"
#include "proc.h"
#include "reopen.h"

#define IMAGE "files.img"
#define PROC "/proc/"

/**
 * struct search - for a file of a process
 * @pids: of the tree
 * @count: how many
 * @name: where to put the name of the file
 * @size: of @name
 */
struct search {
	pid_t *pids;
	size_t count;
	char *name;
	size_t size;
};

static bool is_of_tree(const struct search *search, const char *name)
{
	char *end;
	size_t i;
	long pid;

	if (strncmp(name, PROC, strlen(PROC)) != 0)
		return false;
	pid = strtol(name + strlen(PROC), &end, 10);
	if (*end != '/')
		return false;
	for (i = 0; i < search->count; i++)
		if (search->pids[i] == pid)
			return true;
	return false;
}

static int check_file(const struct search *search, const uint8_t *text,
		      uint32_t size)
{
	OpenFile *file;
	int ret = 0;

	/* As a rule no file is in /proc. */
	if (!memmem(text, size, PROC, strlen(PROC)))
		return 0;
	file = open_file__unpack(NULL, size, text);
	if (!file)
		return -EBADMSG;
	if (file->regular && is_of_tree(search, file->regular->name)) {
		snprintf(search->name, search->size, "%s", file->regular->name);
		ret = -EBUSY;
	}
	open_file__free_unpacked(file, NULL);
	return ret;
}

static int check_image(const struct search *search,
		       struct nfhad_imagefile *image)
{
	const uint8_t *text;
	uint32_t size;
	int ret = 0;

	while (!ret && (text = nfhad_imagefile_next(image, &size)))
		ret = check_file(search, text, size);
	if (ret)
		return ret;
	return nfhad_imagefile_ended(image) ? 0 : -EBADMSG;
}

int nfhad_reopen_check(int dir, pid_t root, char *name, size_t size)
{
	struct search search = { .name = name, .size = size };
	struct nfhad_imagefile image;
	int ret;

	*name = '\0';
	ret = nfhad_imagefile_open(&image, dir, IMAGE, UINT32_MAX);
	if (ret)
		return ret;
	ret = nfhad_proc_tree(root, &search.pids, &search.count);
	if (!ret) {
		ret = check_image(&search, &image);
		free(search.pids);
	}
	nfhad_imagefile_close(&image);
	return ret;
}
