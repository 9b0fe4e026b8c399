// SPDX-License-Identifier: GPL-2.0-or-later
/* Stable storage: a directory, and how much may be in it. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "store_private.h"
#include "tree.h"
#include "value.h"

#define LOCK ".lock"

static int wrong(const struct nfhad_store *store, int error, const char *what)
{
	nfhad_log(LOG_ERR, NULL, NULL, "store %s: %s: %s",
		  store->config->directory, what, strerror(-error));
	return error;
}

/* Checkpoints are memory images: who can change one can be anybody. */
static int owner_check(const struct nfhad_store *store)
{
	struct stat st;

	if (fstat(store->dir, &st))
		return wrong(store, -errno, "fstat");
	if ((st.st_uid && st.st_uid != geteuid()) || st.st_mode & 022)
		return wrong(store, -EPERM, "others than root may write to it");
	return 0;
}

static int directory_open(struct nfhad_store *store)
{
	store->dir = nfhad_tree_make(AT_FDCWD, store->config->directory);
	if (store->dir < 0)
		return wrong(store, store->dir, "open");
	return owner_check(store);
}

static int lock_take(struct nfhad_store *store)
{
	store->lock = nfhad_tree_lock(store->dir, LOCK);
	if (store->lock == -EBUSY)
		return wrong(store, -EBUSY, "another daemon uses it");
	return store->lock < 0 ? wrong(store, store->lock, "lock") : 0;
}

int nfhad_store_place(struct nfhad_store *store, const char *service,
		      const char *instance, struct nfhad_place **out)
{
	struct nfhad_place *place = store->places;
	int ret;

	/* They become names of directories. */
	if (!nfhad_value_is_name(service) || !nfhad_value_is_name(instance))
		return wrong(store, -EINVAL, "the name of an instance");
	while (place && (strcmp(place->service, service) != 0 ||
			 strcmp(place->instance, instance) != 0))
		place = place->next;
	if (!place) {
		ret = nfhad_place_open(store->dir, service, instance,
				       store->event, &place);
		if (ret)
			return ret;
		place->next = store->places;
		store->places = place;
	}
	*out = place;
	return 0;
}

struct scan {
	struct nfhad_store *store;
	const char *service;
};

static int scan_instance(int dir, const char *name, void *data)
{
	const struct scan *scan = data;
	struct nfhad_place *place;

	(void)dir;
	if (!nfhad_value_is_name(name))
		return 0;
	return nfhad_store_place(scan->store, scan->service, name, &place);
}

static int scan_service(int dir, const char *name, void *data)
{
	struct scan scan = { .store = data, .service = name };
	int ret, fd;

	if (!nfhad_value_is_name(name))
		return 0;
	fd = nfhad_tree_open(dir, name);
	if (fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	if (fd < 0)
		return fd;
	ret = nfhad_tree_each(fd, scan_instance, &scan);
	close(fd);
	return ret;
}

static int store_read(struct nfhad_store *store)
{
	int ret = directory_open(store);

	if (!ret)
		ret = lock_take(store);
	if (!ret) {
		ret = nfhad_tree_each(store->dir, scan_service, store);
		if (ret)
			wrong(store, ret, "read");
	}
	return ret;
}

int nfhad_store_open(const struct nfhad_store_config *config, sd_event *event,
		     struct nfhad_store **out)
{
	struct nfhad_store *store = calloc(1, sizeof(*store));
	int ret;

	if (!store)
		return -ENOMEM;
	store->config = config;
	store->event = event;
	store->dir = -1;
	store->lock = -1;
	ret = store_read(store);
	if (ret) {
		nfhad_store_close(store);
		return ret;
	}
	*out = store;
	return 0;
}

void nfhad_store_close(struct nfhad_store *store)
{
	struct nfhad_place *place;

	if (!store)
		return;
	while (store->places) {
		place = store->places;
		store->places = place->next;
		nfhad_place_close(place);
	}
	if (store->lock >= 0)
		close(store->lock);
	if (store->dir >= 0)
		close(store->dir);
	free(store);
}

static uint64_t bytes_of(const struct nfhad_store *store)
{
	const struct nfhad_place *place;
	const struct nfhad_entry *entry;
	uint64_t bytes = 0;

	for (place = store->places; place; place = place->next)
		for (entry = place->newest; entry; entry = entry->older)
			bytes += entry->bytes;
	return bytes;
}

/* The newest that can be loaded stays, and what somebody uses. */
static bool can_go(const struct nfhad_place *place,
		   const struct nfhad_entry *entry)
{
	return !entry->users && entry != nfhad_place_find(place, UINT64_MAX);
}

/* The oldest that can go of a place, and how many it has. */
static struct nfhad_entry *oldest(const struct nfhad_place *place, size_t *n)
{
	struct nfhad_entry *entry, *last = NULL;

	*n = 0;
	for (entry = place->newest; entry; entry = entry->older) {
		(*n)++;
		if (can_go(place, entry))
			last = entry;
	}
	return last;
}

/* From where there are most. */
static bool drop_one(struct nfhad_store *store)
{
	struct nfhad_place *place, *from = NULL;
	struct nfhad_entry *entry, *victim = NULL;
	size_t n, most = 0;

	for (place = store->places; place; place = place->next) {
		entry = oldest(place, &n);
		if (!entry || n <= most)
			continue;
		most = n;
		from = place;
		victim = entry;
	}
	if (victim)
		nfhad_place_drop(from, victim);
	return victim;
}

static void keep_only(struct nfhad_place *place, uint32_t keep)
{
	struct nfhad_entry *entry = place->newest, *older;

	for (; entry; entry = older) {
		older = entry->older;
		if (entry->doomed)
			continue;
		if (!keep)
			nfhad_place_drop(place, entry);
		else if (!entry->broken)
			keep--;
	}
}

void nfhad_store_trim(struct nfhad_store *store, struct nfhad_place *place)
{
	uint64_t max = store->config->bytes_max;

	keep_only(place, store->config->keep);
	while (max && bytes_of(store) > max && drop_one(store))
		continue;
}

uint64_t nfhad_store_room(const struct nfhad_store *store)
{
	uint64_t max = store->config->bytes_max, stays = 0;
	const struct nfhad_place *place;
	const struct nfhad_entry *entry;

	if (!max)
		return UINT64_MAX;
	for (place = store->places; place; place = place->next)
		for (entry = place->newest; entry; entry = entry->older)
			if (!can_go(place, entry))
				stays += entry->bytes;
	return stays < max ? max - stays : 0;
}

void nfhad_store_forget(struct nfhad_store *store, const char *service,
			const char *instance)
{
	struct nfhad_place *place;

	if (nfhad_store_place(store, service, instance, &place))
		return;
	keep_only(place, 0);
}

uint64_t nfhad_store_last(struct nfhad_store *store, const char *service,
			  const char *instance)
{
	struct nfhad_place *place;

	if (nfhad_store_place(store, service, instance, &place))
		return 0;
	return place->last;
}
