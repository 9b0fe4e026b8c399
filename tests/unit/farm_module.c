// SPDX-License-Identifier: GPL-2.0-or-later
/* Modules that are none, and the packets between them. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "farm.h"
#include "unit.h"

#define THRESHOLD 1

/* The module that a handle is of. */
static struct farm_module *module_of(struct nfha *h)
{
	return (struct farm_module *)h;
}

static int owner_in(struct farm_module *m, unsigned int n)
{
	struct farm_flow *f = &m->flow[n];

	if (f->owner == -1 && m->tracking == NFHA_TRACKING_FLOWS)
		f->owner = farm_owner_of(m, f->id);
	return f->owner == -1 ? farm_owner_of(m, f->id) : f->owner;
}

/* From the host of the daemon, whence what is B's goes to B's host by a detour. */
static int route_from_host(unsigned int n)
{
	int owner = owner_in(&farm->module[HOST], n);

	if (owner == B && farm_config.scale.upstream.exceptions &&
	    owner_in(&farm->module[OTHER], n) != B)
		return -1;
	return owner;
}

/* From the host of B, which sends back what is not B's; what it sends is not sent on. */
static int route_from_other(unsigned int n)
{
	int owner = B;

	if (farm_config.scale.upstream.exceptions)
		owner = owner_in(&farm->module[OTHER], n);
	if (owner == B)
		return B;
	owner = owner == A ? owner_in(&farm->module[HOST], n) : -1;
	return owner == A ? A : -1;
}

/* Who gets a packet of a flow now, which enters it where it passes; -1: nobody. */
int farm_route(unsigned int n)
{
	int owner;

	if (!farm_config.scale.upstream.netns)
		return route_from_host(n);
	owner = owner_in(&farm->module[SWITCH], n);
	if (owner == A)
		return route_from_host(n);
	return owner == B ? route_from_other(n) : owner;
}

/* A packet of each flow passes, and perhaps a new flow begins. */
void farm_packets(void)
{
	unsigned int n, m;
	struct farm_flow *f;

	n = farm->calls % FARM_FLOWS;
	f = &farm->module[HOST].flow[n];
	if (!f->alive && farm->births) {
		farm->births--;
		for (m = 0; m < MODULES; m++) {
			farm->module[m].flow[n].alive = true;
			farm->module[m].flow[n].owner = -1;
			farm->module[m].flow[n].imported = false;
		}
		f->home = farm_route(n);
	}
	for (n = 0; n < FARM_FLOWS; n++) {
		f = &farm->module[HOST].flow[n];
		if (f->alive && farm_route(n) != f->home && f->home != -1 &&
		    !farm->failed[f->home] && !farm->broken)
			farm->broken = n + 1;
	}
}

/* One more call: at the one that was chosen the daemon is killed, whoever of it calls. */
static void call(void)
{
	farm_packets();
	if (++farm->calls != farm->die_at)
		return;
	kill(farm->daemon, SIGKILL);
	_exit(1);
}

static int place_in(const struct farm_module *m, const char *name)
{
	int n;

	for (n = 0; n < PLACES; n++)
		if (!strcmp(m->names[n], name))
			return n;
	return -1;
}

static uint32_t last_of(const struct farm_module *m, unsigned int range)
{
	return range + 1 < m->ranges ? m->first[range + 1] - 1 : 65535;
}

static unsigned int range_at(const struct farm_module *m, uint16_t id)
{
	unsigned int n = 0;

	while (n + 1 < m->ranges && m->first[n + 1] <= id)
		n++;
	return n;
}

int farm_owner_of(const struct farm_module *m, uint16_t id)
{
	return m->owner[range_at(m, id)];
}

uint32_t farm_width(const struct farm_module *m, int place)
{
	uint32_t width = 0;
	unsigned int n;

	for (n = 0; n < m->ranges; n++)
		if (m->owner[n] == place)
			width += last_of(m, n) - m->first[n] + 1;
	return width;
}

