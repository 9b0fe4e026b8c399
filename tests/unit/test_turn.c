// SPDX-License-Identifier: GPL-2.0-or-later
/* A source that lets others go first has its turn though there is always something else. */

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "turn.h"
#include "unit.h"

/* Work of a daemon that has more than it can do, in one turn of the loop. */
#define WORK_US 1000

static sd_event *loop;
static sd_event_source *polite, *busy;
static struct nfhad_turn turn;
static unsigned int served, worked;
static int fd;

static int on_polite(sd_event_source *source, int of, uint32_t events, void *data)
{
	(void)source;
	(void)of;
	(void)events;
	(void)data;
	served++;
	return 0;
}

static int on_busy(sd_event_source *source, void *data)
{
	(void)source;
	(void)data;
	usleep(WORK_US);
	worked++;
	return 0;
}

static int on_prepare(sd_event_source *source, void *data)
{
	return nfhad_turn_prepare(data, source);
}

/* Somebody waits all the time. */
static void set_up(void)
{
	ck_assert_int_ge(sd_event_new(&loop), 0);
	fd = eventfd(1, EFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(sd_event_add_io(loop, &polite, fd, EPOLLIN, on_polite, &turn), 0);
	served = 0;
	worked = 0;
}

static void tear_down(void)
{
	busy = sd_event_source_disable_unref(busy);
	polite = sd_event_source_disable_unref(polite);
	sd_event_unref(loop);
	close(fd);
}

static void be_busy(void)
{
	ck_assert_int_ge(sd_event_add_defer(loop, &busy, on_busy, NULL), 0);
	ck_assert_int_ge(sd_event_source_set_enabled(busy, SD_EVENT_ON), 0);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ULL + t.tv_nsec / 1000;
}

START_TEST(nobody_else)
{
	ck_assert_int_eq(nfhad_turn_begin(&turn, polite, on_prepare), 0);
	while (served < 100)
		ck_assert_int_gt(sd_event_run(loop, 0), 0);
}

START_TEST(one_turn_at_a_time)
{
	uint64_t begin = now();
	unsigned int before;

	ck_assert_int_eq(nfhad_turn_begin(&turn, polite, on_prepare), 0);
	be_busy();
	while (served < 1)
		ck_assert_int_gt(sd_event_run(loop, 0), 0);
	ck_assert_uint_ge(now() - begin, NFHAD_TURN_US);
	ck_assert_uint_gt(worked, 10);
	begin = now();
	before = worked;
	while (served < 2)
		ck_assert_int_gt(sd_event_run(loop, 0), 0);
	ck_assert_uint_ge(now() - begin, NFHAD_TURN_US);
	ck_assert_uint_gt(worked - before, 10);
}

/* The control: with a priority alone there is no turn at all. */
START_TEST(no_turn_without)
{
	uint64_t begin = now();

	ck_assert_int_ge(sd_event_source_set_priority(polite, SD_EVENT_PRIORITY_IDLE), 0);
	be_busy();
	while (now() - begin < 2 * NFHAD_TURN_US)
		ck_assert_int_gt(sd_event_run(loop, 0), 0);
	ck_assert_uint_eq(served, 0);
}

/* Whoever has been served meanwhile begins to wait anew. */
START_TEST(waits_anew)
{
	uint64_t count;

	ck_assert_int_eq(nfhad_turn_begin(&turn, polite, on_prepare), 0);
	be_busy();
	while (!turn.since_us)
		ck_assert_int_gt(sd_event_run(loop, 0), 0);
	ck_assert_int_eq(read(fd, &count, sizeof(count)), sizeof(count));
	busy = sd_event_source_disable_unref(busy);
	ck_assert_int_ge(sd_event_run(loop, 0), 0);
	ck_assert_int_ge(sd_event_run(loop, 0), 0);
	ck_assert_uint_eq(turn.since_us, 0);
	ck_assert_uint_le(served, 1);
}

UNIT_MAIN_FIXTURE("turn", set_up, tear_down, nobody_else, one_turn_at_a_time, no_turn_without,
		  waits_anew)
