// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's range map, and who has what of it (ETSI GS NFV-REL 002, 6.2). */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../dump.h"
#include "instance.h"
#include "kernel.h"
#include "nfhad.h"
#include "ranges.h"

/* Somebody else may change the map at the same time, but hardly for ever. */
#define TRIES 4

static struct nfha *commands_of(const struct nfhad_service *service)
{
	return nfhad_kernel_commands(service->nfhad->kernel);
}

int nfhad_ranges_get(const struct nfhad_instance *instance,
		     struct nfha_instance *answer)
{
	return nfha_instance_get(commands_of(instance->service),
				 instance->service->config->name,
				 instance->config->name, answer);
}

bool nfhad_ranges_settled(const struct nfhad_service *service,
			  uint32_t *exceptions)
{
	struct nfha_service answer;

	if (nfha_service_get(commands_of(service), service->config->name,
			     &answer))
		return false;
	*exceptions = answer.exceptions;
	return answer.exceptions <= answer.threshold;
}

/* One that has drained, or has been at rest, takes no range before. What a person has
 * taken out of work stays so.
 */
int nfhad_ranges_activate(struct nfhad_instance *instance)
{
	struct nfha_instance answer;

	if (!nfhad_ranges_get(instance, &answer) &&
	    (answer.state == NFHA_STATE_ACTIVE ||
	     answer.state == NFHA_STATE_DOWN))
		return answer.state == NFHA_STATE_DOWN ? -EPERM : 0;
	return nfhad_kernel_activate(instance);
}

static const struct nfha_range *widest(const struct nfha_map *map,
				       const char *instance)
{
	const struct nfha_range *best = NULL;
	unsigned int n;

	for (n = 0; n < map->ranges; n++) {
		const struct nfha_range *range = &map->range[n];

		if (strcmp(range->instance, instance) != 0)
			continue;
		if (!best || range->last - range->first > best->last - best->first)
			best = range;
	}
	return best;
}

/**
 * struct halving - what is measured in one of the module's 256 parts of R
 * @measure: enum nfha_measure
 * @first: of the range
 * @last: the same
 * @load: of each part
 */
struct halving {
	enum nfha_measure measure;
	uint32_t first;
	uint32_t last;
	uint64_t load[256];
};

static int on_load(const struct nfha_load *load, void *data)
{
	struct halving *h = data;

	h->load[load->first / 256] = h->measure == NFHA_MEASURE_PACKETS ?
					     load->rate : load->flows;
	return 0;
}

/* In a part it is taken to be spread evenly. With nothing to measure, the middle. */
static uint16_t halve(const struct halving *h)
{
	uint64_t total = 0, below = 0;
	uint32_t id;

	for (id = h->first; id <= h->last; id++)
		total += h->load[id / 256];
	if (!total)
		return h->first + (h->last - h->first + 1) / 2;
	for (id = h->first; id < h->last - 1; id++) {
		below += h->load[id / 256];
		if (2 * below >= total)
			break;
	}
	return id + 1;
}

int nfhad_ranges_plan(const struct nfhad_instance *from, struct nfhad_plan *plan)
{
	const struct nfhad_service_config *config = from->service->config;
	struct nfha *commands = commands_of(from->service);
	struct halving h = { .measure = config->scale.measure };
	const struct nfha_range *range;
	struct nfha_map *map;
	int ret;

	ret = nfha_map_get(commands, config->name, &map);
	if (ret)
		return nfhad_kernel_checked(from, ret, "map-get");
	range = widest(map, from->config->name);
	if (range && range->first < range->last) {
		plan->generation = map->generation;
		plan->first = range->first;
		plan->last = range->last;
	} else {
		ret = -ENOENT;
	}
	nfha_map_free(map);
	if (ret)
		return ret;
	h.first = plan->first;
	h.last = plan->last;
	ret = dump_loads(commands, config->name, on_load, &h);
	plan->at = halve(&h);
	return nfhad_kernel_checked(from, ret, "load-get");
}

