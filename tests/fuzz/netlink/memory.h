/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#include "plan.h"

/** Memory that is there for all, KiB; 0 if it cannot be read. */
unsigned long memory_available(void);
/**
 * Is all memory of the module given back, now that it has no service? What waits for
 * a grace period is waited for.
 * @param before what memory_available() was when it was like this before, or 0
 */
void memory_judge(const struct plan *plan, unsigned long before);

#endif /* FUZZ_MEMORY_H */
