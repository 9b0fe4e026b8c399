// SPDX-License-Identifier: GPL-2.0-or-later
/* The socket's calls: each parameter wrong, what is not there, and who may. */

#include <sys/stat.h>
#include <sys/wait.h>

#include "api.h"
#include "api_bed.h"
#include "bed.h"
#include "caller.h"
#include "decision.h"
#include "idl_private.h"
#include "scaling.h"
#include "unit.h"
#include "world.h"

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
	{ "Drain", "{\"service\":\"fw\",\"instance\":\"A\",\"deadlineMs\":5,\"force\":false}", "" },
	{ "Explain", "{\"instance\":\"A\",\"service\":\"fw\"}", "" },
	{ "Decisions", "{\"service\":\"fw\",\"after\":0}", "" },
	{ "Subscribe", "{\"service\":\"fw\"}", ",\"more\":true" },
};

/* As the interface has it: all of this is about each argument of each method. */
static const struct type *arguments_of(size_t n)
{
	const struct member *member = nfhad_idl_member(api_idl[0], KEYWORD_METHOD,
						       good[n].method);

	ck_assert_ptr_nonnull(member);
	return member->in;
}

static const struct type *resolved(const struct type *type)
{
	return type->kind != KIND_NAMED ? type :
	       nfhad_idl_member(api_idl[0], KEYWORD_TYPE, type->name)->in;
}

static void check_refused(size_t n, struct json_object *o, const char *key)
{
	char method[64];

	snprintf(method, sizeof(method), DAEMON "%s", good[n].method);
	call_more(method, json_object_to_json_string(o), good[n].more);
	check_error(STANDARD "InvalidParameter", "parameter", key);
}

static void check_value(size_t n, const char *key, const char *value)
{
	struct json_object *o = json_tokener_parse(good[n].parameters);

	json_object_object_add(o, key, json_tokener_parse(value));
	check_refused(n, o, key);
	json_object_put(o);
}

/* Of kinds that no argument has, too deep, and too large for any. */
static const char *const wrong_for_all[] = {
	"[]", "{}", "[null]", "1.5", "-0.0", "1e3", "\"\\u0000\"",
	"\"fw\\u0000\"", "[[[[[[[[[[[[]]]]]]]]]]]]",
	"{\"fw\":{\"fw\":{\"fw\":{\"fw\":null}}}}",
};

static const char *const wrong_for_numbers[] = {
	"true", "\"5\"", "\"\"", "\"0x5\"", "-1", "-9223372036854775808",
};

static const char *const wrong_for_text[] = { "true", "5", "0", "-1" };

static const char *const wrong_for_flags[] = { "1", "0", "\"true\"", "\"\"" };

static const char *const wrong_for_words[] = {
	"true", "5", "\"\"", "\"up\"", "\"OUT\"", "\"out \"", "\"out\\n\"", "\"ou\"",
	"\"out\\u0000\"", "\"\\ud800\"",
};

static void check_values(size_t n, const char *key, const char *const *values,
			 size_t count)
{
	size_t k;

	for (k = 0; k < count; k++)
		check_value(n, key, values[k]);
}

static void check_argument(size_t n, const struct field *field)
{
	const char *key = field->name;
	struct json_object *o = json_tokener_parse(good[n].parameters);

	ck_assert_msg(json_object_object_get(o, key), "%s: %s", good[n].method, key);
	check_values(n, key, wrong_for_all, ARRAY_SIZE(wrong_for_all));
	switch (resolved(field->type)->kind) {
	case KIND_INT:
		check_values(n, key, wrong_for_numbers,
			     ARRAY_SIZE(wrong_for_numbers));
		break;
	case KIND_STRING:
		check_values(n, key, wrong_for_text, ARRAY_SIZE(wrong_for_text));
		break;
	case KIND_BOOL:
		check_values(n, key, wrong_for_flags,
			     ARRAY_SIZE(wrong_for_flags));
		break;
	case KIND_ENUM:
		check_values(n, key, wrong_for_words, ARRAY_SIZE(wrong_for_words));
		break;
	default:
		ck_abort_msg("%s: nothing is known of its kind", key);
	}
	if (!field->type->nullable) {
		check_value(n, key, "null");
		json_object_object_del(o, key);
		check_refused(n, o, key);
	}
	json_object_put(o);
}

static void check_unknown(size_t n)
{
	static const char *const keys[] = {
		"nonsense", "Service", "service ", "", "__proto__", "a.b", "\n\033[2J",
	};
	struct json_object *o;
	size_t k;

	for (k = 0; k < ARRAY_SIZE(keys); k++) {
		o = json_tokener_parse(good[n].parameters);
		json_object_object_add(o, keys[k], json_object_new_int(1));
		check_refused(n, o, keys[k]);
		json_object_put(o);
	}
}

/* Until nothing goes on by itself. */
static void wait_at_rest(void)
{
	service_config.interval_ms = 3600000;
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_state(C, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 1);
}

