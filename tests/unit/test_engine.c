// SPDX-License-Identifier: GPL-2.0-or-later
/* Start, protection, failure and recovery of instances. */

#include <errno.h>
#include <string.h>

#include "bed.h"
#include "change.h"
#include "cleaning.h"
#include "decision.h"
#include "retry.h"
#include "service.h"
#include "unit.h"
#include "world.h"

START_TEST(later_each_time)
{
	ck_assert_uint_eq(nfhad_retry_wait_us(1, 200, 1000), 200);
	ck_assert_uint_eq(nfhad_retry_wait_us(2, 200, 1000), 400);
	ck_assert_uint_eq(nfhad_retry_wait_us(3, 200, 1000), 800);
	ck_assert_uint_eq(nfhad_retry_wait_us(4, 200, 1000), 1000);
	ck_assert_uint_eq(nfhad_retry_wait_us(4000000000u, 200, 1000), 1000);
	ck_assert(nfhad_retry_is_said(1) && nfhad_retry_is_said(2));
	ck_assert(!nfhad_retry_is_said(3) && nfhad_retry_is_said(4));
}

START_TEST(start_is_tried_again)
{
	world->launch_error = -ENOEXEC;
	daemon_begin();
	wait_said("cannot be started, tried again in 1 s");
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_UNKNOWN);
	world->launch_error = 0;
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->launches[A], 1);
}

/* One that could not be started is nobody's backup after a restart. */
START_TEST(start_is_tried_by_the_next_daemon)
{
	world->launch_error = -ENOEXEC;
	daemon_begin();
	wait_said("cannot be started");
	wait_state(B, NFHAD_INSTANCE_IDLE);
	daemon_end();
	world->launch_error = 0;
	daemon_begin();
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
}

START_TEST(strays_end_before_a_start)
{
	world->stray_error[A] = -EPERM;
	daemon_begin();
	wait_said("cannot be started");
	ck_assert_uint_eq(world->strays[A], 1);
	ck_assert_uint_eq(world->launches[A], 0);
	world->stray_error[A] = 0;
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->strays[A], 2);
}

START_TEST(missing_namespace_is_named)
{
	world->stray_error[A] = -ENOENT;
	world->stray_error[B] = -ENOENT;
	daemon_begin();
	wait_said("tried again in 1 s: there is no network namespace A: make it");
	wait_said("1 tries in a row, one each second: there is no network namespace B");
}

/* Who is known to live is not touched. */
START_TEST(restart_takes_up)
{
	service_config.instances = 2;
	daemon_begin();
	wait_commits(A, 2);
	daemon_end();
	daemon_begin();
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->strays[A], 1);
	ck_assert_uint_eq(world->launches[A], 1);
	process_end(A);
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->loads[B], 1);
	/* Neither is a backup, which has no command. */
	daemon_end();
	daemon_begin();
	ck_assert_int_eq(at(B)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert_ptr_nonnull(at(B)->process);
}

START_TEST(fenced_before_the_start)
{
	service_config.instances = 2;
	world->fake[A].e.flags = NFHA_RECOVERY_FLAGS_FENCED;
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	ck_assert(said("is fenced, and cannot be started"));
	ck_assert_uint_eq(world->launches[A], 0);
	ck_assert_uint_eq(world->launches[B], 1);
}

START_TEST(dies_before_a_checkpoint)
{
	service_config.instances = 2;
	world->save_hangs = true;
	daemon_begin();
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	process_end(A);
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	ck_assert(said("nobody has seen anything of it"));
	ck_assert_uint_eq(world->launches[B], 1);
	ck_assert_uint_eq(world->loads[B], 0);
	wait_state(A, NFHAD_INSTANCE_IDLE);
	/* It is still the command of A, for a daemon that comes back. */
	process_end(B);
	daemon_end();
	daemon_begin();
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->launches[A], 2);
}

START_TEST(dies_seen_before_a_checkpoint)
{
	world->save_hangs = true;
	world->fake[A].e.recovery = NFHA_RECOVERY_CHECKPOINT;
	daemon_begin();
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	process_end(A);
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	ck_assert(said("does not remember what others have seen of it"));
}

