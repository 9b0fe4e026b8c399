// SPDX-License-Identifier: GPL-2.0-or-later
/* Flows that go from one instance to another. */

#include "portion.h"

void nfhad_portion_add(struct nfhad_portion *portion, uint16_t first, uint16_t last)
{
	uint32_t id;

	for (id = first; id <= last; id++)
		portion->ids[id / 8] |= 1U << id % 8;
}

static bool has_id(const struct nfhad_portion *portion, uint16_t id)
{
	return portion->ids[id / 8] & 1U << id % 8;
}

bool nfhad_portion_has(const struct nfhad_portion *portion, const struct nfha_flow *flow)
{
	struct nfha_flow either = *flow;

	either.side = NFHA_SIDE_LEFT;
	if (has_id(portion, nfha_flow_id(&portion->service, &either)))
		return true;
	either.side = NFHA_SIDE_RIGHT;
	return has_id(portion, nfha_flow_id(&portion->service, &either));
}
