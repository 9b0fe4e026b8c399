// SPDX-License-Identifier: GPL-2.0-or-later
/* A switch that is this module, too, in another network namespace. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../dump.h"
#include "sample.h"
#include "service.h"
#include "upstream.h"
#include "upstream_nfha.h"

#define BIT(name) NFHAD_MEASURE_BIT(NFHAD_MEASURE_##name)
#define PORTS (BIT(PACKETS) | BIT(BITS))

static const struct nfhad_upstream_config *
config_of(const struct nfhad_service *s)
{
	return &s->config->scale.upstream;
}

/* Two that the switch has one name for cannot be told apart by it. */
static bool is_alone(const struct nfhad_instance *i)
{
	const struct nfhad_service *s = i->service;
	size_t n;

	if (!i->config->upstream)
		return false;
	for (n = 0; n < s->instances; n++)
		if (&s->instance[n] != i && s->instance[n].config->upstream &&
		    !strcmp(s->instance[n].config->upstream, i->config->upstream))
			return false;
	return true;
}

/* What the switch sends to it does not come by here, and is known to be its. */
static bool goes_past(const struct nfhad_push_plan *plan,
		      const struct nfhad_instance *i)
{
	return plan->remote[i - plan->service->instance] && is_alone(i);
}

static const struct nfha_range *range_at(const struct nfha_map *map, uint16_t id)
{
	unsigned int n = 0;

	while (n + 1 < map->ranges && map->range[n].last < id)
		n++;
	return &map->range[n];
}

/* Keeps those in ranges of one instance. */
static void keep(struct flows *flows, const struct nfha_map *map,
		 const char *name)
{
	size_t n, kept = 0;

	for (n = 0; n < flows->count; n++)
		if (!strcmp(range_at(map, flows->flow[n].flow_id)->instance, name))
			flows->flow[kept++] = flows->flow[n];
	flows->count = kept;
}

int nfhad_push_exceptions(const struct nfhad_push_plan *plan,
			  const struct nfhad_far *to,
			  const struct nfhad_instance *i, const char *name,
			  const struct nfhad_instance *range_of)
{
	const struct nfha_flow_filter filter = {
		.instance = i->config->name,
		.exceptions_only = true,
	};
	struct flows flows = {};
	int ret;

	ret = dump_flows(plan->own.module, plan->own.service, &filter,
			 flows_add, &flows);
	if (!ret && range_of)
		keep(&flows, plan->map, range_of->config->name);
	if (!ret)
		ret = nfhad_far_import(to, name, &flows);
	flows_free(&flows);
	return ret;
}

/* Before the map: they are not to be where their range is, not for an instant. */
static int push_all_exceptions(const struct nfhad_push_plan *plan,
			       const struct nfhad_far *far)
{
	const struct nfhad_service *s = plan->service;
	size_t n;
	int ret = 0;

	if (config_of(s)->exceptions == NFHAD_EXCEPTIONS_HOST)
		return nfhad_push_hosts(plan);
	for (n = 0; n < s->instances && !ret; n++)
		if (s->instance[n].config->upstream)
			ret = nfhad_push_exceptions(plan, far, &s->instance[n],
						    s->instance[n].config->upstream,
						    NULL);
	return ret;
}

/* In the words of the switch. */
static int translate(const struct nfhad_push_plan *plan,
		     const struct nfhad_instance *leaving,
		     const struct nfhad_instance *heir)
{
	const struct nfhad_instance *i;
	unsigned int n;

	for (n = 0; n < plan->map->ranges; n++) {
		struct nfha_range *range = &plan->map->range[n];

		i = nfhad_service_instance(plan->service, range->instance);
		i = i == leaving && leaving ? heir : i;
		if (!i || !i->config->upstream) {
			nfhad_log_service(LOG_ERR, plan->service,
					  "range %u-%u is of %s: expected an instance of the configuration, which the switch has a name for",
					  range->first, range->last,
					  *range->instance ? range->instance : "nobody");
			return -EDESTADDRREQ;
		}
		snprintf(range->instance, sizeof(range->instance), "%s",
			 i->config->upstream);
	}
	return 0;
}

/* A switch that knows no flows sends to an instance at once what is its, and this host sees
 * the end of nothing that it has had of it. With exceptions at the hosts it still needs
 * those of them that are not in the range.
 */
static int forget_own(const struct nfhad_push_plan *plan,
		      const struct nfhad_far *far, const struct nfhad_instance *i)
{
	struct nfha_service answer;
	int ret;

	if (config_of(plan->service)->exceptions == NFHAD_EXCEPTIONS_HOST)
		return 0;
	ret = nfha_service_get(far->module, far->service, &answer);
	if (ret || answer.tracking == NFHA_TRACKING_FLOWS)
		return ret;
	return nfhad_far_forget(&plan->own, i->config->name);
}

