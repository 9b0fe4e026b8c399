/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPACES_H
#define SPACES_H

#include <stdbool.h>

/* Network namespaces with names that nobody else sees. */

/* One more, with a loopback device that is up; what follows runs in it. */
bool netns_make(const char *name);

/* The first, called "here", and the place for names. */
bool world_make(void);

/* May whoever runs this make them? */
bool world_is_allowed(void);

/* A TCP server at port 4000 of an address, which is IPv6 or any. */
int listen_at(const char *address);

#endif /* SPACES_H */
