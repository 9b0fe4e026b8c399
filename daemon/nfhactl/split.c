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

#define SERVICE \
	{ "service", "SERVICE", NULL, take_service, \
	  ARG_POSITIONAL | ARG_REQUIRED }
#define FROM { "from", "INSTANCE", NULL, take_from, ARG_REQUIRED }
#define TO { "to", "INSTANCE", NULL, take_to, ARG_REQUIRED }
#define GENERATION \
	{ "generation", "0 to 4294967295", NULL, take_generation, 0 }
#define POLICY { "policy", "POLICY", POLICIES, take_policy, 0 }

static const struct arg split_args[] = {
	SERVICE, FROM, TO, GENERATION, POLICY,
	{ "at", "a flow ID, 0 to 65535", NULL, take_id, 0 },
	{ "by", "flows|packets", "flows packets", take_measure, 0 },
	{ "first", "a flow ID, 0 to 65535", NULL, take_id, 0 }, {}
};

static const struct arg merge_args[] = {
	SERVICE, FROM, TO, GENERATION, POLICY,
	{ "deadline", "TIME such as 500ms, 30s or 2m, 0 is never", NULL, take_deadline, 0 },
	{}
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

static int run_split(struct nfha *h, struct request *r)
{
	struct nfha_changed changed = {};
	int ret = nfha_split(h, &r->change, &changed);

	return ret ? refused(h, r, ret) : changed_print(r, &changed, true);
}

static int run_merge(struct nfha *h, struct request *r)
{
	struct nfha_changed changed = {};
	int ret = nfha_merge(h, &r->change, &changed);

	return ret ? refused(h, r, ret) : changed_print(r, &changed, false);
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
