// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The methods of the socket, on an engine whose module, driver and scaling are made up. What
 * is answered has to fit the interface's own file.
 */

#include <fcntl.h>
#include <json-c/json.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../daemon/names.h"
#include "api.h"
#include "bed.h"
#include "caller.h"
#include "decision.h"
#include "idl.h"
#include "scaling.h"
#include "source.h"
#include "state.h"
#include "unit.h"
#include "world.h"

#define DAEMON "io.nfha.daemon."
#define STANDARD "org.varlink.service."

static char path[96];
static char *text[2];
static struct nfhad_idl *idl[2];
static struct nfhad_api_config api_config = { .socket = path };
static int fd;

/* What was answered last; to be read until the next call. */
static struct json_object *answer;
static const char *error;

static void setup(void)
{
	static const char *const files[] = {
		"daemon/io.nfha.daemon.varlink",
		"daemon/org.varlink.service.varlink",
	};
	size_t n;

	world_setup();
	caller_loop = event;
	snprintf(path, sizeof(path), "%s/socket", top);
	for (n = 0; n < ARRAY_SIZE(files); n++) {
		text[n] = source_read(files[n]);
		ck_assert_int_eq(nfhad_idl_parse(text[n], strlen(text[n]),
						 &idl[n]), 0);
	}
	ck_assert_int_eq(nfhad_api_open(&nfhad, &api_config), 0);
	daemon_begin();
	fd = caller_connect(path);
}

static void teardown(void)
{
	size_t n;

	close(fd);
	json_object_put(answer);
	nfhad_api_close(nfhad.api);
	nfhad.api = NULL;
	world_teardown();
	for (n = 0; n < ARRAY_SIZE(idl); n++) {
		nfhad_idl_free(idl[n]);
		free(text[n]);
	}
}

static struct json_object *parameters_of(struct json_object *message)
{
	struct json_object *o = json_object_object_get(message, "parameters");

	ck_assert(json_object_is_type(o, json_type_object));
	return o;
}

/* An error as its interface has it, and otherwise what the method returns. */
static void check_fits(const char *method)
{
	const char *name = error ? error : method;
	const struct nfhad_idl *of = idl[strncmp(name, DAEMON, strlen(DAEMON)) ?
					 1 : 0];
	char wrong[NFHAD_IDL_PATH_MAX + 1] = "";

	ck_assert_msg(nfhad_idl_check(of, error ? NFHAD_IDL_ERROR : NFHAD_IDL_REPLY,
				      strrchr(name, '.') + 1,
				      parameters_of(answer), wrong),
		      "%s: %s: %s", name, wrong,
		      json_object_to_json_string(answer));
}

static void answer_read(const char *method, int from)
{
	const char *got = caller_answer(from);

	ck_assert_ptr_nonnull(got);
	json_object_put(answer);
	answer = json_tokener_parse(got);
	ck_assert_ptr_nonnull(answer);
	error = json_object_get_string(json_object_object_get(answer, "error"));
	check_fits(method);
}

static struct json_object *call_more(const char *method, const char *parameters,
				     const char *more)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "{\"method\":\"%s\",\"parameters\":%s%s}",
		 method, parameters, more);
	caller_text(fd, whole);
	answer_read(method, fd);
	return parameters_of(answer);
}

static struct json_object *call(const char *method, const char *parameters)
{
	return call_more(method, parameters, "");
}

static const char *text_at(struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	ck_assert_msg(json_object_is_type(value, json_type_string), "%s in %s",
		      key, json_object_to_json_string(o));
	return json_object_get_string(value);
}

static int64_t number_at(struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	ck_assert_msg(json_object_is_type(value, json_type_int), "%s in %s", key,
		      json_object_to_json_string(o));
	return json_object_get_int64(value);
}

static struct json_object *list_at(struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	ck_assert(json_object_is_type(value, json_type_array));
	return value;
}

static void check_error(const char *name, const char *key, const char *value)
{
	ck_assert_msg(error, "%s", json_object_to_json_string(answer));
	ck_assert_str_eq(error, name);
	if (key)
		ck_assert_str_eq(text_at(parameters_of(answer), key), value);
}

