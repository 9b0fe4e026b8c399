// SPDX-License-Identifier: GPL-2.0-or-later

#include <string.h>

#include "nfhactl.h"

static const char *const flow_states[] = {
	"embryonic", "established", "closing",
};

static int take_end_of_flow(struct request *r, const struct arg *arg,
			    const char *word)
{
	bool from = !strcmp(arg->name, "from");
	uint8_t family;

	if (take_end(word, from ? r->flow.saddr : r->flow.daddr, &family,
		     from ? &r->flow.sport : &r->flow.dport))
		return bad_value(r, arg, word, NULL);
	if (r->has_flow && r->flow.family != family)
		return bad_value(r, arg, word, "the same family as the other end");
	r->flow.family = family;
	r->has_flow = true;
	r->ends |= from ? 1 : 2;
	return 0;
}

static int take_proto_of_flow(struct request *r, const struct arg *arg,
			      const char *word)
{
	if (take_proto(word, &r->flow.proto))
		return bad_value(r, arg, word, NULL);
	r->has_proto = true;
	return 0;
}

static int take_side(struct request *r, const struct arg *arg,
		     const char *word)
{
	r->flow.side = choice_index(arg->choices, word);
	return 0;
}

static int take_which(struct request *r, const struct arg *arg,
		      const char *word)
{
	(void)word;
	if (!strcmp(arg->name, "exceptions")) {
		r->filter.exceptions_only = true;
		r->flow_flags |= NFHA_FLOW_FLAGS_EXCEPTION;
	} else if (!strcmp(arg->name, "imported")) {
		r->flow_flags |= NFHA_FLOW_FLAGS_IMPORTED;
	} else if (!strcmp(arg->name, "learned")) {
		r->flow_flags |= NFHA_FLOW_FLAGS_LEARNED;
	} else {
		r->count = true;
	}
	return 0;
}

static int take_place(struct request *r, const struct arg *arg,
		      const char *word)
{
	uint64_t n;

	if (take_number(word, UINT32_MAX, &n))
		return bad_value(r, arg, word, NULL);
	if (!strcmp(arg->name, "cursor"))
		r->filter.cursor = n;
	else
		r->limit = n;
	return 0;
}

#define SERVICE \
	{ "service", "SERVICE", NULL, take_service, \
	  ARG_POSITIONAL | ARG_REQUIRED }
#define FROM(needed) \
	{ "from", "ADDRESS[:PORT], with IPv6 [ADDRESS]:PORT", NULL, take_end_of_flow, needed }
#define TO(needed) \
	{ "to", "ADDRESS[:PORT], with IPv6 [ADDRESS]:PORT", NULL, take_end_of_flow, needed }
#define PROTO(needed) \
	{ "proto", "tcp, udp, sctp, icmp, icmpv6 or 0 to 255", NULL, \
	  take_proto_of_flow, needed }

static const struct arg show_args[] = {
	SERVICE,
	{ "instance", "INSTANCE", NULL, take_instance, 0 },
	{ "exceptions", "", NULL, take_which, ARG_FLAG },
	{ "count", "", NULL, take_which, ARG_FLAG },
	{ "limit", "0 to 4294967295, 0 is none", NULL, take_place, 0 },
	{ "cursor", "0 to 4294967295", NULL, take_place, 0 }, {}
};

static const struct arg get_args[] = {
	SERVICE, FROM(ARG_REQUIRED), TO(ARG_REQUIRED), PROTO(ARG_REQUIRED), {}
};

static const struct arg add_args[] = {
	SERVICE,
	{ "instance", "INSTANCE", NULL, take_instance, ARG_REQUIRED },
	FROM(ARG_REQUIRED), TO(ARG_REQUIRED), PROTO(ARG_REQUIRED),
	{ "side", "left|right", "left right", take_side, 0 }, {}
};

static const struct arg delete_args[] = {
	SERVICE, FROM(0), TO(0), PROTO(0),
	{ "instance", "INSTANCE", NULL, take_instance, 0 },
	{ "imported", "", NULL, take_which, ARG_FLAG },
	{ "learned", "", NULL, take_which, ARG_FLAG },
	{ "exceptions", "", NULL, take_which, ARG_FLAG }, {}
};

struct json_object *flow_json(const struct nfha_flow *f)
{
	struct json_object *o = json_object_new_object();
	struct json_object *flags = json_object_new_array();
	char text[64];

