// SPDX-License-Identifier: GPL-2.0-or-later
/* Flows that another service is told of. */

#include <errno.h>
#include <stdlib.h>

#include "flows.h"

bool flow_is_over(const struct nfha_flow *flow)
{
	return flow->state == NFHA_FLOW_STATE_CLOSING;
}

int flows_add(const struct nfha_flow *flow, void *data)
{
	struct flows *flows = data;

	if (flow_is_over(flow))
		return 0;
	if (flows->count == flows->room) {
		size_t room = flows->room ? 2 * flows->room : 1024;
		struct nfha_flow *more;

		more = reallocarray(flows->flow, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		flows->flow = more;
		flows->room = room;
	}
	flows->flow[flows->count++] = *flow;
	return 0;
}

void flows_free(struct flows *flows)
{
	free(flows->flow);
	*flows = (struct flows){ 0 };
}