static unsigned int launches(void)
{
	return world->launches[A] + world->launches[B] + world->launches[C];
}

START_TEST(dies_again_and_again)
{
	world->save_hangs = true;
	world->launch_dies = true;
	daemon_begin();
	run_ms(2000);
	/* At once, at once, and after 0.4, 0.8 ... s. */
	ck_assert_uint_ge(launches(), 3);
	ck_assert_uint_le(launches(), 6);
	world->launch_dies = false;
	world->save_hangs = false;
	while (!world->fake[A].commits && !world->fake[B].commits &&
	       !world->fake[C].commits)
		run_ms(10);
}

START_TEST(unprotected_is_tried_again)
{
	world->attach_error = -EOPNOTSUPP;
	daemon_begin();
	wait_state(A, NFHAD_INSTANCE_UNPROTECTED);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	world->fake[A].alive = 0;
	world->fake[B].alive = 0;
	run_ms(300);
	ck_assert_uint_eq(world->fake[A].alive, 0);
	ck_assert_uint_gt(world->fake[B].alive, 0);
	world->attach_error = 0;
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_commits(A, 1);
	run_ms(100);
	ck_assert_uint_gt(world->fake[A].alive, 0);
}

/* A dump that was left alone ends soon, and nothing is wrong meanwhile. */
START_TEST(left_dump_is_waited_for)
{
	world->attach_error = -EAGAIN;
	daemon_begin();
	wait_state(A, NFHAD_INSTANCE_UNPROTECTED);
	run_ms(300);
	world->attach_error = 0;
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	ck_assert(!said("is not protected") && !said("is protected now"));
	wait_commits(A, 1);
}

/* But not for ever. */
START_TEST(left_dump_that_hangs_is_told)
{
	service_config.timeout_ms = 200;
	world->attach_error = -EAGAIN;
	daemon_begin();
	wait_said("is not protected, 1 tries in a row");
	world->attach_error = 0;
	wait_said("is protected now");
}

/* Whose checkpoints fail has no signs of life from the first one on. */
START_TEST(failing_checkpoints_protect_nobody)
{
	unsigned int saves;

	daemon_begin();
	wait_commits(A, 1);
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_ACTIVE);
	world->commit_error = -ENOSPC;
	wait_said("no checkpoint, 1 in a row: commit: No space left on device");
	world->fake[A].alive = 0;
	world->fake[B].alive = 0;
	wait_state(A, NFHAD_INSTANCE_UNPROTECTED);
	ck_assert(said("is not protected, no checkpoint has counted for"));
	saves = world->saves[A];
	run_ms(300);
	ck_assert_uint_eq(world->fake[A].alive, 0);
	ck_assert_uint_gt(world->fake[B].alive, 0);
	ck_assert_uint_le(world->saves[A], saves + 1);
	ck_assert_uint_ne(nfhad_decision_count(nfhad.decisions, NFHAD_ACTION_RETRY), 0);
	world->commit_error = 0;
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	ck_assert(said("checkpoints succeed again, after"));
	world->fake[A].alive = 0;
	run_ms(150);
	ck_assert_uint_gt(world->fake[A].alive, 0);
}

/* One that fails now and then is no reason to give up. */
START_TEST(failing_once_protects)
{
	static const struct nfhad_config patient = { .dead_man_ms = 3600000 };

	nfhad.config = (struct nfhad_config *)&patient;
	daemon_begin();
	wait_commits(A, 1);
	world->commit_error = -ENOSPC;
	wait_said("no checkpoint, 1 in a row");
	world->commit_error = 0;
	wait_said("checkpoints succeed again, after");
	ck_assert(!said("is not protected"));
}