/* Those that nobody else is told of: of instances that do not work any more, there, and of
 * those whose packets do not come by here any more, here.
 */
static int forget(const struct nfhad_push_plan *plan, const struct nfhad_far *far)
{
	const struct nfhad_service *s = plan->service;
	size_t n;
	int ret = 0;

	for (n = 0; n < s->instances && !ret; n++) {
		const struct nfhad_instance *i = &s->instance[n];

		if (!goes_past(plan, i))
			continue;
		if (nfhad_instance_works(i))
			ret = forget_own(plan, far, i);
		else
			ret = nfhad_far_forget(far, i->config->upstream);
	}
	return ret;
}

static int on_own(const struct nfha_instance *answer, void *data)
{
	struct nfhad_push_plan *plan = data;
	struct nfhad_instance *i;

	i = nfhad_service_instance(plan->service, answer->name);
	if (i)
		plan->remote[i - plan->service->instance] = answer->remote;
	return 0;
}

static int plan_begin(struct nfhad_push_plan *plan, const struct nfhad_service *s)
{
	int ret;

	*plan = (struct nfhad_push_plan){ .service = s };
	ret = nfhad_far_open(&plan->own, NULL, s->config->name);
	return ret ?: dump_instances(plan->own.module, plan->own.service,
				     on_own, plan);
}

static int switch_open(struct nfhad_far *far, const struct nfhad_service *s)
{
	return nfhad_far_open(far, config_of(s)->netns, config_of(s)->service);
}

static void plan_end(struct nfhad_push_plan *plan, struct nfhad_far *far)
{
	nfha_map_free(plan->map);
	nfhad_far_close(far);
	nfhad_far_close(&plan->own);
}

static int push(const struct nfhad_service *s,
		const struct nfhad_instance *leaving,
		const struct nfhad_instance *heir)
{
	struct nfhad_push_plan plan;
	struct nfhad_far far = {};
	int ret;

	ret = plan_begin(&plan, s) ?: switch_open(&far, s);
	if (!ret)
		ret = nfha_map_get(plan.own.module, plan.own.service, &plan.map);
	if (!ret)
		ret = push_all_exceptions(&plan, &far);
	if (!ret)
		ret = translate(&plan, leaving, heir);
	if (!ret)
		ret = nfhad_far_map(&far, plan.map->range, plan.map->ranges);
	if (!ret)
		ret = forget(&plan, &far);
	plan_end(&plan, &far);
	return ret;
}

/**
 * struct look - at the switch
 * @plan: who is where
 * @reading: of each instance
 * @known: set of enum nfhad_measure: what the switch knows
 */
struct look {
	struct nfhad_push_plan *plan;
	struct nfhad_reading *reading;
	uint32_t known;
};

static void add(struct nfhad_reading *reading, const struct nfha_instance *answer)
{
	unsigned int n;

	reading->flows = answer->flows;
	for (n = 0; n < answer->ports; n++) {
		reading->packets_to += answer->port[n].tx_packets;
		reading->packets_from += answer->port[n].rx_packets;
		reading->bytes_to += answer->port[n].tx_bytes;
		reading->bytes_from += answer->port[n].rx_bytes;
	}
}

static int on_far(const struct nfha_instance *answer, void *data)
{
	struct look *look = data;
	const struct nfhad_service *s = look->plan->service;
	size_t n;

	for (n = 0; n < s->instances; n++) {
		const struct nfhad_instance *i = &s->instance[n];

		if (!goes_past(look->plan, i) ||
		    strcmp(i->config->upstream, answer->name) != 0)
			continue;
		add(&look->reading[n], answer);
		look->reading[n].known = look->known;
	}
	return 0;
}

static int look_at(struct look *look, const struct nfhad_far *far)
{
	struct nfha_service answer;
	int ret;

	ret = nfha_service_get(far->module, far->service, &answer);
	if (ret)
		return ret;
	look->known = PORTS;
	if (answer.tracking == NFHA_TRACKING_FLOWS)
		look->known |= BIT(FLOWS);
	return dump_instances(far->module, far->service, on_far, look);
}

static int look(const struct nfhad_service *s, struct nfhad_reading *reading)
{
	struct nfhad_push_plan plan;
	struct look look = { .plan = &plan, .reading = reading };
	struct nfhad_far far = {};
	size_t n;
	int ret;

	ret = plan_begin(&plan, s);
	/* Nothing goes past to those who are here, whether the switch answers or not. */
	for (n = 0; n < s->instances; n++)
		reading[n] = (struct nfhad_reading){
			.known = ret || plan.remote[n] ? 0 : NFHAD_MEASURES_ALL,
		};
	ret = ret ?: switch_open(&far, s);
	if (!ret)
		ret = look_at(&look, &far);
	plan_end(&plan, &far);
	return ret;
}

const struct nfhad_upstream nfhad_upstream_nfha = {
	.name = "nfha",
	.push = push,
	.look = look,
};
