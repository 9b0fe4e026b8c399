/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_STORE_H
#define NFHAD_STORE_H

#include <stdint.h>
#include <systemd/sd-event.h>
#include "config.h"

struct nfhad_store;

/**
 * struct nfhad_image - a checkpoint in the store, or on its way there
 * @dir: descriptor of its directory; the image's
 * @number: of the checkpoint, grows with each of an instance; names the directory
 * @epoch: of the kernel's that it covers; 0 until it is known
 * @driver: name of the driver that made it
 *
 * Where checkpoints go is behind the functions here: a directory today, another host
 * later. Whoever has an image sees a directory of files, nothing else.
 */
struct nfhad_image {
	int dir;
	uint64_t number;
	uint64_t epoch;
	char driver[16];
};

/**
 * nfhad_store_open - open stable storage
 * @config: where; has to outlive the store
 * @event: the loop
 * @store: set
 *
 * The directory is made with mode 0700 if it is not there, and refused if
 * others than root may write to it. What an earlier daemon left half-written is removed.
 *
 * Return: 0 or a negative errno; logged.
 */
int nfhad_store_open(const struct nfhad_store_config *config, sd_event *event,
		     struct nfhad_store **store);
void nfhad_store_close(struct nfhad_store *store);

/**
 * nfhad_image_new - begin a checkpoint
 * @store: the store
 * @service: whose
 * @instance: whose
 * @driver: who makes it
 * @image: set; an empty directory that no load can find
 *
 * Return: 0 or a negative errno (-ENOSPC when the limit is reached even with
 * nothing kept but the newest one of each instance).
 */
int nfhad_image_new(struct nfhad_store *store, const char *service,
		    const char *instance, const char *driver,
		    struct nfhad_image **image);

typedef void (*nfhad_stored_fn)(void *data, int error);

/**
 * nfhad_image_store - a checkpoint is written: make it count
 * @image: with its epoch set; its ownership stays with the caller
 * @prepare: runs first, in the child process that does the work, or NULL: what
 *	the driver has to do to the files off the critical path (to merge)
 * @prepare_data: for it
 * @timeout_us: for all of it
 * @stored: called once from the loop: 0, or what went wrong; the image
 *	is not in the store then and can only be put
 * @data: for it
 *
 * Each file is summed and named in a manifest, made durable to the degree
 * configured, and then the directory gets its name: there is no other
 * instant before which it can be loaded. Older ones beyond the limit go
 * when the new one has its name.
 *
 * Return: 0 or a negative errno; then @stored is not called.
 */
int nfhad_image_store(struct nfhad_image *image,
		      int (*prepare)(struct nfhad_image *image, void *data),
		      void *prepare_data, uint64_t timeout_us,
		      nfhad_stored_fn stored, void *data);

/**
 * nfhad_image_put - done with an image
 * @image: or NULL; freed, and removed if it does not count. Stops storing.
 */
void nfhad_image_put(struct nfhad_image *image);

/**
 * nfhad_image_newest - the newest checkpoint of an instance
 * @store: the store
 * @service: whose
 * @instance: whose
 * @image: set
 *
 * Only what has a manifest; the sums are checked by nfhad_image_verify().
 *
 * Return: 0, -ENOENT, or a negative errno.
 */
int nfhad_image_newest(struct nfhad_store *store, const char *service,
		       const char *instance, struct nfhad_image **image);

/**
 * nfhad_image_older - the checkpoint before this one
 * @image: the one
 * @older: set
 *
 * Return: as nfhad_image_newest().
 */
int nfhad_image_older(const struct nfhad_image *image,
		      struct nfhad_image **older);

/**
 * nfhad_image_is_sealed - is it sure without sums that the files are what was stored?
 * @image: the image
 *
 * Return: true if this daemon has stored it, in memory, and nobody has touched it since;
 * see nfhad_seal_take().
 */
bool nfhad_image_is_sealed(const struct nfhad_image *image);

/* It cannot be loaded: whoever tries again looks at the sums. */
void nfhad_image_unseal(struct nfhad_image *image);

/**
 * nfhad_image_verify - are the files what was stored?
 * @image: the image
 *
 * Blocks: for a job.
 *
 * Return: 0, -EBADMSG and a line in the log, or a negative errno.
 */
int nfhad_image_verify(const struct nfhad_image *image);

/* Number of the checkpoint of an instance that was begun last; 0: none was. */
uint64_t nfhad_store_last(struct nfhad_store *store, const char *service,
			  const char *instance);

/**
 * nfhad_image_drop - a checkpoint that is stored does not count
 * @image: the image; it is not found any more, and is removed when it is put
 */
void nfhad_image_drop(struct nfhad_image *image);

/**
 * nfhad_store_forget - remove all checkpoints of an instance
 * @store: the store
 * @service: whose
 * @instance: whose
 */
void nfhad_store_forget(struct nfhad_store *store, const char *service,
			const char *instance);

#endif /* NFHAD_STORE_H */
