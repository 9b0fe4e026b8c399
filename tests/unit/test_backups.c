// SPDX-License-Identifier: GPL-2.0-or-later
/* Who takes over: hosts, masters that share their backups, and addresses. */

#include <errno.h>
#include <string.h>

#include "config_made.h"
#include "decision.h"
#include "possession.h"
#include "push.h"
#include "ranges.h"
#include "store.h"
#include "service.h"
#include "unit.h"
#include "world.h"
#include "wraps.h"

/* Has it been decided, for this reason? */
static bool decided(int place, enum nfhad_action action, const char *cause)
{
	const struct nfhad_decision *d;

	for (d = nfhad_decision_next(nfhad.decisions, 0); d;
	     d = nfhad_decision_next(nfhad.decisions, d->number))
		if (!strcmp(d->instance, at(place)->config->name) &&
		    d->action == action && strstr(d->cause, cause))
			return true;
	return false;
}

/* A host for each instance, in their order. */
static void on_hosts(const char *of_a, const char *of_b, const char *of_c)
{
	static struct nfhad_host_config host[] = {
		{ .name = (char *)"h1", .weight = 1 },
		{ .name = (char *)"h2", .weight = 1 },
	};

	nfhad.config->host = host;
	nfhad.config->hosts = ARRAY_SIZE(host);
	service_config.instance[A].host = (char *)of_a;
	service_config.instance[B].host = (char *)of_b;
	service_config.instance[C].host = (char *)of_c;
}

static void begin(void)
{
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_state(C, NFHAD_INSTANCE_IDLE);
	/* One that was saved when all were there. */
	wait_commits(A, world->fake[A].commits + 2);
}

START_TEST(without_hosts_in_their_order)
{
	begin();
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_int_eq(at(B)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert(decided(B, NFHAD_ACTION_TAKE_OVER,
			  "; lu: host B, 0 of 1 used; A: no spare"));
}

START_TEST(not_beside_the_master)
{
	on_hosts("h1", "h1", "h2");
	begin();
	ck_assert(world->expected[C] && !world->expected[B]);
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_int_eq(at(C)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert(decided(C, NFHAD_ACTION_TAKE_OVER,
			  "; lu: host h2, 0 used; h1: has the master"));
}

START_TEST(beside_the_master_at_last)
{
	on_hosts("h1", "h1", "h2");
	service_config.instances = 2;
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 2);
	process_end(A);
	wait_said("has taken over from A");
	ck_assert(decided(B, NFHAD_ACTION_TAKE_OVER,
			  "; lu: host h1, 0 used, has the master; h2: no spare"));
}

START_TEST(strictly_not_beside_the_master)
{
	on_hosts("h1", "h1", "h2");
	service_config.anti_affinity = NFHAD_APART_STRICT;
	world->stray_error[C] = -EIO;
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 2);
	process_end(A);
	wait_said("there is no backup left (lu: no host; h1: has the master; h2: no spare)");
	ck_assert(decided(A, NFHAD_ACTION_REFUSE, "h1: has the master"));
	ck_assert_uint_eq(world->loads[B], 0);
	world->stray_error[C] = 0;
	wait_state(C, NFHAD_INSTANCE_ACTIVE);
	/* Who is clean is nobody's backup on this host, and C's. */
	wait_state(A, NFHAD_INSTANCE_IDLE);
	wait_commits(C, 1);
	process_end(C);
	wait_said("has taken over from C");
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_ACTIVE);
}

/* From here on there is no newer checkpoint than that which the standby has. */
static void standby_has_the_last_one(int place)
{
	unsigned int saves = world->saves[A];

	world->save_hangs = true;
	while (world->saves[A] == saves)
		run_ms(1);
	wait_state(place, NFHAD_INSTANCE_STANDBY);
}

START_TEST(standby_is_not_beside_its_master)
{
	on_hosts("h1", "h1", "h2");
	service_config.scheme = NFHAD_SCHEME_STANDBY;
	/* No checkpoint before it can be either of them. */
	world->attach_error = -EIO;
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_state(C, NFHAD_INSTANCE_IDLE);
	world->attach_error = 0;
	wait_state(C, NFHAD_INSTANCE_STANDBY);
	standby_has_the_last_one(C);
	ck_assert(decided(C, NFHAD_ACTION_START, "stands by for A; lu: host h2"));
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_int_eq(at(C)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert(decided(C, NFHAD_ACTION_TAKE_OVER, "it was its standby"));
}

/* A and B work, and C is the backup of both. */
static void begin_with_two_masters(void)
{
	service_config.instance[B].role = NFHAD_ROLE_ACTIVE;
	service_config.instance[B].command = service_config.instance[A].command;
	world->fake[B].owns = true;
	daemon_begin();
	wait_commits(A, 2);
	wait_commits(B, 2);
}

START_TEST(one_backup_for_two_masters)
{
	begin_with_two_masters();
	wait_state(C, NFHAD_INSTANCE_IDLE);
	wait_commits(A, world->fake[A].commits + 2);
	ck_assert(world->expected[C]);
	process_end(B);
	wait_said("has taken over from B");
	ck_assert_int_eq(at(C)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_ACTIVE);
	/* And the one that has failed is the backup of both now. */
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_commits(C, 1);
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_int_eq(at(B)->state, NFHAD_INSTANCE_ACTIVE);
}

START_TEST(two_at_once)
{
	begin_with_two_masters();
	wait_state(C, NFHAD_INSTANCE_IDLE);
	world->load_hangs = true;
	world->stray_error[B] = -EIO;
	process_end(B);
	wait_state(C, NFHAD_INSTANCE_LOADING);
	process_end(A);
	wait_said("there is no backup left (no instance is idle); its input waits in the log");
	ck_assert(decided(A, NFHAD_ACTION_REFUSE, "nobody takes over"));
	world->load_hangs = false;
	wait_state(C, NFHAD_INSTANCE_ACTIVE);
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_FAILED);
	ck_assert(at(A)->recovery);
	world->stray_error[B] = 0;
	wait_said("has taken over from A");
	ck_assert_int_eq(at(B)->state, NFHAD_INSTANCE_ACTIVE);
}

