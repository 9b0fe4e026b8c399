// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls of Varlink, and what is answered (varlink.org, "Method Call"). */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "varlink_private.h"

/* Deeper than any call is. */
#define DEPTH_MAX 16

#define SHORT (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

static struct json_object *object_parse(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *object;

	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
					JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, length);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != length ||
	    !json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tokener);
	return object;
}

static int flag_read(struct json_object *message, const char *key, bool *flag)
{
	struct json_object *value = json_object_object_get(message, key);

	if (value && !json_object_is_type(value, json_type_boolean))
		return -EBADMSG;
	*flag = json_object_get_boolean(value);
	return 0;
}

static int method_read(struct nfhad_varlink_call *call)
{
	struct json_object *value = json_object_object_get(call->message,
							   "method");

	if (!json_object_is_type(value, json_type_string))
		return -EBADMSG;
	call->method = json_object_get_string(value);
	return strlen(call->method) == (size_t)json_object_get_string_len(value) ?
		       0 : -EBADMSG;
}

static int parameters_read(struct nfhad_varlink_call *call)
{
	struct json_object *value = json_object_object_get(call->message,
							   "parameters");

	if (value && !json_object_is_type(value, json_type_object))
		return -EBADMSG;
	call->parameters = value ? json_object_get(value) :
				   json_object_new_object();
	return call->parameters ? 0 : -ENOMEM;
}

/* What else is in it is somebody's extension. */
static int call_read(struct nfhad_varlink_call *call)
{
	int ret = method_read(call);

	ret = ret ?: flag_read(call->message, "oneway", &call->oneway);
	ret = ret ?: flag_read(call->message, "more", &call->more);
	ret = ret ?: flag_read(call->message, "upgrade", &call->upgrade);
	return ret ?: parameters_read(call);
}

static void call_free(struct nfhad_varlink_call *call)
{
	call->link->call = NULL;
	json_object_put(call->parameters);
	json_object_put(call->message);
	free(call);
}

int nfhad_varlink_call_take(struct nfhad_varlink_link *link, const char *text,
			    size_t length)
{
	struct nfhad_varlink *v = link->varlink;
	struct nfhad_varlink_call *call = calloc(1, sizeof(*call));
	int ret;

	if (!call)
		return -ENOMEM;
	call->link = link;
	call->message = object_parse(text, length);
	link->call = call;
	ret = call->message ? call_read(call) : -EBADMSG;
	if (ret) {
		call_free(call);
		return ret;
	}
	v->counts.calls++;
	v->fn(call, v->data);
	return 0;
}

void nfhad_varlink_call_gone(struct nfhad_varlink_call *call)
{
	if (call->gone)
		call->gone(call->data);
	call_free(call);
}

const char *nfhad_varlink_method(const struct nfhad_varlink_call *call)
{
	return call->method;
}

struct json_object *
nfhad_varlink_parameters(const struct nfhad_varlink_call *call)
{
	return call->parameters;
}

uid_t nfhad_varlink_uid(const struct nfhad_varlink_call *call)
{
	return call->link->uid;
}

bool nfhad_varlink_may_change(const struct nfhad_varlink_call *call)
{
	return call->link->may_change;
}

/* One who wants no answer does not want many. */
bool nfhad_varlink_has_more(const struct nfhad_varlink_call *call)
{
	return call->more && !call->oneway;
}

bool nfhad_varlink_is_upgrade(const struct nfhad_varlink_call *call)
{
	return call->upgrade;
}

void nfhad_varlink_keep(struct nfhad_varlink_call *call,
			void (*gone)(void *data), void *data)
{
	call->gone = gone;
	call->data = data;
}

/* @error is NULL, or its name. */
static void answer(struct nfhad_varlink_call *call, const char *error,
		   bool continues, struct json_object *parameters)
{
	struct json_object *message = json_object_new_object();
	const char *text;
	size_t length;

	if (error)
		json_object_object_add(message, "error",
				       json_object_new_string(error));
	json_object_object_add(message, "parameters",
			       parameters ?: json_object_new_object());
	if (continues)
		json_object_object_add(message, "continues",
				       json_object_new_boolean(true));
	text = json_object_to_json_string_length(message, SHORT, &length);
	if (text && !call->oneway)
		nfhad_varlink_link_send(call->link, text, length);
	json_object_put(message);
}

static void answer_last(struct nfhad_varlink_call *call, const char *error,
			struct json_object *parameters)
{
	struct nfhad_varlink_link *link = call->link;

	answer(call, error, false, parameters);
	call_free(call);
	nfhad_varlink_link_go_on(link);
}

void nfhad_varlink_reply(struct nfhad_varlink_call *call,
			 struct json_object *parameters)
{
	answer_last(call, NULL, parameters);
}

void nfhad_varlink_continue(struct nfhad_varlink_call *call,
			    struct json_object *parameters)
{
	answer(call, NULL, true, parameters);
}

void nfhad_varlink_error(struct nfhad_varlink_call *call, const char *name,
			 struct json_object *parameters)
{
	answer_last(call, name, parameters);
}
