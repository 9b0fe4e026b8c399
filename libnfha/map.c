// SPDX-License-Identifier: LGPL-2.1-or-later

#include <stdlib.h>

#include "internal.h"

static void change_put(struct nlmsghdr *nlh, const struct nfha_change *change)
{
	uint64_t set = change->set;

	put_name(nlh, NFHA_A_MAP_SERVICE, change->service);
	put_name(nlh, NFHA_A_MAP_FROM, change->from);
	put_name(nlh, NFHA_A_MAP_TO, change->to);
	if (set & NFHA_BIT(NFHA_A_MAP_GENERATION))
		mnl_attr_put_u32(nlh, NFHA_A_MAP_GENERATION,
				 change->generation);
	if (set & NFHA_BIT(NFHA_A_MAP_POLICY))
		mnl_attr_put_u32(nlh, NFHA_A_MAP_POLICY, change->policy);
	if (set & NFHA_BIT(NFHA_A_MAP_AT))
		mnl_attr_put_u16(nlh, NFHA_A_MAP_AT, change->at);
	if (set & NFHA_BIT(NFHA_A_MAP_MEASURE))
		mnl_attr_put_u32(nlh, NFHA_A_MAP_MEASURE, change->measure);
	if (set & NFHA_BIT(NFHA_A_MAP_FIRST))
		mnl_attr_put_u16(nlh, NFHA_A_MAP_FIRST, change->first);
	if (set & NFHA_BIT(NFHA_A_MAP_DEADLINE_MS))
		mnl_attr_put_u32(nlh, NFHA_A_MAP_DEADLINE_MS,
				 change->deadline_ms);
}

static int changed_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFHA_A_MAP_MAX + 1];
	struct nfha_changed *changed = data;

	parse(nlh, tb, NFHA_A_MAP_MAX);
	changed->generation = get_u32(tb[NFHA_A_MAP_GENERATION]);
	changed->exceptions = get_u32(tb[NFHA_A_MAP_EXCEPTIONS]);
	changed->moved = get_u32(tb[NFHA_A_MAP_MOVED]);
	changed->at = get_u16(tb[NFHA_A_MAP_AT]);
	return 0;
}

static int change_send(struct nfha *h, struct nlmsghdr *nlh,
		       struct nfha_changed *changed)
{
	struct nfha_changed ignored;

	return request_send(h, nlh, changed_answer,
			    changed ? changed : &ignored);
}

int nfha_map_set(struct nfha *h, const struct nfha_change *change,
		 const struct nfha_range *range, unsigned int ranges,
		 struct nfha_changed *changed)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_MAP_SET, 0);
	unsigned int i;

	change_put(nlh, change);
	for (i = 0; i < ranges; i++) {
		struct nlattr *nest =
			mnl_attr_nest_start_check(nlh, sizeof(h->out) - 128,
						  NFHA_A_MAP_RANGE);

		if (!nest)
			return -E2BIG;
		mnl_attr_put_u16(nlh, NFHA_A_RANGE_FIRST, range[i].first);
		mnl_attr_put_u16(nlh, NFHA_A_RANGE_LAST, range[i].last);
		put_name(nlh, NFHA_A_RANGE_INSTANCE, range[i].instance);
		mnl_attr_nest_end(nlh, nest);
	}
	return change_send(h, nlh, changed);
}

int nfha_split(struct nfha *h, const struct nfha_change *change,
	       struct nfha_changed *changed)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_SPLIT, 0);

	change_put(nlh, change);
	return change_send(h, nlh, changed);
}

int nfha_merge(struct nfha *h, const struct nfha_change *change,
	       struct nfha_changed *changed)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_MERGE, 0);

	change_put(nlh, change);
	return change_send(h, nlh, changed);
}

static void range_get(const struct nlattr *nest, struct nfha_range *range)
{
	const struct nlattr *tb[NFHA_A_RANGE_MAX + 1];

	parse_nested(nest, tb, NFHA_A_RANGE_MAX);
	range->first = get_u16(tb[NFHA_A_RANGE_FIRST]);
	range->last = get_u16(tb[NFHA_A_RANGE_LAST]);
	get_name(tb[NFHA_A_RANGE_INSTANCE], range->instance,
		 sizeof(range->instance));
}

static struct nfha_map *map_get(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[NFHA_A_MAP_MAX + 1], *attr;
	struct nfha_map *map = calloc(1, sizeof(*map));
	unsigned int n = 0;

	if (!map)
		return NULL;
	parse(nlh, tb, NFHA_A_MAP_MAX);
	get_name(tb[NFHA_A_MAP_SERVICE], map->service, sizeof(map->service));
	map->generation = get_u32(tb[NFHA_A_MAP_GENERATION]);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		n += mnl_attr_get_type(attr) == NFHA_A_MAP_RANGE;
	map->range = calloc(n + 1, sizeof(*map->range));
	if (!map->range) {
		free(map);
		return NULL;
	}
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == NFHA_A_MAP_RANGE)
			range_get(attr, &map->range[map->ranges++]);
	return map;
}

static int get_answer(const struct nlmsghdr *nlh, void *data)
{
	struct nfha_map **map = data;

	nfha_map_free(*map);
	*map = map_get(nlh);
	return *map ? 0 : -ENOMEM;
}

int nfha_map_get(struct nfha *h, const char *service, struct nfha_map **map)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_MAP_GET, 0);
	int ret;

	*map = NULL;
	put_name(nlh, NFHA_A_MAP_SERVICE, service);
	ret = request_send(h, nlh, get_answer, map);
	if (ret) {
		nfha_map_free(*map);
		*map = NULL;
	}
	return ret;
}

void nfha_map_free(struct nfha_map *map)
{
	if (!map)
		return;
	free(map->range);
	free(map);
}

struct dump {
	nfha_map_fn fn;
	void *data;
};

static int dump_answer(const struct nlmsghdr *nlh, void *data)
{
	struct nfha_map *map = map_get(nlh);
	struct dump *dump = data;
	int ret;

	if (!map)
		return -ENOMEM;
	ret = dump->fn(map, dump->data);
	nfha_map_free(map);
	return ret;
}

int nfha_map_dump(struct nfha *h, nfha_map_fn fn, void *data)
{
	struct dump dump = { .fn = fn, .data = data };

	return request_send(h, request_begin(h, NFHA_CMD_MAP_GET, NLM_F_DUMP),
			    dump_answer, &dump);
}