int nfhad_ranges_carry(struct nfhad_instance *from, struct nfhad_instance *to,
		       const struct nfhad_plan *plan, struct nfha_changed *changed)
{
	struct nfha_change change = {
		.set = NFHA_BIT(NFHA_A_MAP_GENERATION) |
		       NFHA_BIT(NFHA_A_MAP_POLICY) | NFHA_BIT(NFHA_A_MAP_AT),
		.service = from->service->config->name,
		.generation = plan->generation,
		.policy = NFHA_POLICY_ALWAYS,
		.at = plan->at,
		.from = from->config->name,
		.to = to->config->name,
	};
	int ret = nfhad_ranges_activate(to);

	return ret ?: nfhad_kernel_checked(from, nfha_split(commands_of(from->service), &change,
					       changed), "split");
}

/* Returns -ESTALE if the map is not the one that was looked at any more. */
static int split_once(struct nfhad_instance *from, struct nfhad_instance *to,
		      struct nfha_changed *changed)
{
	const struct nfhad_service_config *config = from->service->config;
	struct nfha *commands = commands_of(from->service);
	const struct nfha_range *range;
	struct nfha_map *map;
	struct nfha_change change = {
		.set = NFHA_BIT(NFHA_A_MAP_GENERATION) |
		       NFHA_BIT(NFHA_A_MAP_POLICY) |
		       NFHA_BIT(NFHA_A_MAP_MEASURE) |
		       NFHA_BIT(NFHA_A_MAP_FIRST),
		.service = config->name,
		.policy = config->scale.policy,
		.measure = config->scale.measure,
		.from = from->config->name,
		.to = to->config->name,
	};
	int ret;

	ret = nfha_map_get(commands, config->name, &map);
	if (ret)
		return ret;
	range = widest(map, change.from);
	if (range) {
		change.generation = map->generation;
		change.first = range->first;
		ret = nfha_split(commands, &change, changed);
	} else {
		ret = -ENOENT;
	}
	nfha_map_free(map);
	return ret;
}

int nfhad_ranges_split(struct nfhad_instance *from, struct nfhad_instance *to,
		       struct nfha_changed *changed)
{
	unsigned int tries = TRIES;
	int ret;

	ret = nfhad_ranges_activate(to);
	if (ret)
		return ret;
	do {
		ret = split_once(from, to, changed);
	} while (ret == -ESTALE && --tries);
	return nfhad_kernel_checked(from, ret, "split");
}

int nfhad_ranges_merge(struct nfhad_instance *from, struct nfhad_instance *to,
		       enum nfha_policy policy, uint32_t deadline_ms)
{
	struct nfha_change change = {
		.set = NFHA_BIT(NFHA_A_MAP_POLICY),
		.service = from->service->config->name,
		.policy = policy,
		.from = from->config->name,
		.to = to->config->name,
		.deadline_ms = deadline_ms,
	};
	struct nfha_changed changed;
	int ret;

	if (deadline_ms)
		change.set |= NFHA_BIT(NFHA_A_MAP_DEADLINE_MS);
	ret = nfhad_ranges_activate(to);
	if (ret)
		return ret;
	return nfhad_kernel_checked(from,
				    nfha_merge(commands_of(from->service),
					       &change, &changed), "merge");
}

/* Returns -ESTALE if the map is not the one that was looked at any more. @asked is what the
 * module was asked for, whose words are of that, or NULL.
 */
static int replace_once(const struct nfhad_service *service,
			struct nfha_change *change, nfhad_ranges_plan_fn fn,
			struct nfhad_share_plan *plan, void *data,
			struct nfha_changed *changed, const char **asked)
{
	struct nfha *commands = commands_of(service);
	struct nfha_map *map;
	int ret;

	*asked = "map-get";
	ret = nfha_map_get(commands, change->service, &map);
	if (ret)
		return ret;
	change->generation = map->generation;
	*asked = NULL;
	ret = fn(map, plan, data);
	nfha_map_free(map);
	if (ret)
		return ret;
	*asked = "map-set";
	return nfha_map_set(commands, change, plan->range, plan->ranges, changed);
}

static void say_not_replaced(const struct nfhad_service *service,
			     const char *asked, int error)
{
	if (asked)
		nfhad_log_service(LOG_ERR, service, "%s: %s (%s)", asked,
				  nfha_error(commands_of(service)),
				  strerror(-error));
	else
		nfhad_log_service(LOG_ERR, service, "no new map can be made: %s",
				  strerror(-error));
}