START_TEST(unprotected_has_what_it_was_made_of)
{
	uint64_t epoch;

	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_state(C, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 2);
	world->attach_error = -EOPNOTSUPP;
	process_end(A);
	wait_state(B, NFHAD_INSTANCE_UNPROTECTED);
	epoch = world->loaded_epoch;
	ck_assert_uint_ge(epoch, 2);
	world->loaded_epoch = 0;
	process_end(B);
	wait_said("has taken over from B");
	ck_assert_uint_eq(world->loaded_epoch, epoch);
}

/* Only B can be made ready. */
static void begin_with_one_backup(void)
{
	service_config.instances = 2;
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 2);
	world->stray_error[A] = -EIO;
}

START_TEST(only_backup_is_tried_again)
{
	unsigned int removed;

	begin_with_one_backup();
	removed = world->fake[B].removed;
	world->load_errors = 2;
	process_end(A);
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->loads[B], 3);
	ck_assert_uint_eq(world->fake[B].removed, removed);
	ck_assert(said("cannot be cleaned"));
}

/* What it has sent would be seen, and nobody would remember it. */
START_TEST(only_backup_has_sent_something)
{
	begin_with_one_backup();
	world->load_errors = 1;
	process_end(A);
	wait_said("B has its log");
	world->fake[B].e.hold.packets = 1;
	wait_said("there is no backup left");
	ck_assert_uint_eq(world->loads[B], 1);
	/* Another one forgets it. */
	world->stray_error[A] = 0;
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->loads[B], 1);
}

START_TEST(loads_fail_slower_and_slower)
{
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_state(C, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 2);
	world->load_errors = 1000;
	process_end(A);
	run_ms(2000);
	/* At once, and after 0.2, 0.4, 0.8 ... s. */
	ck_assert_uint_ge(world->loads[A] + world->loads[B] + world->loads[C], 3);
	ck_assert_uint_le(world->loads[A] + world->loads[B] + world->loads[C], 5);
	world->load_errors = 0;
	wait_said("has taken over from A");
}

static void begin_standby(void)
{
	service_config.scheme = NFHAD_SCHEME_STANDBY;
	service_config.instances = 2;
	world->load_hangs = true;
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_LOADING);
}

/* What is just being loaded is what is wanted. */
START_TEST(standby_that_loads_takes_over)
{
	unsigned int before;

	begin_standby();
	before = world->fake[A].commits;
	process_end(A);
	wait_said("B has its log");
	ck_assert_uint_eq(world->fake[A].commits, before + 1);
	world->load_hangs = false;
	wait_said("has taken over from A");
	ck_assert_int_eq(at(B)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->loads[B], 1);
}

START_TEST(who_is_idle_is_expected)
{
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_commits(A, world->fake[A].commits + 1);
	ck_assert(!world->expected[A]);
	ck_assert(world->expected[B]);
	ck_assert(!world->expected[C]);
}

/* It is made ready again and again. */
START_TEST(who_is_beside_a_standby_is_expected)
{
	int standby, other;

	service_config.scheme = NFHAD_SCHEME_STANDBY;
	daemon_begin();
	wait_commits(A, 3);
	other = at(C)->state == NFHAD_INSTANCE_IDLE ? C : B;
	standby = other == C ? B : C;
	ck_assert_int_ne(at(standby)->state, NFHAD_INSTANCE_IDLE);
	ck_assert(!world->expected[standby]);
	ck_assert(world->expected[other]);
}

START_TEST(stored_is_committed_at_the_end)
{
	unsigned int before;

	begin_standby();
	before = world->fake[A].commits;
	daemon_end();
	ck_assert_uint_eq(world->fake[A].commits, before + 1);
	ck_assert_uint_eq(world->fake[A].aborts, 0);
}

