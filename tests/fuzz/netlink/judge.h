/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include "plan.h"

/**
 * Do all objects of the namespace agree with each other? Nobody may change them meanwhile;
 * that flows end is taken into account.
 */
void judge_objects(const struct plan *plan);
/** Has the caller's namespace, whose owner has no rights outside, no more than its share? */
void judge_share(const struct plan *plan);
/** Remove all services, and see that there are none. */
void judge_clear(const struct plan *plan);

#endif /* FUZZ_JUDGE_H */
