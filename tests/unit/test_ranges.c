// SPDX-License-Identifier: GPL-2.0-or-later
/* A range map is replaced, and what is said when it is not. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_made.h"
#include "instance.h"
#include "kernel.h"
#include "nfhad.h"
#include "ranges.h"
#include "said.h"
#include "service.h"
#include "unit.h"
#include "wraps.h"

/* What the module has said last, of something else. */
#define OLD "too late for that"
#define NEW "no such instance"

/**
 * struct module - that is none
 * @get: what map-get returns
 * @gets: how often it was asked for
 * @set: what map-set returns, one after the other, up to 0
 * @sets: how often it was asked for
 * @owner: who has all ranges, "" for nobody
 * @activated: how often somebody was made active
 * @refusals: that were said
 * @error: its words
 */
static struct module {
	int get;
	unsigned int gets;
	const int *set;
	unsigned int sets;
	const char *owner;
	unsigned int activated;
	unsigned int refusals;
	const char *error;
} module;

static struct nfhad nfhad;
static struct nfhad_service_config config = { .name = "fw" };
static struct nfhad_service service = { .nfhad = &nfhad, .config = &config };

struct nfha *__wrap_nfhad_kernel_commands(struct nfhad_kernel *kernel)
{
	(void)kernel;
	return NULL;
}

const char *__wrap_nfha_error(const struct nfha *h)
{
	(void)h;
	return module.error;
}

int __wrap_nfha_map_get(struct nfha *h, const char *name, struct nfha_map **map)
{
	(void)h;
	ck_assert_str_eq(name, "fw");
	module.gets++;
	if (module.get) {
		module.error = NEW;
		return module.get;
	}
	*map = calloc(1, sizeof(**map));
	ck_assert_ptr_nonnull(*map);
	if (!module.owner)
		return 0;
	(*map)->range = calloc(1, sizeof(*(*map)->range));
	ck_assert_ptr_nonnull((*map)->range);
	(*map)->ranges = 1;
	snprintf((*map)->range->instance, sizeof((*map)->range->instance), "%s",
		 module.owner);
	return 0;
}

int __wrap_nfha_instance_get(struct nfha *h, const char *service_name, const char *name,
			     struct nfha_instance *answer)
{
	(void)h;
	(void)service_name;
	(void)name;
	answer->state = NFHA_STATE_STANDBY;
	return 0;
}

int __wrap_nfhad_kernel_activate(struct nfhad_instance *instance)
{
	(void)instance;
	module.activated++;
	return 0;
}

int __wrap_nfhad_kernel_checked(const struct nfhad_instance *instance, int ret,
				const char *command)
{
	(void)instance;
	(void)command;
	module.refusals += ret != 0;
	return ret;
}

int __wrap_nfha_map_set(struct nfha *h, const struct nfha_change *change,
			const struct nfha_range *range, unsigned int ranges,
			struct nfha_changed *changed)
{
	(void)h;
	(void)range;
	(void)ranges;
	(void)changed;
	ck_assert(change->set & NFHA_BIT(NFHA_A_MAP_GENERATION));
	module.error = NEW;
	return module.set[module.sets++];
}

static int plan(const struct nfha_map *map, struct nfhad_share_plan *plan, void *data)
{
	(void)map;
	plan->ranges = 0;
	return *(int *)data;
}

/* Returns how it ended; what was said is in @said. */
static int replace(int get, int planned, const int *set)
{
	struct nfha_changed changed;
	int ret;

	module = (struct module){ .get = get, .set = set, .error = OLD };
	nfhad_log_open(false);
	said_begin();
	ret = nfhad_ranges_replace(&service, NFHA_POLICY_AVOID, plan, &planned,
				   &changed);
	said_end();
	return ret;
}

START_TEST(somebody_else_is_faster)
{
	static const int set[] = { -ESTALE, -ESTALE, 0 };

	ck_assert_int_eq(replace(0, 0, set), 0);
	ck_assert_uint_eq(module.sets, 3);
	ck_assert_str_eq(said, "");
}

START_TEST(words_of_the_module)
{
	static const int set[] = { -ENOENT };

	ck_assert_int_eq(replace(0, 0, set), -ENOENT);
	ck_assert_ptr_nonnull(strstr(said, "map-set: " NEW));
	ck_assert_int_eq(replace(-ENODEV, 0, NULL), -ENODEV);
	ck_assert_ptr_nonnull(strstr(said, "map-get: " NEW));
}

/* It was not asked, and what it has said before is of no interest. */
START_TEST(no_words_of_the_module)
{
	ck_assert_int_eq(replace(0, -ENOSPC, NULL), -ENOSPC);
	ck_assert_uint_eq(module.sets, 0);
	ck_assert_ptr_nonnull(strstr(said, "no new map can be made: No space"));
	ck_assert_ptr_null(strstr(said, OLD));
}

static struct nfhad_made_config made;

static const struct nfhad_instance_config works = {
	.name = "A", .role = NFHAD_ROLE_ACTIVE, .made = &made,
};

static const struct nfhad_instance_config waits = {
	.name = "A", .role = NFHAD_ROLE_BACKUP, .made = &made,
};

static const struct nfhad_instance_config stays = {
	.name = "A", .role = NFHAD_ROLE_ACTIVE,
};

/* The service has three instances like this, of which so many work. */
static void inherit(const struct nfhad_instance_config *like, unsigned int working)
{
	struct nfhad_instance instance[3] = { 0 };
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(instance); n++) {
		instance[n].service = &service;
		instance[n].config = like;
		instance[n].state = n + working < ARRAY_SIZE(instance) ?
					    NFHAD_INSTANCE_FAILED : NFHAD_INSTANCE_ACTIVE;
	}
	service.instance = instance;
	service.instances = ARRAY_SIZE(instance);
	nfhad_ranges_inherit(&service);
	service.instance = NULL;
	service.instances = 0;
}

START_TEST(who_works_inherits_what_nobody_has)
{
	static const int set[] = { 0 };

	module = (struct module){ .owner = "", .set = set, .error = OLD };
	inherit(&works, 1);
	ck_assert_uint_eq(module.sets, 1);
	ck_assert_uint_eq(module.activated, 1);
	module = (struct module){ .owner = "B", .error = OLD };
	inherit(&works, 1);
	ck_assert_uint_eq(module.gets, 1);
	ck_assert_uint_eq(module.sets, 0);
	inherit(&works, 0);
	inherit(&waits, 3);
	inherit(&stays, 3);
	ck_assert_uint_eq(module.gets, 1);
	ck_assert_uint_eq(module.activated, 0);
}

/* However many may inherit, the module is asked for the map once. If one cannot get the ranges,
 * the next one does.
 */
START_TEST(the_map_is_asked_for_once)
{
	static const int set[] = { -ENOENT, 0 };

	module = (struct module){ .owner = "", .set = set, .error = OLD };
	inherit(&works, 3);
	ck_assert_uint_eq(module.gets, 1);
	ck_assert_uint_eq(module.sets, 2);
	module = (struct module){ .owner = "B", .error = OLD };
	inherit(&works, 3);
	ck_assert_uint_eq(module.gets, 1);
	module = (struct module){ .get = -ENODEV };
	inherit(&works, 3);
	ck_assert_uint_eq(module.gets, 1);
	ck_assert_uint_eq(module.refusals, 1);
}

UNIT_MAIN("ranges", somebody_else_is_faster, words_of_the_module,
	  no_words_of_the_module, who_works_inherits_what_nobody_has,
	  the_map_is_asked_for_once)
