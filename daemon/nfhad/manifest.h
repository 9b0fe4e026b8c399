/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_MANIFEST_H
#define NFHAD_MANIFEST_H

#include <linux/nfha.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFHAD_MANIFEST_NAME "manifest.json"

struct json_object;

/**
 * struct nfhad_manifest - what a checkpoint is, and what belongs to it
 * @service: whose
 * @instance: whose
 * @driver: who made it
 * @number: of the checkpoint
 * @epoch: that it covers
 * @bytes: of its files
 * @files: name, size and sum of each; of a manifest that was read
 */
struct nfhad_manifest {
	char service[NFHA_NAME_MAX + 1];
	char instance[NFHA_NAME_MAX + 1];
	char driver[16];
	uint64_t number;
	uint64_t epoch;
	uint64_t bytes;
	struct json_object *files;
};

/**
 * nfhad_manifest_write - sum the files of a directory and write it
 * @dir: the directory
 * @manifest: what it is; @bytes is set
 * @max: -ENOSPC if there are more bytes
 * @durable: files, manifest and directory are on the medium afterwards
 *
 * Its time of modification is set to when the first sum began, see nfhad_seal_take().
 *
 * Blocks. Refuses what is not a regular file with -EINVAL and a line in the log: it could
 * not be told later whether it is the same.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_manifest_write(int dir, struct nfhad_manifest *manifest,
			 uint64_t max, bool durable);

/**
 * nfhad_manifest_read - read it
 * @dir: the directory
 * @manifest: set; to be freed if this succeeds
 *
 * Return: 0, -ENOENT, -EBADMSG if it is none or not whole, or a negative errno.
 */
int nfhad_manifest_read(int dir, struct nfhad_manifest *manifest);

/**
 * nfhad_manifest_verify - is there in a directory what the manifest says, and no more?
 * @dir: the directory
 * @manifest: a manifest that was read
 * @why: set to what is wrong with -EBADMSG; one line
 * @size: of @why
 *
 * Blocks.
 *
 * Return: 0, -EBADMSG, or a negative errno.
 */
int nfhad_manifest_verify(int dir, const struct nfhad_manifest *manifest,
			  char *why, int size);

/* Number of the files of a manifest that was read. */
size_t nfhad_manifest_files(const struct nfhad_manifest *manifest);

void nfhad_manifest_free(struct nfhad_manifest *manifest);

#endif /* NFHAD_MANIFEST_H */
