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
 * @manifest: when it was written
 * @newest: when the newest of the others was
 */
struct walk {
	uint64_t seal;
	struct timespec manifest;
	struct timespec newest;
};

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* A change of what is in a file or of its size is also one of ctime, and nobody can set
 * that one.
 */
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
	if (!strcmp(name, NFHAD_MANIFEST_NAME))
		walk->manifest = st.st_ctim;
	else if (is_later(&st.st_ctim, &walk->newest))
		walk->newest = st.st_ctim;
	return 0;
}

static bool is_in_memory(int dir)
{
	struct statfs fs;

	return !fstatfs(dir, &fs) && fs.f_type == TMPFS_MAGIC;
}

uint64_t nfhad_seal_take(int dir)
{
	struct walk walk = { 0 };

	if (!is_in_memory(dir) || nfhad_tree_each(dir, look, &walk) ||
	    is_later(&walk.newest, &walk.manifest))
		return 0;
	return walk.seal;
}
