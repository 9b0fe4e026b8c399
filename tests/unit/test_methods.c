// SPDX-License-Identifier: GPL-2.0-or-later
/* The socket's methods: what they return and do. */

#include <string.h>

#include "api.h"
#include "api_bed.h"
#include "bed.h"
#include "caller.h"
#include "decision.h"
#include "scaling.h"
#include "unit.h"
#include "varlink.h"
#include "world.h"

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
	ck_assert_ptr_null(api_error);
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
		    "there is no backup for A: no instance is idle");
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
	ck_assert_ptr_null(api_error);
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
	other = caller_connect(api_path);
	caller_text(other, CHECKPOINT_A);
	caller_text(api_fd, CHECKPOINT_A);
	while (nfhad_api_counts(nfhad.api)->calls < 2)
		sd_event_run(event, 10000);
	/* Nobody waits for the answer any more. */
	close(other);
	caller_settle();
	nfhad_instance_failed(at(A), "a test says so");
	answer_read(DAEMON "Checkpoint", api_fd);
	check_error(DAEMON "Refused", "text",
		    "there is no checkpoint: the instance has failed, or is left alone");
}

START_TEST(scaled)
{
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	call(DAEMON "Scale", "{\"service\":\"fw\",\"direction\":\"out\"}");
	ck_assert_ptr_null(api_error);
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
	call(DAEMON "Drain", "{\"service\":\"fw\",\"instance\":\"A\",\"force\":true}");
	ck_assert_uint_eq(scaling.deadline_ms, NFHAD_SCALE_NOW_MS);
	call(DAEMON "Drain", "{\"service\":\"fw\",\"instance\":\"A\",\"force\":false}");
	ck_assert_uint_eq(scaling.deadline_ms, 0);
	call(DAEMON "Drain",
	     "{\"service\":\"fw\",\"instance\":\"A\",\"force\":true,\"deadlineMs\":5}");
	check_error("org.varlink.service.InvalidParameter", "parameter", "deadlineMs");
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
	ck_assert(json_object_get_boolean(json_object_object_get(api_answer, "continues")));
	nfhad_decision_add(nfhad.decisions, "db", "A", NFHAD_ACTION_PUSH, "not this");
	nfhad_decision_add(nfhad.decisions, "fw", "A", NFHAD_ACTION_TAKE_OVER,
			   "because of \"this\"");
	answer_read(DAEMON "Subscribe", api_fd);
	ck_assert(json_object_get_boolean(json_object_object_get(api_answer, "continues")));
	d = json_object_object_get(parameters_of(api_answer), "decision");
	ck_assert_uint_eq(number_at(d, "number"), last + 2);
	ck_assert_str_eq(text_at(d, "action"), "take_over");
	ck_assert_str_eq(text_at(d, "cause"), "because of \"this\"");
	close(api_fd);
	caller_settle();
	nfhad_decision_add(nfhad.decisions, "fw", "A", NFHAD_ACTION_PUSH, "to nobody");
	api_fd = caller_connect(api_path);
}

/* Each action has a word of the interface. */
START_TEST(all_actions)
{
	enum nfhad_action action;

	call_more(DAEMON "Subscribe", "{}", ",\"more\":true");
	for (action = 0; action <= NFHAD_ACTION_REFUSE; action++) {
		nfhad_decision_add(nfhad.decisions, NULL, NULL, action, "it is");
		answer_read(DAEMON "Subscribe", api_fd);
	}
}

UNIT_MAIN_FIXTURE("methods", api_setup, api_teardown, status_of_all,
		  status_without_the_module, explained, failover,
		  failover_refused, checkpoint, checkpoint_of_one_that_fails,
		  scaled, remembered, subscribed, all_actions)
