// SPDX-License-Identifier: GPL-2.0-or-later
/* Which spare instance comes next, and which backup. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "nfhad.h"
#include "placement.h"
#include "ranges.h"
#include "retry.h"
#include "spares.h"

/* Who has failed at its start rests for so long; longer each time. */
#define FIRST_US 1000000ULL
#define LAST_US 60000000ULL

/**
 * struct nfhad_spares - of a service
 * @service: the service
 * @placement: chooses among @host
 * @host: those of the configuration; without them one for each instance
 * @hosts: how many
 */
struct nfhad_spares {
	struct nfhad_service *service;
	struct nfhad_placement *placement;
	struct nfhad_placement_host *host;
	size_t hosts;
};

static bool has_hosts(const struct nfhad_service *s)
{
	return s->whole->hosts;
}

static struct nfhad_placement_host *host_of(const struct nfhad_spares *spares,
					    const struct nfhad_instance *i)
{
	size_t n;

	if (!has_hosts(i->service))
		return &spares->host[i - i->service->instance];
	for (n = 0; n < spares->hosts; n++)
		if (i->config->host &&
		    !strcmp(spares->host[n].name, i->config->host))
			return &spares->host[n];
	return NULL;
}

static uint64_t now_us(const struct nfhad_instance *i)
{
	uint64_t now = 0;

	sd_event_now(i->service->nfhad->event, CLOCK_MONOTONIC, &now);
	return now;
}

static bool is_at_rest(const struct nfhad_instance *i)
{
	return i->config->role != NFHAD_ROLE_BACKUP &&
	       i->state == NFHAD_INSTANCE_IDLE && !i->start;
}

bool nfhad_spares_has(const struct nfhad_instance *i)
{
	return is_at_rest(i) && now_us(i) >= i->rests_until_us;
}

void nfhad_spares_failed(struct nfhad_instance *i)
{
	i->unmake = true;
	i->rests_until_us = now_us(i) +
			    nfhad_retry_wait_us(++i->relapses, FIRST_US, LAST_US);
}

/* Nobody, and why. */
static const char *why_nobody(const struct nfhad_service *s)
{
	size_t n;

	for (n = 0; n < s->instances; n++)
		if (is_at_rest(&s->instance[n]))
			return "whoever is at rest has failed at its start, and waits";
	return "no instance is at rest";
}

static bool is_at_work(const struct nfhad_instance *i)
{
	return i->start || (i->state != NFHAD_INSTANCE_IDLE &&
			    i->state != NFHAD_INSTANCE_UNKNOWN);
}

/* Whatever service they are of: a host has room for so many. */
static void count(struct nfhad_spares *spares, const struct nfhad_instance *but)
{
	const struct nfhad *d = spares->service->nfhad;
	struct nfhad_placement_host *host;
	size_t n, k;

	for (n = 0; n < spares->hosts; n++)
		spares->host[n].instances = 0;
	for (n = 0; n < d->services; n++)
		for (k = 0; k < d->service[n]->instances; k++) {
			const struct nfhad_instance *i = &d->service[n]->instance[k];

			if (!has_hosts(i->service) && i->service != spares->service)
				continue;
			host = host_of(spares, i);
			if (host && i != but)
				host->instances += is_at_work(i);
		}
	for (n = 0; n < spares->hosts; n++)
		nfhad_placement_update(spares->placement, n);
}

/* Whoever could not be started has others before it the next time. */
static unsigned int fewest_relapses(const struct nfhad_service *s)
{
	unsigned int fewest = UINT_MAX;
	size_t n;

	for (n = 0; n < s->instances; n++)
		if (nfhad_spares_has(&s->instance[n]) &&
		    s->instance[n].relapses < fewest)
			fewest = s->instance[n].relapses;
	return fewest;
}

struct nfhad_instance *nfhad_spares_choose(struct nfhad_spares *spares,
					   char *why, size_t size)
{
	const struct nfhad_placement_request request = {};
	struct nfhad_service *s = spares->service;
	const struct nfhad_placement_host *host[NFHAD_INSTANCES_MAX];
	struct nfhad_instance *spare[NFHAD_INSTANCES_MAX];
	unsigned int relapses = fewest_relapses(s);
	size_t n, count_of = 0;
	int ret;

	count(spares, NULL);
	for (n = 0; n < s->instances; n++) {
		if (!nfhad_spares_has(&s->instance[n]) ||
		    s->instance[n].relapses > relapses)
			continue;
		spare[count_of] = &s->instance[n];
		host[count_of] = host_of(spares, &s->instance[n]);
		count_of += !!host[count_of];
	}
	if (!count_of) {
		snprintf(why, size, "%s", why_nobody(s));
		return NULL;
	}
	ret = nfhad_placement_choose_spare(spares->placement, &request, host,
					   count_of, why, size);
	return ret < 0 ? NULL : spare[ret];
}

