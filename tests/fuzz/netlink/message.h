/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "author.h"
#include "spec.h"

/* The most that is sent at once; an attribute cannot be longer. */
#define MESSAGE_MAX (128ul << 10)

/* How much of a message may be wrong. */
enum message_kind {
	MESSAGE_VALID,		/* as the specification has it */
	MESSAGE_MUTATED,	/* one or a few things are not */
	MESSAGE_HOSTILE,	/* no message at all, or next to none */
};

/**
 * struct message - what is sent, as one datagram or with others in one
 * @kind: enum message_kind
 * @command: place of the command, spec_commands() if there is none
 * @is_certain: its header is right, so that an answer to it can be told from others
 * @is_answered: there has to be one answer that ends it, and no second one
 * @length: how many bytes
 * @bytes: beginning with a struct nlmsghdr, if it is @is_certain
 */
struct message {
	enum message_kind kind;
	size_t command;
	bool is_certain;
	bool is_answered;
	size_t length;
	unsigned char bytes[MESSAGE_MAX] __attribute__((aligned(8)));
};

/**
 * Make a message.
 * @param family number of the module's family
 * @param seq by which its answers are known
 */
void message_make(struct message *message, struct author *author, enum message_kind kind,
		  const struct spec_command *command, uint16_t family, uint32_t seq);

#endif /* FUZZ_MESSAGE_H */
