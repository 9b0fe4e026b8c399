/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTNET_H
#define NFHAD_CTNET_H

#include <stdint.h>

struct nfhad_instance;

/* Of netlink's messages: what is received in one piece, and sent so. */
#define NFHAD_CTNET_BYTES 65536

/**
 * struct nfhad_ctnet - sockets in another namespace
 * @event: tells of connections and expectations
 * @rules: tells that the ruleset has another generation
 * @query: for questions
 * @events_mode: what nf_conntrack_events was when they were opened
 * @connections: how many there were
 */
struct nfhad_ctnet {
	int event;
	int rules;
	int query;
	uint32_t events_mode;
	uint32_t connections;
};

/**
 * nfhad_ctnet_enter - go to a namespace, for good
 * @netns: its name
 *
 * For jobs: the daemon itself stays where it is. From here on each connection that
 * is made there tells of its changes (nf_conntrack_events 1). What the kernel has by
 * default depends on who listens in any namespace at that instant.
 *
 * Return: what nf_conntrack_events was, or a negative errno: -ENODATA if it
 * is 0, and that is not ours to change.
 */
int nfhad_ctnet_enter(const char *netns);

/**
 * nfhad_ctnet_open - open sockets in a namespace
 * @instance: whose
 * @check: called there, in a child process that opens the sockets and is gone when
 *	this returns; 0 or a negative errno
 * @net: set
 *
 * Return: 0 or a negative errno, that of @check or see nfhad_ctnet_enter().
 */
int nfhad_ctnet_open(const struct nfhad_instance *instance,
		     int (*check)(const struct nfhad_instance *instance),
		     struct nfhad_ctnet *net);
void nfhad_ctnet_close(struct nfhad_ctnet *net);

/**
 * nfhad_ctnet_socket - a socket of nfnetlink in this namespace
 *
 * Return: the descriptor, with a large receive buffer, or a negative errno.
 */
int nfhad_ctnet_socket(void);

/**
 * nfhad_ctnet_ask - a question that says no more than what it is
 * @fd: such a socket
 * @subsystem: NFNL_SUBSYS_CTNETLINK and its like
 * @type: of the message
 * @flags: NLM_F_DUMP or 0
 *
 * Return: 0 or a negative errno.
 */
int nfhad_ctnet_ask(int fd, uint8_t subsystem, uint8_t type, uint16_t flags);

#endif /* NFHAD_CTNET_H */
