/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CHECKPOINT_H
#define NFHAD_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

struct nfhad_checkpoint;
struct nfhad_checkpoint_ask;
struct nfhad_image;
struct nfhad_instance;

/**
 * nfhad_checkpoint_start - begin to checkpoint an instance
 * @instance: the instance; active, its driver attached
 * @base: the image that it was made of, or NULL; it is the newest until there is
 *	one of its own
 *
 * The first checkpoint begins at once. When they fail for as long as the dead man waits,
 * the instance is UNPROTECTED until one is committed; they are tried later each time.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_checkpoint_start(struct nfhad_instance *instance,
			   struct nfhad_image *base);

/* Have those since the last one that was committed failed? False if none is made. */
bool nfhad_checkpoint_fails(const struct nfhad_instance *instance);

/**
 * nfhad_checkpoint_soon - make the next checkpoint now
 * @instance: the instance; nothing if one is being made
 */
void nfhad_checkpoint_soon(struct nfhad_instance *instance);

/**
 * nfhad_checkpoint_ask - make a checkpoint that begins after this, and hear of it
 * @instance: the instance; is checkpointed
 * @fn: called once, when it has been committed, or has failed, or no more are made;
 *	@epoch is what it has ended
 * @data: for @fn
 *
 * Return: valid until @fn is called; or NULL without memory.
 */
struct nfhad_checkpoint_ask *
nfhad_checkpoint_ask(struct nfhad_instance *instance,
		     void (*fn)(void *data, int error, uint64_t epoch),
		     void *data);

/* Nobody wants to hear of it any more; it is made all the same. */
void nfhad_checkpoint_unask(struct nfhad_checkpoint_ask *ask);

/**
 * nfhad_checkpoint_hold - begin no checkpoint, or go on
 * @instance: the instance; nothing if it is not checkpointed
 * @hold: begin none; one that is being made goes on
 */
void nfhad_checkpoint_hold(struct nfhad_instance *instance, bool hold);

/**
 * nfhad_checkpoint_settle - an instance has failed; what is the newest checkpoint?
 * @instance: the instance; not fenced yet, or without a backup yet
 *
 * One that is stored already, and whose commit waits, is committed.
 *
 * Return: the newest image that counts, now the caller's, or NULL.
 */
struct nfhad_image *nfhad_checkpoint_settle(struct nfhad_instance *instance);

/**
 * nfhad_checkpoint_stop - make no more
 * @instance: the instance; nothing if it is not checkpointed
 *
 * One that is stored already, and whose commit waits, is committed; one that is being
 * made is given up, its plug opened unless the instance is fenced.
 */
void nfhad_checkpoint_stop(struct nfhad_instance *instance);

#endif /* NFHAD_CHECKPOINT_H */