int nfhad_ranges_replace(const struct nfhad_service *service,
			 enum nfha_policy policy, nfhad_ranges_plan_fn fn,
			 void *data, struct nfha_changed *changed)
{
	struct nfhad_share_plan *plan = malloc(sizeof(*plan));
	struct nfha_change change = {
		.set = NFHA_BIT(NFHA_A_MAP_GENERATION) |
		       NFHA_BIT(NFHA_A_MAP_POLICY),
		.service = service->config->name,
		.policy = policy,
	};
	int ret = plan ? -ESTALE : -ENOMEM;
	unsigned int tries = TRIES;
	const char *asked = NULL;

	while (ret == -ESTALE && tries--)
		ret = replace_once(service, &change, fn, plan, data, changed,
				   &asked);
	free(plan);
	if (ret)
		say_not_replaced(service, asked, ret);
	return ret;
}

int nfhad_ranges_forget(struct nfhad_instance *instance)
{
	return nfhad_kernel_checked(instance,
				    nfha_flow_del(commands_of(instance->service),
						  instance->service->config->name,
						  NULL, instance->config->name,
						  0, NULL), "flow-del");
}

static int map_begin(struct nfhad_instance *instance, uint32_t generation)
{
	const struct nfha_change change = {
		.set = NFHA_BIT(NFHA_A_MAP_GENERATION),
		.service = instance->service->config->name,
		.generation = generation,
	};
	struct nfha_range all = { .first = 0, .last = UINT16_MAX };
	struct nfha_changed changed;
	int ret;

	snprintf(all.instance, sizeof(all.instance), "%s",
		 instance->config->name);
	ret = nfha_map_set(commands_of(instance->service), &change, &all, 1,
			   &changed);
	/* Somebody else has been faster, and has the say. */
	return ret == -ESTALE ? 0 : nfhad_kernel_checked(instance, ret, "map-set");
}

static bool is_nobodys(const struct nfha_map *map)
{
	unsigned int n;

	for (n = 0; n < map->ranges; n++)
		if (map->range[n].instance[0])
			return false;
	return true;
}

/* Returns 1 if nobody has a part of R in the map, of @generation; 0 if somebody has; or a
 * negative errno, logged. @instance is the one that asks.
 */
static int map_is_free(struct nfhad_instance *instance, uint32_t *generation)
{
	struct nfha_map *map;
	int ret;

	ret = nfha_map_get(commands_of(instance->service),
			   instance->service->config->name, &map);
	if (ret)
		return nfhad_kernel_checked(instance, ret, "map-get");
	*generation = map->generation;
	ret = is_nobodys(map);
	nfha_map_free(map);
	return ret;
}

static int take(struct nfhad_instance *instance, uint32_t generation)
{
	int ret = nfhad_ranges_activate(instance);

	return ret ?: map_begin(instance, generation);
}

int nfhad_ranges_begin(struct nfhad_instance *instance)
{
	uint32_t generation = 0;
	int ret;

	if (instance->config->role != NFHAD_ROLE_ACTIVE)
		return 0;
	ret = map_is_free(instance, &generation);
	if (ret > 0)
		return take(instance, generation);
	if (ret || instance->service->scale)
		return ret;
	return nfhad_ranges_activate(instance);
}

/* The first from @i on that may inherit, or NULL. */
static struct nfhad_instance *heir_from(const struct nfhad_service *service,
					struct nfhad_instance *i)
{
	for (; i < service->instance + service->instances; i++)
		if (i->config->made && i->config->role == NFHAD_ROLE_ACTIVE &&
		    nfhad_instance_works(i))
			return i;
	return NULL;
}

void nfhad_ranges_inherit(const struct nfhad_service *service)
{
	struct nfhad_instance *heir = heir_from(service, service->instance);
	uint32_t generation = 0;

	if (!heir || map_is_free(heir, &generation) <= 0)
		return;
	while (heir && take(heir, generation))
		heir = heir_from(service, heir + 1);
}
