// SPDX-License-Identifier: GPL-2.0-or-later
/* A checkpoint, from an empty directory to one that counts. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "manifest.h"
#include "seal.h"
#include "store_private.h"
#include "tree.h"

/**
 * struct image - a checkpoint, with what others need not see
 * @shown: what they see
 * @store: the store
 * @place: of its instance
 * @entry: once it counts
 * @job: stores it, or NULL
 * @prepare: runs first in the job, or NULL
 * @prepare_data: for @prepare
 * @stored: told when it is done
 * @data: for @stored
 */
struct image {
	struct nfhad_image shown;
	struct nfhad_store *store;
	struct nfhad_place *place;
	struct nfhad_entry *entry;
	struct nfhad_job *job;
	int (*prepare)(struct nfhad_image *image, void *data);
	void *prepare_data;
	nfhad_stored_fn stored;
	void *data;
};

static struct image *image_of(struct nfhad_image *shown)
{
	return (struct image *)shown;
}

static const struct image *const_image_of(const struct nfhad_image *shown)
{
	return (const struct image *)shown;
}

static struct image *image_alloc(struct nfhad_store *store,
				 struct nfhad_place *place)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	image->store = store;
	image->place = place;
	image->shown.dir = -1;
	return image;
}

static int dir_make(struct image *image)
{
	char name[NFHAD_PLACE_NAME_SIZE];

	nfhad_place_hidden_name(name, image->shown.number);
	if (mkdirat(image->place->dir, name, 0700))
		return -errno;
	image->shown.dir = nfhad_tree_open(image->place->dir, name);
	return image->shown.dir < 0 ? image->shown.dir : 0;
}

int nfhad_image_new(struct nfhad_store *store, const char *service,
		    const char *instance, const char *driver,
		    struct nfhad_image **out)
{
	struct nfhad_place *place;
	struct image *image;
	int ret;

	ret = nfhad_store_place(store, service, instance, &place);
	if (ret)
		return ret;
	if (!nfhad_store_room(store))
		return -ENOSPC;
	image = image_alloc(store, place);
	if (!image)
		return -ENOMEM;
	image->shown.number = ++place->last;
	snprintf(image->shown.driver, sizeof(image->shown.driver), "%s",
		 driver);
	ret = dir_make(image);
	if (ret) {
		nfhad_log(LOG_ERR, service, instance, "no checkpoint: %s",
			  strerror(-ret));
		free(image);
		return ret;
	}
	*out = &image->shown;
	return 0;
}

/* That the directories above are there has to be on the medium once. */
static int parents_sync(const struct image *image)
{
	int ret, dir = nfhad_tree_open(image->store->dir, image->place->service);

	if (dir < 0)
		return dir;
	ret = fsync(dir) || fsync(image->store->dir) ? -errno : 0;
	close(dir);
	return ret;
}

static int name_give(const struct image *image)
{
	char hidden[NFHAD_PLACE_NAME_SIZE], name[NFHAD_PLACE_NAME_SIZE];
	int dir = image->place->dir;

	nfhad_place_hidden_name(hidden, image->shown.number);
	nfhad_place_name(name, image->shown.number);
	if (renameat2(dir, hidden, dir, name, RENAME_NOREPLACE))
		return -errno;
	if (image->store->config->sync != NFHAD_SYNC_FULL)
		return 0;
	if (fsync(dir))
		return -errno;
	return image->place->durable ? 0 : parents_sync(image);
}

static void describe(const struct image *image, struct nfhad_manifest *manifest)
{
	*manifest = (struct nfhad_manifest){
		.number = image->shown.number,
		.epoch = image->shown.epoch,
	};
	snprintf(manifest->service, sizeof(manifest->service), "%s",
		 image->place->service);
	snprintf(manifest->instance, sizeof(manifest->instance), "%s",
		 image->place->instance);
	snprintf(manifest->driver, sizeof(manifest->driver), "%s",
		 image->shown.driver);
}

static int store_work(void *data)
{
	struct image *image = data;
	bool full = image->store->config->sync == NFHAD_SYNC_FULL;
	struct nfhad_manifest manifest;
	int ret = 0;

	if (image->prepare)
		ret = image->prepare(&image->shown, image->prepare_data);
	if (ret)
		return ret;
	describe(image, &manifest);
	ret = nfhad_manifest_write(image->shown.dir, &manifest,
				   nfhad_store_room(image->store), full);
	return ret ? ret : name_give(image);
}

static int count(struct image *image)
{
	struct nfhad_manifest manifest;
	int ret = nfhad_manifest_read(image->shown.dir, &manifest);
	size_t files;

	if (ret)
		return ret;
	files = nfhad_manifest_files(&manifest) + 1;
	image->entry = nfhad_place_add(image->place, image->shown.number,
				       manifest.bytes);
	nfhad_manifest_free(&manifest);
	if (!image->entry)
		return -ENOMEM;
	image->entry->users = 1;
	image->place->durable = true;
	image->entry->seal = nfhad_seal_take(image->shown.dir, files);
	nfhad_store_trim(image->store, image->place);
	return 0;
}

