/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PROTECTION_H
#define NFHAD_PROTECTION_H

struct nfhad_image;
struct nfhad_instance;

/**
 * nfhad_protection_start - protect an instance that gets packets
 * @instance: the instance, alive; in state ACTIVE or UNPROTECTED when this returns
 * @base: the checkpoint that it was made of, or NULL; the protection's from here on
 *
 * What cannot be protected is tried again, later each time, and is active as soon as it
 * is. Until then no signs of life are given for it.
 */
void nfhad_protection_start(struct nfhad_instance *instance,
			    struct nfhad_image *base);

/**
 * nfhad_protection_settle - an instance has failed; what is its newest checkpoint?
 * @instance: the instance
 *
 * See nfhad_checkpoint_settle(); of one that is not protected it is the
 * checkpoint that it was made of.
 *
 * Return: the image, now the caller's, or NULL.
 */
struct nfhad_image *nfhad_protection_settle(struct nfhad_instance *instance);

/**
 * nfhad_protection_stop - protect an instance no more
 * @instance: the instance; nothing if it is not protected
 */
void nfhad_protection_stop(struct nfhad_instance *instance);

#endif /* NFHAD_PROTECTION_H */