/* Each method, with parameters that are right. */
static const struct {
	const char *method;
	const char *parameters;
	const char *more;
} good[] = {
	{ "Status", "{\"service\":\"fw\"}", "" },
	{ "Scale", "{\"service\":\"fw\",\"direction\":\"out\",\"instance\":\"A\"}", "" },
	{ "Failover", "{\"service\":\"fw\",\"instance\":\"A\"}", "" },
	{ "Checkpoint", "{\"service\":\"fw\",\"instance\":\"A\"}", "" },
	{ "Drain", "{\"service\":\"fw\",\"instance\":\"A\",\"deadlineMs\":5}", "" },
	{ "Explain", "{\"instance\":\"A\",\"service\":\"fw\"}", "" },
	{ "Decisions", "{\"service\":\"fw\",\"after\":0}", "" },
	{ "Subscribe", "{\"service\":\"fw\"}", ",\"more\":true" },
};

static bool is_optional(const char *method, const char *key)
{
	return (!strcmp(key, "service") &&
		(!strcmp(method, "Status") || !strcmp(method, "Explain") ||
		 !strcmp(method, "Decisions") || !strcmp(method, "Subscribe"))) ||
	       (!strcmp(key, "instance") && !strcmp(method, "Scale")) ||
	       !strcmp(key, "deadlineMs") || !strcmp(key, "after");
}

static uint64_t decisions_made(void)
{
	const struct nfhad_decision *d;
	uint64_t last = 0;

	while ((d = nfhad_decision_next(nfhad.decisions, last)))
		last = d->number;
	return last;
}

static void check_refused(size_t n, struct json_object *o, const char *key)
{
	char method[64];

	snprintf(method, sizeof(method), DAEMON "%s", good[n].method);
	call_more(method, json_object_to_json_string(o), good[n].more);
	check_error(STANDARD "InvalidParameter", "parameter", key);
}

static void check_wrong_once(size_t n, const char *key)
{
	static const char *const wrong[] = {
		"[]", "{}", "true", "1.5", "\"\\u0000\"",
	};
	struct json_object *o;
	size_t k;

	for (k = 0; k < ARRAY_SIZE(wrong); k++) {
		o = json_tokener_parse(good[n].parameters);
		if (strcmp(wrong[k], "null") != 0)
			json_object_object_add(o, key,
					       json_tokener_parse(wrong[k]));
		check_refused(n, o, key);
		json_object_put(o);
	}
	o = json_tokener_parse(good[n].parameters);
	json_object_object_add(o, key,
			       json_object_is_type(json_object_object_get(o, key),
						   json_type_int) ?
				       json_object_new_string("5") :
				       json_object_new_int(5));
	check_refused(n, o, key);
	json_object_object_del(o, key);
	if (!is_optional(good[n].method, key))
		check_refused(n, o, key);
	json_object_put(o);
}

START_TEST(wrong_parameters)
{
	uint64_t decisions;
	size_t n;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	decisions = decisions_made();
	for (n = 0; n < ARRAY_SIZE(good); n++) {
		struct json_object *o = json_tokener_parse(good[n].parameters);

		json_object_object_foreach(o, key, value) {
			(void)value;
			check_wrong_once(n, key);
		}
		json_object_object_add(o, "nonsense", json_object_new_int(1));
		check_refused(n, o, "nonsense");
		json_object_put(o);
		ck_assert_str_eq(nfhad_idl_method(idl[0], n), good[n].method);
	}
	ck_assert_ptr_null(nfhad_idl_method(idl[0], n));
	ck_assert_uint_eq(decisions_made(), decisions);
	ck_assert_uint_eq(scaling.outs + scaling.ins, 0);
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_ACTIVE);
}

START_TEST(wrong_values)
{
	call(DAEMON "Scale", "{\"service\":\"fw\",\"direction\":\"up\"}");
	check_error(STANDARD "InvalidParameter", "parameter", "direction");
	call(DAEMON "Drain", "{\"service\":\"fw\",\"instance\":\"A\",\"deadlineMs\":0}");
	check_error(STANDARD "InvalidParameter", "parameter", "deadlineMs");
	call(DAEMON "Drain", "{\"service\":\"fw\",\"instance\":\"A\",\"deadlineMs\":-1}");
	check_error(STANDARD "InvalidParameter", "parameter", "deadlineMs");
	call(DAEMON "Drain", "{\"service\":\"fw\",\"instance\":\"A\",\"deadlineMs\":4294967296}");
	check_error(STANDARD "InvalidParameter", "parameter", "deadlineMs");
	call(DAEMON "Decisions", "{\"after\":-1}");
	check_error(STANDARD "InvalidParameter", "parameter", "after");
	ck_assert_uint_eq(scaling.outs + scaling.ins, 0);
}