static void store_done(void *data, int error)
{
	struct image *image = data;

	image->job = NULL;
	if (!error)
		error = count(image);
	image->stored(image->data, error);
}

int nfhad_image_store(struct nfhad_image *shown,
		      int (*prepare)(struct nfhad_image *image, void *data),
		      void *prepare_data, uint64_t timeout_us,
		      nfhad_stored_fn stored, void *data)
{
	struct image *image = image_of(shown);

	if (image->job || image->entry)
		return -EBUSY;
	image->prepare = prepare;
	image->prepare_data = prepare_data;
	image->stored = stored;
	image->data = data;
	return nfhad_job_start(image->store->event, store_work, timeout_us,
			       store_done, image, &image->job);
}

void nfhad_image_put(struct nfhad_image *shown)
{
	struct image *image = image_of(shown);

	if (!image)
		return;
	nfhad_job_abandon(image->job);
	if (image->entry)
		nfhad_place_release(image->place, image->entry);
	else
		nfhad_place_discard(image->place, shown->number);
	close(shown->dir);
	free(image);
}

void nfhad_image_drop(struct nfhad_image *shown)
{
	const struct image *image = image_of(shown);

	if (image->entry)
		nfhad_place_drop(image->place, image->entry);
}

/* What is in the directory of one could be another one's. */
static int manifest_read(const struct image *image,
			 struct nfhad_manifest *manifest)
{
	int ret = nfhad_manifest_read(image->shown.dir, manifest);

	if (ret)
		return ret;
	if (manifest->number == image->shown.number &&
	    !strcmp(manifest->service, image->place->service) &&
	    !strcmp(manifest->instance, image->place->instance))
		return 0;
	nfhad_manifest_free(manifest);
	return -EBADMSG;
}

static int image_read(struct image *image)
{
	struct nfhad_image *shown = &image->shown;
	char name[NFHAD_PLACE_NAME_SIZE];
	struct nfhad_manifest manifest;
	int ret;

	shown->number = image->entry->number;
	nfhad_place_name(name, shown->number);
	shown->dir = nfhad_tree_open(image->place->dir, name);
	if (shown->dir < 0)
		return shown->dir;
	ret = manifest_read(image, &manifest);
	if (ret)
		return ret;
	shown->epoch = manifest.epoch;
	memcpy(shown->driver, manifest.driver, sizeof(shown->driver));
	nfhad_manifest_free(&manifest);
	return 0;
}

static int entry_open(struct nfhad_store *store, struct nfhad_place *place,
		      struct nfhad_entry *entry, struct image **out)
{
	struct image *image = image_alloc(store, place);
	int ret;

	if (!image)
		return -ENOMEM;
	image->entry = entry;
	ret = image_read(image);
	if (ret) {
		if (image->shown.dir >= 0)
			close(image->shown.dir);
		free(image);
		return ret;
	}
	entry->users++;
	*out = image;
	return 0;
}

/* Nothing that the checkpoint could be blamed for. */
static bool is_ours(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

static int image_below(struct nfhad_store *store, struct nfhad_place *place,
		       uint64_t number, struct nfhad_image **out)
{
	struct nfhad_entry *entry;
	struct image *image;
	int ret;

	while ((entry = nfhad_place_find(place, number))) {
		ret = entry_open(store, place, entry, &image);
		if (!ret) {
			*out = &image->shown;
			return 0;
		}
		if (is_ours(ret))
			return ret;
		entry->broken = true;
		nfhad_log(LOG_ERR, place->service, place->instance,
			  "checkpoint %" PRIu64 " cannot be loaded: %s",
			  entry->number, strerror(-ret));
	}
	return -ENOENT;
}

int nfhad_image_newest(struct nfhad_store *store, const char *service,
		       const char *instance, struct nfhad_image **image)
{
	struct nfhad_place *place;
	int ret = nfhad_store_place(store, service, instance, &place);

	return ret ? ret : image_below(store, place, UINT64_MAX, image);
}

int nfhad_image_older(const struct nfhad_image *shown,
		      struct nfhad_image **older)
{
	const struct image *image = const_image_of(shown);

	return image_below(image->store, image->place, shown->number, older);
}

bool nfhad_image_is_sealed(const struct nfhad_image *shown)
{
	const struct nfhad_entry *entry = const_image_of(shown)->entry;

	return entry && entry->seal &&
	       nfhad_seal_take(shown->dir, 0) == entry->seal;
}

void nfhad_image_unseal(struct nfhad_image *shown)
{
	const struct image *image = image_of(shown);

	if (image->entry)
		image->entry->seal = 0;
}

int nfhad_image_verify(const struct nfhad_image *shown)
{
	const struct image *image = const_image_of(shown);
	char why[512] = "its manifest is not whole";
	struct nfhad_manifest manifest;
	int ret = manifest_read(image, &manifest);

	if (!ret) {
		ret = nfhad_manifest_verify(shown->dir, &manifest, why,
					    sizeof(why));
		nfhad_manifest_free(&manifest);
	}
	if (ret == -EBADMSG)
		nfhad_log(LOG_ERR, image->place->service,
			  image->place->instance,
			  "checkpoint %" PRIu64 " is damaged: %s",
			  shown->number, why);
	return ret;
}
