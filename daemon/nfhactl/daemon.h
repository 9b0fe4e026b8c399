/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_H
#define DAEMON_H

#include "nfhactl.h"

/* varlink.c: a client of a socket */
struct varlink;

/**
 * struct answer - what a call comes to
 * @whole: to be put
 * @parameters: of it, an object
 * @error: its name, or NULL
 */
struct answer {
	struct json_object *whole;
	struct json_object *parameters;
	const char *error;
};

/* All return 0 or a negative errno. */
int varlink_open(const char *path, struct varlink **v);
void varlink_close(struct varlink *v);

/* @parameters are not the caller's any more. */
int varlink_call(struct varlink *v, const char *method,
		 struct json_object *parameters, bool more);

/* The next answer; -1 waits for ever. */
int varlink_read(struct varlink *v, int timeout_ms, struct answer *answer);

/* status.c: what the daemon's methods return, for people */
void status_print(struct json_object *status);
void explain_print(struct json_object *explanation);
void decision_print(struct json_object *decision);

#endif /* DAEMON_H */
