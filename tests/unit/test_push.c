// SPDX-License-Identifier: GPL-2.0-or-later
/* What the switch before a service is told: turns, and tries. */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "decision.h"
#include "instance.h"
#include "loop.h"
#include "nfhad.h"
#include "push.h"
#include "unit.h"
#include "upstream.h"

/**
 * struct far - a switch that is none, shared with jobs
 * @error: of what it is told
 * @hangs: it does not answer
 * @pushes: that it has taken
 * @turns: of them, those in which somebody leaves
 */
static struct far {
	int error;
	bool hangs;
	unsigned int pushes;
	unsigned int turns;
} *far;

static struct nfhad nfhad;

static struct nfhad_service_config config = {
	.name = "fw",
	.scale.upstream = { .netns = (char *)"tor" },
};

static struct nfhad_instance instances[2];
static struct nfhad_service service = {
	.nfhad = &nfhad,
	.config = &config,
	.instance = instances,
	.instances = 2,
};

/* What the ends of turns have said; 1: not yet. */
static int ends[4], ended;

/* Instead of upstream_nfha.c; in a job. */
static int push(const struct nfhad_service *of, const struct nfhad_instance *leaving,
		const struct nfhad_instance *heir)
{
	(void)of;
	while (far->hangs)
		usleep(1000);
	if (far->error)
		return far->error;
	if (leaving)
		far->turns += heir != leaving;
	far->pushes++;
	return 0;
}

const struct nfhad_upstream nfhad_upstream_nfha = { .name = "none", .push = push };

static void set_up(void)
{
	nfhad.event = loop_open();
	nfhad.decisions = nfhad_decisions_new();
	ck_assert_ptr_nonnull(nfhad.decisions);
	far = mmap(NULL, sizeof(*far), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(far, MAP_FAILED);
	ck_assert_int_eq(nfhad_push_new(&service), 0);
	ended = 0;
}

static void tear_down(void)
{
	nfhad_push_free(&service);
	nfhad_decisions_free(nfhad.decisions);
	munmap(far, sizeof(*far));
	sd_event_unref(nfhad.event);
}

static void on_turned(struct nfhad_service *of, int error)
{
	ck_assert_ptr_eq(of, &service);
	ends[ended++] = error;
}

static void turn(void)
{
	ck_assert_int_eq(nfhad_push_turn(&service, &instances[0], &instances[1],
					 on_turned), 0);
}

static void wait_pushes(unsigned int pushes)
{
	while (far->pushes < pushes)
		ck_assert_int_ge(sd_event_run(nfhad.event, 10000), 0);
}

static void wait_ended(int turns)
{
	while (ended < turns)
		ck_assert_int_ge(sd_event_run(nfhad.event, UINT64_MAX), 0);
}

START_TEST(succeeds)
{
	turn();
	wait_ended(1);
	ck_assert_int_eq(ends[0], 0);
	ck_assert_uint_eq(far->turns, 1);
}

/* Another one may begin then, and nothing is left of the one before. */
START_TEST(fails)
{
	far->error = -EBUSY;
	turn();
	wait_ended(1);
	ck_assert_int_eq(ends[0], -EBUSY);
	far->error = 0;
	nfhad_push_begin(&service, 3);
	wait_pushes(1);
	ck_assert_uint_eq(far->turns, 0);
	ck_assert_int_eq(ended, 1);
	turn();
	wait_ended(2);
	ck_assert_int_eq(ends[1], 0);
	ck_assert_uint_eq(far->turns, 1);
}

/* Somebody waits for its end, or a step goes on for ever. */
START_TEST(cancelled)
{
	far->hangs = true;
	turn();
	nfhad_push_begin(&service, 3);
	ck_assert_int_eq(ended, 1);
	ck_assert_int_eq(ends[0], -ECANCELED);
	far->hangs = false;
	wait_pushes(1);
	ck_assert_int_eq(ended, 1);
	ck_assert_uint_eq(far->turns, 0);
}

/* What is no turn is told until it succeeds. */
START_TEST(tried_again)
{
	far->error = -EBUSY;
	nfhad_push_begin(&service, 3);
	sd_event_run(nfhad.event, UINT64_MAX);
	ck_assert_uint_eq(far->pushes, 0);
	far->error = 0;
	wait_pushes(1);
	ck_assert_int_eq(ended, 0);
}

UNIT_MAIN_FIXTURE("push", set_up, tear_down, succeeds, fails, cancelled, tried_again)
