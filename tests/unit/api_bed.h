/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef API_BED_H
#define API_BED_H

#include <json-c/json.h>

#include "idl.h"

/*
 * The socket of a daemon that is there for one test, and a connection to it. Each answer
 * has to fit the interface's own file.
 */

#define DAEMON "io.nfha.daemon."
#define STANDARD "org.varlink.service."

/* Where it is; the interfaces, nfhad's first; and the connection. */
extern char api_path[96];
extern char *api_text[2];
extern struct nfhad_idl *api_idl[2];
extern int api_fd;

/* What was answered last, to be read until the next call, and its error, or NULL. */
extern struct json_object *api_answer;
extern const char *api_error;

void api_setup(void);
void api_teardown(void);

/* Calls return the parameters of the answer. @more is more of the message, or "". */
struct json_object *call(const char *method, const char *parameters);
struct json_object *call_more(const char *method, const char *parameters,
			      const char *more);

/* Of a method that was called already, from a connection. */
void answer_read(const char *method, int from);

/* What has to be there. */
struct json_object *parameters_of(struct json_object *message);
const char *text_at(struct json_object *o, const char *key);
int64_t number_at(struct json_object *o, const char *key);
struct json_object *list_at(struct json_object *o, const char *key);

/* The last answer is this error, with this parameter unless it is NULL. */
void check_error(const char *name, const char *key, const char *value);

/* So many. */
uint64_t decisions_made(void);

#endif /* API_BED_H */
