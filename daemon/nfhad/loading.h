/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LOADING_H
#define NFHAD_LOADING_H

struct nfhad_image;
struct nfhad_instance;
struct nfhad_loading;

/* Loaded and stopped, or failed, with nothing left of it but in the namespace. */
typedef void (*nfhad_loading_fn)(void *data, int error);

/**
 * nfhad_loading_start - load a checkpoint into an instance, and leave it stopped
 * @instance: the instance; nothing of another one is in it
 * @image: the checkpoint; has to stay until @done
 * @done: called once from the loop; the loading is freed after it
 * @data: for @done
 * @loading: set
 *
 * Loads and checks the sums side by side, and fails if either does, or when
 * the service's time limit is over.
 *
 * Return: 0 or a negative errno; then @done is not called.
 */
int nfhad_loading_start(struct nfhad_instance *instance,
			struct nfhad_image *image, nfhad_loading_fn done,
			void *data, struct nfhad_loading **loading);

/**
 * nfhad_loading_pass - somebody else waits for it
 * @loading: one that has not ended
 * @done: called instead of the earlier one
 * @data: for @done
 */
void nfhad_loading_pass(struct nfhad_loading *loading, nfhad_loading_fn done,
			void *data);

/* Gives it up; done is not called. NULL is fine. */
void nfhad_loading_cancel(struct nfhad_loading *loading);

#endif /* NFHAD_LOADING_H */
