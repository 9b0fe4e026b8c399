// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>
#include <libnfha/nfha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "spec.h"

/* More than the names that are used. */
#define SERVICES_MAX 64
#define INSTANCES_MAX 64

/* How often things are looked at that may change while they are. */
#define LOOKS 50

/* What a namespace gets without rights outside. */
#define SHARE_SERVICES 16
#define SHARE_FLOWS 65536

/**
 * struct sight - what there is in a service
 * @plan: the plan
 * @h: connection
 * @service: as it says of itself
 * @instances: how many of @instance there are
 * @instance: these
 * @flows: of each, as a dump has them; of no instance: the last one
 * @exceptions: the same of exceptions
 * @imported: imported flows, as a dump has them
 * @torn: what is wrong with the ranges, or ""
 * @wrong: what does not agree, or ""
 */
struct sight {
	const struct plan *plan;
	struct nfha *h;
	struct nfha_service service;
	unsigned int instances;
	struct nfha_instance instance[INSTANCES_MAX];
	unsigned int flows[INSTANCES_MAX + 1];
	unsigned int exceptions[INSTANCES_MAX + 1];
	unsigned int imported;
	char torn[256];
	char wrong[256];
};

/**
 * struct services - services of a namespace
 * @count: how many
 * @service: these
 */
struct services {
	unsigned int count;
	struct nfha_service service[SERVICES_MAX];
};

#define torn(sight, ...) snprintf((sight)->torn, sizeof((sight)->torn), __VA_ARGS__)
#define wrong(sight, ...) snprintf((sight)->wrong, sizeof((sight)->wrong), __VA_ARGS__)

static int service_add(const struct nfha_service *service, void *data)
{
	struct services *all = data;

	if (all->count == SERVICES_MAX)
		return -E2BIG;
	all->service[all->count++] = *service;
	return 0;
}

/* None if it cannot be read, which is a fault of its own. */
static struct services *services_read(const struct plan *plan, struct nfha *h)
{
	struct services *all = calloc(1, sizeof(*all));
	int ret = all ? nfha_service_dump(h, service_add, all) : -ENOMEM;

	if (!ret)
		return all;
	tally_fault(plan->tally, TALLY_COUNTS, "services cannot be read: %s %s",
		    strerror(-ret), nfha_error(h));
	free(all);
	return NULL;
}

static struct nfha *connect(const struct plan *plan)
{
	struct nfha *h;
	int ret = nfha_open(&h, NULL);

	if (ret)
		tally_fault(plan->tally, TALLY_BROKEN, "no connection: %s", strerror(-ret));
	return h;
}

static int instance_add(const struct nfha_instance *instance, void *data)
{
	struct sight *sight = data;

	if (sight->instances == INSTANCES_MAX)
		return -E2BIG;
	sight->instance[sight->instances++] = *instance;
	return 0;
}

/* INSTANCES_MAX if there is none of this name. */
static unsigned int instance_place(const struct sight *sight, const char *name)
{
	unsigned int i;

	for (i = 0; i < sight->instances; i++)
		if (!strcmp(sight->instance[i].name, name))
			return i;
	return INSTANCES_MAX;
}

static void instances_judge(struct sight *sight)
{
	uint64_t flows = 0, exceptions = 0;
	unsigned int i;

	if (sight->instances != sight->service.instances)
		wrong(sight, "%u instances, and there are %u", sight->service.instances,
		      sight->instances);
	for (i = 0; i < sight->instances; i++) {
		const struct nfha_instance *instance = &sight->instance[i];

		if (instance_place(sight, instance->name) != i)
			wrong(sight, "two instances %s", instance->name);
		if (*instance->successor &&
		    instance_place(sight, instance->successor) == INSTANCES_MAX)
			wrong(sight, "%s has a successor that is not there, %s",
			      instance->name, instance->successor);
		if (instance->state == NFHA_STATE_STANDBY && instance->flows)
			wrong(sight, "%s is on standby and has %u flows", instance->name,
			      instance->flows);
		flows += instance->flows;
		exceptions += instance->exceptions;
	}
	if (flows != sight->service.flows)
		wrong(sight, "%u flows, and %llu of instances", sight->service.flows,
		      (unsigned long long)flows);
	if (exceptions != sight->service.exceptions)
		wrong(sight, "%u exceptions, and %llu of instances",
		      sight->service.exceptions, (unsigned long long)exceptions);
}