START_TEST(what_happens_is_counted)
{
	const struct nfhad_tally *tally;

	service_config.instances = 2;
	daemon_begin();
	tally = &at(A)->tally;
	wait_commits(A, 3);
	ck_assert_uint_eq(tally->checkpoints, world->fake[A].commits);
	ck_assert_uint_gt(tally->checkpoint_us, 0);
	ck_assert_uint_lt(tally->checkpoint_us, 60000000);
	ck_assert_uint_le(tally->plug_us, tally->checkpoint_us);
	ck_assert_uint_gt(tally->checkpoint_at_us, 1000000000000000);
	ck_assert_uint_eq(tally->checkpoint_failures, 0);
	world->commit_error = -EBUSY;
	wait_said("no checkpoint, 2 in a row: commit");
	ck_assert_uint_ge(tally->checkpoint_failures, 2);
	ck_assert_uint_eq(tally->checkpoints, world->fake[A].commits);
	world->commit_error = 0;
	ck_assert_uint_eq(tally->failures, 0);
	process_end(A);
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(tally->failures, 1);
	ck_assert_uint_eq(tally->takeovers, 0);
	ck_assert_uint_eq(at(B)->tally.takeovers, 1);
	ck_assert_uint_eq(at(B)->tally.failures, 0);
}

/* Killing it has no effect for a while. */
START_TEST(cleaning_waits_for_the_end)
{
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_commits(A, 1);
	world->unkillable = 2;
	nfhad_instance_failed(at(A), "a test says so");
	wait_said("does not end, killed 1 times");
	wait_state(A, NFHAD_INSTANCE_IDLE);
	ck_assert_uint_eq(world->unkillable, 0);
}

START_TEST(who_is_active_cannot_be_left_out)
{
	struct nfhad_service_config wanted;

	daemon_begin();
	wait_commits(A, 1);
	ck_assert_int_eq(nfhad_change_check(service, &service_config), 0);
	ck_assert_int_eq(nfhad_change_check(service, NULL), -EBUSY);
	ck_assert(said("set the recovery of its service to none first"));
	wanted = service_config;
	wanted.instances = 1;
	ck_assert_int_eq(nfhad_change_check(service, &wanted), 0);
	wanted.instance++;
	ck_assert_int_eq(nfhad_change_check(service, &wanted), -EBUSY);
	world->fake[A].gone = true;
	ck_assert_int_eq(nfhad_change_check(service, NULL), 0);
	world->fake[A].gone = false;
}

/* A name that the module does not know would leave all of the service to nobody. */
START_TEST(who_is_not_in_the_module_does_not_come)
{
	struct nfhad_service_config wanted;

	service_config.instances = 2;
	daemon_begin();
	wait_commits(A, 1);
	wanted = service_config;
	wanted.instances = 3;
	ck_assert_int_eq(nfhad_change_check(service, &wanted), 0);
	world->fake[C].gone = true;
	ck_assert_int_eq(nfhad_change_check(service, &wanted), -ENOENT);
	ck_assert(said("is not in the module with recovery, and until it is"));
	/* Of one that is not protected nothing is lost. */
	world->fake[A].gone = true;
	world->fake[B].gone = true;
	ck_assert_int_eq(nfhad_change_check(service, &wanted), 0);
	/* At a start it is waited for; one that has been at work is missed. */
	daemon_end();
	daemon_begin();
	ck_assert(said("<3> waits until the module has it"));
}

UNIT_MAIN_FIXTURE("engine", world_setup, world_teardown, later_each_time,
		  start_is_tried_again, start_is_tried_by_the_next_daemon,
		  strays_end_before_a_start, missing_namespace_is_named,
		  restart_takes_up,
		  fenced_before_the_start, dies_before_a_checkpoint,
		  dies_seen_before_a_checkpoint, dies_again_and_again,
		  unprotected_is_tried_again,
		  left_dump_is_waited_for, left_dump_that_hangs_is_told,
		  failing_checkpoints_protect_nobody, failing_once_protects,
		  unprotected_has_what_it_was_made_of,
		  only_backup_is_tried_again,
		  only_backup_has_sent_something, loads_fail_slower_and_slower,
		  standby_that_loads_takes_over, who_is_idle_is_expected,
		  who_is_beside_a_standby_is_expected, stored_is_committed_at_the_end,
		  what_happens_is_counted,
		  cleaning_waits_for_the_end, who_is_active_cannot_be_left_out,
		  who_is_not_in_the_module_does_not_come)
