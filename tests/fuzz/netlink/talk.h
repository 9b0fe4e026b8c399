/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_TALK_H
#define FUZZ_TALK_H

#include "channel.h"
#include "plan.h"

/**
 * struct talk - somebody who sends messages and looks at their answers
 * @plan: the plan
 * @author: who writes them
 * @message: the last one
 * @batch: several of them
 * @length: of @batch
 */
struct talk {
	const struct plan *plan;
	struct author author;
	struct message message;
	unsigned char batch[2 * MESSAGE_MAX] __attribute__((aligned(8)));
	size_t length;
};

/* Of a hundred messages, how many are mutated, and how many hostile. */
struct talk_mix {
	unsigned int mutated;
	unsigned int hostile;
};

/** Begin. @param stream a number of one's own. @return NULL without memory */
struct talk *talk_new(const struct plan *plan, uint64_t stream);
/** Send so many messages, a few at a time, until they are sent or the connection is broken. */
void talk_run(struct talk *talk, struct channel *channel, struct talk_mix mix,
	      unsigned int messages);

#endif /* FUZZ_TALK_H */
