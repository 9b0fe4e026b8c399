// SPDX-License-Identifier: GPL-2.0-or-later
/* The socket, on an engine whose module, driver and scaling are made up. */

#include <string.h>

#include "api.h"
#include "api_bed.h"
#include "bed.h"
#include "caller.h"
#include "decision.h"
#include "source.h"
#include "unit.h"
#include "world.h"

char api_path[96];
char *api_text[2];
struct nfhad_idl *api_idl[2];
static struct nfhad_api_config api_config = { .socket = api_path };
int api_fd;

struct json_object *api_answer;
const char *api_error;

void api_setup(void)
{
	static const char *const files[] = {
		"daemon/io.nfha.daemon.varlink",
		"daemon/org.varlink.service.varlink",
	};
	size_t n;

	world_setup();
	caller_loop = event;
	snprintf(api_path, sizeof(api_path), "%s/socket", top);
	for (n = 0; n < ARRAY_SIZE(files); n++) {
		api_text[n] = source_read(files[n]);
		ck_assert_int_eq(nfhad_idl_parse(api_text[n], strlen(api_text[n]),
						 &api_idl[n]), 0);
	}
	ck_assert_int_eq(nfhad_api_open(&nfhad, &api_config), 0);
	daemon_begin();
	api_fd = caller_connect(api_path);
}

void api_teardown(void)
{
	size_t n;

	close(api_fd);
	json_object_put(api_answer);
	nfhad_api_close(nfhad.api);
	nfhad.api = NULL;
	world_teardown();
	for (n = 0; n < ARRAY_SIZE(api_idl); n++) {
		nfhad_idl_free(api_idl[n]);
		free(api_text[n]);
	}
}

struct json_object *parameters_of(struct json_object *message)
{
	struct json_object *o = json_object_object_get(message, "parameters");

	ck_assert(json_object_is_type(o, json_type_object));
	return o;
}

/* An error as its interface has it, and otherwise what the method returns. */
static void check_fits(const char *method)
{
	const char *name = api_error ? api_error : method;
	const struct nfhad_idl *of = api_idl[strncmp(name, DAEMON, strlen(DAEMON)) ?
					 1 : 0];
	char wrong[NFHAD_IDL_PATH_MAX + 1] = "";

	ck_assert_msg(nfhad_idl_check(of, api_error ? NFHAD_IDL_ERROR : NFHAD_IDL_REPLY,
				      strrchr(name, '.') + 1,
				      parameters_of(api_answer), wrong),
		      "%s: %s: %s", name, wrong,
		      json_object_to_json_string(api_answer));
}

void answer_read(const char *method, int from)
{
	const char *got = caller_answer(from);

	ck_assert_ptr_nonnull(got);
	json_object_put(api_answer);
	api_answer = json_tokener_parse(got);
	ck_assert_ptr_nonnull(api_answer);
	api_error = json_object_get_string(json_object_object_get(api_answer, "error"));
	check_fits(method);
}

struct json_object *call_more(const char *method, const char *parameters,
			      const char *more)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "{\"method\":\"%s\",\"parameters\":%s%s}",
		 method, parameters, more);
	caller_text(api_fd, whole);
	answer_read(method, api_fd);
	return parameters_of(api_answer);
}

struct json_object *call(const char *method, const char *parameters)
{
	return call_more(method, parameters, "");
}

const char *text_at(struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	ck_assert_msg(json_object_is_type(value, json_type_string), "%s in %s",
		      key, json_object_to_json_string(o));
	return json_object_get_string(value);
}

int64_t number_at(struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	ck_assert_msg(json_object_is_type(value, json_type_int), "%s in %s", key,
		      json_object_to_json_string(o));
	return json_object_get_int64(value);
}

struct json_object *list_at(struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	ck_assert(json_object_is_type(value, json_type_array));
	return value;
}

void check_error(const char *name, const char *key, const char *value)
{
	ck_assert_msg(api_error, "%s", json_object_to_json_string(api_answer));
	ck_assert_str_eq(api_error, name);
	if (key)
		ck_assert_str_eq(text_at(parameters_of(api_answer), key), value);
}

uint64_t decisions_made(void)
{
	const struct nfhad_decision *d;
	uint64_t last = 0;

	while ((d = nfhad_decision_next(nfhad.decisions, last)))
		last = d->number;
	return last;
}
