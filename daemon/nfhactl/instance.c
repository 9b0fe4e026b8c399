// SPDX-License-Identifier: GPL-2.0-or-later

#include <string.h>

#include "nfhactl.h"

int take_instance(struct request *r, const struct arg *arg, const char *word)
{
	if (take_name(r->instance.name, word))
		return bad_name(r, arg, word);
	take_name(r->flow.instance, word);
	r->filter.instance = r->instance.name;
	return 0;
}

static int take_side(struct request *r, const struct arg *arg,
		     const char *word)
{
	uint32_t side = strcmp(arg->name, "left") ? NFHA_SIDE_RIGHT :
						    NFHA_SIDE_LEFT;

	if (strchr(word, ',') ||
	    take_ports(r->instance.port, &r->instance.ports, 2, word, side,
		       false))
		return bad_value(r, arg, word, NULL);
	return 0;
}

static int take_remote(struct request *r, const struct arg *arg,
		       const char *word)
{
	(void)arg;
	(void)word;
	r->instance.remote = true;
	r->instance.set |= NFHA_BIT(NFHA_A_INSTANCE_REMOTE);
	return 0;
}

static int take_standby(struct request *r, const struct arg *arg,
			const char *word)
{
	(void)arg;
	(void)word;
	r->instance.state = NFHA_STATE_STANDBY;
	r->instance.set |= NFHA_BIT(NFHA_A_INSTANCE_STATE);
	return 0;
}

static int take_state(struct request *r, const struct arg *arg,
		      const char *word)
{
	r->instance.state = choice_index(arg->choices, word);
	r->instance.set |= NFHA_BIT(NFHA_A_INSTANCE_STATE);
	return 0;
}

int take_deadline(struct request *r, const struct arg *arg, const char *word)
{
	if (take_time(word, &r->instance.deadline_ms))
		return bad_value(r, arg, word, NULL);
	r->change.deadline_ms = r->instance.deadline_ms;
	r->instance.set |= NFHA_BIT(NFHA_A_INSTANCE_DEADLINE_MS);
	r->change.set |= NFHA_BIT(NFHA_A_MAP_DEADLINE_MS);
	return 0;
}

static int take_successor(struct request *r, const struct arg *arg,
			  const char *word)
{
	r->instance.set |= NFHA_BIT(NFHA_A_INSTANCE_SUCCESSOR);
	if (arg->flags & ARG_FLAG)
		r->instance.successor[0] = 0;
	else if (take_name(r->instance.successor, word))
		return bad_name(r, arg, word);
	return 0;
}

static int take_level(struct request *r, const struct arg *arg,
		      const char *word)
{
	r->level = choice_index(arg->choices, word);
	return 0;
}

static int take_reason(struct request *r, const struct arg *arg,
		       const char *word)
{
	if (!is_reason(word))
		return bad_value(r, arg, word,
				 "1 to 63 printable characters of ASCII");
	r->reason = word;
	return 0;
}

#define NAME \
	{ "name", "NAME", NULL, take_instance, ARG_POSITIONAL | ARG_REQUIRED }
#define SERVICE \
	{ "service", "SERVICE", NULL, take_service, ARG_REQUIRED }

static const struct arg add_args[] = {
	NAME, SERVICE,
	{ "left", "DEV[/MAC]", NULL, take_side, 0 },
	{ "right", "DEV[/MAC]", NULL, take_side, 0 },
	{ "remote", "", NULL, take_remote, ARG_FLAG },
	{ "standby", "", NULL, take_standby, ARG_FLAG }, {}
};

static const struct arg set_args[] = {
	NAME, SERVICE,
	{ "left", "DEV[/MAC]", NULL, take_side, 0 },
	{ "right", "DEV[/MAC]", NULL, take_side, 0 },
	{ "state", "STATE", "active draining down standby", take_state, 0 },
	{ "deadline", "TIME such as 500ms, 30s or 2m, 0 is never", NULL, take_deadline, 0 },
	{ "successor", "INSTANCE", NULL, take_successor, 0 },
	{ "no-successor", "", NULL, take_successor, ARG_FLAG }, {}
};

static const struct arg delete_args[] = {
	NAME, SERVICE,
	{ "force", "", NULL, take_force, ARG_FLAG }, {}
};

static const struct arg overload_args[] = {
	NAME, SERVICE,
	{ "level", "LEVEL", "overloaded underloaded normal", take_level, 0 },
	{ "reason", "TEXT", NULL, take_reason, 0 }, {}
};

