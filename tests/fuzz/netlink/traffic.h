/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_TRAFFIC_H
#define FUZZ_TRAFFIC_H

#include "plan.h"

/** Send packets into the far ends of the cables, until the plan says stop. */
void traffic_run(const struct plan *plan, uint64_t stream);

#endif /* FUZZ_TRAFFIC_H */
