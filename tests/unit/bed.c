// SPDX-License-Identifier: GPL-2.0-or-later
/* A store for one test. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bed.h"
#include "loop.h"
#include "tree.h"
#include "unit.h"

char top[64];
char directory[PATH_MAX];
struct nfhad_store_config config;
sd_event *event;
struct nfhad_store *store;

void store_begin(void)
{
	ck_assert_int_eq(nfhad_store_open(&config, event, &store), 0);
}

void store_again(void)
{
	nfhad_store_close(store);
	store_begin();
}

void bed_setup(void)
{
	snprintf(top, sizeof(top), "/tmp/nfhad-store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(directory, sizeof(directory), "%s/store", top);
	config = (struct nfhad_store_config){
		.directory = directory,
		.sync = NFHAD_SYNC_FULL,
		.keep = 2,
	};
	event = loop_open();
	store_begin();
}

void bed_teardown(void)
{
	nfhad_store_close(store);
	sd_event_unref(event);
	ck_assert_int_eq(nfhad_tree_remove(AT_FDCWD, top), 0);
}

void file_write(int dir, const char *name, const char *text, size_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
	close(fd);
}

struct nfhad_image *image_begin(const char *instance)
{
	struct nfhad_image *image;

	ck_assert_int_eq(nfhad_image_new(store, "fw", instance, "criu", &image),
			 0);
	file_write(image->dir, "core-1.img", "core", 4);
	file_write(image->dir, "pages-1.img", "pages of memory", 15);
	return image;
}

void on_stored(void *data, int error)
{
	struct result *result = data;

	ck_assert(!result->done);
	result->done = true;
	result->error = error;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

int wait_for(struct result *result)
{
	uint64_t end = now_ms() + 30000;

	while (!result->done && now_ms() < end)
		sd_event_run(event, 100000);
	ck_assert(result->done);
	return result->error;
}

int image_finish(struct nfhad_image *image, uint64_t epoch)
{
	struct result result = { 0 };

	image->epoch = epoch;
	ck_assert_int_eq(nfhad_image_store(image, NULL, NULL, 20000000,
					   on_stored, &result),
			 0);
	return wait_for(&result);
}

uint64_t image_add(const char *instance, uint64_t epoch)
{
	struct nfhad_image *image = image_begin(instance);
	uint64_t number = image->number;

	ck_assert_int_eq(image_finish(image, epoch), 0);
	nfhad_image_put(image);
	return number;
}

/* The newest that is what was stored; 0: none. */
uint64_t newest_good(const char *instance)
{
	struct nfhad_image *image, *older;
	uint64_t epoch = 0;
	int ret = nfhad_image_newest(store, "fw", instance, &image);

	while (!ret && nfhad_image_verify(image)) {
		ret = nfhad_image_older(image, &older);
		nfhad_image_put(image);
		image = older;
	}
	if (ret) {
		ck_assert_int_eq(ret, -ENOENT);
		return 0;
	}
	epoch = image->epoch;
	ck_assert_str_eq(image->driver, "criu");
	nfhad_image_put(image);
	return epoch;
}

int place_dir(const char *instance)
{
	char path[PATH_MAX + 32];
	int dir;

	snprintf(path, sizeof(path), "%s/fw/%s", directory, instance);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
	return dir;
}

static int count_name(int dir, const char *name, void *data)
{
	struct names *names = data;

	(void)dir;
	if (*name == '.')
		names->hidden++;
	else
		names->shown++;
	return 0;
}

struct names names_of(const char *instance)
{
	struct names names = { 0 };
	int dir = place_dir(instance);

	nfhad_tree_each(dir, count_name, &names);
	close(dir);
	return names;
}

/* What is removed goes in a job. */
void wait_for_names(const char *instance, size_t shown)
{
	uint64_t end = now_ms() + 30000;
	struct names names = names_of(instance);

	while ((names.hidden || names.shown != shown) && now_ms() < end) {
		sd_event_run(event, 10000);
		names = names_of(instance);
	}
	ck_assert_uint_eq(names.hidden, 0);
	ck_assert_uint_eq(names.shown, shown);
}
