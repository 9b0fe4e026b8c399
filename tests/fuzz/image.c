// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A checkpoint in the store of which something was changed is not taken for the one that
 * was stored; and no manifest, whatever it is, does harm. An input is a manifest, or a list
 * of changes of four bytes each: of which file, where, and to what.
 */

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "manifest.h"
#include "scratch.h"
#include "seal.h"

/* With more one could make a manifest whose sum is right. */
#define CHANGES_MAX 8

#define FILES 3
#define ROOM 1024

/**
 * struct stored - what was stored
 * @name: of the file
 * @data: in it
 * @size: of it
 */
static struct stored {
	const char *name;
	uint8_t data[ROOM];
	size_t size;
} stored[FILES] = {
	{ NFHAD_MANIFEST_NAME, { 0 }, 0 },
	{ "core-1.img", "core", 4 },
	{ "pages-1.img", "pages of memory", 15 },
};

static struct nfhad_manifest manifest = {
	.service = "fw", .instance = "A", .driver = "criu", .number = 7, .epoch = 12,
};

static int dir;

/* Returns whether it is found to be what was stored. */
static bool is_accepted(void)
{
	struct nfhad_manifest read;
	char why[512] = "";
	int ret;

	ret = nfhad_manifest_read(dir, &read);
	must(ret == 0 || ret == -EBADMSG || ret == -EINVAL);
	if (ret)
		return false;
	must(strnlen(read.service, sizeof(read.service)) < sizeof(read.service));
	must(strnlen(read.instance, sizeof(read.instance)) < sizeof(read.instance));
	must(strnlen(read.driver, sizeof(read.driver)) < sizeof(read.driver));
	ret = nfhad_manifest_verify(dir, &read, why, sizeof(why));
	/* A name that is too long for the kernel, and so on, is in no manifest of ours. */
	must(ret <= 0);
	must(ret != -EBADMSG || *why);
	must(memchr(why, 0, sizeof(why)));
	nfhad_manifest_free(&read);
	return !ret;
}

/* Is the text of a manifest the same but for what JSON does not care about? */
static bool is_same_text(const uint8_t *data, size_t size)
{
	struct json_object *was, *is;
	char text[ROOM + 1];
	bool same;

	memcpy(text, stored[0].data, stored[0].size);
	text[stored[0].size] = 0;
	was = json_tokener_parse(text);
	memcpy(text, data, size);
	text[size] = 0;
	is = strlen(text) == size ? json_tokener_parse(text) : NULL;
	same = json_object_equal(json_object_object_get(was, "image"),
				 json_object_object_get(is, "image"));
	json_object_put(was);
	json_object_put(is);
	return same;
}

static void change(struct stored *file, const uint8_t *one)
{
	size_t at = one[1] << 8 | one[2];

	if (one[0] & 0x80)
		file->size = at % (file->size + 1);
	else if (one[0] & 0x40 && file->size < ROOM)
		file->data[file->size++] = one[3];
	else if (file->size)
		file->data[at % file->size] = one[3];
}

/* Those of the input are made, and what was changed is written. */
static void check_changes(const uint8_t *data, size_t size)
{
	struct stored files[FILES];
	bool same = true, changed, accepted;
	unsigned int n;

	memcpy(files, stored, sizeof(files));
	for (n = 0; n < CHANGES_MAX && size >= 4; n++, data += 4, size -= 4)
		change(&files[data[0] % FILES], data);
	for (n = 0; n < FILES; n++) {
		changed = files[n].size != stored[n].size ||
			  memcmp(files[n].data, stored[n].data, files[n].size) != 0;
		scratch_write(dir, files[n].name, files[n].data, files[n].size);
		if (changed && n)
			same = false;
		if (changed && !n && !is_same_text(files[n].data, files[n].size))
			same = false;
	}
	accepted = is_accepted();
	must(same || !accepted);
}

/* A seal breaks when somebody touches a file; where the store is not in memory there is
 * none.
 */
static void check_seal(void)
{
	uint64_t seal = nfhad_seal_take(dir, 0);

	must(!seal || seal == nfhad_seal_take(dir, 0));
	must(!nfhad_seal_take(dir, FILES + 1));
}

static void check_manifest(const uint8_t *data, size_t size)
{
	unsigned int n;

	for (n = 1; n < FILES; n++)
		scratch_write(dir, stored[n].name, stored[n].data, stored[n].size);
	scratch_write(dir, NFHAD_MANIFEST_NAME, data, size);
	is_accepted();
	check_seal();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fd;

	(void)argc;
	(void)argv;
	dir = open(scratch_make(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(dir >= 0);
	scratch_write(dir, stored[1].name, stored[1].data, stored[1].size);
	scratch_write(dir, stored[2].name, stored[2].data, stored[2].size);
	must(!nfhad_manifest_write(dir, &manifest, UINT64_MAX, false));
	must(is_accepted());
	fd = openat(dir, NFHAD_MANIFEST_NAME, O_RDONLY | O_CLOEXEC);
	stored[0].size = read(fd, stored[0].data, ROOM);
	must(stored[0].size > 0 && stored[0].size < ROOM);
	close(fd);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .data = data, .size = size };

	if (take_u8(&in) & 1)
		check_manifest(in.data, in.size);
	else
		check_changes(in.data, in.size);
	return 0;
}
