// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's range map, and who has what of it (ETSI GS NFV-REL 002, 6.2). */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int checked(const struct nfhad_instance *instance, int ret,
		   const char *command)
{
	if (ret)
		nfhad_log_instance(LOG_ERR, instance, "%s: %s (%s)", command,
				   nfha_error(commands_of(instance->service)),
				   strerror(-ret));
	return ret;
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
	struct nfha_instance change = {
		.set = NFHA_BIT(NFHA_A_INSTANCE_STATE),
		.state = NFHA_STATE_ACTIVE,
	};

	if (!nfhad_ranges_get(instance, &answer) &&
	    (answer.state == NFHA_STATE_ACTIVE ||
	     answer.state == NFHA_STATE_DOWN))
		return answer.state == NFHA_STATE_DOWN ? -EPERM : 0;
	snprintf(change.service, sizeof(change.service), "%s",
		 instance->service->config->name);
	snprintf(change.name, sizeof(change.name), "%s",
		 instance->config->name);
	return checked(instance,
		       nfha_instance_set(commands_of(instance->service), &change),
		       "instance-set");
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
	return checked(from, ret, "split");
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
	return checked(from, nfha_merge(commands_of(from->service), &change,
					&changed), "merge");
}

/* Returns -ESTALE if the map is not the one that was looked at any more. */
static int replace_once(const struct nfhad_service *service,
			struct nfha_change *change, nfhad_ranges_plan_fn fn,
			struct nfhad_share_plan *plan, void *data,
			struct nfha_changed *changed)
{
	struct nfha *commands = commands_of(service);
	struct nfha_map *map;
	int ret;

	ret = nfha_map_get(commands, change->service, &map);
	if (ret)
		return ret;
	change->generation = map->generation;
	ret = fn(map, plan, data);
	nfha_map_free(map);
	return ret ?: nfha_map_set(commands, change, plan->range, plan->ranges,
				   changed);
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
	unsigned int tries = TRIES;
	int ret = plan ? -ESTALE : -ENOMEM;

	while (ret == -ESTALE && tries--)
		ret = replace_once(service, &change, fn, plan, data, changed);
	free(plan);
	if (ret)
		nfhad_log_service(LOG_ERR, service, "map-set: %s (%s)",
				  nfha_error(commands_of(service)),
				  strerror(-ret));
	return ret;
}

int nfhad_ranges_forget(struct nfhad_instance *instance)
{
	return checked(instance,
		       nfha_flow_del(commands_of(instance->service),
				     instance->service->config->name, NULL,
				     instance->config->name, 0, NULL),
		       "flow-del");
}
