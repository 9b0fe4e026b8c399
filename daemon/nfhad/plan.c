// SPDX-License-Identifier: GPL-2.0-or-later
/* What is made for an instance, one after the other. */

#include "plan.h"

int nfhad_plan_remove(const struct nfhad_plan_step *step, size_t steps, void *data,
		      const struct nfhad_plan_step **failed)
{
	int ret = 0;

	while (!ret && steps--) {
		*failed = &step[steps];
		ret = step[steps].remove(data);
	}
	return ret;
}

int nfhad_plan_make(const struct nfhad_plan_step *step, size_t steps, void *data,
		    const struct nfhad_plan_step **failed)
{
	const struct nfhad_plan_step *left;
	size_t n;
	int ret;

	for (n = 0; n < steps; n++) {
		ret = step[n].make(data);
		if (!ret)
			continue;
		*failed = &step[n];
		nfhad_plan_remove(step, steps, data, &left);
		return ret;
	}
	return 0;
}