START_TEST(who_is_not_there)
{
	char method[64];
	struct json_object *o;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(good); n++) {
		snprintf(method, sizeof(method), DAEMON "%s", good[n].method);
		o = json_tokener_parse(good[n].parameters);
		json_object_object_add(o, "service", json_object_new_string("db"));
		call_more(method, json_object_to_json_string(o), good[n].more);
		check_error(DAEMON "NotFound", "what", "service");
		check_error(DAEMON "NotFound", "name", "db");
		json_object_put(o);
		o = json_tokener_parse(good[n].parameters);
		if (json_object_object_get(o, "instance")) {
			json_object_object_add(o, "instance",
					       json_object_new_string("Z"));
			call(method, json_object_to_json_string(o));
			check_error(DAEMON "NotFound", "what", "instance");
			check_error(DAEMON "NotFound", "name", "Z");
		}
		json_object_put(o);
	}
	call(DAEMON "Explain", "{\"instance\":\"Z\"}");
	check_error(DAEMON "NotFound", "name", "Z");
}

START_TEST(standard_interface)
{
	struct json_object *o = call(STANDARD "GetInfo", "{}");

	ck_assert_str_eq(text_at(o, "product"), "nfhad");
	ck_assert_str_eq(json_object_to_json_string_ext(list_at(o, "interfaces"),
							JSON_C_TO_STRING_PLAIN),
			 "[\"org.varlink.service\",\"io.nfha.daemon\"]");
	o = call(STANDARD "GetInterfaceDescription",
		 "{\"interface\":\"io.nfha.daemon\"}");
	ck_assert_str_eq(text_at(o, "description"), text[0]);
	o = call(STANDARD "GetInterfaceDescription",
		 "{\"interface\":\"org.varlink.service\"}");
	ck_assert_str_eq(text_at(o, "description"), text[1]);
	call(STANDARD "GetInterfaceDescription", "{\"interface\":\"io.nfha\"}");
	check_error(STANDARD "InterfaceNotFound", "interface", "io.nfha");
	call(STANDARD "GetInterfaceDescription", "{}");
	check_error(STANDARD "InvalidParameter", "parameter", "interface");
	call(STANDARD "GetInfo", "{\"x\":1}");
	check_error(STANDARD "InvalidParameter", "parameter", "x");
}

START_TEST(what_cannot_be_called)
{
	call("io.nfha.other.Status", "{}");
	check_error(STANDARD "InterfaceNotFound", "interface", "io.nfha.other");
	call("Status", "{}");
	check_error(STANDARD "InterfaceNotFound", "interface", "Status");
	call("", "{}");
	check_error(STANDARD "InterfaceNotFound", "interface", "");
	call(DAEMON "Stop", "{}");
	check_error(STANDARD "MethodNotFound", "method", DAEMON "Stop");
	call(DAEMON, "{}");
	check_error(STANDARD "MethodNotFound", "method", DAEMON);
	/* A type, and an error. */
	call(DAEMON "Service", "{}");
	check_error(STANDARD "MethodNotFound", "method", DAEMON "Service");
	call(DAEMON "Refused", "{}");
	check_error(STANDARD "MethodNotFound", "method", DAEMON "Refused");
	call_more(DAEMON "Status", "{}", ",\"upgrade\":true");
	check_error(STANDARD "MethodNotImplemented", "method", DAEMON "Status");
	call(DAEMON "Subscribe", "{}");
	check_error(STANDARD "ExpectedMore", NULL, NULL);
}

START_TEST(status_of_all)
{
	struct json_object *o, *s, *i;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_commits(A, 1);
	scaling.state = NFHAD_SCALE_DRAINING;
	o = call(DAEMON "Status", "{}");
	ck_assert_uint_eq(json_object_array_length(list_at(o, "services")), 1);
	s = json_object_array_get_idx(list_at(o, "services"), 0);
	ck_assert_str_eq(text_at(s, "name"), "fw");
	ck_assert_str_eq(text_at(s, "driver"), "criu");
	ck_assert_str_eq(text_at(s, "scale"), "draining");
	ck_assert_uint_eq(json_object_array_length(list_at(s, "instances")), 3);
	i = json_object_array_get_idx(list_at(s, "instances"), 0);
	ck_assert_str_eq(text_at(i, "name"), "A");
	ck_assert_str_eq(text_at(i, "state"), "active");
	ck_assert_str_eq(text_at(i, "role"), "active");
	ck_assert_int_eq(number_at(json_object_object_get(i, "module"), "width"),
			 65536);
	ck_assert_int_ge(number_at(json_object_object_get(i, "epoch"),
				   "committed"), 1);
	ck_assert_int_gt(number_at(i, "sinceUs"), 0);
	ck_assert_int_le(number_at(i, "sinceUs"), number_at(o, "timeUs"));
	s = json_object_object_get(s, "module");
	ck_assert_int_eq(number_at(s, "generation"), 3);
	ck_assert_uint_eq(json_object_array_length(list_at(s, "ranges")), 2);
}

