// SPDX-License-Identifier: GPL-2.0-or-later
/* A service in the module of another host. */

#include <errno.h>
#include <string.h>

#include "far.h"

/* Somebody else may change the map at the same time, but hardly for ever. */
#define TRIES 4

int nfhad_far_open(struct nfhad_far *far, const char *netns, const char *service)
{
	far->service = service;
	return nfha_open(&far->module, netns);
}

void nfhad_far_close(struct nfhad_far *far)
{
	nfha_close(far->module);
	far->module = NULL;
}

static unsigned int join(struct nfha_range *range, unsigned int ranges)
{
	unsigned int n, joined = 0;

	for (n = 0; n < ranges; n++) {
		if (joined && !strcmp(range[joined - 1].instance,
				      range[n].instance))
			range[joined - 1].last = range[n].last;
		else
			range[joined++] = range[n];
	}
	return joined;
}

static bool is_like(const struct nfha_map *map, const struct nfha_range *range,
		    unsigned int ranges)
{
	unsigned int n;

	if (map->ranges != ranges)
		return false;
	for (n = 0; n < ranges; n++)
		if (map->range[n].first != range[n].first ||
		    strcmp(map->range[n].instance, range[n].instance) != 0)
			return false;
	return true;
}

int nfhad_far_map(const struct nfhad_far *far, struct nfha_range *range,
		  unsigned int ranges)
{
	struct nfha_change change = {
		.set = NFHA_BIT(NFHA_A_MAP_GENERATION) |
		       NFHA_BIT(NFHA_A_MAP_POLICY),
		.service = far->service,
		.policy = NFHA_POLICY_AVOID,
	};
	unsigned int tries = TRIES;
	struct nfha_map *map;
	int ret;

	ranges = join(range, ranges);
	do {
		ret = nfha_map_get(far->module, far->service, &map);
		if (ret)
			return ret;
		change.generation = map->generation;
		if (!is_like(map, range, ranges))
			ret = nfha_map_set(far->module, &change, range, ranges,
					   NULL);
		nfha_map_free(map);
	} while (ret == -ESTALE && --tries);
	return ret;
}

int nfhad_far_import(const struct nfhad_far *far, const char *instance,
		     const struct flows *flows)
{
	size_t done;

	if (!flows->count)
		return 0;
	return nfha_flow_import(far->module, far->service, instance, flows->flow,
				flows->count, &done);
}

int nfhad_far_forget(const struct nfhad_far *far, const char *instance)
{
	int ret = nfha_flow_del(far->module, far->service, NULL, instance, 0,
				NULL);

	return ret == -ENOENT ? 0 : ret;
}