static const struct arg show_args[] = {
	{ "service", "SERVICE", NULL, take_service, ARG_POSITIONAL },
	{ "instance", "NAME", NULL, take_instance, 0 }, {}
};

static int run_add(struct nfha *h, struct request *r)
{
	int ret = nfha_instance_new(h, &r->instance);

	return ret ? refused(h, r, ret) : 0;
}

static int run_set(struct nfha *h, struct request *r)
{
	int ret = nfha_instance_set(h, &r->instance);

	return ret ? refused(h, r, ret) : 0;
}

static int run_delete(struct nfha *h, struct request *r)
{
	int ret = nfha_instance_del(h, r->instance.service, r->instance.name,
				    r->force);

	return ret ? refused(h, r, ret) : 0;
}

static int run_overload(struct nfha *h, struct request *r)
{
	int ret = nfha_instance_overload(h, r->instance.service,
					 r->instance.name, r->level, r->reason);

	return ret ? refused(h, r, ret) : 0;
}

static struct json_object *instance_json(const struct nfha_instance *i)
{
	struct json_object *ports = json_object_new_array();
	struct json_object *o = json_object_new_object();
	unsigned int n;

	json_put(o, "service", i->service);
	json_put(o, "name", i->name);
	json_put(o, "state", NAME_OF(state_names, i->state));
	json_object_object_add(o, "remote", json_object_new_boolean(i->remote));
	json_num(o, "deadline_ms", i->deadline_ms);
	json_num(o, "flows", i->flows);
	json_num(o, "exceptions", i->exceptions);
	json_num(o, "learned", i->learned);
	json_num(o, "width", i->width);
	if (i->successor[0])
		json_put(o, "successor", i->successor);
	json_object_object_add(o, "fenced", json_object_new_boolean(i->fenced));
	if (i->latency_samples)
		json_num(o, "latency_us", i->latency_us);
	json_num(o, "latency_samples", i->latency_samples);
	json_num(o, "latency_lost", i->latency_lost);
	for (n = 0; n < i->ports; n++)
		json_object_array_add(ports, port_json(&i->port[n]));
	json_object_object_add(o, "ports", ports);
	return o;
}

static void instance_print(const struct nfha_instance *i)
{
	printf("instance %s  service %s  %s%s%s", i->name, i->service,
	       NAME_OF(state_names, i->state), i->remote ? "  remote" : "",
	       i->fenced ? "  fenced" : "");
	if (i->successor[0])
		printf("  successor %s", i->successor);
	if (i->deadline_ms)
		printf("  deadline in %u.%03u s", i->deadline_ms / 1000,
		       i->deadline_ms % 1000);
	printf("\n  owns %u of 65536 flow IDs  flows %u  exceptions %u  learned %u",
	       i->width, i->flows, i->exceptions, i->learned);
	if (i->latency_samples)
		printf("  latency %u us", i->latency_us);
	printf("\n");
	ports_print(i->port, i->ports);
}

struct show {
	const struct request *r;
	struct json_object *array;
};

static int show_one(const struct nfha_instance *i, void *data)
{
	struct show *show = data;

	if (show->r->json)
		json_object_array_add(show->array, instance_json(i));
	else
		instance_print(i);
	return 0;
}

static int run_show(struct nfha *h, struct request *r)
{
	struct show show = { .r = r };
	const char *service = r->service.name[0] ? r->service.name : NULL;
	struct nfha_instance one;
	int ret = service_missing(r);

	if (ret)
		return ret;
	show.array = json_object_new_array();
	if (service && r->instance.name[0]) {
		ret = nfha_instance_get(h, service, r->instance.name, &one);
		if (!ret)
			show_one(&one, &show);
	} else {
		ret = dump_instances(h, service, show_one, &show);
	}
	if (!ret && r->json)
		json_print(r, json_object_get(show.array));
	json_object_put(show.array);
	return ret ? refused(h, r, ret) : 0;
}

const struct command instance_commands[] = {
	{ "instance", "add", "Add an instance to a service.", add_args,
	  run_add },
	{ "instance", "set", "Change state, deadline or ports of an instance.",
	  set_args, run_set },
	{ "instance", "delete", "Remove an instance.", delete_args,
	  run_delete },
	{ "instance", "overload",
	  "Tell all who listen to events that an instance is overloaded, or not.",
	  overload_args, run_overload },
	{ "instance", "show", "Show instances.", show_args, run_show },
	{}
};
