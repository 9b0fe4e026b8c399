/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_VARLINK_H
#define NFHAD_VARLINK_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/*
 * A server of Varlink: objects of JSON on a stream, with a byte of zero after each.
 * One call at a time of each connection is worked at, and the next one is not looked at
 * before the answer has gone out: what a client can make the daemon remember is bounded.
 */
struct nfhad_varlink;
struct nfhad_varlink_call;

/**
 * struct nfhad_varlink_limits - of what clients may do
 * @links: connections at a time
 * @message: bytes of a call
 * @queue: bytes that may wait when a further reply of a call comes
 * @idle_us: a connection without a call is closed then
 * @stuck_us: one that does not go on with a call, or does not read, is closed then
 */
struct nfhad_varlink_limits {
	unsigned int links;
	size_t message;
	size_t queue;
	uint64_t idle_us;
	uint64_t stuck_us;
};

/**
 * struct nfhad_varlink_counts - what has happened
 * @now: connections
 * @total: connections so far
 * @calls: calls so far
 * @refused: connections that were one too many
 * @slow: closed, for they did not read
 * @malformed: closed, for what they sent was no call
 */
struct nfhad_varlink_counts {
	unsigned int now;
	uint64_t total;
	uint64_t calls;
	unsigned int refused;
	unsigned int slow;
	unsigned int malformed;
};

/**
 * typedef nfhad_varlink_fn - there is a call
 * @call: has to be answered, now or later: until then no other one of the same
 *	connection comes
 * @data: as given to nfhad_varlink_new()
 */
typedef void (*nfhad_varlink_fn)(struct nfhad_varlink_call *call, void *data);

/**
 * nfhad_varlink_new - serve
 * @event: the loop
 * @fd: a socket that listens; stays the caller's
 * @group: members of this group may change something, too; see nfhad_socket_peer()
 * @limits: have to stay
 * @fn: told of calls
 * @data: for @fn
 * @varlink: set
 *
 * Return: 0 or a negative errno.
 */
int nfhad_varlink_new(sd_event *event, int fd, gid_t group,
		      const struct nfhad_varlink_limits *limits,
		      nfhad_varlink_fn fn, void *data,
		      struct nfhad_varlink **varlink);

/* Closes all connections. NULL is fine. */
void nfhad_varlink_free(struct nfhad_varlink *varlink);

const struct nfhad_varlink_counts *
nfhad_varlink_counts(const struct nfhad_varlink *varlink);

/* Of a call: with the interface; an object, perhaps an empty one; who calls. */
const char *nfhad_varlink_method(const struct nfhad_varlink_call *call);
struct json_object *
nfhad_varlink_parameters(const struct nfhad_varlink_call *call);
uid_t nfhad_varlink_uid(const struct nfhad_varlink_call *call);
bool nfhad_varlink_may_change(const struct nfhad_varlink_call *call);

/* Can there be several replies? */
bool nfhad_varlink_has_more(const struct nfhad_varlink_call *call);

/* Is the connection to be used for something else? */
bool nfhad_varlink_is_upgrade(const struct nfhad_varlink_call *call);

/**
 * nfhad_varlink_keep - a call is answered later
 * @call: the call
 * @gone: called if it cannot be answered any more: the client has gone, or the
 *	server ends; the call is not valid afterwards
 * @data: for @gone
 */
void nfhad_varlink_keep(struct nfhad_varlink_call *call, void (*gone)(void *data),
			void *data);

/**
 * nfhad_varlink_reply - answer a call
 * @call: the call, not valid afterwards
 * @parameters: not the caller's any more
 */
void nfhad_varlink_reply(struct nfhad_varlink_call *call,
			 struct json_object *parameters);

/**
 * nfhad_varlink_continue - answer a call, not for the last time
 * @call: the call; has more
 * @parameters: not the caller's any more
 *
 * If too much waits already the client is disconnected; @gone is called later.
 */
void nfhad_varlink_continue(struct nfhad_varlink_call *call,
			    struct json_object *parameters);

/**
 * nfhad_varlink_error - answer that a call fails
 * @call: the call, not valid afterwards
 * @name: of the error, with the interface
 * @parameters: not the caller's any more; or NULL
 */
void nfhad_varlink_error(struct nfhad_varlink_call *call, const char *name,
			 struct json_object *parameters);

#endif /* NFHAD_VARLINK_H */
