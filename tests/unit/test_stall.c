// SPDX-License-Identifier: GPL-2.0-or-later
/* What counters say about a stall. */

#include "stall.h"
#include "unit.h"

/* Time, packets to, packets from, and whether that is a stall of 1000. */
struct look {
	uint64_t now;
	uint64_t to;
	uint64_t from;
	bool stalled;
};

static void looks(const struct look *look, size_t n)
{
	struct nfhad_stall stall = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		ck_assert_msg(nfhad_stall_look(&stall, look[i].to, look[i].from,
					       look[i].now, 1000) ==
			      look[i].stalled, "%zu", i);
}

#define LOOKS(...)							\
	looks((const struct look[]){ __VA_ARGS__ },			\
	      ARRAY_SIZE(((const struct look[]){ __VA_ARGS__ })))

START_TEST(counters)
{
	/* Input goes on, and nothing comes out. */
	LOOKS({ 0, 5, 5, false }, { 250, 6, 5, false }, { 500, 7, 5, false },
	      { 750, 8, 5, false }, { 1249, 9, 5, false }, { 1250, 9, 5, true },
	      { 1500, 9, 6, false });
	/* Something does, now and then. */
	LOOKS({ 0, 5, 5, false }, { 250, 6, 5, false }, { 1000, 7, 6, false },
	      { 1250, 8, 6, false }, { 2000, 9, 7, false }, { 2250, 9, 7, false });
	/* Nothing comes in. */
	LOOKS({ 0, 5, 5, false }, { 1000, 5, 5, false }, { 9000, 5, 5, false });
	/* One that needs no answer, and much later another one. */
	LOOKS({ 0, 5, 5, false }, { 250, 6, 5, false }, { 1250, 6, 5, false },
	      { 2000, 6, 5, false }, { 9000, 7, 5, false }, { 9250, 7, 5, false });
	/* A sender that waits twice as long each time. */
	LOOKS({ 0, 5, 5, false }, { 200, 6, 5, false }, { 400, 7, 5, false },
	      { 800, 8, 5, false }, { 1600, 9, 5, true });
	/* The instance was made anew. */
	LOOKS({ 0, 50, 50, false }, { 250, 51, 50, false },
	      { 1000, 1, 0, false }, { 1250, 2, 0, false });
	/* It has never sent anything. */
	LOOKS({ 0, 1, 0, false }, { 500, 2, 0, false }, { 1000, 3, 0, true });
}

UNIT_MAIN("stall", counters)
