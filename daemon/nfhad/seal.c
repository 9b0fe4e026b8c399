// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a checkpoint is as it was, by its inodes. */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <xxhash.h>

#include "manifest.h"
#include "seal.h"
#include "tree.h"

/**
 * struct walk - over the files of a directory
 * @seal: of those that have been seen
 * @files: their number
 * @manifest: when the sums began
 * @newest: when the newest of the others was written
 */
struct walk {
	uint64_t seal;
	size_t files;
	struct timespec manifest;
	struct timespec newest;
};

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* Whoever writes to a file also changes ctime, which nobody can set. */
static int look(int dir, const char *name, void *data)
{
	struct walk *walk = data;
	struct stat st;
	uint64_t is[4];

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	is[0] = st.st_ino;
	is[1] = st.st_size;
	is[2] = st.st_ctim.tv_sec;
	is[3] = st.st_ctim.tv_nsec;
	walk->seal = XXH3_64bits_withSeed(name, strlen(name), walk->seal);
	walk->seal = XXH3_64bits_withSeed(is, sizeof(is), walk->seal);
	walk->files++;
	if (!strcmp(name, NFHAD_MANIFEST_NAME))
		walk->manifest = st.st_mtim;
	else if (is_later(&st.st_ctim, &walk->newest))
		walk->newest = st.st_ctim;
	return 0;
}

static bool is_in_memory(int dir)
{
	struct statfs fs;

	return !fstatfs(dir, &fs) && fs.f_type == TMPFS_MAGIC;
}

uint64_t nfhad_seal_take(int dir, size_t files)
{
	struct walk walk = { 0 };

	if (!is_in_memory(dir) || nfhad_tree_each(dir, look, &walk) ||
	    is_later(&walk.newest, &walk.manifest) ||
	    (files && walk.files != files))
		return 0;
	return walk.seal;
}