START_TEST(status_without_the_module)
{
	struct json_object *o, *s, *i;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	world->no_service = true;
	o = call(DAEMON "Status", "{\"service\":\"fw\"}");
	s = json_object_array_get_idx(list_at(o, "services"), 0);
	ck_assert_ptr_null(json_object_object_get(s, "module"));
	i = json_object_array_get_idx(list_at(s, "instances"), 0);
	ck_assert_ptr_null(json_object_object_get(i, "module"));
	ck_assert_ptr_null(json_object_object_get(i, "epoch"));
}

static bool has_decision(struct json_object *o, const char *action,
			 const char *cause)
{
	struct json_object *list = list_at(o, "decisions"), *d;
	size_t n;

	for (n = 0; n < json_object_array_length(list); n++) {
		d = json_object_array_get_idx(list, n);
		if (!strcmp(text_at(d, "action"), action) &&
		    strstr(text_at(d, "cause"), cause))
			return true;
	}
	return false;
}

START_TEST(explained)
{
	struct nfhad_service *both[2];
	struct json_object *o;

	world->launch_error = -ENOEXEC;
	wait_said("cannot be started");
	o = call(DAEMON "Explain", "{\"instance\":\"A\"}");
	ck_assert_str_eq(text_at(o, "state"), "unknown");
	ck_assert_str_eq(text_at(o, "waitsUntil"),
			 "it is started, or that is tried again");
	ck_assert(has_decision(o, "start", "nothing is remembered"));
	ck_assert(has_decision(o, "retry", "cannot be started, tried again in 1 s"));
	world->launch_error = 0;
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	o = call(DAEMON "Explain", "{\"instance\":\"A\",\"service\":\"fw\"}");
	ck_assert_str_eq(text_at(o, "state"), "active");
	ck_assert_ptr_null(json_object_object_get(o, "waitsUntil"));
	ck_assert(has_decision(o, "activate", "has been started"));
	/* Of others nothing is told. */
	o = call(DAEMON "Explain", "{\"instance\":\"C\"}");
	ck_assert_uint_eq(json_object_array_length(list_at(o, "decisions")), 0);
	both[0] = service;
	both[1] = service;
	nfhad.service = both;
	nfhad.services = 2;
	call(DAEMON "Explain", "{\"instance\":\"A\"}");
	check_error(DAEMON "Refused", "text",
		    "services fw and fw have an instance A, expected a service");
	nfhad.service = &service;
	nfhad.services = 1;
}

START_TEST(failover)
{
	struct json_object *o;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 1);
	call(DAEMON "Failover", "{\"service\":\"fw\",\"instance\":\"B\"}");
	check_error(DAEMON "Refused", "text",
		    "instance B is idle, expected active or unprotected");
	o = call(DAEMON "Failover", "{\"service\":\"fw\",\"instance\":\"A\"}");
	ck_assert_ptr_null(error);
	ck_assert_int_eq(json_object_object_length(o), 0);
	ck_assert(world->fake[A].e.flags & NFHA_RECOVERY_FLAGS_FENCED ||
		  world->fake[A].removed);
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	o = call(DAEMON "Explain", "{\"instance\":\"A\"}");
	ck_assert(has_decision(o, "fail", "asked for by uid 0"));
	o = call(DAEMON "Explain", "{\"instance\":\"B\"}");
	ck_assert(has_decision(o, "take_over", "from A"));
}