unsigned int farm_flows_of(const struct farm_module *m, int place)
{
	unsigned int n, count = 0;

	for (n = 0; n < FARM_FLOWS; n++)
		count += m->flow[n].alive && m->flow[n].owner == place;
	return count;
}

bool farm_is_exception(const struct farm_module *m, const struct farm_flow *f)
{
	return f->alive && f->owner != -1 && f->owner != farm_owner_of(m, f->id);
}

static unsigned int exceptions_of(const struct farm_module *m)
{
	unsigned int n, count = 0;

	for (n = 0; n < FARM_FLOWS; n++)
		count += farm_is_exception(m, &m->flow[n]);
	return count;
}

void farm_map(struct farm_module *m, unsigned int ranges, const uint32_t *first,
	      const int *owner)
{
	unsigned int n;

	m->ranges = 0;
	for (n = 0; n < ranges; n++) {
		if (n && owner[n] == m->owner[m->ranges - 1])
			continue;
		m->first[m->ranges] = first[n];
		m->owner[m->ranges++] = owner[n];
	}
	m->generation++;
}

/* Without a table of its own a switch knows only what it was told. */
void farm_flows(struct farm_module *m, unsigned int every)
{
	unsigned int n, of[PLACES] = {};
	int owner;

	for (n = 0; n < FARM_FLOWS; n++) {
		uint16_t id = n * 65536 / FARM_FLOWS;

		owner = farm_owner_of(m, id);
		m->flow[n] = (struct farm_flow){
			.alive = of[owner]++ % every == 0,
			.id = id,
			.owner = -1,
			.home = owner,
		};
	}
}

/* Somebody else is faster. */
static int may_change(struct farm_module *m, const struct nfha_change *change)
{
	if (m->refusals) {
		m->refusals--;
		return -EBUSY;
	}
	if (m->meddlers) {
		m->meddlers--;
		m->generation++;
	}
	if (change->set & NFHA_BIT(NFHA_A_MAP_GENERATION) &&
	    change->generation != m->generation)
		return -ESTALE;
	return 0;
}

/* What the policy "always" does. */
static void repoint(struct farm_module *m, const struct nfha_change *change)
{
	unsigned int n;

	if (!(change->set & NFHA_BIT(NFHA_A_MAP_POLICY)) ||
	    change->policy != NFHA_POLICY_ALWAYS)
		return;
	for (n = 0; n < FARM_FLOWS; n++)
		if (m->flow[n].owner != -1)
			m->flow[n].owner = farm_owner_of(m, m->flow[n].id);
}

int __wrap_nfha_open(struct nfha **h, const char *netns)
{
	call();
	*h = (struct nfha *)&farm->module[!netns ? HOST :
					  !strcmp(netns, "tor") ? SWITCH : OTHER];
	return 0;
}

void __wrap_nfha_close(struct nfha *h)
{
	(void)h;
}

const char *__wrap_nfha_error(const struct nfha *h)
{
	(void)h;
	return "refused";
}

int __wrap_nfha_service_get(struct nfha *h, const char *name,
			    struct nfha_service *service)
{
	struct farm_module *m = module_of(h);

	call();
	if (strcmp(name, m->name) != 0)
		return -ENOENT;
	*service = (struct nfha_service){
		.generation = m->generation,
		.tracking = m->tracking,
		.threshold = THRESHOLD,
		.exceptions = exceptions_of(m),
	};
	return 0;
}

int __wrap_nfha_service_set(struct nfha *h, const struct nfha_service *service)
{
	(void)h;
	(void)service;
	return 0;
}

static void instance_fill(const struct farm_module *m, int place,
			  struct nfha_instance *answer)
{
	*answer = (struct nfha_instance){
		.state = m->state[place],
		.remote = m->remote[place],
		.flows = farm_flows_of(m, place),
		.width = farm_width(m, place),
	};
	snprintf(answer->service, sizeof(answer->service), "%s", m->name);
	snprintf(answer->name, sizeof(answer->name), "%s", m->names[place]);
}

