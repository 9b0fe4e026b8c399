// SPDX-License-Identifier: GPL-2.0-or-later
/* Which checkpoint is loaded, and what is remembered. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "life.h"
#include "record.h"
#include "recovery.h"
#include "service.h"
#include "unit.h"
#include "world.h"

/* Of service "fw". */
#define RECORD NFHAD_RUN_DIRECTORY "/6677.json"

/* Epoch of the newest in the store. */
static uint64_t newest_epoch(void)
{
	struct nfhad_image *image;
	uint64_t epoch;

	if (nfhad_image_newest(store, "fw", "A", &image))
		return 0;
	epoch = image->epoch;
	nfhad_image_put(image);
	return epoch;
}

static void begin(void)
{
	daemon_begin();
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	wait_state(C, NFHAD_INSTANCE_IDLE);
}

/* It is killed: what it would undo stays. */
static void daemon_dies(void)
{
	struct nfha_epoch e = world->fake[A].e;

	daemon_end();
	world->fake[A].e = e;
	world->fake[A].aborts = 0;
}

START_TEST(answer_of_a_commit_is_lost)
{
	uint64_t committed;

	begin();
	wait_commits(A, 2);
	world->commit_lost = true;
	wait_commits(A, world->fake[A].commits + 1);
	committed = world->fake[A].e.committed;
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_uint_ge(world->loaded_epoch, committed);
	ck_assert(!said("is not in the store"));
}

START_TEST(what_is_not_committed_does_not_count)
{
	uint64_t committed;

	begin();
	wait_commits(A, 2);
	world->commit_error = -EBUSY;
	wait_said("no checkpoint, 1 in a row: commit");
	committed = world->fake[A].e.committed;
	ck_assert_uint_eq(newest_epoch(), committed);
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_uint_eq(world->loaded_epoch, committed);
}

/* As if a commit had been made that the daemon knows nothing of. What an earlier life had
 * stored with this number is something else.
 */
START_TEST(kernel_knows_of_another_epoch)
{
	image_add("A", 1000);
	world->save_hangs = true;
	begin();
	run_ms(100);
	world->fake[A].e.committed = 1000;
	process_end(A);
	wait_said("the checkpoint of epoch 1000, where its log begins, is not in the store");
	wait_said("there is no checkpoint to recover from");
	ck_assert_uint_eq(world->loads[B] + world->loads[C], 0);
	/* Until it is made anew nothing changes. */
	nfhad_recovery_renewed(at(A));
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_FAILED);
	daemon_end();
	daemon_begin();
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_FAILED);
	world->save_hangs = false;
	world->fake[A].e = (struct nfha_epoch){ .epoch = 1 };
	nfhad_recovery_renewed(at(A));
	wait_commits(A, world->fake[A].commits + 1);
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->launches[A], 2);
}

/* While no daemon was there. */
START_TEST(made_anew_meanwhile)
{
	begin();
	wait_commits(A, 2);
	world->fake[A].e.committed = 1000;
	process_end(A);
	wait_said("there is no checkpoint to recover from");
	daemon_end();
	world->fake[A].e = (struct nfha_epoch){ .epoch = 1 };
	daemon_begin();
	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->launches[A], 2);
}

/* An older one that is in the store. */
START_TEST(kernel_knows_of_an_older_epoch)
{
	uint64_t committed;

	begin();
	wait_commits(A, 3);
	world->save_hangs = true;
	run_ms(100);
	committed = world->fake[A].e.committed;
	world->fake[A].e.committed = committed - 1;
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_uint_eq(world->loaded_epoch, committed - 1);
}

/* The store is older than the instance in the kernel. */
START_TEST(checkpoints_of_an_earlier_life)
{
	image_add("A", 1);
	world->save_hangs = true;
	begin();
	while (!world->saves[A])
		run_ms(10);
	ck_assert_uint_eq(world->fake[A].e.pending, 1);
	daemon_dies();
	daemon_begin();
	ck_assert_int_eq(at(A)->state, NFHAD_INSTANCE_ACTIVE);
	ck_assert_uint_eq(world->fake[A].commits, 0);
	ck_assert_uint_eq(world->fake[A].aborts, 1);
	process_end(A);
	wait_said("has taken over from A");
	ck_assert_uint_eq(world->loaded_epoch, 0);
	ck_assert_uint_eq(world->launches[B] + world->launches[C], 1);
}

/* Of this life it is committed. */
START_TEST(stored_before_the_daemon_died)
{
	begin();
	wait_commits(A, 1);
	world->save_hangs = true;
	run_ms(100);
	image_add("A", world->fake[A].e.epoch - 1);
	daemon_dies();
	world->fake[A].commits = 0;
	daemon_begin();
	ck_assert_uint_eq(world->fake[A].commits, 1);
	ck_assert(said("is stored, and committed now"));
}

/* It is the one that works, and its state is lost; but not the service. */
START_TEST(backup_is_forgotten)
{
	begin();
	wait_commits(A, 2);
	process_end(A);
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	wait_commits(B, 2);
	daemon_end();
	ck_assert_int_eq(unlink(RECORD), 0);
	daemon_begin();
	wait_state(B, NFHAD_INSTANCE_ACTIVE);
	wait_state(A, NFHAD_INSTANCE_IDLE);
	ck_assert_uint_eq(world->launches[A], 1);
	ck_assert_uint_eq(world->launches[B], 1);
	wait_commits(B, world->fake[B].commits + 1);
}

/* A backup that had a life before begins to count anew. */
START_TEST(backup_is_made_anew)
{
	world->fake[B].e.epoch = 6;
	world->fake[B].e.committed = 5;
	begin();
	ck_assert_uint_eq(world->fake[B].removed, 1);
	ck_assert_uint_eq(world->fake[B].e.committed, 0);
}

/* Whatever it was before. */
START_TEST(record_is_damaged)
{
	int fd;

	ck_assert_int_eq(mkdir(NFHAD_RUN_DIRECTORY, 0700), 0);
	fd = open(RECORD, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, "[{", 2), 2);
	close(fd);
	daemon_begin();
	ck_assert(said("6677.json cannot be read"));
	ck_assert(said("without that file all begins afresh"));
	ck_assert(!said("waits until the module"));
	ck_assert(!service->started);
}

START_TEST(two_daemons)
{
	int status, lock = nfhad_record_lock();
	pid_t pid;

	ck_assert_int_ge(lock, 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid)
		_exit(nfhad_record_lock() == -EBUSY ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(lock);
	lock = nfhad_record_lock();
	ck_assert_int_ge(lock, 0);
	close(lock);
}

UNIT_MAIN_FIXTURE("life", world_setup, world_teardown,
		  answer_of_a_commit_is_lost, what_is_not_committed_does_not_count,
		  kernel_knows_of_another_epoch, kernel_knows_of_an_older_epoch,
		  checkpoints_of_an_earlier_life, stored_before_the_daemon_died,
		  made_anew_meanwhile, backup_is_forgotten, backup_is_made_anew,
		  record_is_damaged, two_daemons)