START_TEST(failover_refused)
{
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_state(C, NFHAD_INSTANCE_IDLE);
	at(B)->state = NFHAD_INSTANCE_CLEANING;
	at(C)->state = NFHAD_INSTANCE_CLEANING;
	call(DAEMON "Failover", "{\"service\":\"fw\",\"instance\":\"A\"}");
	check_error(DAEMON "Refused", "text",
		    "service fw has no backup: nothing in it is idle or standby");
	at(B)->state = NFHAD_INSTANCE_IDLE;
	at(C)->state = NFHAD_INSTANCE_IDLE;
	service_config.driver = NFHAD_DRIVER_NONE;
	call(DAEMON "Failover", "{\"service\":\"fw\",\"instance\":\"A\"}");
	check_error(DAEMON "Refused", "text",
		    "service fw has driver none: there is nothing to make a backup of");
	service_config.driver = NFHAD_DRIVER_CRIU;
	service->started = false;
	call(DAEMON "Failover", "{\"service\":\"fw\",\"instance\":\"A\"}");
	check_error(DAEMON "Refused", NULL, NULL);
	service->started = true;
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_ACTIVE);
}

#define CHECKPOINT_A \
	"{\"method\":\"io.nfha.daemon.Checkpoint\",\"parameters\":{\"service\":\"fw\",\"instance\":\"A\"}}"

START_TEST(checkpoint)
{
	struct json_object *o;
	uint64_t before;

	service_config.interval_ms = 3600000;
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_commits(A, 1);
	before = world->fake[A].e.committed;
	o = call(DAEMON "Checkpoint", "{\"service\":\"fw\",\"instance\":\"A\"}");
	ck_assert_ptr_null(error);
	ck_assert_int_gt(number_at(o, "epoch"), before);
	ck_assert_int_eq(number_at(o, "epoch"), world->fake[A].e.committed);
	world->commit_error = -EIO;
	call(DAEMON "Checkpoint", "{\"service\":\"fw\",\"instance\":\"A\"}");
	check_error(DAEMON "Refused", "text",
		    "there is no checkpoint: Input/output error");
	call(DAEMON "Checkpoint", "{\"service\":\"fw\",\"instance\":\"B\"}");
	check_error(DAEMON "Refused", "text",
		    "instance B is idle, and has no checkpoints");
}

START_TEST(checkpoint_of_one_that_fails)
{
	int other;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 1);
	world->save_hangs = true;
	other = caller_connect(path);
	caller_text(other, CHECKPOINT_A);
	caller_text(fd, CHECKPOINT_A);
	caller_settle();
	/* Nobody waits for the answer any more. */
	close(other);
	caller_settle();
	nfhad_instance_failed(at(A), "a test says so");
	answer_read(DAEMON "Checkpoint", fd);
	check_error(DAEMON "Refused", "text",
		    "there is no checkpoint: the instance has failed, or is left alone");
}

START_TEST(scaled)
{
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	call(DAEMON "Scale", "{\"service\":\"fw\",\"direction\":\"out\"}");
	ck_assert_ptr_null(error);
	ck_assert_uint_eq(scaling.outs, 1);
	ck_assert_ptr_null(scaling.from);
	ck_assert_str_eq(scaling.cause, "asked for by uid 0");
	call(DAEMON "Scale", "{\"service\":\"fw\",\"direction\":\"in\",\"instance\":\"B\"}");
	ck_assert_uint_eq(scaling.ins, 1);
	ck_assert_ptr_eq(scaling.from, at(B));
	ck_assert_uint_eq(scaling.deadline_ms, 0);
	call(DAEMON "Drain", "{\"service\":\"fw\",\"instance\":\"A\",\"deadlineMs\":1500}");
	ck_assert_uint_eq(scaling.ins, 2);
	ck_assert_ptr_eq(scaling.from, at(A));
	ck_assert_uint_eq(scaling.deadline_ms, 1500);
	scaling.error = -EBUSY;
	scaling.text = "the step before is not done";
	call(DAEMON "Scale", "{\"service\":\"fw\",\"direction\":\"out\"}");
	check_error(DAEMON "Refused", "text", "the step before is not done");
	scaling.text = "";
	call(DAEMON "Drain", "{\"service\":\"fw\",\"instance\":\"A\"}");
	check_error(DAEMON "Refused", "text", strerror(EBUSY));
}

