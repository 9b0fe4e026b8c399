// SPDX-License-Identifier: GPL-2.0-or-later
/* On which host an instance goes. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "placement.h"

/* What says that hosts were left out. */
#define MORE "; ..."

/* A choice that is being made: of these spare ones, or of any host. */
struct query {
	const struct nfhad_placement *placement;
	const struct nfhad_placement_host *master;
	bool of_spares;
	const struct nfhad_placement_host *const *spare;
	size_t spares;
};

/* One line that is being written. */
struct line {
	char *text;
	size_t size;
	size_t used;
	bool is_full;
};

/* No limit is the largest one, so that load means the same on all hosts. */
static uint32_t capacity_of(const struct nfhad_placement_host *host)
{
	return host->capacity ? host->capacity : UINT32_MAX;
}

static uint32_t share_of(const struct nfhad_placement_host *host,
			 uint32_t instances)
{
	if (instances >= capacity_of(host))
		return NFHAD_POLICY_LOAD_MAX;
	return (uint64_t)instances * NFHAD_POLICY_LOAD_MAX / capacity_of(host);
}

void nfhad_placement_update(struct nfhad_placement *placement, size_t i)
{
	struct nfhad_policy_candidate *c = &placement->pool.candidate[i];
	const struct nfhad_placement_host *host = &placement->host[i];

	c->weight = host->weight;
	c->priority = host->priority;
	c->degradation = host->degradation ? host->degradation :
					     share_of(host, 1);
	nfhad_policy_update(c, host->is_measured ? host->load :
					share_of(host, host->instances));
}

int nfhad_placement_new(enum nfhad_policy policy,
			const struct nfhad_placement_host *host, size_t hosts,
			struct nfhad_placement **placement)
{
	struct nfhad_placement *new;
	size_t i;

	if (hosts > NFHAD_POLICY_POOL_MAX)
		return -E2BIG;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->host = host;
	new->pool.policy = policy;
	new->pool.count = hosts;
	new->pool.random = nfhad_policy_random;
	/* One more, for calloc(0) may be NULL. */
	new->pool.candidate = calloc(hosts + 1, sizeof(*new->pool.candidate));
	if (!new->pool.candidate) {
		free(new);
		return -ENOMEM;
	}
	for (i = 0; i < hosts; i++)
		nfhad_placement_update(new, i);
	*placement = new;
	return 0;
}

void nfhad_placement_forget(struct nfhad_placement *placement)
{
	size_t i;

	for (i = 0; i < placement->pool.count; i++)
		placement->pool.candidate[i].turn = 0;
	placement->pool.turn = 0;
}

void nfhad_placement_free(struct nfhad_placement *placement)
{
	if (!placement)
		return;
	free(placement->pool.candidate);
	free(placement);
}

static bool has_spare(const struct query *query,
		      const struct nfhad_placement_host *host)
{
	size_t i;

	for (i = 0; i < query->spares; i++)
		if (query->spare[i] == host)
			return true;
	return false;
}

/* Why it cannot be this host; NULL: it can. */
static const char *obstacle(const struct query *query, size_t i)
{
	const struct nfhad_placement_host *host = &query->placement->host[i];

	if (host->closed)
		return "closed";
	if (query->of_spares && !has_spare(query, host))
		return "no spare";
	if (host->instances >= capacity_of(host))
		return "full";
	if (!nfhad_policy_takes(&query->placement->pool, i))
		return "weight 0";
	return host == query->master ? "has the master" : NULL;
}

static bool is_open(size_t i, const void *data)
{
	return !obstacle(data, i);
}

static bool is_master_open(const struct query *query)
{
	struct query other = *query;
	size_t i;

	other.master = NULL;
	for (i = 0; i < query->placement->pool.count; i++)
		if (&query->placement->host[i] == query->master)
			return !obstacle(&other, i);
	return false;
}

static int choose(struct query *query, struct nfhad_policy_pool *pool,
		  bool strict)
{
	int ret = nfhad_policy_select(pool, is_open, query);

	if (ret != -ENOENT)
		return ret;
	if (!is_master_open(query))
		return -ENOSPC;
	if (strict)
		return -EUSERS;
	query->master = NULL;
	return nfhad_policy_select(pool, is_open, query);
}

