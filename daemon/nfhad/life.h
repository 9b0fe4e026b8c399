/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LIFE_H
#define NFHAD_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "source.h"

struct nfha_epoch;
struct nfhad_image;
struct nfhad_instance;

/*
 * An instance lives from when it gets its first packet until it fails. Epochs are
 * counted from 1 in each life, and checkpoints of an earlier one stay in the store:
 * they are never taken for this life's.
 */

/**
 * nfhad_life_begin - an instance is about to get its first packet
 * @instance: the instance
 * @base: whose checkpoint it was made of; or, without one, whose command it runs
 * @number: of that checkpoint; 0: none
 */
void nfhad_life_begin(struct nfhad_instance *instance,
		      struct nfhad_instance *base, uint64_t number);

/**
 * nfhad_life_image - find a checkpoint of this life
 * @instance: the instance
 * @epoch: that it covers
 *
 * Return: the image, the caller's, or NULL.
 */
struct nfhad_image *nfhad_life_image(const struct nfhad_instance *instance,
				     uint64_t epoch);

/**
 * nfhad_life_source - what a backup of an instance has to begin from
 * @instance: the instance
 * @epoch: what the kernel has of it
 * @newest: what is known to be its newest checkpoint, or NULL; not the caller's any more
 * @source: set; the image is the caller's
 *
 * It is the checkpoint of the last epoch that the kernel has committed: the log begins
 * there, and belongs to no other. Before there is one it is what the
 * instance was made of. If there is none of these, that is said.
 */
void nfhad_life_source(struct nfhad_instance *instance,
		       const struct nfha_epoch *epoch,
		       struct nfhad_image *newest, struct nfhad_source *source);

/**
 * nfhad_life_base - what an instance was made of, or is to be
 * @instance: the instance
 * @source: set, as by nfhad_life_source()
 */
void nfhad_life_base(const struct nfhad_instance *instance,
		     struct nfhad_source *source);

#endif /* NFHAD_LIFE_H */
