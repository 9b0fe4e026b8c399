/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_CHANNEL_H
#define FUZZ_CHANNEL_H

#include "author.h"
#include "message.h"
#include "tally.h"

/* Messages that wait for their answers at once. */
#define CHANNEL_PENDING 8

/**
 * struct pending - a message that has been sent
 * @seq: its number
 * @command: place of the command, or spec_commands()
 * @kind: enum message_kind
 * @is_answered: there has to be an answer
 * @answers: how many there have been
 */
struct pending {
	uint32_t seq;
	size_t command;
	enum message_kind kind;
	bool is_answered;
	unsigned int answers;
};

/**
 * struct channel - a connection to the module whose answers are looked at
 * @fd: the socket
 * @family: number of the module's family
 * @group: number of its multicast group
 * @seq: number of the last message
 * @who: who sends
 * @tally: where answers are counted
 * @author: is told what is in answers
 * @pendings: how many messages wait
 * @pending: these
 * @has_lost: an answer has found no room
 */
struct channel {
	int fd;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
	enum tally_who who;
	struct tally *tally;
	struct author *author;
	unsigned int pendings;
	struct pending pending[CHANNEL_PENDING];
	bool has_lost;
};

/**
 * Connect, in the caller's network namespace.
 * @return 0, or a negative errno; -ENOENT if there is no such family
 */
int channel_open(struct channel *channel, enum tally_who who, struct tally *tally,
		 struct author *author);
/** Close. */
void channel_close(struct channel *channel);
/** Send a datagram, @p messages of which have been given to channel_expect(). */
void channel_send(struct channel *channel, const void *bytes, size_t length);
/** A message is about to be sent. */
void channel_expect(struct channel *channel, const struct message *message, uint32_t seq);
/**
 * Read all answers, and judge them.
 * @return 0, or a negative errno if the connection is of no use any more
 */
int channel_settle(struct channel *channel);

#endif /* FUZZ_CHANNEL_H */