int __wrap_nfha_instance_get(struct nfha *h, const char *service,
			     const char *name, struct nfha_instance *answer)
{
	struct farm_module *m = module_of(h);
	int place = place_in(m, name);

	call();
	if (place < 0 || strcmp(service, m->name) != 0)
		return -ENOENT;
	instance_fill(m, place, answer);
	return 0;
}

int __wrap_nfha_instance_set(struct nfha *h, const struct nfha_instance *change)
{
	struct farm_module *m = module_of(h);
	int place = place_in(m, change->name);

	call();
	if (place < 0)
		return -ENOENT;
	if (!(change->set & NFHA_BIT(NFHA_A_INSTANCE_STATE)))
		return 0;
	if (change->state != NFHA_STATE_ACTIVE && farm_width(m, place))
		return -EBUSY;
	if (change->state == NFHA_STATE_STANDBY && farm_flows_of(m, place))
		return -EBUSY;
	m->state[place] = change->state;
	return 0;
}

int __wrap_nfha_instance_dump(struct nfha *h, const char *service,
			      nfha_instance_fn fn, void *data)
{
	struct farm_module *m = module_of(h);
	struct nfha_instance answer;
	int n, ret = 0;

	call();
	if (strcmp(service, m->name) != 0)
		return -ENOENT;
	for (n = 0; n < PLACES && !ret; n++) {
		instance_fill(m, n, &answer);
		ret = fn(&answer, data);
	}
	return ret;
}

int __wrap_nfha_epoch_get(struct nfha *h, const char *service,
			  const char *instance, struct nfha_epoch *epoch)
{
	(void)h;
	(void)service;
	(void)instance;
	(void)epoch;
	return -EOPNOTSUPP;
}

int __wrap_nfha_epoch_alive(struct nfha *h, const char *service,
			    const char *instance)
{
	(void)h;
	(void)service;
	(void)instance;
	return 0;
}

int __wrap_nfha_map_get(struct nfha *h, const char *service,
			struct nfha_map **out)
{
	struct farm_module *m = module_of(h);
	struct nfha_map *map = calloc(1, sizeof(*map));
	unsigned int n;

	call();
	ck_assert_ptr_nonnull(map);
	ck_assert_str_eq(service, m->name);
	map->generation = m->generation;
	map->ranges = m->ranges;
	map->range = calloc(m->ranges, sizeof(*map->range));
	ck_assert_ptr_nonnull(map->range);
	for (n = 0; n < m->ranges; n++) {
		map->range[n].first = m->first[n];
		map->range[n].last = last_of(m, n);
		snprintf(map->range[n].instance, sizeof(map->range[n].instance),
			 "%s", m->names[m->owner[n]]);
	}
	*out = map;
	return 0;
}

int __wrap_nfha_map_set(struct nfha *h, const struct nfha_change *change,
			const struct nfha_range *range, unsigned int ranges,
			struct nfha_changed *changed)
{
	struct farm_module *m = module_of(h);
	uint32_t first[FARM_RANGES];
	int owner[FARM_RANGES];
	unsigned int n;
	int ret;

	(void)changed;
	call();
	ret = may_change(m, change);
	if (ret)
		return ret;
	ck_assert_uint_le(ranges, FARM_RANGES);
	m->imports_before = 0;
	for (n = 0; n < FARM_FLOWS; n++)
		m->imports_before += m->flow[n].imported;
	for (n = 0; n < ranges; n++) {
		first[n] = range[n].first;
		owner[n] = place_in(m, range[n].instance);
		ck_assert_int_ge(owner[n], 0);
	}
	farm_map(m, ranges, first, owner);
	repoint(m, change);
	return 0;
}