/* No gap, no overlap, from 0 to the end, and each owner is there. */
static void ranges_judge(struct sight *sight, const struct nfha_map *map)
{
	uint32_t width[INSTANCES_MAX + 1] = { 0 };
	uint32_t next = 0;
	unsigned int i;

	for (i = 0; i < map->ranges; i++) {
		const struct nfha_range *range = &map->range[i];
		unsigned int owner = instance_place(sight, range->instance);

		if (range->first != next || range->last < range->first)
			torn(sight, "range %u to %u, and the last one ended before %u",
			     range->first, range->last, next);
		if (*range->instance && owner == INSTANCES_MAX)
			torn(sight, "range %u is %s's, which is not there", range->first,
			     range->instance);
		next = range->last + 1;
		width[owner] += range->last - range->first + 1;
	}
	if (map->ranges && next != NFHA_FLOW_ID_MAX + 1)
		torn(sight, "the ranges end before %u", next);
	for (i = 0; i < sight->instances; i++)
		if (sight->instance[i].width != width[i])
			torn(sight, "%s has width %u, and ranges of %u",
			     sight->instance[i].name, sight->instance[i].width, width[i]);
}

static void map_judge(struct sight *sight)
{
	struct nfha_map *map = NULL;
	int ret = nfha_map_get(sight->h, sight->service.name, &map);

	if (ret) {
		wrong(sight, "its map cannot be read: %s", strerror(-ret));
		return;
	}
	if (map->generation != sight->service.generation ||
	    !map->generation != !map->ranges)
		wrong(sight, "generation %u, and its map has %u with %u ranges",
		      sight->service.generation, map->generation, map->ranges);
	if (sight->plan->is_control && map->ranges)
		map->ranges--;
	ranges_judge(sight, map);
	nfha_map_free(map);
}

static int flow_add(const struct nfha_flow *flow, void *data)
{
	struct sight *sight = data;
	unsigned int owner = instance_place(sight, flow->instance);

	if (owner == INSTANCES_MAX)
		wrong(sight, "a flow is \"%s\"'s, which is not there", flow->instance);
	sight->flows[owner]++;
	sight->exceptions[owner] += !!(flow->flags & NFHA_FLOW_FLAGS_EXCEPTION);
	sight->imported += !!(flow->flags & NFHA_FLOW_FLAGS_IMPORTED);
	return 0;
}

static void flows_judge(struct sight *sight)
{
	int ret = nfha_flow_dump(sight->h, sight->service.name, NULL, flow_add, sight);
	unsigned int i;

	if (ret) {
		wrong(sight, "its flows cannot be read: %s", strerror(-ret));
		return;
	}
	if (sight->plan->is_control && sight->flows[0])
		sight->flows[0]--;
	for (i = 0; i < sight->instances; i++) {
		const struct nfha_instance *instance = &sight->instance[i];

		if (sight->flows[i] != instance->flows)
			wrong(sight, "%s has %u flows, and a dump %u", instance->name,
			      instance->flows, sight->flows[i]);
		if (sight->exceptions[i] != instance->exceptions)
			wrong(sight, "%s has %u exceptions, and a dump %u", instance->name,
			      instance->exceptions, sight->exceptions[i]);
	}
	if (sight->imported != sight->service.imported)
		wrong(sight, "%u imported flows, and a dump has %u",
		      sight->service.imported, sight->imported);
}

static int epoch_judge(const struct nfha_epoch *epoch, void *data)
{
	struct sight *sight = data;

	if (instance_place(sight, epoch->instance) == INSTANCES_MAX)
		wrong(sight, "epochs of %s, which is not there", epoch->instance);
	if (epoch->recovery != sight->service.recovery || !epoch->recovery)
		wrong(sight, "%s has recovery %u, its service %u", epoch->instance,
		      epoch->recovery, sight->service.recovery);
	if (epoch->committed >= epoch->epoch ||
	    epoch->pending > epoch->epoch - epoch->committed - 1)
		wrong(sight, "%s is in epoch %llu, with %llu committed and %u pending",
		      epoch->instance, (unsigned long long)epoch->epoch,
		      (unsigned long long)epoch->committed, epoch->pending);
	return 0;
}

