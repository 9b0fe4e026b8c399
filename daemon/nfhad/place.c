// SPDX-License-Identifier: GPL-2.0-or-later
/* The checkpoints of an instance. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "manifest.h"
#include "place.h"
#include "tree.h"

#define GONE ".gone-"
#define SWEEP_US (60 * 1000000ull)

void nfhad_place_name(char *name, uint64_t number)
{
	snprintf(name, NFHAD_PLACE_NAME_SIZE, "%" PRIu64, number);
}

void nfhad_place_hidden_name(char *name, uint64_t number)
{
	snprintf(name, NFHAD_PLACE_NAME_SIZE, ".%" PRIu64, number);
}

static int remove_gone(int dir, const char *name, void *data)
{
	(void)data;
	if (strncmp(name, GONE, strlen(GONE)) != 0)
		return 0;
	return nfhad_tree_remove(dir, name);
}

static int sweep_work(void *data)
{
	const struct nfhad_place *place = data;

	nfhad_job_background();
	return nfhad_tree_each(place->dir, remove_gone, NULL);
}

static void sweep(struct nfhad_place *place);

static void swept(void *data, int error)
{
	struct nfhad_place *place = data;

	place->sweep = NULL;
	/* Where its directory has gone there is nothing to be removed. */
	if (error && error != -ENOENT && error != -ESTALE)
		nfhad_log(LOG_WARNING, place->service, place->instance,
			  "old checkpoints are not removed: %s",
			  strerror(-error));
	if (place->sweep_again)
		sweep(place);
}

/* To remove many megabytes takes long. */
static void sweep(struct nfhad_place *place)
{
	int ret;

	place->sweep_again = place->sweep;
	if (place->sweep)
		return;
	ret = nfhad_job_start(place->event, sweep_work, SWEEP_US, swept, place,
			      &place->sweep);
	if (ret)
		nfhad_log(LOG_WARNING, place->service, place->instance,
			  "old checkpoints are not removed: %s", strerror(-ret));
}

/* From here on nobody takes it for a checkpoint, however far the removal gets. */
static int make_gone(struct nfhad_place *place, const char *name,
		     uint64_t number)
{
	char gone[NFHAD_PLACE_NAME_SIZE];

	snprintf(gone, sizeof(gone), GONE "%" PRIu64, number);
	return renameat(place->dir, name, place->dir, gone) ? -errno : 0;
}

void nfhad_place_discard(struct nfhad_place *place, uint64_t number)
{
	char name[NFHAD_PLACE_NAME_SIZE];
	int ret;

	nfhad_place_hidden_name(name, number);
	ret = make_gone(place, name, number);
	if (ret == -ENOENT) {
		/* It had its name already when storing failed. */
		nfhad_place_name(name, number);
		ret = make_gone(place, name, number);
	}
	if (ret)
		nfhad_log(LOG_WARNING, place->service, place->instance,
			  "checkpoint %" PRIu64 " is not removed: %s", number,
			  strerror(-ret));
	else
		sweep(place);
}

static void entry_remove(struct nfhad_place *place, struct nfhad_entry *entry)
{
	struct nfhad_entry **at = &place->newest;

	while (*at != entry)
		at = &(*at)->older;
	*at = entry->older;
	nfhad_place_discard(place, entry->number);
	free(entry);
}

void nfhad_place_drop(struct nfhad_place *place, struct nfhad_entry *entry)
{
	entry->doomed = true;
	if (!entry->users)
		entry_remove(place, entry);
}

void nfhad_place_release(struct nfhad_place *place, struct nfhad_entry *entry)
{
	entry->users--;
	if (entry->doomed && !entry->users)
		entry_remove(place, entry);
}

struct nfhad_entry *nfhad_place_find(const struct nfhad_place *place,
				     uint64_t below)
{
	struct nfhad_entry *entry = place->newest;

	while (entry && (entry->number >= below || entry->broken ||
			 entry->doomed))
		entry = entry->older;
	return entry;
}

struct nfhad_entry *nfhad_place_add(struct nfhad_place *place, uint64_t number,
				    uint64_t bytes)
{
	struct nfhad_entry **at = &place->newest;
	struct nfhad_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->number = number;
	entry->bytes = bytes;
	while (*at && (*at)->number > number)
		at = &(*at)->older;
	entry->older = *at;
	*at = entry;
	if (number > place->last)
		place->last = number;
	return entry;
}

/* Only what we would have called so ourselves. */
static int number_of(const char *name, uint64_t *number)
{
	char again[NFHAD_PLACE_NAME_SIZE];

	*number = strtoull(name, NULL, 10);
	nfhad_place_name(again, *number);
	return strcmp(name, again) ? -EINVAL : 0;
}

static int bytes_of(int dir, const char *name, uint64_t *bytes)
{
	struct nfhad_manifest manifest;
	int ret, fd = nfhad_tree_open(dir, name);

	if (fd < 0)
		return fd;
	ret = nfhad_manifest_read(fd, &manifest);
	close(fd);
	if (ret)
		return ret;
	*bytes = manifest.bytes;
	nfhad_manifest_free(&manifest);
	return 0;
}

static int scan_one(int dir, const char *name, void *data)
{
	struct nfhad_place *place = data;
	struct nfhad_entry *entry;
	uint64_t number, bytes = 0;
	int ret;

	if (*name == '.')
		return nfhad_tree_remove(dir, name);
	if (number_of(name, &number))
		return 0;
	ret = bytes_of(dir, name, &bytes);
	entry = nfhad_place_add(place, number, bytes);
	if (!entry)
		return -ENOMEM;
	entry->broken = ret;
	if (ret)
		nfhad_log(LOG_WARNING, place->service, place->instance,
			  "checkpoint %s cannot be loaded: %s", name,
			  strerror(-ret));
	return 0;
}

static int dir_open(int root, const char *service, const char *instance)
{
	int dir, parent = nfhad_tree_make(root, service);

	if (parent < 0)
		return parent;
	dir = nfhad_tree_make(parent, instance);
	close(parent);
	return dir;
}

/* What a job of a daemon that was killed has just removed is not there. */
static int scan_left(int dir, const char *name, void *data)
{
	int ret = scan_one(dir, name, data);

	return ret == -ENOENT ? 0 : ret;
}

static int place_scan(struct nfhad_place *place, int root)
{
	place->dir = dir_open(root, place->service, place->instance);
	if (place->dir < 0)
		return place->dir;
	return nfhad_tree_each(place->dir, scan_left, place);
}

int nfhad_place_open(int root, const char *service, const char *instance,
		     sd_event *event, struct nfhad_place **out)
{
	struct nfhad_place *place = calloc(1, sizeof(*place));
	int ret;

	if (!place)
		return -ENOMEM;
	place->event = event;
	snprintf(place->service, sizeof(place->service), "%s", service);
	snprintf(place->instance, sizeof(place->instance), "%s", instance);
	ret = place_scan(place, root);
	if (ret) {
		nfhad_log(LOG_ERR, service, instance,
			  "its checkpoints cannot be read: %s", strerror(-ret));
		nfhad_place_close(place);
		return ret;
	}
	*out = place;
	return 0;
}

void nfhad_place_close(struct nfhad_place *place)
{
	struct nfhad_entry *entry;

	nfhad_job_cancel(place->sweep);
	while (place->newest) {
		entry = place->newest;
		place->newest = entry->older;
		free(entry);
	}
	if (place->dir >= 0)
		close(place->dir);
	free(place);
}