int __wrap_nfha_split(struct nfha *h, const struct nfha_change *change,
		      struct nfha_changed *changed)
{
	struct farm_module *m = module_of(h);
	uint32_t first[FARM_RANGES];
	int owner[FARM_RANGES], to = place_in(m, change->to);
	unsigned int n, at = range_at(m, change->first);
	int ret;

	call();
	ret = may_change(m, change);
	if (ret)
		return ret;
	if (m->state[to] != NFHA_STATE_ACTIVE)
		return -EBUSY;
	ck_assert_int_eq(m->owner[at], place_in(m, change->from));
	for (n = 0; n <= m->ranges; n++) {
		unsigned int old = n - (n > at);

		first[n] = m->first[old];
		owner[n] = m->owner[old];
	}
	first[at + 1] = (m->first[at] + last_of(m, at) + 1) / 2;
	owner[at + 1] = to;
	changed->at = first[at + 1];
	farm_map(m, m->ranges + 1, first, owner);
	repoint(m, change);
	changed->exceptions = exceptions_of(m);
	return 0;
}

int __wrap_nfha_merge(struct nfha *h, const struct nfha_change *change,
		      struct nfha_changed *changed)
{
	struct farm_module *m = module_of(h);
	int owner[FARM_RANGES], from, to;
	uint32_t first[FARM_RANGES];
	unsigned int n;
	int ret;

	(void)changed;
	call();
	ret = may_change(m, change);
	if (ret)
		return ret;
	from = place_in(m, change->from);
	to = place_in(m, change->to);
	if (m->state[to] != NFHA_STATE_ACTIVE || !farm_width(m, from))
		return -EBUSY;
	memcpy(first, m->first, sizeof(first));
	for (n = 0; n < m->ranges; n++)
		owner[n] = m->owner[n] == from ? to : m->owner[n];
	farm_map(m, m->ranges, first, owner);
	m->state[from] = NFHA_STATE_DRAINING;
	repoint(m, change);
	return 0;
}

/* They go on at whoever has their range. */
int __wrap_nfha_flow_del(struct nfha *h, const char *service,
			 const struct nfha_flow *flow, const char *instance,
			 uint32_t flags, uint32_t *count)
{
	struct farm_module *m = module_of(h);
	int place = place_in(m, instance);
	unsigned int n;

	(void)flags;
	(void)count;
	call();
	ck_assert_ptr_null(flow);
	ck_assert_str_eq(service, m->name);
	farm->changed = true;
	for (n = 0; n < FARM_FLOWS; n++)
		if (m->flow[n].alive && m->flow[n].owner == place)
			m->flow[n].owner = -1;
	return 0;
}

int __wrap_nfha_flow_dump(struct nfha *h, const char *service,
			  const struct nfha_flow_filter *filter,
			  nfha_flow_fn fn, void *data)
{
	struct farm_module *m = module_of(h);
	int place = place_in(m, filter->instance), ret = 0;
	unsigned int n;

	call();
	ck_assert_str_eq(service, m->name);
	for (n = 0; n < FARM_FLOWS && !ret; n++) {
		struct nfha_flow flow = {
			.state = NFHA_FLOW_STATE_ESTABLISHED,
			.flow_id = m->flow[n].id,
		};

		if (m->flow[n].owner == place && farm_is_exception(m, &m->flow[n]))
			ret = fn(&flow, data);
	}
	return ret;
}

int __wrap_nfha_flow_import(struct nfha *h, const char *service,
			    const char *instance, const struct nfha_flow *flow,
			    size_t flows, size_t *done)
{
	struct farm_module *m = module_of(h);
	int place = place_in(m, instance);

	call();
	ck_assert_str_eq(service, m->name);
	ck_assert_int_ge(place, 0);
	for (*done = 0; *done < flows; ++*done) {
		unsigned int n = flow[*done].flow_id * FARM_FLOWS / 65536;

		n += m->flow[n].id != flow[*done].flow_id;
		m->flow[n].owner = place;
		m->flow[n].imported = true;
	}
	return 0;
}
