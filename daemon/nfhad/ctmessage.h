/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTMESSAGE_H
#define NFHAD_CTMESSAGE_H

#include "ctstate.h"

/* Messages that are received at a time, each in a datagram of its own. */
#define NFHAD_CTMESSAGE_BATCH 64

struct nlmsghdr;

/**
 * nfhad_ctmessage_receive - take what a socket has, without waiting
 * @fd: the socket
 * @message: set to messages, which are there until the next call
 *
 * Return: how many; -EAGAIN: none; -ENOBUFS: some are lost; or another negative
 * errno.
 */
int nfhad_ctmessage_receive(int fd,
			    const struct nlmsghdr *message[NFHAD_CTMESSAGE_BATCH]);

/**
 * nfhad_ctmessage_learn - take to heart what a message of ctnetlink says
 * @state: where to
 * @nlh: the message, whose length is proved
 * @whole: it is all that there is to say of an object
 *
 * Return: 0 or a negative errno, see nfhad_ctstate_learn().
 */
int nfhad_ctmessage_learn(struct nfhad_ctstate *state,
			  const struct nlmsghdr *nlh, bool whole);

#endif /* NFHAD_CTMESSAGE_H */
