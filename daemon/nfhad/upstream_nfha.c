// SPDX-License-Identifier: GPL-2.0-or-later
/* A switch that is this module, too, in another network namespace. */

#include <errno.h>
#include <libnfha/nfha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"
#include "upstream.h"

/* Somebody else may change the map of the switch at the same time, but hardly for ever. */
#define TRIES 4

/**
 * struct push - what is told to whom
 * @service: whose
 * @own: the module of this host
 * @far: that of the switch
 */
struct push {
	const struct nfhad_service *service;
	struct nfha *own;
	struct nfha *far;
};

/**
 * struct flows - of one instance
 * @flow: them
 * @count: how many
 * @room: for how many
 */
struct flows {
	struct nfha_flow *flow;
	size_t count;
	size_t room;
};

/* What the switch calls an instance. */
static const char *far_name(const struct nfhad_service *s, const char *instance)
{
	size_t n;

	for (n = 0; n < s->instances; n++)
		if (!strcmp(s->instance[n].config->name, instance))
			return s->instance[n].config->upstream;
	return NULL;
}

/* The switch would not see the end of one that is closing. */
static int flow_add(const struct nfha_flow *flow, void *data)
{
	struct flows *flows = data;

	if (flow->state == NFHA_FLOW_STATE_CLOSING)
		return 0;
	if (flows->count == flows->room) {
		size_t room = flows->room ? 2 * flows->room : 1024;
		struct nfha_flow *more;

		more = reallocarray(flows->flow, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		flows->flow = more;
		flows->room = room;
	}
	flows->flow[flows->count++] = *flow;
	return 0;
}

/* Before the map: they are not to be where their range is, not for an instant. */
static int push_exceptions(const struct push *p,
			   const struct nfhad_instance_config *instance)
{
	const struct nfha_flow_filter filter = {
		.instance = instance->name,
		.exceptions_only = true,
	};
	struct flows flows = {};
	size_t done;
	int ret;

	ret = nfha_flow_dump(p->own, p->service->config->name, &filter,
			     flow_add, &flows);
	if (!ret && flows.count)
		ret = nfha_flow_import(p->far,
				       p->service->config->scale.upstream.service,
				       instance->upstream, flows.flow,
				       flows.count, &done);
	free(flows.flow);
	return ret;
}

/* Neighbours of one name there are one range. */
static int translate(const struct push *p, struct nfha_map *map)
{
	unsigned int n, ranges = 0;

	for (n = 0; n < map->ranges; n++) {
		struct nfha_range *range = &map->range[n], *last;
		const char *name = far_name(p->service, range->instance);

		if (!name)
			return -EINVAL;
		last = ranges ? &map->range[ranges - 1] : NULL;
		if (last && !strcmp(last->instance, name)) {
			last->last = range->last;
			continue;
		}
		map->range[ranges] = *range;
		snprintf(map->range[ranges].instance,
			 sizeof(map->range[ranges].instance), "%s", name);
		ranges++;
	}
	map->ranges = ranges;
	return 0;
}

static int set_map(const struct push *p, const struct nfha_map *map)
{
	struct nfha_change change = {
		.set = NFHA_BIT(NFHA_A_MAP_GENERATION),
		.service = p->service->config->scale.upstream.service,
	};
	unsigned int tries = TRIES;
	struct nfha_map *far;
	int ret;

	do {
		ret = nfha_map_get(p->far, change.service, &far);
		if (ret)
			return ret;
		change.generation = far->generation;
		nfha_map_free(far);
		ret = nfha_map_set(p->far, &change, map->range, map->ranges,
				   NULL);
	} while (ret == -ESTALE && --tries);
	return ret;
}

static int push_map(const struct push *p)
{
	struct nfha_map *map;
	int ret;

	ret = nfha_map_get(p->own, p->service->config->name, &map);
	if (ret)
		return ret;
	ret = translate(p, map);
	if (!ret)
		ret = set_map(p, map);
	nfha_map_free(map);
	return ret;
}

static int push_all(const struct push *p)
{
	const struct nfhad_service_config *config = p->service->config;
	size_t n;
	int ret = 0;

	for (n = 0; !ret && n < config->instances; n++)
		ret = push_exceptions(p, &config->instance[n]);
	return ret ?: push_map(p);
}

static int push(const struct nfhad_service *service)
{
	struct push p = { .service = service };
	int ret;

	ret = nfha_open(&p.own, NULL);
	if (ret)
		return ret;
	ret = nfha_open(&p.far, service->config->scale.upstream.netns);
	if (!ret) {
		ret = push_all(&p);
		nfha_close(p.far);
	}
	nfha_close(p.own);
	return ret;
}

const struct nfhad_upstream nfhad_upstream_nfha = {
	.name = "nfha",
	.push = push,
};
