/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_VARLINK_PRIVATE_H
#define NFHAD_VARLINK_PRIVATE_H

#include <sys/queue.h>

#include "turn.h"
#include "varlink.h"

struct nfhad_varlink_link;

/**
 * struct nfhad_varlink - a server
 * @event: the loop
 * @source: watches for connections
 * @turn: of @source
 * @pause: until they are looked at again
 * @group: may change something
 * @limits: of clients
 * @counts: what has happened
 * @fn: told of calls
 * @data: for @fn
 * @links: connections
 */
struct nfhad_varlink {
	sd_event *event;
	sd_event_source *source;
	struct nfhad_turn turn;
	sd_event_source *pause;
	gid_t group;
	const struct nfhad_varlink_limits *limits;
	struct nfhad_varlink_counts counts;
	nfhad_varlink_fn fn;
	void *data;
	LIST_HEAD(, nfhad_varlink_link) links;
};

/**
 * struct nfhad_varlink_call - a call
 * @link: of which connection
 * @message: all of it
 * @method: in @message
 * @parameters: its own
 * @oneway: nobody waits for an answer
 * @more: there may be several
 * @upgrade: the connection is to be used for something else
 * @gone: see nfhad_varlink_keep(), or NULL
 * @data: for @gone
 */
struct nfhad_varlink_call {
	struct nfhad_varlink_link *link;
	struct json_object *message;
	const char *method;
	struct json_object *parameters;
	bool oneway;
	bool more;
	bool upgrade;
	void (*gone)(void *data);
	void *data;
};

/* What a connection waits for, and how long that may take. */
enum wait {
	WAIT_NONE,	/* the daemon */
	WAIT_CALL,	/* the first byte of a call */
	WAIT_REST,	/* the rest of one */
	WAIT_READ,	/* the client reads */
};

/**
 * struct nfhad_varlink_link - a connection
 * @others: of the same server
 * @varlink: the server
 * @fd: of it
 * @source: watches it
 * @turn: of @source
 * @timer: until it is closed
 * @wait: for what
 * @uid: of the client
 * @may_change: the client may
 * @end: there is nothing more to be read
 * @deaf: nothing can be sent any more
 * @in: what was read
 * @in_room: so many bytes it has
 * @in_used: and so many of them were read
 * @out: what is to be sent
 * @out_used: so many bytes
 * @out_sent: of these
 * @call: that is worked at, or NULL
 */
struct nfhad_varlink_link {
	LIST_ENTRY(nfhad_varlink_link) others;
	struct nfhad_varlink *varlink;
	int fd;
	sd_event_source *source;
	struct nfhad_turn turn;
	sd_event_source *timer;
	enum wait wait;
	uid_t uid;
	bool may_change;
	bool end;
	bool deaf;
	char *in;
	size_t in_room;
	size_t in_used;
	char *out;
	size_t out_used;
	size_t out_sent;
	struct nfhad_varlink_call *call;
};

/* A connection begins; @fd is the connection's, also if this fails. */
int nfhad_varlink_link_new(struct nfhad_varlink *varlink, int fd);
void nfhad_varlink_link_free(struct nfhad_varlink_link *link);

/* To be sent; @text has no byte of zero in it. */
void nfhad_varlink_link_send(struct nfhad_varlink_link *link, const char *text,
			     size_t length);

/* It has no call any more. */
void nfhad_varlink_link_go_on(struct nfhad_varlink_link *link);

/* A call comes. -EBADMSG if it is none, or -ENOMEM. */
int nfhad_varlink_call_take(struct nfhad_varlink_link *link, const char *text,
			    size_t length);

/* The connection ends. */
void nfhad_varlink_call_gone(struct nfhad_varlink_call *call);

#endif /* NFHAD_VARLINK_PRIVATE_H */