	json_put(o, "instance", f->instance);
	json_put(o, "proto", proto_name(f->proto, text, sizeof(text)));
	json_put(o, "saddr",
		 address_name(f->saddr, f->family, text, sizeof(text)));
	json_num(o, "sport", f->sport);
	json_put(o, "daddr",
		 address_name(f->daddr, f->family, text, sizeof(text)));
	json_num(o, "dport", f->dport);
	json_put(o, "side", NAME_OF(side_names, f->side));
	json_num(o, "flow_id", f->flow_id);
	json_put(o, "state", NAME_OF(flow_states, f->state));
	if (f->flags & NFHA_FLOW_FLAGS_EXCEPTION)
		json_object_array_add(flags, json_object_new_string("exception"));
	if (f->flags & NFHA_FLOW_FLAGS_LEARNED)
		json_object_array_add(flags, json_object_new_string("learned"));
	if (f->flags & NFHA_FLOW_FLAGS_IMPORTED)
		json_object_array_add(flags, json_object_new_string("imported"));
	json_object_object_add(o, "flags", flags);
	json_num(o, "idle_ms", f->idle_ms);
	json_num(o, "expires_ms", f->expires_ms);
	json_num(o, "packets", f->packets);
	json_num(o, "bytes", f->bytes);
	json_num(o, "cursor", f->cursor);
	return o;
}

static void flow_print(const struct nfha_flow *f)
{
	char from[64], to[64], proto[8];

	end_name(f->saddr, f->family, f->sport, from, sizeof(from));
	end_name(f->daddr, f->family, f->dport, to, sizeof(to));
	printf("%-4s %s %s -> %s  id %u  %s  %s%s%s%s  packets %llu  bytes %llu  idle %u.%us\n",
	       proto_name(f->proto, proto, sizeof(proto)),
	       NAME_OF(side_names, f->side), from, to, f->flow_id,
	       f->instance[0] ? f->instance : "(nobody)",
	       NAME_OF(flow_states, f->state),
	       f->flags & NFHA_FLOW_FLAGS_EXCEPTION ? "  exception" : "",
	       f->flags & NFHA_FLOW_FLAGS_LEARNED ? "  learned" : "",
	       f->flags & NFHA_FLOW_FLAGS_IMPORTED ? "  imported" : "",
	       (unsigned long long)f->packets, (unsigned long long)f->bytes,
	       f->idle_ms / 1000, f->idle_ms % 1000 / 100);
}

struct show {
	const struct request *r;
	uint64_t shown;
};

/* A line for each flow, also in JSON: there may be a million. */
static int show_one(const struct nfha_flow *flow, void *data)
{
	struct show *show = data;

	show->shown++;
	if (show->r->count)
		return 0;
	if (show->r->json)
		json_print(show->r, flow_json(flow));
	else
		flow_print(flow);
	return show->r->limit && show->shown == show->r->limit;
}

static int run_show(struct nfha *h, struct request *r)
{
	struct show show = { .r = r };
	struct json_object *o;
	int ret;

	ret = nfha_flow_dump(h, r->service.name, &r->filter, show_one, &show);
	if (ret < 0)
		return refused(h, r, ret);
	if (r->count && r->json) {
		o = json_object_new_object();
		json_num(o, "flows", show.shown);
		json_print(r, o);
	} else if (r->count) {
		printf("%llu\n", (unsigned long long)show.shown);
	}
	return 0;
}

static int run_get(struct nfha *h, struct request *r)
{
	struct show show = { .r = r };
	int ret = nfha_flow_get(h, r->service.name, &r->flow);

	if (ret)
		return refused(h, r, ret);
	show_one(&r->flow, &show);
	return 0;
}

static int run_add(struct nfha *h, struct request *r)
{
	int ret = nfha_flow_new(h, r->service.name, r->instance.name, &r->flow);

	return ret ? refused(h, r, ret) : 0;
}

/* Half of a flow is none. */
static int flow_incomplete(const struct request *r)
{
	const char *missing = NULL;

	if (!r->flow.family && !r->has_proto)
		return 0;
	if (!(r->ends & 1))
		missing = "from";
	else if (!(r->ends & 2))
		missing = "to";
	else if (!r->has_proto)
		missing = "proto";
	if (!missing)
		return 0;
	fprintf(stderr,
		"nfhactl: %s: %s is missing, expected from, to and proto\n",
		r->command, missing);
	return EXIT_USAGE;
}

static int run_delete(struct nfha *h, struct request *r)
{
	const char *instance = r->instance.name[0] ? r->instance.name : NULL;
	struct json_object *o;
	uint32_t count = 0;
	int ret = flow_incomplete(r);

	if (ret)
		return ret;
	ret = nfha_flow_del(h, r->service.name, r->has_flow ? &r->flow : NULL,
			    instance, r->flow_flags, &count);
	if (ret)
		return refused(h, r, ret);
	if (r->json) {
		o = json_object_new_object();
		json_num(o, "removed", count);
		json_print(r, o);
	} else {
		printf("removed %u\n", count);
	}
	return 0;
}

const struct command flow_commands[] = {
	{ "flow", "show", "Show flows, a line for each, or count them.",
	  show_args, run_show },
	{ "flow", "get", "Show one flow.", get_args, run_get },
	{ "flow", "add", "Import a flow that an instance has the state of.",
	  add_args, run_add },
	{ "flow", "delete",
	  "Remove a flow, or those of an instance, or those of a kind.",
	  delete_args, run_delete },
	{}
};
