// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exceptions from one service to another: step 6 of ETSI GS NFV-REL 002 clause
 * 6.2. flowline.c has the format.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../flows.h"
#include "nfhactl.h"

static int take_which(struct request *r, const struct arg *arg,
		      const char *word)
{
	(void)arg;
	(void)word;
	r->filter.exceptions_only = true;
	return 0;
}

static int take_text(struct request *r, const struct arg *arg,
		     const char *word)
{
	if (!*word)
		return bad_value(r, arg, word, NULL);
	if (!strcmp(arg->name, "to-netns"))
		r->to_netns = word;
	else
		r->file = word;
	return 0;
}

static int take_of(struct request *r, const struct arg *arg, const char *word)
{
	static char name[NFHA_NAME_MAX + 1];

	if (take_name(name, word))
		return bad_name(r, arg, word);
	r->filter.instance = name;
	return 0;
}

static int take_to_service(struct request *r, const struct arg *arg,
			   const char *word)
{
	static char name[NFHA_NAME_MAX + 1];

	if (take_name(name, word))
		return bad_name(r, arg, word);
	r->to_service = name;
	return 0;
}

/* Who gets them; r->filter says whose they are. */
static int take_target(struct request *r, const struct arg *arg,
		       const char *word)
{
	if (take_name(r->instance.name, word))
		return bad_name(r, arg, word);
	return 0;
}

#define SERVICE \
	{ "service", "SERVICE", NULL, take_service, \
	  ARG_POSITIONAL | ARG_REQUIRED }

static const struct arg export_args[] = {
	SERVICE,
	{ "of", "INSTANCE", NULL, take_of, 0 },
	{ "exceptions", "", NULL, take_which, ARG_FLAG }, {}
};

static const struct arg import_args[] = {
	SERVICE,
	{ "instance", "INSTANCE", NULL, take_target, ARG_REQUIRED },
	{ "file", "FILE", NULL, take_text, 0 }, {}
};

static const struct arg push_args[] = {
	SERVICE,
	{ "of", "INSTANCE", NULL, take_of, 0 },
	{ "exceptions", "", NULL, take_which, ARG_FLAG },
	{ "to-netns", "NETNS", NULL, take_text, 0 },
	{ "to-service", "SERVICE", NULL, take_to_service, ARG_REQUIRED },
	{ "instance", "INSTANCE", NULL, take_target, ARG_REQUIRED }, {}
};

static int export_one(const struct nfha_flow *flow, void *data)
{
	return flow_is_over(flow) ? 0 : flow_line_print(data, flow);
}

static int run_export(struct nfha *h, struct request *r)
{
	int ret = dump_flows(h, r->service.name, &r->filter, export_one, r);

	return ret ? refused(h, r, ret) : 0;
}

static int file_read(FILE *file, const struct request *r, struct flows *list)
{
	unsigned int number = 0;
	char line[1024];

	while (fgets(line, sizeof(line), file)) {
		struct nfha_flow flow;

		number++;
		if (flow_line_parse(line, &flow)) {
			fprintf(stderr,
				"nfhactl: %s: line %u is not valid, expected PROTO left|right FROM TO\n",
				r->command, number);
			return EXIT_USAGE;
		}
		if (flows_add(&flow, list))
			return refused(NULL, r, -ENOMEM);
	}
	return 0;
}

static int list_import(struct nfha *h, const struct request *r,
		       const char *service, const struct flows *list)
{
	struct json_object *o;
	size_t done = 0;
	int ret;

	ret = nfha_flow_import(h, service, r->instance.name, list->flow,
			       list->count, &done);
	if (ret) {
		const char *said = nfha_error(h);

		fprintf(stderr,
			"nfhactl: %s%s: %zu of %zu flows imported: %s%s%s\n",
			r->command, r->about, done, list->count, said, *said ? ": " : "",
			strerror(-ret));
		return EXIT_REFUSED;
	}
	if (r->json) {
		o = json_object_new_object();
		json_num(o, "imported", done);
		json_print(r, o);
	} else {
		printf("imported %zu\n", done);
	}
	return 0;
}

static int run_import(struct nfha *h, struct request *r)
{
	struct flows list = {};
	FILE *file = stdin;
	int ret;

	if (r->file && strcmp(r->file, "-") != 0)
		file = fopen(r->file, "re");
	if (!file) {
		fprintf(stderr, "nfhactl: %s: file: %s: %s\n", r->command,
			r->file, strerror(errno));
		return EXIT_REFUSED;
	}
	ret = file_read(file, r, &list);
	if (file != stdin)
		fclose(file);
	if (!ret)
		ret = list_import(h, r, r->service.name, &list);
	flows_free(&list);
	return ret;
}

static int run_push(struct nfha *h, struct request *r)
{
	struct flows list = {};
	struct nfha *to;
	int ret;

	ret = nfha_open(&to, r->to_netns);
	if (ret) {
		fprintf(stderr, "nfhactl: %s: to-netns: %s: %s\n", r->command,
			r->to_netns ? r->to_netns : "this one", strerror(-ret));
		return EXIT_REFUSED;
	}
	ret = dump_flows(h, r->service.name, &r->filter, flows_add, &list);
	if (ret)
		ret = refused(h, r, ret);
	else
		ret = list_import(to, r, r->to_service, &list);
	nfha_close(to);
	flows_free(&list);
	return ret;
}

const struct command transfer_commands[] = {
	{ "flow", "export", "Write flows, a line for each.", export_args,
	  run_export },
	{ "flow", "import", "Read flows, and give them to an instance.",
	  import_args, run_import },
	{ "flow", "push",
	  "Import flows of a service into another one, in another namespace.",
	  push_args, run_push },
	{}
};
