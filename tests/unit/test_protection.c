// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks of an instance: when what they find is its failure. */

#include "../../daemon/nfhad/protection.c"
#include "unit.h"
#include "wraps.h"

static struct nfhad_service service;
static struct nfhad_instance instance = { .service = &service };
static unsigned int failures, cures;
static bool starts;

bool __wrap_nfhad_scale_is_starting(const struct nfhad_instance *of)
{
	ck_assert_ptr_eq(of, &instance);
	return starts;
}

void __wrap_nfhad_scale_healthy(struct nfhad_instance *of)
{
	ck_assert_ptr_eq(of, &instance);
	cures++;
}

void __wrap_nfhad_instance_failed(struct nfhad_instance *of, const char *why)
{
	ck_assert_ptr_eq(of, &instance);
	ck_assert_str_eq(why, "sick");
	failures++;
}

START_TEST(at_work)
{
	on_health(&instance, false, "sick");
	ck_assert_uint_eq(failures, 1);
}

/* It has its time to get healthy. */
START_TEST(at_its_start)
{
	starts = true;
	on_health(&instance, false, "sick");
	ck_assert_uint_eq(failures, 0);
	on_health(&instance, true, NULL);
	ck_assert_uint_eq(cures, 1);
}

/* It has been healthy before, and nobody says again that it is not. */
START_TEST(while_state_moves_to_it)
{
	starts = true;
	service.move = (struct nfhad_move *)&instance;
	on_health(&instance, false, "sick");
	ck_assert_uint_eq(failures, 1);
}

UNIT_MAIN("protection", at_work, at_its_start, while_state_moves_to_it)
