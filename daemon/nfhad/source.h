/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SOURCE_H
#define NFHAD_SOURCE_H

#include <stdbool.h>

struct nfhad_image;
struct nfhad_instance;

/**
 * struct nfhad_source - what a backup is made of
 * @owner: whose checkpoint it is, or whose command
 * @image: the checkpoint, or NULL
 * @afresh: without one: the command of @owner is started
 */
struct nfhad_source {
	struct nfhad_instance *owner;
	struct nfhad_image *image;
	bool afresh;
};

/* Is there a checkpoint, or a command to be started? */
bool nfhad_source_is_there(const struct nfhad_source *source);

/**
 * nfhad_source_find - what a backup of one that has failed is to be made of
 * @master: the one that has failed; its checkpoint that is stored is committed first
 * @source: set, and zeroed before; the image is the caller's
 */
void nfhad_source_find(struct nfhad_instance *master, struct nfhad_source *source);

/* Before its first checkpoint a backup can begin where its master has begun: says that, and
 * whether somebody has seen anything of it. With mode buffer nobody has.
 */
void nfhad_source_say_afresh(struct nfhad_instance *holder);

#endif /* NFHAD_SOURCE_H */
