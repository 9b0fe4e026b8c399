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
 * @base: the base of the last one; fd is -1 if there is none
 * @base_id: of that base, at random
 * @delta_bytes: how long the last delta was
 * @buffer: for what is written
 * @room: in @buffer
 */
struct nfhad_ctimage {
	struct nfhad_ctfile base;
	uint64_t base_id;
	uint64_t delta_bytes;
	char *buffer;
	size_t room;
};

void nfhad_ctimage_init(struct nfhad_ctimage *image);
void nfhad_ctimage_free(struct nfhad_ctimage *image);

/**
 * nfhad_ctimage_write - write the connections of a namespace
 * @image: how
 * @state: the connections
 * @dir: where to
 *
 * Return: 0 or a negative errno.
 */
int nfhad_ctimage_write(struct nfhad_ctimage *image,
			struct nfhad_ctstate *state, int dir);

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
 * @file: set to a descriptor of it, or NULL
 *
 * Return: 0 or a negative errno.
 */
int nfhad_ctfile_write(int dir, const char *name, const void *data, size_t len,
		       struct nfhad_ctfile *file);

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
