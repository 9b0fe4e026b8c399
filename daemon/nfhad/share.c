// SPDX-License-Identifier: GPL-2.0-or-later
/* Shares of a range map: NHAM's active-active. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "share.h"

/* One of several that are looked at together, and one more for who joins. */
#define MEMBERS_MAX (NFHAD_INSTANCES_MAX + 1)

/**
 * struct member - one who gives or gets
 * @name: of the instance
 * @weight: what it can do
 * @width: what it has
 * @target: what it is to have; only if @is_part
 * @rest: what was cut off @target, for the largest remainders
 * @is_part: it gives or gets something
 * @left: what it has to give or to get still
 */
struct member {
	const char *name;
	uint32_t weight;
	uint32_t width;
	uint32_t target;
	uint64_t rest;
	bool is_part;
	uint32_t left;
};

struct members {
	struct member of[MEMBERS_MAX];
	size_t count;
};

static uint32_t width_of(const struct nfha_range *range)
{
	return range->last - range->first + 1;
}

static uint32_t width_in(const struct nfha_map *map, const char *name)
{
	uint32_t width = 0;
	unsigned int n;

	for (n = 0; n < map->ranges; n++)
		if (!strcmp(map->range[n].instance, name))
			width += width_of(&map->range[n]);
	return width;
}

static struct member *find(struct members *m, const char *name)
{
	size_t n;

	for (n = 0; n < m->count; n++)
		if (!strcmp(m->of[n].name, name))
			return &m->of[n];
	return NULL;
}

static void add(struct members *m, const struct nfha_map *map,
		const struct nfhad_share *share)
{
	m->of[m->count++] = (struct member){
		.name = share->name,
		.weight = share->weight,
		.width = width_in(map, share->name),
		.is_part = true,
	};
}

static void sum(const struct members *m, uint64_t *width, uint64_t *weight)
{
	size_t n;

	*weight = 0;
	for (n = 0; n < m->count; n++)
		if (m->of[n].is_part) {
			*width += m->of[n].width;
			*weight += m->of[n].weight;
		}
}

/* The whole parts of the targets, and then one more for the largest remainders. */
static void apportion(struct members *m, uint64_t width, uint64_t weight)
{
	uint64_t left = width;
	struct member *best;
	size_t n;

	for (n = 0; n < m->count; n++) {
		struct member *i = &m->of[n];

		i->rest = 0;
		if (!i->is_part)
			continue;
		i->target = width * i->weight / weight;
		i->rest = width * i->weight % weight;
		left -= i->target;
	}
	for (; left; left--) {
		best = m->of;
		for (n = 1; n < m->count; n++)
			if (m->of[n].rest > best->rest)
				best = &m->of[n];
		best->target++;
		best->rest = 0;
	}
}

/**
 * level - find who is part of it, and what each is to have
 * @m: them
 * @more: flow IDs that are nobody's of them yet
 * @get: they get; otherwise they give to the last of them
 *
 * Whoever would have to do the opposite is left out, and the others are looked at
 * again: at most once for each.
 */
static void level(struct members *m, uint32_t more, bool get)
{
	size_t n, candidates = get ? m->count : m->count - 1;
	uint64_t width, weight;
	bool changed;

	do {
		width = more;
		sum(m, &width, &weight);
		changed = false;
		for (n = 0; n < candidates; n++) {
			struct member *i = &m->of[n];
			uint64_t has = i->width * weight;
			uint64_t due = width * i->weight;

			if (!i->is_part || (get ? has <= due : has >= due))
				continue;
			i->is_part = false;
			changed = true;
		}
	} while (changed);
	apportion(m, width, weight);
	for (n = 0; n < m->count; n++) {
		struct member *i = &m->of[n];

		if (i->is_part)
			i->left = get ? i->target - i->width :
					 i->width - i->target;
	}
}

/* What is cut, and how far it is. */
struct cutter {
	struct nfhad_share_plan *plan;
	uint32_t next;
	bool is_full;
};

static const char *last_owner(const struct cutter *c)
{
	return c->plan->ranges ? c->plan->range[c->plan->ranges - 1].instance : "";
}

/* The next flow IDs, so many, are this one's. */
static void cut(struct cutter *c, uint32_t width, const char *name)
{
	struct nfhad_share_plan *plan = c->plan;
	struct nfha_range *range;

	if (!width || c->is_full)
		return;
	c->next += width;
	if (plan->ranges && !strcmp(last_owner(c), name)) {
		plan->range[plan->ranges - 1].last = c->next - 1;
		return;
	}
	c->is_full = plan->ranges == NFHAD_SHARE_RANGES_MAX;
	if (c->is_full)
		return;
	range = &plan->range[plan->ranges++];
	range->first = c->next - width;
	range->last = c->next - 1;
	snprintf(range->instance, sizeof(range->instance), "%s", name);
}

/* As much of a width as a member has left; NULL: nothing. */
static uint32_t take(struct member *i, uint32_t width)
{
	uint32_t taken;

	if (!i)
		return 0;
	taken = i->left < width ? i->left : width;
	i->left -= taken;
	return taken;
}

/* Neighbours first, so that what belongs together stays in one piece. */
static void divide(struct cutter *c, struct members *m, uint32_t width,
		   const char *right)
{
	struct member *before = find(m, last_owner(c)), *behind = find(m, right);
	uint32_t taken = take(before, width), tail;
	size_t n;

	cut(c, taken, last_owner(c));
	width -= taken;
	tail = take(behind, width);
	width -= tail;
	for (n = 0; n < m->count; n++) {
		taken = take(&m->of[n], width);
		cut(c, taken, m->of[n].name);
		width -= taken;
	}
	cut(c, tail, right);
}

int nfhad_share_leave(const struct nfha_map *map, const char *leaving,
		      const struct nfhad_share *heir, size_t heirs,
		      struct nfhad_share_plan *plan)
{
	struct members m = { .count = 0 };
	struct cutter c = { .plan = plan };
	unsigned int n;

	for (n = 0; n < heirs; n++)
		add(&m, map, &heir[n]);
	level(&m, width_in(map, leaving), true);
	plan->ranges = 0;
	for (n = 0; n < map->ranges; n++) {
		const struct nfha_range *range = &map->range[n];

		if (strcmp(range->instance, leaving) != 0)
			cut(&c, width_of(range), range->instance);
		else
			divide(&c, &m, width_of(range),
			       n + 1 < map->ranges ? range[1].instance : "");
	}
	return c.is_full ? -E2BIG : 0;
}

int nfhad_share_join(const struct nfha_map *map,
		     const struct nfhad_share *joining,
		     const struct nfhad_share *donor, size_t donors,
		     struct nfhad_share_plan *plan)
{
	struct members m = { .count = 0 };
	struct cutter c = { .plan = plan };
	unsigned int n;

	for (n = 0; n < donors; n++)
		add(&m, map, &donor[n]);
	add(&m, map, joining);
	level(&m, 0, false);
	/* It has nothing to give. */
	m.count--;
	plan->ranges = 0;
	for (n = 0; n < map->ranges; n++) {
		const struct nfha_range *range = &map->range[n];
		uint32_t width = width_of(range);
		uint32_t given = take(find(&m, range->instance), width);
		bool head = !strcmp(last_owner(&c), joining->name);

		/* At the side where it has something already. */
		if (head)
			cut(&c, given, joining->name);
		cut(&c, width - given, range->instance);
		if (!head)
			cut(&c, given, joining->name);
	}
	return c.is_full ? -E2BIG : 0;
}
