// SPDX-License-Identifier: GPL-2.0-or-later

#include <string.h>

#include "nfhactl.h"

static int take_from(struct request *r, const struct arg *arg,
		     const char *word)
{
	static char name[NFHA_NAME_MAX + 1];

	if (take_name(name, word))
		return bad_name(r, arg, word);
	r->change.from = name;
	return 0;
}

static int take_to(struct request *r, const struct arg *arg, const char *word)
{
	static char name[NFHA_NAME_MAX + 1];

	if (take_name(name, word))
		return bad_name(r, arg, word);
	r->change.to = name;
	return 0;
}

static int take_id(struct request *r, const struct arg *arg, const char *word)
{
	uint64_t n;

	if (take_number(word, NFHA_FLOW_ID_MAX, &n))
		return bad_value(r, arg, word, NULL);
	if (!strcmp(arg->name, "at")) {
		r->change.at = n;
		r->change.set |= NFHA_BIT(NFHA_A_MAP_AT);
	} else {
		r->change.first = n;
		r->change.set |= NFHA_BIT(NFHA_A_MAP_FIRST);
	}
	return 0;
}

static int take_measure(struct request *r, const struct arg *arg,
			const char *word)
{
	r->change.measure = choice_index(arg->choices, word);
	r->change.set |= NFHA_BIT(NFHA_A_MAP_MEASURE);
	return 0;
}

static int take_wait(struct request *r, const struct arg *arg,
		     const char *word)
{
	(void)arg;
	(void)word;
	r->await = true;
	return 0;
}

#define SERVICE \
	{ "service", "SERVICE", NULL, take_service, \
	  ARG_POSITIONAL | ARG_REQUIRED }
#define FROM { "from", "INSTANCE", NULL, take_from, ARG_REQUIRED }
#define TO { "to", "INSTANCE", NULL, take_to, ARG_REQUIRED }
#define GENERATION \
	{ "generation", "0 to 4294967295", NULL, take_generation, 0 }
#define WAIT { "wait", "", NULL, take_wait, ARG_FLAG }
#define TIMEOUT \
	{ "timeout", "TIME such as 500ms, 30s or 2m, not 0", NULL, \
	  take_timeout_ms, 0 }
#define POLICY { "policy", "POLICY", POLICIES, take_policy, 0 }

static const struct arg split_args[] = {
	SERVICE, FROM, TO, GENERATION, POLICY,
	{ "at", "a flow ID, 0 to 65535", NULL, take_id, 0 },
	{ "by", "flows|packets", "flows packets", take_measure, 0 },
	{ "first", "a flow ID, 0 to 65535", NULL, take_id, 0 },
	WAIT, TIMEOUT, {}
};

static const struct arg merge_args[] = {
	SERVICE, FROM, TO, GENERATION, POLICY,
	{ "deadline", "TIME such as 500ms, 30s or 2m, 0 is never", NULL, take_deadline, 0 },
	WAIT, TIMEOUT, {}
};

static int changed_print(const struct request *r,
			 const struct nfha_changed *changed, bool with_at)
{
	struct json_object *o;

	if (!r->json) {
		if (with_at)
			printf("at %u  ", changed->at);
		printf("generation %u  moved %u flow IDs  exceptions %u\n",
		       changed->generation, changed->moved,
		       changed->exceptions);
		return 0;
	}
	o = json_object_new_object();
	if (with_at)
		json_num(o, "at", changed->at);
	json_num(o, "generation", changed->generation);
	json_num(o, "moved", changed->moved);
	json_num(o, "exceptions", changed->exceptions);
	json_print(r, o);
	return 0;
}

typedef int (*change_fn)(struct nfha *h, const struct nfha_change *change,
			 struct nfha_changed *changed);

/* Who waits listens before the change, for an event is said once. */
static int change_run(struct nfha *h, struct request *r, change_fn fn,
		      bool is_split)
{
	struct nfha_changed changed = {};
	struct nfha *listener = NULL;
	int ret = await_open(&listener, r);

	if (ret)
		return ret;
	ret = fn(h, &r->change, &changed);
	if (ret)
		ret = refused(h, r, ret);
	else
		ret = changed_print(r, &changed, is_split);
	if (!ret && r->await) {
		fflush(stdout);
		ret = await_end(listener, r, &changed);
	}
	nfha_close(listener);
	return ret;
}

static int await_check(struct nfha *h, const struct request *r)
{
	struct nfha_service service;
	uint32_t policy = r->change.policy;

	if (!r->await)
		return 0;
	if (!(r->change.set & NFHA_BIT(NFHA_A_MAP_POLICY))) {
		if (nfha_service_get(h, r->service.name, &service))
			return 0;
		policy = service.policy;
	}
	if (policy == NFHA_POLICY_AVOID)
		return 0;
	fprintf(stderr,
		"nfhactl: %s%s: with policy %s nothing says when exceptions have fallen to the threshold, expected policy avoid, or no \"wait\"\n",
		r->command, r->about, NAME_OF(policy_names, policy));
	return EXIT_REFUSED;
}

static int run_split(struct nfha *h, struct request *r)
{
	int ret = await_check(h, r);

	r->until = "threshold";
	return ret ? ret : change_run(h, r, nfha_split, true);
}

static int run_merge(struct nfha *h, struct request *r)
{
	r->until = "drain";
	return change_run(h, r, nfha_merge, false);
}

const struct command split_commands[] = {
	{ "split", NULL,
	  "Move the upper part of a range to another instance, at a flow ID or where the load halves.",
	  split_args, run_split },
	{ "merge", NULL,
	  "Give all ranges of an instance to another one, and drain it.",
	  merge_args, run_merge },
	{}
};
