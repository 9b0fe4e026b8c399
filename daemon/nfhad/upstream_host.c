// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Figure 6 of ETSI GS NFV-REL 002: a switch that has ranges only sends old flows to the host
 * of the new instance, and that one sends them back to where their state is.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service.h"
#include "upstream_nfha.h"

static const struct nfhad_steering_config *
steering_of(const struct nfhad_push_plan *plan, const char *name)
{
	const struct nfhad_instance *i;

	i = nfhad_service_instance(plan->service, name);
	return i ? &i->config->steering : NULL;
}

static bool is_same(const struct nfhad_steering_config *one,
		    const struct nfhad_steering_config *other)
{
	return one->netns && other->netns && !strcmp(one->netns, other->netns) &&
	       !strcmp(one->service, other->service);
}

static int push_exceptions(const struct nfhad_push_plan *plan,
			   const struct nfhad_far *host,
			   const struct nfhad_instance *to)
{
	const struct nfhad_service *s = plan->service;
	size_t n;
	int ret = 0;

	for (n = 0; n < s->instances && !ret; n++)
		if (&s->instance[n] != to)
			ret = nfhad_push_exceptions(plan, host, &s->instance[n],
						    s->instance[n].config->name,
						    to);
	return ret;
}

/* What comes to a host that is in nobody's range there has come by mistake, or by this host,
 * and must not go on to a third one: ranges of others are of whoever has the range before.
 */
static int push_map(const struct nfhad_push_plan *plan,
		    const struct nfhad_far *host,
		    const struct nfhad_steering_config *where)
{
	unsigned int n, ranges = 0;
	struct nfha_range *range;
	int ret = 0;

	range = calloc(plan->map->ranges, sizeof(*range));
	if (!range)
		return -ENOMEM;
	for (n = 0; n < plan->map->ranges; n++) {
		const struct nfha_range *own = &plan->map->range[n];
		const struct nfhad_steering_config *of;

		of = steering_of(plan, own->instance);
		if (of && is_same(of, where))
			range[ranges++] = *own;
		else if (ranges)
			range[ranges - 1].last = own->last;
	}
	if (ranges) {
		range[0].first = 0;
		ret = nfhad_far_map(host, range, ranges);
	}
	free(range);
	return ret;
}

static int forget(const struct nfhad_push_plan *plan, const struct nfhad_far *host)
{
	const struct nfhad_service *s = plan->service;
	size_t n;
	int ret = 0;

	for (n = 0; n < s->instances && !ret; n++)
		if (!nfhad_instance_works(&s->instance[n]))
			ret = nfhad_far_forget(host, s->instance[n].config->name);
	return ret;
}

static int push_host(const struct nfhad_push_plan *plan,
		     const struct nfhad_instance *to)
{
	const struct nfhad_steering_config *where = &to->config->steering;
	struct nfhad_far host;
	int ret;

	ret = nfhad_far_open(&host, where->netns, where->service);
	if (ret)
		return ret;
	ret = push_exceptions(plan, &host, to);
	ret = ret ?: push_map(plan, &host, where);
	ret = ret ?: forget(plan, &host);
	nfhad_far_close(&host);
	return ret;
}

int nfhad_push_hosts(const struct nfhad_push_plan *plan)
{
	const struct nfhad_service *s = plan->service;
	size_t n;
	int ret = 0;

	for (n = 0; n < s->instances && !ret; n++) {
		const struct nfhad_instance *i = &s->instance[n];

		if (i->config->steering.netns) {
			ret = push_host(plan, i);
		} else if (plan->remote[n] &&
			   (i->config->role != NFHAD_ROLE_BACKUP ||
			    nfhad_instance_works(i))) {
			nfhad_log_instance(LOG_ERR, i,
					   "is on another host, and has no steering: nobody there could be told of exceptions");
			ret = -EDESTADDRREQ;
		}
	}
	return ret;
}
