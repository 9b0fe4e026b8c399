/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_ACTOR_H
#define FUZZ_ACTOR_H

#include "plan.h"

/**
 * Let all who take part do their work at once, each in a process of its own, and wait
 * until they have done it.
 */
void actor_round(const struct plan *plan);

#endif /* FUZZ_ACTOR_H */
