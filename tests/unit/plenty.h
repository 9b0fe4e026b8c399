/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLENTY_H
#define PLENTY_H

#include "nfhad.h"

#define PLENTY_MAX 256

/*
 * A daemon, and a module, with services that are made up: "fw" has instances "i0", "i1"...
 * of which the module has all but "i1", and one more, "stray", that is not configured;
 * "gone" has one, and the module has nothing of it. Instead of kernel.c and scale.c.
 */

/* How many instances "fw" has; decisions and the loop are left to whoever wants them. */
void plenty_make(struct nfhad *d, size_t instances);

/* What "fw" is called from now on. */
void plenty_name(const char *name);

#endif /* PLENTY_H */