__attribute__((format(printf, 2, 3)))
static void say(struct line *line, const char *format, ...)
{
	size_t room = line->size - line->used;
	va_list args;
	int n;

	if (line->is_full || !room)
		return;
	va_start(args, format);
	n = vsnprintf(line->text + line->used, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		n = (int)room - 1;
	line->used += n;
}

/* All of it, or what says that there is more. */
static void say_obstacle(struct line *line, const char *host, const char *what)
{
	size_t room = line->size - line->used;

	if (line->is_full)
		return;
	if (strlen("; : ") + strlen(host) + strlen(what) + sizeof(MORE) <= room) {
		say(line, "; %s: %s", host, what);
		return;
	}
	if (sizeof(MORE) <= room)
		say(line, MORE);
	line->is_full = true;
}

static unsigned int percent(uint32_t load)
{
	return ((uint64_t)load * 100 + NFHAD_POLICY_LOAD_MAX / 2) /
	       NFHAD_POLICY_LOAD_MAX;
}

/* What the policy went by. */
static void say_merit(struct line *line, const struct nfhad_placement *placement,
		      size_t i)
{
	const struct nfhad_policy_candidate *c = &placement->pool.candidate[i];

	switch (placement->pool.policy) {
	case NFHAD_POLICY_WRR:
	case NFHAD_POLICY_WRAND:
		say(line, ", weight %u", c->weight);
		break;
	case NFHAD_POLICY_PRIO:
		say(line, ", priority %u", c->priority);
		break;
	case NFHAD_POLICY_LU:
		if (placement->host[i].is_measured)
			say(line, ", load %u%%", percent(c->load));
		break;
	case NFHAD_POLICY_LUD:
		/* This one is counted among them already. */
		say(line, ", load %u%%, and %u%% with those chosen since",
		    percent(c->load), percent(nfhad_policy_load(c)));
		break;
	case NFHAD_POLICY_RR:
	case NFHAD_POLICY_RAND:
		break;
	}
}

static void say_host(struct line *line, const struct nfhad_placement *placement,
		     size_t i, bool has_master)
{
	const struct nfhad_placement_host *host = &placement->host[i];

	say(line, "host %s", host->name);
	say_merit(line, placement, i);
	if (host->capacity)
		say(line, ", %u of %u used", host->instances, host->capacity);
	else
		say(line, ", %u used", host->instances);
	if (has_master)
		say(line, ", has the master");
}

static void explain(const struct query *query,
		    const struct nfhad_placement_host *master, int ret,
		    char *why, size_t size)
{
	const struct nfhad_placement *placement = query->placement;
	struct line line = { .text = why, .size = size };
	const char *what;
	size_t i;

	say(&line, "%s: ", nfhad_policy_words[placement->pool.policy]);
	if (ret >= 0)
		say_host(&line, placement, ret, &placement->host[ret] == master);
	else
		say(&line, "no host");
	if (ret < 0 && ret != -ENOSPC && ret != -EUSERS)
		say(&line, ", %s", strerror(-ret));
	for (i = 0; i < placement->pool.count; i++) {
		what = obstacle(query, i);
		if (what)
			say_obstacle(&line, placement->host[i].name, what);
	}
}

static int choose_and_say(struct nfhad_placement *placement,
			  struct query *query, bool strict, char *why,
			  size_t size)
{
	const struct nfhad_placement_host *master = query->master;
	int ret;

	query->placement = placement;
	ret = choose(query, &placement->pool, strict);
	explain(query, master, ret, why, size);
	return ret;
}

int nfhad_placement_choose(struct nfhad_placement *placement,
			   const struct nfhad_placement_request *request,
			   char *why, size_t size)
{
	struct query query = { .master = request->master };

	return choose_and_say(placement, &query, request->strict, why, size);
}

int nfhad_placement_choose_spare(struct nfhad_placement *placement,
				 const struct nfhad_placement_request *request,
				 const struct nfhad_placement_host *const *spare,
				 size_t spares, char *why, size_t size)
{
	struct query query = {
		.master = request->master,
		.of_spares = true,
		.spare = spare,
		.spares = spares,
	};
	int ret, i;

	ret = choose_and_say(placement, &query, request->strict, why, size);
	if (ret < 0)
		return ret;
	for (i = 0; spare[i] != &placement->host[ret]; i++)
		;
	return i;
}