START_TEST(remembered)
{
	struct json_object *o, *list, *d;
	size_t n;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	for (n = 0; n < NFHAD_DECISIONS_MAX + 10; n++)
		nfhad_decision_add(nfhad.decisions, n % 2 ? "fw" : NULL, NULL,
				   NFHAD_ACTION_OVERLOAD, "number %zu", n);
	o = call(DAEMON "Decisions", "{}");
	ck_assert_uint_eq(json_object_array_length(list_at(o, "decisions")),
			  NFHAD_DECISIONS_MAX);
	o = call(DAEMON "Decisions", "{\"service\":\"fw\"}");
	list = list_at(o, "decisions");
	ck_assert_uint_eq(json_object_array_length(list), NFHAD_DECISIONS_MAX / 2);
	d = json_object_array_get_idx(list, NFHAD_DECISIONS_MAX / 2 - 1);
	ck_assert_str_eq(text_at(d, "service"), "fw");
	n = number_at(d, "number") - 1;
	snprintf(directory, sizeof(directory), "{\"after\":%zu}", n);
	o = call(DAEMON "Decisions", directory);
	ck_assert_uint_eq(json_object_array_length(list_at(o, "decisions")), 1);
}

START_TEST(subscribed)
{
	struct json_object *o, *d;
	uint64_t last;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	o = call_more(DAEMON "Subscribe", "{\"service\":\"fw\"}", ",\"more\":true");
	last = decisions_made();
	ck_assert_uint_eq(number_at(o, "after"), last);
	ck_assert(json_object_get_boolean(json_object_object_get(answer, "continues")));
	nfhad_decision_add(nfhad.decisions, "db", "A", NFHAD_ACTION_PUSH, "not this");
	nfhad_decision_add(nfhad.decisions, "fw", "A", NFHAD_ACTION_TAKE_OVER,
			   "because of \"this\"");
	answer_read(DAEMON "Subscribe", fd);
	ck_assert(json_object_get_boolean(json_object_object_get(answer, "continues")));
	d = json_object_object_get(parameters_of(answer), "decision");
	ck_assert_uint_eq(number_at(d, "number"), last + 2);
	ck_assert_str_eq(text_at(d, "action"), "take_over");
	ck_assert_str_eq(text_at(d, "cause"), "because of \"this\"");
	close(fd);
	caller_settle();
	nfhad_decision_add(nfhad.decisions, "fw", "A", NFHAD_ACTION_PUSH, "to nobody");
	fd = caller_connect(path);
}

/* Each action has a word of the interface. */
START_TEST(all_actions)
{
	enum nfhad_action action;

	call_more(DAEMON "Subscribe", "{}", ",\"more\":true");
	for (action = 0; action <= NFHAD_ACTION_REFUSE; action++) {
		nfhad_decision_add(nfhad.decisions, NULL, NULL, action, "it is");
		answer_read(DAEMON "Subscribe", fd);
	}
}

/* As somebody who may not: returns what each good call comes to. */
static void calls_as_nobody(int out)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char line[256];
	size_t n;
	int one;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (setgid(65534) || setuid(65534))
		_exit(1);
	for (n = 0; n < ARRAY_SIZE(good); n++) {
		one = socket(AF_UNIX, SOCK_STREAM, 0);
		snprintf(line, sizeof(line), "{\"method\":\"" DAEMON "%s\",\"parameters\":%s%s}",
			 good[n].method, good[n].parameters, good[n].more);
		if (connect(one, (struct sockaddr *)&address, sizeof(address)) ||
		    send(one, line, strlen(line) + 1, 0) < 0 ||
		    recv(one, line, sizeof(line) - 1, 0) < 8)
			_exit(1);
		line[sizeof(line) - 1] = 0;
		if (write(out, strstr(line, "PermissionDenied") ? "x" : ".", 1) != 1)
			_exit(1);
		close(one);
	}
	_exit(0);
}

START_TEST(who_may)
{
	char got[16] = "";
	int ends[2], status = -1;
	pid_t pid;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	ck_assert_int_eq(chmod(top, 0755), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (!pid)
		calls_as_nobody(ends[1]);
	while (!waitpid(pid, &status, WNOHANG))
		sd_event_run(event, 10000);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(ends[0], got, sizeof(got) - 1), ARRAY_SIZE(good));
	ck_assert_str_eq(got, ".xxxx...");
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(scaling.outs + scaling.ins, 0);
}

/* Standard output and error of a program, while the daemon goes on, and decides. It is to end
 * with this status; or it is ended when it has said @until.
 */
