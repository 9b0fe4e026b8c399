// SPDX-License-Identifier: GPL-2.0-or-later
/* What nfhad is asked, and asked for: by its socket and nothing else. */

#include <errno.h>
#include <string.h>

#include "daemon.h"

#define INTERFACE "io.nfha.daemon."
#define STANDARD "org.varlink.service."

/* A daemon that is alive answers at once. */
#define PATIENCE_MS 30000
#define FOR_EVER (-1)

static int take_drain_deadline(struct request *r, const struct arg *arg,
			       const char *word)
{
	if (take_time(word, &r->timeout_ms) || !r->timeout_ms)
		return bad_value(r, arg, word, NULL);
	return 0;
}

#define SERVICE \
	{ "service", "SERVICE", NULL, take_service, \
	  ARG_POSITIONAL | ARG_REQUIRED }
#define INSTANCE(flags) { "instance", "INSTANCE", NULL, take_instance, flags }
#define OF_SERVICE { "service", "SERVICE", NULL, take_service, 0 }

static const struct arg status_args[] = {
	{ "service", "SERVICE", NULL, take_service, ARG_POSITIONAL }, {}
};

static const struct arg scale_args[] = { SERVICE, INSTANCE(0), {} };
static const struct arg checkpoint_args[] = {
	SERVICE, INSTANCE(ARG_REQUIRED), {}
};

static const struct arg drain_args[] = {
	SERVICE, INSTANCE(ARG_REQUIRED),
	{ "deadline", "TIME such as 500ms, 30s or 2m, not 0", NULL,
	  take_drain_deadline, 0 },
	{ "force", "", NULL, take_force, ARG_FLAG }, {}
};

static const struct arg events_args[] = { OF_SERVICE, {} };
static const struct arg explain_args[] = {
	INSTANCE(ARG_POSITIONAL | ARG_REQUIRED), OF_SERVICE, {}
};

static const char *path_of(const struct request *r)
{
	return r->socket ? r->socket : "/run/nfhad.socket";
}

static int no_answer(const struct request *r, int error)
{
	const char *what = strerror(-error);
	char path[QUOTED_MAX];

	if (error == -ECONNRESET)
		what = "it has ended the connection";
	fprintf(stderr, "nfhactl: %s%s: no nfhad answers at %s: %s\n",
		r->command, r->about, quoted(path_of(r), path, sizeof(path)),
		what);
	return EXIT_REFUSED;
}

static const char *text_at(const struct answer *a, const char *key)
{
	struct json_object *value = json_object_object_get(a->parameters, key);

	return value ? json_object_get_string(value) : "";
}

static bool is_error(const struct answer *a, const char *name)
{
	return a->error && !strcmp(a->error, name);
}

static int daemon_refused(const struct request *r, const struct answer *a)
{
	fprintf(stderr, "nfhactl: %s%s: ", r->command, r->about);
	if (is_error(a, INTERFACE "NotFound"))
		fprintf(stderr, "nfhad has no %s %s\n", text_at(a, "what"),
			text_at(a, "name"));
	else if (is_error(a, INTERFACE "Refused"))
		fprintf(stderr, "%s\n", text_at(a, "text"));
	else if (is_error(a, STANDARD "PermissionDenied"))
		fputs("not root, nor in the group that nfhad.yaml names at api\n",
		      stderr);
	else if (is_error(a, STANDARD "InvalidParameter"))
		fprintf(stderr, "nfhad does not take %s as it is\n",
			text_at(a, "parameter"));
	else
		fprintf(stderr, "%s\n", a->error);
	return EXIT_REFUSED;
}

static struct json_object *parameters_of(const struct request *r)
{
	struct json_object *o = json_object_new_object();

	if (r->service.name[0])
		json_put(o, "service", r->service.name);
	if (r->instance.name[0])
		json_put(o, "instance", r->instance.name);
	return o;
}

/* An answer with an error is one. */
static int ask(const struct request *r, const char *method,
	       struct json_object *parameters, int timeout_ms, struct answer *a)
{
	struct varlink *v;
	int ret = varlink_open(path_of(r), &v);

	if (ret) {
		json_object_put(parameters);
		return ret;
	}
	ret = varlink_call(v, method, parameters, false);
	ret = ret ? ret : varlink_read(v, timeout_ms, a);
	varlink_close(v);
	return ret;
}

/* With -j it is printed as it is; @print is for people, NULL: there is nothing to say. */
static int show(const struct request *r, int error, const struct answer *a,
		void (*print)(struct json_object *parameters))
{
	int ret = 0;

	if (error)
		return no_answer(r, error);
	if (a->error)
		ret = daemon_refused(r, a);
	else if (r->json)
		json_print(r, json_object_get(a->parameters));
	else if (print)
		print(a->parameters);
	json_object_put(a->whole);
	return ret;
}

