// SPDX-License-Identifier: GPL-2.0-or-later

#include "nfhactl.h"

static const struct arg stats_args[] = {
	{ "service", "SERVICE", NULL, take_service, ARG_POSITIONAL }, {}
};

static const struct arg load_args[] = {
	{ "service", "SERVICE", NULL, take_service,
	  ARG_POSITIONAL | ARG_REQUIRED }, {}
};

struct show {
	const struct request *r;
	struct json_object *array;
	uint32_t flows_max;
};

static int stats_one(const struct nfha_service *s, void *data)
{
	struct show *show = data;
	struct json_object *o;
	unsigned int i;

	if (!show->r->json) {
		printf("service %s\n", s->name);
		for (i = 1; i <= NFHA_A_SERVICE_STATS_MAX; i++)
			if (stat_names[i])
				printf("  %-16s %20llu\n", stat_names[i],
				       (unsigned long long)s->stats[i]);
		return 0;
	}
	o = json_object_new_object();
	json_put(o, "service", s->name);
	for (i = 1; i <= NFHA_A_SERVICE_STATS_MAX; i++)
		if (stat_names[i])
			json_num(o, stat_names[i], s->stats[i]);
	json_object_array_add(show->array, o);
	return 0;
}

static int run_stats(struct nfha *h, struct request *r)
{
	struct show show = { .r = r, .array = json_object_new_array() };
	struct nfha_service one;
	int ret;

	if (r->service.name[0]) {
		ret = nfha_service_get(h, r->service.name, &one);
		if (!ret)
			stats_one(&one, &show);
	} else {
		ret = nfha_service_dump(h, stats_one, &show);
	}
	if (!ret && r->json)
		json_print(r, json_object_get(show.array));
	json_object_put(show.array);
	return ret ? refused(h, r, ret) : 0;
}

static int load_one(const struct nfha_load *load, void *data)
{
	struct show *show = data;
	struct json_object *o;

	if (!show->r->json) {
		printf("%5u-%-5u  flows %8u  rate %8u/s  packets %12llu\n",
		       load->first, load->last, load->flows, load->rate,
		       (unsigned long long)load->packets);
		return 0;
	}
	o = json_object_new_object();
	json_num(o, "first", load->first);
	json_num(o, "last", load->last);
	json_num(o, "flows", load->flows);
	json_num(o, "rate", load->rate);
	json_num(o, "packets", load->packets);
	json_object_array_add(show->array, o);
	return 0;
}

static int run_load(struct nfha *h, struct request *r)
{
	struct show show = { .r = r, .array = json_object_new_array() };
	int ret = nfha_load_dump(h, r->service.name, load_one, &show);

	if (!ret && r->json)
		json_print(r, json_object_get(show.array));
	json_object_put(show.array);
	return ret ? refused(h, r, ret) : 0;
}

const struct command stats_commands[] = {
	{ "stats", NULL, "Show counters; what begins with drop was lost.",
	  stats_args, run_stats },
	{ "load", NULL, "Show the load of each 256th part of the flow IDs.",
	  load_args, run_load },
	{}
};
