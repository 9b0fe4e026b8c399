// SPDX-License-Identifier: GPL-2.0-or-later

#include <string.h>

#include "nfhactl.h"

int take_generation(struct request *r, const struct arg *arg, const char *word)
{
	uint64_t n;

	if (take_number(word, UINT32_MAX, &n))
		return bad_value(r, arg, word, NULL);
	r->change.generation = n;
	r->change.set |= NFHA_BIT(NFHA_A_MAP_GENERATION);
	return 0;
}

/* FIRST-LAST=INSTANCE */
static int take_range(struct request *r, const struct arg *arg,
		      const char *word)
{
	struct nfha_range *range = &r->range[r->ranges];
	const char *equals = strchr(word, '='), *dash = strchr(word, '-');
	uint64_t first, last;
	char text[16];

	if (r->ranges == RANGES_MAX || !equals || !dash || dash > equals ||
	    (size_t)(equals - word) >= sizeof(text))
		return bad_value(r, arg, word, NULL);
	memcpy(text, word, equals - word);
	text[dash - word] = 0;
	text[equals - word] = 0;
	if (take_number(text, NFHA_FLOW_ID_MAX, &first) ||
	    take_number(text + (dash - word) + 1, NFHA_FLOW_ID_MAX, &last) ||
	    first > last || take_name(range->instance, equals + 1))
		return bad_value(r, arg, word, NULL);
	range->first = first;
	range->last = last;
	r->ranges++;
	return 0;
}

static const struct arg set_args[] = {
	{ "service", "SERVICE", NULL, take_service,
	  ARG_POSITIONAL | ARG_REQUIRED },
	{ "generation", "0 to 4294967295", NULL, take_generation, 0 },
	{ "policy", "POLICY", POLICIES, take_policy, 0 },
	{ "range", "FIRST-LAST=INSTANCE with flow IDs of 0 to 65535", NULL,
	  take_range, ARG_POSITIONAL | ARG_MANY },
	{}
};

static const struct arg show_args[] = {
	{ "service", "SERVICE", NULL, take_service, ARG_POSITIONAL }, {}
};

static int run_set(struct nfha *h, struct request *r)
{
	int ret = nfha_map_set(h, &r->change, r->range, r->ranges, NULL);

	return ret ? refused(h, r, ret) : 0;
}

struct show {
	const struct request *r;
	struct json_object *array;
};

static struct json_object *map_json(const struct nfha_map *map)
{
	struct json_object *ranges = json_object_new_array();
	struct json_object *o = json_object_new_object();
	unsigned int i;

	json_put(o, "service", map->service);
	json_num(o, "generation", map->generation);
	for (i = 0; i < map->ranges; i++) {
		struct json_object *range = json_object_new_object();

		json_num(range, "first", map->range[i].first);
		json_num(range, "last", map->range[i].last);
		if (map->range[i].instance[0])
			json_put(range, "instance", map->range[i].instance);
		json_object_array_add(ranges, range);
	}
	json_object_object_add(o, "ranges", ranges);
	return o;
}

static int show_one(const struct nfha_map *map, void *data)
{
	struct show *show = data;
	unsigned int i;

	if (show->r->json) {
		json_object_array_add(show->array, map_json(map));
		return 0;
	}
	printf("service %s  generation %u\n", map->service, map->generation);
	for (i = 0; i < map->ranges; i++)
		printf("  %5u-%-5u %s\n", map->range[i].first,
		       map->range[i].last,
		       map->range[i].instance[0] ? map->range[i].instance :
						   "(nobody)");
	return 0;
}

static int run_show(struct nfha *h, struct request *r)
{
	struct show show = { .r = r, .array = json_object_new_array() };
	struct nfha_map *map = NULL;
	int ret;

	if (r->service.name[0]) {
		ret = nfha_map_get(h, r->service.name, &map);
		if (!ret)
			show_one(map, &show);
		nfha_map_free(map);
	} else {
		ret = dump_maps(h, show_one, &show);
	}
	if (!ret && r->json)
		json_print(r, json_object_get(show.array));
	json_object_put(show.array);
	return ret ? refused(h, r, ret) : 0;
}

const struct command range_commands[] = {
	{ "range", "set", "Replace the range map; the ranges cover 0 to 65535.",
	  set_args, run_set },
	{ "range", "show", "Show range maps.", show_args, run_show },
	{}
};