static const char *output_of(char *const *words, int want, const char *until)
{
	static char output[65536];
	int ends[2], status = -1;
	size_t used = 0;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execv(words[0], words);
		_exit(127);
	}
	close(ends[1]);
	while ((n = read(ends[0], output + used, sizeof(output) - 1 - used))) {
		used += n > 0 ? n : 0;
		nfhad_decision_add(nfhad.decisions, "fw", "A",
				   NFHAD_ACTION_PUSH, "there was a turn");
		sd_event_run(event, n > 0 ? 0 : 10000);
		output[used] = 0;
		if (until && strstr(output, until))
			kill(pid, SIGTERM);
	}
	output[used] = 0;
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(until ? WIFSIGNALED(status) :
			      WIFEXITED(status) && WEXITSTATUS(status) == want,
		      "%s: %d: %s", words[0], status, output);
	return output;
}

/* Beside this program. */
static char *program_path(const char *name)
{
	static char whole[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", whole, PATH_MAX);

	ck_assert_int_gt(n, 0);
	whole[n] = 0;
	snprintf(strrchr(whole, '/') + 1, 32, "%s", name);
	return whole;
}

static void check_has(const char *output, const char *what)
{
	ck_assert_msg(strstr(output, what), "no \"%s\" in\n%s", what, output);
}

/* Whose authors have never heard of us. */
START_TEST(foreign_client)
{
	char address[128];
	char *words[] = {
		program_path("foreign"), address,
		(char *)DAEMON "Status", (char *)"{\"service\":\"fw\"}",
		(char *)DAEMON "Explain", (char *)"{\"instance\":\"A\"}",
		(char *)DAEMON "Explain", (char *)"{\"instance\":\"Z\"}",
		(char *)DAEMON "Explain", (char *)"{\"instances\":\"A\"}",
		(char *)DAEMON "Stop", (char *)"{}",
		(char *)DAEMON "Checkpoint",
		(char *)"{\"service\":\"fw\",\"instance\":\"A\"}",
		(char *)DAEMON "Failover",
		(char *)"{\"service\":\"fw\",\"instance\":\"B\"}",
		(char *)DAEMON "Subscribe", (char *)"{}",
		(char *)DAEMON "Subscribe+", (char *)"{}",
		NULL,
	};
	const char *output;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	snprintf(address, sizeof(address), "unix:%s", path);
	output = output_of(words, 0, NULL);
	check_has(output, "product nfhad\n");
	check_has(output, "interface io.nfha.daemon methods 8\n");
	check_has(output, "interface org.varlink.service methods 2\n");
	check_has(output, "\"name\":\"fw\"");
	check_has(output, "\"cause\":\"it has been started\"");
	check_has(output, "error io.nfha.daemon.NotFound {\"what\":\"instance\",\"name\":\"Z\"}");
	check_has(output, "reply {\"epoch\":");
	check_has(output, "error io.nfha.daemon.Refused {\"text\":\"instance B is idle");
	check_has(output, "reply {\"after\":");
	check_has(output, "reply {\"decision\":");
}

/* What nfhactl says to a line of words. */
static const char *nfhactl(const char *line, int want, const char *until)
{
	char copy[256], *words[32] = { program_path("../nfhactl"),
				       (char *)"-s", path };
	char *rest = copy, **word = words + 2;

	snprintf(copy, sizeof(copy), "%s", line);
	while (*word)
		*++word = strsep(&rest, " ");
	return output_of(words, want, until);
}

START_TEST(nfhactl_asks)
{
	const char *output;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	output = nfhactl("status", 0, NULL);
	check_has(output, "service fw  driver criu  scheme cold  scale steady  flows 12");
	check_has(output, "  A        active active ");
	check_has(output, "  range 32768-65535 nobody\n");
	check_has(nfhactl("-j status fw", 0, NULL), "\"generation\":3");
	check_has(nfhactl("status Z", 1, NULL),
		  "nfhactl: status Z: nfhad has no service Z\n");
	output = nfhactl("explain A service fw", 0, NULL);
	check_has(output, "instance A  service fw  role active  active for ");
	check_has(output, "activate service fw instance A: it has been started\n");
	ck_assert_str_eq(nfhactl("scale out fw instance A", 0, NULL), "");
	ck_assert_uint_eq(scaling.outs, 1);
	ck_assert_ptr_eq(scaling.from, at(A));
	nfhactl("drain fw instance A deadline 2s", 0, NULL);
	ck_assert_uint_eq(scaling.deadline_ms, 2000);
	scaling.error = -ERANGE;
	scaling.text = "there are as many as may be";
	ck_assert_str_eq(nfhactl("scale in fw", 1, NULL),
			 "nfhactl: scale in fw: there are as many as may be\n");
	check_has(nfhactl("checkpoint fw instance A", 0, NULL),
		  " is committed\n");
	output = nfhactl("events service fw", 0,
			 " push service fw instance A: there was a turn\n");
	check_has(output, "nfhactl: listening\n");
}

START_TEST(no_such_group)
{
	struct nfhad_api_config config_of_none = {
		.socket = path,
		.group = (char *)"nobody-has-such-a-group",
	};
	struct nfhad other = { .event = event };

	ck_assert_int_eq(nfhad_api_open(&other, &config_of_none), -ENOENT);
	ck_assert(said("api: group nobody-has-such-a-group: there is none"));
	config_of_none.group = NULL;
	ck_assert_int_eq(nfhad_api_open(&other, &config_of_none), -EADDRINUSE);
	ck_assert_ptr_null(other.api);
}

static const char *const no_interfaces[] = {
	"",
	"interface",
	"interface a.b method",
	"interface a.b method M() -> (",
	"interface a.b method M() (a: int)",
	"interface a.b method m() -> ()",
	"interface a.b method M(a: T) -> ()",
	"interface a.b type T (a: int, b)",
	"interface a.b type T (a, b: int)",
	"interface a.b type T (a: []?)",
	"interface a.b type T (a: int) type T (b: int)",
	"interface a.b error E (a: integer)",
	"interface a.b error E (one, two)",
	"interface a.b error E ?(a: int)",
	"interface a.b type T (a_: int)",
	"interface a.b type T [][][][][][][][][][][][][][][][][][][]int",
	"interface a.b nonsense",
};

START_TEST(what_is_no_interface)
{
	struct nfhad_idl *one = NULL;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(no_interfaces); n++)
		ck_assert_msg(nfhad_idl_parse(no_interfaces[n],
					      strlen(no_interfaces[n]),
					      &one) == -EINVAL,
			      "%s", no_interfaces[n]);
	/* And each beginning of one. */
	for (n = 0; n < strlen(text[0]); n++) {
		char *beginning = strndup(text[0], n);

		if (!nfhad_idl_parse(beginning, n, &one))
			nfhad_idl_free(one);
		free(beginning);
	}
}

