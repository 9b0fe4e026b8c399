/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PLAN_H
#define NFHAD_PLAN_H

#include <stddef.h>

/**
 * struct nfhad_plan_step - something that is made
 * @name: of it, for messages
 * @make: makes it, or finds it made as it should be: 0; or a negative errno
 * @remove: removes it if it is ours; nothing there is no error, and what is not ours is
 *	let be: 0; or a negative errno: then what it is made on has to stay, too
 */
struct nfhad_plan_step {
	const char *name;
	int (*make)(void *data);
	int (*remove)(void *data);
};

/**
 * nfhad_plan_make - make all, in this order, or nothing
 * @step: what
 * @steps: how much
 * @data: for all of them
 * @failed: set on failure; where it was
 *
 * What is left of an earlier try is found made, or goes with what this one has made.
 *
 * Return: 0, or what the step gave.
 */
int nfhad_plan_make(const struct nfhad_plan_step *step, size_t steps, void *data,
		    const struct nfhad_plan_step **failed);

/**
 * nfhad_plan_remove - remove all, in the opposite order, up to what cannot be removed
 *
 * Return: 0, or what the step gave that is @failed.
 */
int nfhad_plan_remove(const struct nfhad_plan_step *step, size_t steps, void *data,
		      const struct nfhad_plan_step **failed);

#endif /* NFHAD_PLAN_H */
