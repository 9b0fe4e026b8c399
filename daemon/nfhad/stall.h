/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_STALL_H
#define NFHAD_STALL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct nfhad_stall - does an instance get packets and send none?
 * @to: packets that it had got when last looked at
 * @from: packets that it had sent
 * @first: when the first came that nothing was sent after, in microseconds
 * @last: when the last did
 * @waits: there was such a one
 */
struct nfhad_stall {
	uint64_t to;
	uint64_t from;
	uint64_t first;
	uint64_t last;
	bool waits;
};

/**
 * nfhad_stall_look - look at the counters
 * @stall: zero before the first time
 * @to: packets to the instance
 * @from: packets from it
 * @now: in microseconds
 * @limit: the same
 *
 * One packet that needs no answer is no stall: input has to go on for half of the
 * limit, and after a pause of the whole limit it begins anew.
 *
 * Return: true if input has come, and no output, for @limit.
 */
bool nfhad_stall_look(struct nfhad_stall *stall, uint64_t to, uint64_t from,
		      uint64_t now, uint64_t limit);

/* Time that does not count. */
void nfhad_stall_shift(struct nfhad_stall *stall, uint64_t us);

#endif /* NFHAD_STALL_H */
