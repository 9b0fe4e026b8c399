/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTIMAGE_H
#define NFHAD_CTIMAGE_H

#include "ctstate.h"

/*
 * An image is a base, which has all connections of some instant, a delta, which has
 * what has changed since and all expectations, and a ruleset. The same base is a
 * hard link in many images, so that a checkpoint costs what has changed.
 */
#define NFHAD_CTIMAGE_RULESET "ruleset.nft"

/* A file that is not written any more, so that it can be in the next image. */
struct nfhad_ctfile {
	int fd;
	uint64_t bytes;
};

/**
 * struct nfhad_ctimage - how images of a namespace are written
 * @base: the base of the last one; fd is -1 if there is none, or a new one is written
 * @base_id: of that base, at random
 * @delta_bytes: how long the last delta was
 */
struct nfhad_ctimage {
	struct nfhad_ctfile base;
	uint64_t base_id;
	uint64_t delta_bytes;
};

void nfhad_ctimage_init(struct nfhad_ctimage *image);
void nfhad_ctimage_free(struct nfhad_ctimage *image);

/**
 * nfhad_ctimage_begin - an image is to be written of what is known now
 * @image: how
 * @state: the connections; they may change from here on, but not for who writes
 * @dir: where to
 *
 * Return: 0 or a negative errno.
 */
int nfhad_ctimage_begin(struct nfhad_ctimage *image,
			struct nfhad_ctstate *state, int dir);

/* The connections as they were then, for a job. 0 or a negative errno. */
int nfhad_ctimage_write(const struct nfhad_ctimage *image,
			const struct nfhad_ctstate *state, int dir);

/* They have been written; not called if that has failed. 0 or a negative errno. */
int nfhad_ctimage_end(struct nfhad_ctimage *image, int dir);

/**
 * nfhad_ctimage_read - read what has been written
 * @dir: where it is
 * @state: set; freed with nfhad_ctstate_free()
 *
 * Return: 0, -EBADMSG if it is not what nfhad_ctimage_write() writes, or a
 * negative errno.
 */
int nfhad_ctimage_read(int dir, struct nfhad_ctstate **state);

/**
 * nfhad_ctfile_open - take note of a file that has been written
 * @file: set; what it was is closed
 * @dir: where it is
 * @name: how
 *
 * Return: 0 or a negative errno.
 */
int nfhad_ctfile_open(struct nfhad_ctfile *file, int dir, const char *name);
void nfhad_ctfile_close(struct nfhad_ctfile *file);

/**
 * nfhad_ctfile_link - give a file a name in another image
 * @file: the file
 * @dir: where
 * @name: how
 *
 * Return: 0 or a negative errno: it has to be written anew.
 */
int nfhad_ctfile_link(const struct nfhad_ctfile *file, int dir,
		      const char *name);

/* Write all of it to an open file; 0 or a negative errno. */
int nfhad_ctfile_append(int fd, const void *data, size_t len);

/**
 * nfhad_ctfile_write - write a file
 * @dir: where
 * @name: how
 * @data: what
 * @len: how much
 *
 * Return: 0 or a negative errno.
 */
int nfhad_ctfile_write(int dir, const char *name, const void *data, size_t len);

/**
 * nfhad_ctfile_read - read a whole file
 * @dir: where
 * @name: how
 * @data: set; ends with a NUL that is not counted; freed with free()
 * @len: set
 *
 * Return: 0, -EBADMSG if it is no regular file or too long, or a negative
 * errno.
 */
int nfhad_ctfile_read(int dir, const char *name, char **data, size_t *len);

#endif /* NFHAD_CTIMAGE_H */
