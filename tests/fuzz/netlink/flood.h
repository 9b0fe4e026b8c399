/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_FLOOD_H
#define FUZZ_FLOOD_H

#include "talk.h"

/**
 * Begin dumps on many sockets with little room, and listen to events, and read little or
 * nothing of it, until the plan says stop.
 */
void flood_run(struct talk *talk);

#endif /* FUZZ_FLOOD_H */
