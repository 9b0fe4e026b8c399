/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_IMAGEFILE_H
#define NFHAD_IMAGEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Files of an image of CRIU's: NFHAD_IMAGEFILE_MAGIC bytes that say what it is, then messages,
 * each with its length before it.
 */
#define NFHAD_IMAGEFILE_MAGIC 8

/**
 * struct nfhad_imagefile - such a file, while it is read
 * @text: of the file, in memory; NULL if it is closed
 * @size: of @text
 * @longest: bytes that a message has at the most
 * @at: where the next one begins, with its length
 */
struct nfhad_imagefile {
	const uint8_t *text;
	size_t size;
	uint32_t longest;
	size_t at;
};

/**
 * nfhad_imagefile_open - begin to read a file
 * @file: set
 * @dir: descriptor of the image's directory
 * @name: of the file, which is no link
 * @longest: bytes that a message has at the most
 *
 * Return: 0, -EBADMSG if it is too short or too long to be one, or a negative errno.
 */
int nfhad_imagefile_open(struct nfhad_imagefile *file, int dir, const char *name, uint32_t longest);

/**
 * nfhad_imagefile_next - the next message
 * @file: the file
 * @size: set to the size of the message
 *
 * Return: the message, which is there until the file is closed; NULL at the end, or where
 * there is none: nfhad_imagefile_ended() tells.
 */
const uint8_t *nfhad_imagefile_next(struct nfhad_imagefile *file, uint32_t *size);

/* Have all that it has been read? */
bool nfhad_imagefile_ended(const struct nfhad_imagefile *file);

/* Of one that is closed, or was never opened and is all 0, nothing. */
void nfhad_imagefile_close(struct nfhad_imagefile *file);

#endif /* NFHAD_IMAGEFILE_H */