START_TEST(kinds_of_values)
{
	static const char idl_text[] =
		"interface a.b\n"
		"method M(b: ?bool, f: ?float, o: ?object, l: ?[]int, m: ?[string](x: int)) -> ()";
	static const struct {
		const char *object;
		const char *wrong;
	} objects[] = {
		{ "{}", NULL },
		{ "{\"b\":null}", NULL },
		{ "{\"b\":true,\"f\":1,\"o\":{\"z\":1},\"l\":[1,2],\"m\":{\"k\":{\"x\":1}}}",
		  NULL },
		{ "{\"f\":1.5}", NULL },
		{ "{\"b\":1}", "b" },
		{ "{\"f\":\"1\"}", "f" },
		{ "{\"o\":[]}", "o" },
		{ "{\"l\":{}}", "l" },
		{ "{\"l\":[1,null]}", "l.1" },
		{ "{\"m\":{\"k\":{}}}", "m.k.x" },
		{ "{\"m\":{\"k\":{\"x\":1,\"y\":2}}}", "m.k.y" },
	};
	char wrong[NFHAD_IDL_PATH_MAX + 1];
	struct json_object *o;
	struct nfhad_idl *one;
	bool fits;
	size_t n;

	ck_assert_int_eq(nfhad_idl_parse(idl_text, strlen(idl_text), &one), 0);
	for (n = 0; n < ARRAY_SIZE(objects); n++) {
		o = json_tokener_parse(objects[n].object);
		fits = nfhad_idl_check(one, NFHAD_IDL_CALL, "M", o, wrong);
		ck_assert_msg(fits == !objects[n].wrong, "%s", objects[n].object);
		ck_assert_str_eq(wrong, objects[n].wrong ? objects[n].wrong : "");
		json_object_put(o);
	}
	nfhad_idl_free(one);
}

UNIT_MAIN_FIXTURE("api", setup, teardown, wrong_parameters, wrong_values,
		  who_is_not_there, standard_interface, what_cannot_be_called,
		  status_of_all, status_without_the_module, explained, failover,
		  failover_refused, checkpoint, checkpoint_of_one_that_fails,
		  scaled, remembered, subscribed, all_actions, who_may, foreign_client, nfhactl_asks,
		  no_such_group, what_is_no_interface, kinds_of_values)
