// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of what belongs to a checkpoint: {"image": {...}, "sum": "..."}, where the
 * sum is of the text of the image as json-c writes it.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "manifest.h"
#include "sum.h"
#include "tree.h"

#define NAME NFHAD_MANIFEST_NAME
#define TEXT_MAX_BYTES (4 << 20)
#define FILES_MAX 10000

/* A symbolic link or a socket is no file of a checkpoint. */
static int open_error(int error)
{
	return error == ELOOP || error == ENXIO ? -EINVAL : -error;
}

/* Opens a file of a checkpoint, and nothing else. */
static int file_open(int dir, const char *name, struct stat *st)
{
	/* Opening a pipe would wait for who writes to it. */
	int fd = openat(dir, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return open_error(errno);
	if (fstat(fd, st)) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	if (S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

struct writer {
	struct nfhad_manifest *manifest;
	struct json_object *files;
	uint64_t max;
	bool durable;
};

static int file_sum(int fd, const struct writer *writer, char *sum)
{
	int ret = nfhad_sum_file(fd, sum);

	if (!ret && writer->durable && fsync(fd))
		ret = -errno;
	return ret;
}

static int file_list(struct writer *writer, const char *name, uint64_t size,
		     const char *sum)
{
	struct json_object *file = json_object_new_object();

	if (!file)
		return -ENOMEM;
	if (json_object_object_add(file, "name", json_object_new_string(name)) ||
	    json_object_object_add(file, "size", json_object_new_uint64(size)) ||
	    json_object_object_add(file, "sum", json_object_new_string(sum)) ||
	    json_object_array_add(writer->files, file)) {
		json_object_put(file);
		return -ENOMEM;
	}
	writer->manifest->bytes += size;
	return 0;
}

static int file_add(int dir, const char *name, void *data)
{
	struct writer *writer = data;
	char sum[NFHAD_SUM_SIZE];
	struct stat st = { 0 };
	int fd, ret;

	fd = file_open(dir, name, &st);
	if (fd == -EINVAL)
		nfhad_log(LOG_ERR, writer->manifest->service,
			  writer->manifest->instance,
			  "\"%s\" is not a regular file of a checkpoint", name);
	if (fd < 0)
		return fd;
	if (json_object_array_length(writer->files) >= FILES_MAX)
		ret = -E2BIG;
	else if (writer->manifest->bytes + st.st_size > writer->max)
		ret = -ENOSPC;
	else
		ret = file_sum(fd, writer, sum);
	close(fd);
	return ret ? ret : file_list(writer, name, st.st_size, sum);
}

static int add_string(struct json_object *to, const char *key, const char *text)
{
	return json_object_object_add(to, key, json_object_new_string(text));
}

static int add_number(struct json_object *to, const char *key, uint64_t number)
{
	return json_object_object_add(to, key, json_object_new_uint64(number));
}

/* Takes @files. */
static struct json_object *image_object(const struct nfhad_manifest *manifest,
					struct json_object *files)
{
	struct json_object *image = json_object_new_object();

	if (image && !add_string(image, "service", manifest->service) &&
	    !add_string(image, "instance", manifest->instance) &&
	    !add_string(image, "driver", manifest->driver) &&
	    !add_number(image, "number", manifest->number) &&
	    !add_number(image, "epoch", manifest->epoch) &&
	    !add_number(image, "bytes", manifest->bytes) &&
	    !json_object_object_add(image, "files", files))
		return image;
	json_object_put(image);
	json_object_put(files);
	return NULL;
}

static const char *text_of(struct json_object *object)
{
	return json_object_to_json_string_ext(object,
					      JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	for (; left; left -= n, text += n) {
		n = write(fd, text, left);
		if (n < 0)
			return -errno;
	}
	return 0;
}

static int text_write(int dir, const char *text, const struct timespec *began,
		      bool durable)
{
	const struct timespec times[] = { *began, *began };
	int fd = openat(dir, NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0600);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, text);
	if (!ret && futimens(fd, times))
		ret = -errno;
	if (!ret && durable && fsync(fd))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && durable && fsync(dir))
		ret = -errno;
	return ret;
}

/* Takes @image. */
static int object_write(int dir, struct json_object *image,
			const struct timespec *began, bool durable)
{
	const char *inner = text_of(image), *text;
	char sum[NFHAD_SUM_SIZE];
	struct json_object *whole = json_object_new_object();
	int ret = -ENOMEM;

	if (!whole || !inner) {
		json_object_put(image);
		goto out;
	}
	nfhad_sum_text(inner, sum);
	if (json_object_object_add(whole, "image", image)) {
		json_object_put(image);
		goto out;
	}
	if (add_string(whole, "sum", sum))
		goto out;
	text = text_of(whole);
	if (text)
		ret = text_write(dir, text, began, durable);
out:
	json_object_put(whole);
	return ret;
}

int nfhad_manifest_write(int dir, struct nfhad_manifest *manifest, uint64_t max,
			 bool durable)
{
	struct writer writer = {
		.manifest = manifest,
		.files = json_object_new_array(),
		.max = max,
		.durable = durable,
	};
	struct json_object *image;
	struct timespec began;
	int ret;

	if (!writer.files)
		return -ENOMEM;
	/* The clock that files are stamped with. */
	clock_gettime(CLOCK_REALTIME_COARSE, &began);
	manifest->bytes = 0;
	ret = nfhad_tree_each(dir, file_add, &writer);
	if (ret) {
		json_object_put(writer.files);
		return ret;
	}
	image = image_object(manifest, writer.files);
	return image ? object_write(dir, image, &began, durable) : -ENOMEM;
}

static struct json_object *get(struct json_object *from, const char *key,
			       enum json_type type)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

static int get_string(struct json_object *from, const char *key, char *text,
		      size_t size)
{
	struct json_object *value = get(from, key, json_type_string);
	size_t length;

	if (!value)
		return -EBADMSG;
	length = json_object_get_string_len(value);
	if (length >= size || strlen(json_object_get_string(value)) != length)
		return -EBADMSG;
	memcpy(text, json_object_get_string(value), length + 1);
	return 0;
}

static int get_number(struct json_object *from, const char *key,
		      uint64_t *number)
{
	struct json_object *value = get(from, key, json_type_int);

	if (!value)
		return -EBADMSG;
	*number = json_object_get_uint64(value);
	return 0;
}

static int image_read(struct json_object *image,
		      struct nfhad_manifest *manifest)
{
	struct json_object *files = get(image, "files", json_type_array);

	if (!files ||
	    get_string(image, "service", manifest->service,
		       sizeof(manifest->service)) ||
	    get_string(image, "instance", manifest->instance,
		       sizeof(manifest->instance)) ||
	    get_string(image, "driver", manifest->driver,
		       sizeof(manifest->driver)) ||
	    get_number(image, "number", &manifest->number) ||
	    get_number(image, "epoch", &manifest->epoch) ||
	    get_number(image, "bytes", &manifest->bytes))
		return -EBADMSG;
	manifest->files = json_object_get(files);
	return 0;
}

static int whole_read(struct json_object *whole, struct nfhad_manifest *manifest)
{
	struct json_object *image = get(whole, "image", json_type_object);
	char is[NFHAD_SUM_SIZE], said[NFHAD_SUM_SIZE];

	if (!image || get_string(whole, "sum", said, sizeof(said)) ||
	    !text_of(image))
		return -EBADMSG;
	nfhad_sum_text(text_of(image), is);
	if (strcmp(is, said) != 0)
		return -EBADMSG;
	return image_read(image, manifest);
}

int nfhad_manifest_read(int dir, struct nfhad_manifest *manifest)
{
	struct json_object *whole;
	size_t length;
	char *text;
	int ret;

	ret = nfhad_tree_read(dir, NAME, TEXT_MAX_BYTES, &text, &length);
	if (ret)
		return ret == -ELOOP ? -EBADMSG : ret;
	memset(manifest, 0, sizeof(*manifest));
	whole = strlen(text) == length ? json_tokener_parse(text) : NULL;
	ret = whole ? whole_read(whole, manifest) : -EBADMSG;
	json_object_put(whole);
	free(text);
	return ret;
}

struct verifier {
	const struct nfhad_manifest *manifest;
	char *why;
	int size;
};

static int bad(const struct verifier *verifier, const char *name,
	       const char *what)
{
	snprintf(verifier->why, verifier->size, "\"%s\" %s", name, what);
	return -EBADMSG;
}

static int sum_verify(const struct verifier *verifier, int fd, const char *name,
		      const char *said)
{
	char is[NFHAD_SUM_SIZE];
	int ret = nfhad_sum_file(fd, is);

	if (!ret && strcmp(is, said) != 0)
		ret = bad(verifier, name, "is not what was stored");
	return ret;
}

static int file_verify(const struct verifier *verifier, int dir,
		       struct json_object *file)
{
	char name[NAME_MAX + 1], sum[NFHAD_SUM_SIZE];
	uint64_t size;
	struct stat st = { 0 };
	int fd, ret;

	if (get_string(file, "name", name, sizeof(name)) || strchr(name, '/') ||
	    get_string(file, "sum", sum, sizeof(sum)) ||
	    get_number(file, "size", &size))
		return bad(verifier, NAME, "has an entry that is none");
	fd = file_open(dir, name, &st);
	if (fd == -ENOENT)
		return bad(verifier, name, "is missing");
	if (fd == -EINVAL)
		return bad(verifier, name, "is not a regular file");
	if (fd < 0)
		return fd;
	if ((uint64_t)st.st_size != size)
		ret = bad(verifier, name, "has another size");
	else
		ret = sum_verify(verifier, fd, name, sum);
	close(fd);
	return ret;
}

static int name_count(int dir, const char *name, void *data)
{
	size_t *n = data;

	(void)dir;
	(void)name;
	(*n)++;
	return 0;
}

int nfhad_manifest_verify(int dir, const struct nfhad_manifest *manifest,
			  char *why, int size)
{
	struct verifier verifier = { manifest, why, size };
	size_t i, n = json_object_array_length(manifest->files), names = 0;
	int ret;

	for (i = 0; i < n; i++) {
		ret = file_verify(&verifier, dir,
				  json_object_array_get_idx(manifest->files, i));
		if (ret)
			return ret;
	}
	ret = nfhad_tree_each(dir, name_count, &names);
	/* All that are listed are there, and the manifest is one more. */
	if (!ret && names != n + 1)
		ret = bad(&verifier, NAME, "does not list all that is there");
	return ret;
}

size_t nfhad_manifest_files(const struct nfhad_manifest *manifest)
{
	return json_object_array_length(manifest->files);
}

void nfhad_manifest_free(struct nfhad_manifest *manifest)
{
	json_object_put(manifest->files);
}