/* The one that has failed first, wherever it is in the list. */
START_TEST(who_waits_longest_comes_first)
{
	world->stray_error[C] = -EIO;
	begin_with_two_masters();
	world->stray_error[A] = -EIO;
	world->stray_error[B] = -EIO;
	process_end(B);
	wait_state(B, NFHAD_INSTANCE_FAILED);
	process_end(A);
	wait_state(A, NFHAD_INSTANCE_FAILED);
	world->stray_error[C] = 0;
	wait_state(C, NFHAD_INSTANCE_ACTIVE);
	ck_assert(said("has taken over from B"));
	ck_assert(!said("has taken over from A"));
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_FAILED);
	world->stray_error[B] = 0;
	wait_said("has taken over from A");
}

START_TEST(standby_of_one_is_given_up_for_another)
{
	unsigned int loads;

	service_config.scheme = NFHAD_SCHEME_STANDBY;
	begin_with_two_masters();
	wait_state(C, NFHAD_INSTANCE_STANDBY);
	/* What the other one saves is not loaded in its place. */
	ck_assert(decided(C, NFHAD_ACTION_START, "stands by for A") ^
		  decided(C, NFHAD_ACTION_START, "stands by for B"));
	loads = world->loads[C];
	process_end(decided(C, NFHAD_ACTION_START, "stands by for A") ? B : A);
	wait_said("a standby is given up for it");
	ck_assert(!said("there is no backup left"));
	wait_state(C, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_ge(world->loads[C], loads + 1);
	ck_assert(!said("cannot take over"));
}

/* What a claim of addresses has found; it takes a turn of the loop. */
static struct claim {
	unsigned int times;
	int error;
	unsigned int loads;
	unsigned int launches;
	bool runs;
	bool is_plugged;
	bool master_has_lost;
	bool dies;
	struct nfhad_instance *who;
	sd_event_source *later;
	void (*done)(void *data, int error);
	void *data;
} claims;

static unsigned int losses[PLACES];

static int on_claimed(sd_event_source *source, uint64_t usec, void *data)
{
	int error = claims.error;

	(void)usec;
	(void)data;
	/* It takes so long that the daemon hears of that. */
	if (claims.dies && claims.who->process) {
		process_end(claims.who - service->instance);
		sd_event_source_set_time_relative(source, 1000);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
		return 0;
	}
	claims.dies = false;
	claims.later = sd_event_source_disable_unref(claims.later);
	claims.error = 0;
	claims.done(claims.data, error);
	return 0;
}

int __wrap_nfhad_possession_claim(struct nfhad_instance *instance,
				  void (*done)(void *data, int error),
				  void *data)
{
	static const struct nfhad_instance *last;
	int place = instance - service->instance;

	if (!instance->recovery || last == instance)
		return 0;
	last = instance;
	claims.times++;
	claims.who = instance;
	claims.loads = world->loads[place];
	claims.launches = world->launches[place];
	claims.runs = instance->process;
	claims.is_plugged = world->fake[place].e.flags &
			    NFHA_RECOVERY_FLAGS_PLUGGED;
	claims.master_has_lost = losses[A];
	claims.done = done;
	claims.data = data;
	ck_assert_int_ge(sd_event_add_time_relative(nfhad.event, &claims.later,
						    CLOCK_MONOTONIC, 0, 1,
						    on_claimed, NULL), 0);
	return -EINPROGRESS;
}

void __wrap_nfhad_possession_release(struct nfhad_instance *instance)
{
	losses[instance - service->instance]++;
}

/* And before its first packet. */
START_TEST(state_first_address_second)
{
	begin();
	ck_assert_uint_eq(claims.times, 0);
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_uint_eq(claims.times, 1);
	ck_assert(claims.master_has_lost);
	ck_assert_uint_eq(claims.loads, 1);
	ck_assert(claims.runs && claims.is_plugged);
	ck_assert_uint_eq(losses[B], 0);
}

START_TEST(who_does_not_get_the_address_does_not_take_over)
{
	begin();
	claims.error = -ENODEV;
	process_end(A);
	wait_said("cannot take over: No such device");
	wait_said("has taken over from A");
	ck_assert_int_ne(at(B)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(claims.times, 2);
	ck_assert_uint_eq(losses[B], 1);
}

/* Nobody takes over who has ended while it waited for the addresses. */
START_TEST(who_dies_before_its_address_does_not_take_over)
{
	begin();
	world->resumes_nothing = true;
	claims.dies = true;
	process_end(A);
	wait_said("cannot take over: No child processes");
	ck_assert(!said("has taken over"));
	ck_assert_uint_eq(losses[B], 1);
	wait_said("has taken over from A");
	ck_assert_int_ne(at(B)->state, NFHAD_INSTANCE_ACTIVE);
}

/* It may want to listen there. */
START_TEST(address_before_a_command)
{
	world->save_hangs = true;
	daemon_begin();
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_uint_eq(claims.times, 1);
	ck_assert_uint_eq(claims.launches, 0);
	ck_assert_uint_eq(world->launches[B], 1);
}

/* What the switch before the service is told, and whom the module has the ranges of then. */
static struct told {
	unsigned int times;
	uint32_t exceptions;
	bool backup_owns;
} told;

void __wrap_nfhad_push_begin(struct nfhad_service *of, uint32_t exceptions)
{
	ck_assert_ptr_eq(of, service);
	told.times++;
	told.exceptions = exceptions;
	told.backup_owns = world->fake[B].owns;
}

bool __wrap_nfhad_ranges_settled(const struct nfhad_service *of,
				 uint32_t *exceptions)
{
	ck_assert_ptr_eq(of, service);
	*exceptions = 4;
	return false;
}

/* Those that a standby is to have cannot be read. */
static bool is_unreadable;

int __wrap_nfhad_image_newest(struct nfhad_store *of, const char *name,
			      const char *instance, struct nfhad_image **image)
{
	return is_unreadable ? -EIO :
			       __real_nfhad_image_newest(of, name, instance, image);
}

int __wrap_nfhad_ranges_get(const struct nfhad_instance *instance,
			    struct nfha_instance *answer)
{
	(void)answer;
	return instance == at(C) ? -ENOENT : 0;
}

/* The recovery of another master has taken the one that was to be it, and that works. */
START_TEST(standby_that_was_taken_is_forgotten)
{
	int failed, other;

	service_config.scheme = NFHAD_SCHEME_STANDBY;
	is_unreadable = true;
	begin_with_two_masters();
	wait_state(C, NFHAD_INSTANCE_IDLE);
	wait_commits(A, world->fake[A].commits + 2);
	wait_commits(B, world->fake[B].commits + 2);
	failed = decided(C, NFHAD_ACTION_START, "stands by for A") ? B : A;
	other = failed == A ? B : A;
	process_end(failed);
	wait_state(C, NFHAD_INSTANCE_ACTIVE);
	is_unreadable = false;
	wait_state(failed, NFHAD_INSTANCE_STANDBY);
	wait_commits(other, world->fake[other].commits + 2);
	wait_commits(C, world->fake[C].commits + 2);
	ck_assert_int_eq(at(C)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->loads[C], 1);
}

/* Nobody takes over of whom there is nothing yet. */
START_TEST(spare_that_is_not_made)
{
	static struct nfhad_made_config made;

	service_config.instance[C].role = NFHAD_ROLE_SPARE;
	service_config.instance[C].made = &made;
	world->stray_error[B] = -EIO;
	daemon_begin();
	wait_state(C, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 2);
	process_end(A);
	wait_said("there is no backup left (C is not made yet)");
	ck_assert_uint_eq(world->loads[C], 0);
	world->stray_error[B] = 0;
	wait_said("has taken over from A");
	ck_assert_int_eq(at(B)->state, NFHAD_INSTANCE_ACTIVE);
}

/* Or it would send to the one that has failed for ever. */
START_TEST(switch_is_told_of_who_has_taken_over)
{
	begin();
	service->push = (struct nfhad_push *)&told;
	process_end(A);
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(told.times, 1);
	ck_assert_uint_eq(told.exceptions, 4);
	ck_assert(told.backup_owns);
	service->push = NULL;
}

/* Without one nobody is asked. */
START_TEST(no_switch)
{
	begin();
	process_end(A);
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(told.times, 0);
}

UNIT_MAIN_FIXTURE("backups", world_setup, world_teardown,
		  without_hosts_in_their_order, not_beside_the_master,
		  beside_the_master_at_last, strictly_not_beside_the_master,
		  standby_is_not_beside_its_master, one_backup_for_two_masters,
		  two_at_once, who_waits_longest_comes_first,
		  standby_of_one_is_given_up_for_another,
		  state_first_address_second,
		  who_does_not_get_the_address_does_not_take_over,
		  who_dies_before_its_address_does_not_take_over,
		  address_before_a_command, switch_is_told_of_who_has_taken_over,
		  no_switch, standby_that_was_taken_is_forgotten,
		  spare_that_is_not_made)