static void epochs_judge(struct sight *sight)
{
	int ret = nfha_epoch_dump(sight->h, sight->service.name, epoch_judge, sight);

	if (ret)
		wrong(sight, "its epochs cannot be read: %s", strerror(-ret));
}

/* Sets sight->wrong, which may be because a flow has ended meanwhile. */
static void look(struct sight *sight)
{
	char name[NFHA_NAME_MAX + 1];
	int ret;

	memcpy(name, sight->service.name, sizeof(name));
	sight->instances = 0;
	sight->imported = 0;
	memset(sight->flows, 0, sizeof(sight->flows));
	memset(sight->exceptions, 0, sizeof(sight->exceptions));
	*sight->torn = 0;
	*sight->wrong = 0;
	ret = nfha_service_get(sight->h, name, &sight->service) ?:
	      nfha_instance_dump(sight->h, name, instance_add, sight);
	if (ret) {
		memcpy(sight->service.name, name, sizeof(name));
		wrong(sight, "it cannot be read: %s", strerror(-ret));
		return;
	}
	instances_judge(sight);
	map_judge(sight);
	flows_judge(sight);
	epochs_judge(sight);
}

static void service_judge(const struct plan *plan, struct nfha *h,
			  const struct nfha_service *service)
{
	struct sight *sight = calloc(1, sizeof(*sight));
	unsigned int looks = 0;

	if (!sight)
		return;
	sight->plan = plan;
	sight->h = h;
	sight->service = *service;
	do
		look(sight);
	while (*sight->wrong && !plan->is_control && ++looks < LOOKS);
	if (*sight->torn)
		tally_fault(plan->tally, TALLY_RANGES, "round %llu, service %s: %s",
			    (unsigned long long)plan->round, service->name, sight->torn);
	if (*sight->wrong)
		tally_fault(plan->tally, TALLY_COUNTS, "round %llu, service %s: %s",
			    (unsigned long long)plan->round, service->name, sight->wrong);
	free(sight);
}

void judge_objects(const struct plan *plan)
{
	struct nfha *h = connect(plan);
	struct services *all = h ? services_read(plan, h) : NULL;
	unsigned int i, j;

	for (i = 0; all && i < all->count; i++) {
		for (j = 0; j < i; j++)
			if (!strcmp(all->service[i].name, all->service[j].name))
				tally_fault(plan->tally, TALLY_COUNTS,
					    "two services %s", all->service[i].name);
		service_judge(plan, h, &all->service[i]);
	}
	free(all);
	nfha_close(h);
}

void judge_share(const struct plan *plan)
{
	struct nfha *h = connect(plan);
	struct services *all = h ? services_read(plan, h) : NULL;
	unsigned int i;

	if (all && all->count > SHARE_SERVICES)
		tally_fault(plan->tally, TALLY_SHARE, "%u services", all->count);
	for (i = 0; all && i < all->count; i++) {
		const struct nfha_service *service = &all->service[i];

		if (service->flows_max > SHARE_FLOWS || service->imported_max > SHARE_FLOWS ||
		    service->recovery != NFHA_RECOVERY_NONE)
			tally_fault(plan->tally, TALLY_SHARE,
				    "%s: flows-max %u, imported-max %u, recovery %u",
				    service->name, service->flows_max,
				    service->imported_max, service->recovery);
	}
	free(all);
	nfha_close(h);
	judge_objects(plan);
}

void judge_clear(const struct plan *plan)
{
	struct nfha *h = plan->is_control ? NULL : connect(plan);
	struct services *all = h ? services_read(plan, h) : NULL;
	unsigned int i;
	int ret;

	for (i = 0; all && i < all->count; i++) {
		ret = nfha_service_del(h, all->service[i].name, true);
		if (ret)
			tally_fault(plan->tally, TALLY_COUNTS, "%s cannot be removed: %s %s",
				    all->service[i].name, strerror(-ret), nfha_error(h));
	}
	free(all);
	all = h ? services_read(plan, h) : NULL;
	if (all && all->count)
		tally_fault(plan->tally, TALLY_COUNTS, "%u services are left", all->count);
	free(all);
	nfha_close(h);
}