/* One that is about to start is taken. */
static bool can_back_up(const struct nfhad_instance *i, bool spare)
{
	return i->state == NFHAD_INSTANCE_IDLE && !i->start &&
	       (i->config->role == NFHAD_ROLE_SPARE) == spare;
}

bool nfhad_spares_apart(const struct nfhad_instance *i,
			const struct nfhad_instance *master)
{
	const struct nfhad_spares *spares = master->service->backups;

	return master->service->config->anti_affinity != NFHAD_APART_STRICT ||
	       host_of(spares, i) != host_of(spares, master);
}

/**
 * struct candidates - who could take over
 * @backup: them
 * @host: where each is
 * @count: how many
 */
struct candidates {
	struct nfhad_instance *backup[NFHAD_INSTANCES_MAX];
	const struct nfhad_placement_host *host[NFHAD_INSTANCES_MAX];
	size_t count;
};

/* What a template makes it of is not there; only a start makes it. */
static bool is_unmade(const struct nfhad_instance *i)
{
	struct nfha_instance answer;

	return i->config->made && nfhad_ranges_get(i, &answer) == -ENOENT;
}

/* Why there is none, if so. */
static void candidates_find(const struct nfhad_spares *spares, bool spare,
			    struct candidates *candidates, char *why,
			    size_t size)
{
	struct nfhad_service *s = spares->service;
	size_t n;

	for (n = 0; n < s->instances; n++) {
		struct nfhad_instance *i = &s->instance[n];

		if (!can_back_up(i, spare))
			continue;
		if (is_unmade(i)) {
			snprintf(why, size, "%s is not made yet", i->config->name);
			continue;
		}
		if (!nfhad_kernel_has_carrier(i)) {
			snprintf(why, size, "%s is idle, and has no carrier",
				 i->config->name);
			continue;
		}
		candidates->backup[candidates->count] = i;
		candidates->host[candidates->count++] = host_of(spares, i);
	}
}

/* Whoever needs a backup does not work where it is any more. A spare one helps where
 * there is no backup.
 */
struct nfhad_instance *nfhad_spares_backup(const struct nfhad_instance *master,
					   char *why, size_t size)
{
	struct nfhad_service *s = master->service;
	struct nfhad_spares *spares = s->backups;
	const struct nfhad_placement_request request = {
		.master = host_of(spares, master),
		.strict = s->config->anti_affinity == NFHAD_APART_STRICT,
	};
	struct candidates candidates = {};
	int ret;

	snprintf(why, size, "no instance is idle");
	candidates_find(spares, false, &candidates, why, size);
	if (!candidates.count)
		candidates_find(spares, true, &candidates, why, size);
	if (!candidates.count)
		return NULL;
	count(spares, master);
	nfhad_placement_forget(spares->placement);
	ret = nfhad_placement_choose_spare(spares->placement, &request,
					   candidates.host, candidates.count,
					   why, size);
	return ret < 0 ? NULL : candidates.backup[ret];
}

static void hosts_set(struct nfhad_spares *spares)
{
	const struct nfhad_service *s = spares->service;
	size_t n;

	for (n = 0; n < spares->hosts; n++) {
		struct nfhad_placement_host *host = &spares->host[n];

		if (has_hosts(s)) {
			host->name = s->whole->host[n].name;
			host->capacity = s->whole->host[n].capacity;
			host->weight = s->whole->host[n].weight;
			host->priority = s->whole->host[n].priority;
		} else {
			host->name = s->config->instance[n].name;
			host->capacity = 1;
			host->weight = s->config->instance[n].weight;
			host->priority = s->config->instance[n].priority;
		}
	}
}

static int spares_new(struct nfhad_service *s, enum nfhad_policy policy,
		      struct nfhad_spares **out)
{
	struct nfhad_spares *spares = calloc(1, sizeof(*spares));
	int ret = -ENOMEM;

	if (!spares)
		return ret;
	spares->service = s;
	spares->hosts = has_hosts(s) ? s->whole->hosts : s->instances;
	spares->host = calloc(spares->hosts, sizeof(*spares->host));
	if (spares->host) {
		hosts_set(spares);
		ret = nfhad_placement_new(policy, spares->host, spares->hosts,
					  &spares->placement);
	}
	if (ret) {
		nfhad_spares_free(spares);
		return ret;
	}
	*out = spares;
	return 0;
}

int nfhad_spares_new(struct nfhad_service *s, struct nfhad_spares **out)
{
	return spares_new(s, s->config->scale.placement, out);
}

int nfhad_spares_new_backups(struct nfhad_service *s, struct nfhad_spares **out)
{
	return spares_new(s, NFHAD_POLICY_LU, out);
}

void nfhad_spares_free(struct nfhad_spares *spares)
{
	if (!spares)
		return;
	nfhad_placement_free(spares->placement);
	free(spares->host);
	free(spares);
}