/* What there is, but for the time and who asks. */
static char *all_that_is(void)
{
	struct json_object *o = call(DAEMON "Status", "{}");

	json_object_object_del(o, "timeUs");
	json_object_object_del(o, "connections");
	return strdup(json_object_to_json_string(o));
}

/* In order; NULL after the last. */
static const char *method_of(const struct nfhad_idl *idl, size_t n)
{
	size_t k;

	for (k = 0; k < idl->members; k++)
		if (idl->member[k].keyword == KEYWORD_METHOD && !n--)
			return idl->member[k].name;
	return NULL;
}

START_TEST(wrong_parameters)
{
	const struct type *arguments;
	char *before, *after;
	uint64_t decisions;
	size_t n, k;

	wait_at_rest();
	decisions = decisions_made();
	before = all_that_is();
	for (n = 0; n < ARRAY_SIZE(good); n++) {
		ck_assert_str_eq(method_of(api_idl[0], n), good[n].method);
		arguments = arguments_of(n);
		for (k = 0; k < arguments->fields; k++)
			check_argument(n, &arguments->field[k]);
		check_unknown(n);
	}
	ck_assert_ptr_null(method_of(api_idl[0], n));
	after = all_that_is();
	ck_assert_str_eq(after, before);
	ck_assert_uint_eq(decisions_made(), decisions);
	ck_assert_uint_eq(scaling.outs + scaling.ins, 0);
	free(before);
	free(after);
}

/* What is right is not refused so, or that all else is would mean nothing (control). */
START_TEST(right_parameters)
{
	char method[64];
	size_t n;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_commits(A, 1);
	for (n = 0; n < ARRAY_SIZE(good); n++) {
		snprintf(method, sizeof(method), DAEMON "%s", good[n].method);
		call_more(method, good[n].parameters, good[n].more);
		ck_assert(!api_error || !strcmp(api_error, DAEMON "Refused"));
	}
	ck_assert_uint_eq(scaling.outs, 1);
	ck_assert_uint_eq(scaling.ins, 1);
}

/* Deeper than any call is: that is none, and who sends it is left. */
START_TEST(too_deep)
{
	int fd;

	caller_loop = event;
	wait_at_rest();
	fd = caller_connect(api_path);
	caller_text(fd, "{\"method\":\"" DAEMON "Status\",\"parameters\":{\"service\":"
			"[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}}");
	caller_ended(fd);
	call(DAEMON "Status", "{}");
	ck_assert_ptr_null(api_error);
}

#define LONG 40000

/* Names that are long or no names are not there, and are said as they are. */
START_TEST(names_of_all_kinds)
{
	static const char *const names[] = {
		"", " ", "..", "a/b", "\n\033[2J", "%s%n", "fw ", "FW", "\303\244",
	};
	struct json_object *o;
	char *name;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(names); n++) {
		o = json_object_new_object();
		json_object_object_add(o, "service", json_object_new_string(names[n]));
		call(DAEMON "Status", json_object_to_json_string(o));
		check_error(DAEMON "NotFound", "name", names[n]);
		json_object_put(o);
	}
	name = calloc(1, LONG + 100);
	sprintf(name, "{\"method\":\"" DAEMON "Status\",\"parameters\":{\"service\":\"");
	n = strlen(name);
	memset(name + n, 'x', LONG);
	sprintf(name + n + LONG, "\"}}");
	caller_text(api_fd, name);
	answer_read(DAEMON "Status", api_fd);
	check_error(DAEMON "NotFound", "what", "service");
	free(name);
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
	ck_assert_str_eq(text_at(o, "description"), api_text[0]);
	o = call(STANDARD "GetInterfaceDescription",
		 "{\"interface\":\"org.varlink.service\"}");
	ck_assert_str_eq(text_at(o, "description"), api_text[1]);
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

/* As somebody who may not: returns what each good call comes to. */
static void calls_as_nobody(int out)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char line[256];
	size_t n;
	int one;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", api_path);
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
	ck_assert_int_eq(chmod(api_path, 0666), 0);
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

START_TEST(no_such_group)
{
	struct nfhad_api_config config_of_none = {
		.socket = api_path,
		.group = (char *)"nobody-has-such-a-group",
	};
	struct nfhad other = { .event = event };

	ck_assert_int_eq(nfhad_api_open(&other, &config_of_none), -ENOENT);
	ck_assert(said("api: group nobody-has-such-a-group: there is none"));
	config_of_none.group = NULL;
	ck_assert_int_eq(nfhad_api_open(&other, &config_of_none), -EADDRINUSE);
	ck_assert_ptr_null(other.api);
}

UNIT_MAIN_FIXTURE("api", api_setup, api_teardown, wrong_parameters,
		  right_parameters, too_deep, names_of_all_kinds,
		  wrong_values, who_is_not_there, standard_interface,
		  what_cannot_be_called, who_may, no_such_group)
