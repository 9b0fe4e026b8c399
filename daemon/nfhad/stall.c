// SPDX-License-Identifier: GPL-2.0-or-later
/* Input and no output. */

#include "stall.h"

static void look_at_input(struct nfhad_stall *stall, uint64_t to, uint64_t now,
			  uint64_t limit)
{
	if (stall->waits && now - stall->last > limit)
		stall->waits = false;
	if (to == stall->to)
		return;
	if (!stall->waits)
		stall->first = now;
	stall->waits = true;
	stall->last = now;
}

bool nfhad_stall_look(struct nfhad_stall *stall, uint64_t to, uint64_t from,
		      uint64_t now, uint64_t limit)
{
	/* Fewer than before are those of an instance that was made anew. */
	if (from != stall->from || to < stall->to)
		stall->waits = false;
	else
		look_at_input(stall, to, now, limit);
	stall->to = to;
	stall->from = from;
	return stall->waits && now - stall->first >= limit &&
	       stall->last - stall->first >= limit / 2;
}

void nfhad_stall_shift(struct nfhad_stall *stall, uint64_t us)
{
	stall->first += us;
	stall->last += us;
}