static int run_status(struct nfha *h, struct request *r)
{
	struct answer a;
	int ret = ask(r, INTERFACE "Status", parameters_of(r), PATIENCE_MS, &a);

	(void)h;
	return show(r, ret, &a, status_print);
}

static int scale(struct request *r, const char *direction)
{
	struct json_object *o = parameters_of(r);
	struct answer a;
	int ret;

	json_put(o, "direction", direction);
	ret = ask(r, INTERFACE "Scale", o, PATIENCE_MS, &a);
	return show(r, ret, &a, NULL);
}

static int run_scale_out(struct nfha *h, struct request *r)
{
	(void)h;
	return scale(r, "out");
}

static int run_scale_in(struct nfha *h, struct request *r)
{
	(void)h;
	return scale(r, "in");
}

static void epoch_print(struct json_object *o)
{
	struct json_object *epoch = json_object_object_get(o, "epoch");

	printf("epoch %llu is committed\n",
	       (unsigned long long)json_object_get_uint64(epoch));
}

/* How long one takes is up to the configuration. */
static int run_checkpoint(struct nfha *h, struct request *r)
{
	struct answer a;
	int ret = ask(r, INTERFACE "Checkpoint", parameters_of(r), FOR_EVER,
		      &a);

	(void)h;
	return show(r, ret, &a, epoch_print);
}

static int run_drain(struct nfha *h, struct request *r)
{
	struct json_object *o = parameters_of(r);
	struct answer a;
	int ret;

	(void)h;
	if (r->timeout_ms)
		json_num(o, "deadlineMs", r->timeout_ms);
	if (r->force)
		json_object_object_add(o, "force", json_object_new_boolean(true));
	ret = ask(r, INTERFACE "Drain", o, PATIENCE_MS, &a);
	return show(r, ret, &a, NULL);
}

static int run_explain(struct nfha *h, struct request *r)
{
	struct answer a;
	int ret = ask(r, INTERFACE "Explain", parameters_of(r), PATIENCE_MS, &a);

	(void)h;
	return show(r, ret, &a, explain_print);
}

/* The first answer says only that it has begun. */
static void event_show(const struct request *r, const struct answer *a)
{
	struct json_object *d = json_object_object_get(a->parameters,
						       "decision");

	if (!d) {
		/* Whoever waits for this line misses nothing after it. */
		fputs("nfhactl: listening\n", stderr);
	} else if (r->json) {
		json_print(r, json_object_get(d));
	} else {
		decision_print(d);
		fflush(stdout);
	}
}

static int follow(struct varlink *v, const struct request *r)
{
	struct answer a;
	int ret;

	while (!ferror(stdout)) {
		ret = varlink_read(v, FOR_EVER, &a);
		if (ret)
			return no_answer(r, ret);
		if (a.error)
			return show(r, 0, &a, NULL);
		event_show(r, &a);
		json_object_put(a.whole);
	}
	return 0;
}

static int run_events(struct nfha *h, struct request *r)
{
	struct varlink *v;
	int ret = varlink_open(path_of(r), &v);

	(void)h;
	if (ret)
		return no_answer(r, ret);
	ret = varlink_call(v, INTERFACE "Subscribe", parameters_of(r), true);
	ret = ret ? no_answer(r, ret) : follow(v, r);
	varlink_close(v);
	return ret;
}

/* Nobody who answers, or one who does not know it, leaves it to the kernel. */
int failover_by_daemon(const struct request *r, bool *is_done)
{
	struct answer a;
	int ret = ask(r, INTERFACE "Failover", parameters_of(r), PATIENCE_MS, &a);

	*is_done = r->by == BY_DAEMON ||
		   (ret && ret != -ENOENT && ret != -ECONNREFUSED) ||
		   (!ret && !is_error(&a, INTERFACE "NotFound"));
	if (*is_done)
		return show(r, ret, &a, NULL);
	if (!ret)
		json_object_put(a.whole);
	return 0;
}

const struct command daemon_commands[] = {
	{ "status", NULL, "Show what nfhad protects and scales.", status_args,
	  run_status },
	{ "scale", "out", "Let one more instance get packets.", scale_args,
	  run_scale_out },
	{ "scale", "in", "Let one instance less get packets.", scale_args,
	  run_scale_in },
	{ "checkpoint", NULL, "Make a checkpoint, and wait until it counts.",
	  checkpoint_args, run_checkpoint },
	{ "drain", NULL, "Let an instance get no new flows, and leave.",
	  drain_args, run_drain },
	{ "events", NULL, "Show what nfhad decides, as it does.", events_args,
	  run_events },
	{ "explain", NULL, "Show why an instance is what it is.", explain_args,
	  run_explain },
	{}
};

bool is_of_daemon(const struct command *command)
{
	const struct command *one;

	for (one = daemon_commands; one->object; one++)
		if (one == command)
			return true;
	return false;
}
