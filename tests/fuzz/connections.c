// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The connections of a checkpoint. An input is the two files, the second of which begins
 * where the last two bytes say.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctimage.h"
#include "fuzz.h"
#include "scratch.h"

#define BASE "connections.base"
#define DELTA "connections.delta"

static int read_dir, write_dir;

static bool is_in(const struct nfhad_ctstate *where, const struct nfhad_ctentry *what)
{
	const struct nfhad_ctentry *entry = NULL;

	while ((entry = nfhad_ctstate_all(where, what->kind, entry)))
		if (entry->family == what->family && entry->len == what->len &&
		    !memcmp(entry->attr, what->attr, what->len))
			return true;
	return false;
}

static void check_same(const struct nfhad_ctstate *a, const struct nfhad_ctstate *b)
{
	static const enum nfhad_ctkind kinds[] = {
		NFHAD_CT_CONNECTION, NFHAD_CT_EXPECTATION,
	};
	const struct nfhad_ctentry *entry;
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		must(nfhad_ctstate_count(a, kinds[i]) == nfhad_ctstate_count(b, kinds[i]));
		entry = NULL;
		while ((entry = nfhad_ctstate_all(a, kinds[i], entry)))
			must(is_in(b, entry));
	}
}

/* What was read is written, and read again. */
static void check_again(struct nfhad_ctstate *state)
{
	struct nfhad_ctstate *again;
	struct nfhad_ctimage image;

	unlinkat(write_dir, BASE, 0);
	unlinkat(write_dir, DELTA, 0);
	nfhad_ctimage_init(&image);
	must(!nfhad_ctimage_begin(&image, state, write_dir));
	must(!nfhad_ctimage_write(&image, state, write_dir));
	must(!nfhad_ctimage_end(&image, write_dir));
	nfhad_ctimage_free(&image);
	must(!nfhad_ctimage_read(write_dir, &again));
	check_same(state, again);
	nfhad_ctstate_free(again);
}

static int dir_make(const char *top, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	must(!mkdir(path, 0700));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0);
	return fd;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *top = scratch_make();

	(void)argc;
	(void)argv;
	read_dir = dir_make(top, "read");
	write_dir = dir_make(top, "write");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .data = data, .size = size };
	size_t first = take_u16(&in);
	struct nfhad_ctstate *state;
	int ret;

	first = first < in.size ? first : in.size;
	scratch_write(read_dir, BASE, in.data, first);
	scratch_write(read_dir, DELTA, in.data + first, in.size - first);
	ret = nfhad_ctimage_read(read_dir, &state);
	must(ret <= 0);
	if (ret)
		return 0;
	check_again(state);
	nfhad_ctstate_free(state);
	return 0;
}
