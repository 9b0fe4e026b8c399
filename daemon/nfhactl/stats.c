// SPDX-License-Identifier: GPL-2.0-or-later

#include "nfhactl.h"

static const struct arg stats_args[] = {
	{ "service", "SERVICE", NULL, take_service, ARG_POSITIONAL }, {}
};

static const struct arg load_args[] = {
	{ "service", "SERVICE", NULL, take_service,
	  ARG_POSITIONAL | ARG_REQUIRED }, {}
};

static int stats_one(const struct nfha_service *s, void *data)
{
	struct services *show = data;
	struct json_object *o;
	unsigned int i;

	if (!show->r->json) {
		printf("service %s\n", s->name);
		for (i = 1; i <= NFHA_A_SERVICE_STATS_MAX; i++)
			if (nfha_stat_name(i))
				printf("  %-16s %20llu\n", nfha_stat_name(i),
				       (unsigned long long)s->stats[i]);
		return 0;
	}
	o = json_object_new_object();
	json_put(o, "service", s->name);
	for (i = 1; i <= NFHA_A_SERVICE_STATS_MAX; i++)
		if (nfha_stat_name(i))
			json_num(o, nfha_stat_name(i), s->stats[i]);
	json_object_array_add(show->array, o);
	return 0;
}

static int run_stats(struct nfha *h, struct request *r)
{
	return services_show(h, r, stats_one);
}

#define PARTS 256
#define BAR 32

struct loads {
	struct nfha_load part[PARTS];
	unsigned int parts;
	uint32_t most_flows, most_rate;
};

static int load_one(const struct nfha_load *load, void *data)
{
	struct loads *loads = data;

	if (loads->parts == PARTS)
		return 0;
	loads->part[loads->parts++] = *load;
	if (load->flows > loads->most_flows)
		loads->most_flows = load->flows;
	if (load->rate > loads->most_rate)
		loads->most_rate = load->rate;
	return 0;
}

static struct json_object *load_json(const struct nfha_load *load)
{
	struct json_object *o = json_object_new_object();

	json_num(o, "first", load->first);
	json_num(o, "last", load->last);
	json_num(o, "flows", load->flows);
	json_num(o, "rate", load->rate);
	json_num(o, "packets", load->packets);
	return o;
}

/* The bar is the rate, or the flows while there is no packet. */
static void load_print(const struct nfha_load *load, const struct loads *loads)
{
	uint64_t part = loads->most_rate ? load->rate : load->flows;
	uint64_t most = loads->most_rate ? loads->most_rate : loads->most_flows;
	int n = most ? (part * BAR + most - 1) / most : 0;

	printf("%5u-%-5u  flows %8u  rate %8u/s  packets %12llu  %.*s\n",
	       load->first, load->last, load->flows, load->rate,
	       (unsigned long long)load->packets, n,
	       "################################");
}

static int run_load(struct nfha *h, struct request *r)
{
	struct json_object *array;
	struct loads loads = {};
	unsigned int i;
	int ret;

	ret = dump_loads(h, r->service.name, load_one, &loads);
	if (ret)
		return refused(h, r, ret);
	if (!r->json) {
		for (i = 0; i < loads.parts; i++)
			load_print(&loads.part[i], &loads);
		return 0;
	}
	array = json_object_new_array();
	for (i = 0; i < loads.parts; i++)
		json_object_array_add(array, load_json(&loads.part[i]));
	json_print(r, array);
	return 0;
}

const struct command stats_commands[] = {
	{ "stats", NULL, "Show counters; what begins with drop was lost.",
	  stats_args, run_stats },
	{ "load", NULL, "Show the load of each 256th part of the flow IDs.",
	  load_args, run_load },
	{}
};
