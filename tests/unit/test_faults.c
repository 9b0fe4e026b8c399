// SPDX-License-Identifier: GPL-2.0-or-later
/* What counts is whole, whatever happens on the way to it. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bed.h"
#include "faults.h"
#include "seed.h"
#include "unit.h"

/* What happens at a system call of a job, and at which one. */
enum fault {
	FAULT_NONE,
	FAULT_ENOSPC,
	FAULT_EIO,
	FAULT_KILL,
};

static enum fault fault;
static int fault_at;
static pid_t daemon_pid;

/* In the job only: what the daemon itself does blocks nobody and is not cut short. */
static int at_fault(void)
{
	if (getpid() == daemon_pid || fault == FAULT_NONE || --fault_at)
		return 0;
	if (fault == FAULT_KILL)
		raise(SIGKILL);
	errno = fault == FAULT_ENOSPC ? ENOSPC : EIO;
	return -1;
}

int __wrap_openat(int dir, const char *name, int flags, mode_t mode)
{
	return at_fault() ? -1 : __real_openat(dir, name, flags, mode);
}

int __wrap_mkdirat(int dir, const char *name, mode_t mode)
{
	return at_fault() ? -1 : __real_mkdirat(dir, name, mode);
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	return at_fault() ? -1 : __real_read(fd, buffer, size);
}

ssize_t __wrap_write(int fd, const void *buffer, size_t size)
{
	return at_fault() ? -1 : __real_write(fd, buffer, size);
}

int __wrap_fsync(int fd)
{
	return at_fault() ? -1 : __real_fsync(fd);
}

int __wrap_renameat2(int from, const char *a, int to, const char *b,
		     unsigned int flags)
{
	return at_fault() ? -1 : __real_renameat2(from, a, to, b, flags);
}

static void setup(void)
{
	daemon_pid = getpid();
	bed_setup();
}

/* Returns false if the job has ended before it came to the fault. */
static bool fault_try(enum fault kind, int at)
{
	struct nfhad_image *image = image_begin("A");
	int error;

	fault = kind;
	fault_at = at;
	error = image_finish(image, 2);
	fault = FAULT_NONE;
	if (!error) {
		nfhad_image_put(image);
		return false;
	}
	ck_assert_int_eq(error, kind == FAULT_ENOSPC ? -ENOSPC :
				kind == FAULT_EIO ? -EIO : -ECHILD);
	ck_assert_uint_eq(newest_good("A"), 1);
	nfhad_image_put(image);
	ck_assert_uint_eq(newest_good("A"), 1);
	wait_for_names("A", 1);
	return true;
}

static void fault_everywhere(enum fault kind)
{
	int at;

	image_add("A", 1);
	for (at = 1; fault_try(kind, at); at++)
		continue;
	/* Files, manifest, directories: there are many. */
	ck_assert_int_gt(at, 15);
	ck_assert_uint_eq(newest_good("A"), 2);
}

START_TEST(disk_full_at_each_call)
{
	fault_everywhere(FAULT_ENOSPC);
}

START_TEST(disk_broken_at_each_call)
{
	fault_everywhere(FAULT_EIO);
}

START_TEST(job_killed_at_each_call)
{
	fault_everywhere(FAULT_KILL);
}

/* Both the daemon and its job are gone; the next one has what there was, or all. */
START_TEST(all_killed_at_each_call)
{
	struct nfhad_image *image;
	struct result result;
	uint64_t epoch = 1;
	int at;

	image_add("A", 1);
	for (at = 1; epoch == 1; at++) {
		image = image_begin("A");
		image->epoch = 2;
		result = (struct result){ 0 };
		fault = FAULT_KILL;
		fault_at = at;
		ck_assert_int_eq(nfhad_image_store(image, NULL, NULL, 0,
						   on_stored, &result),
				 0);
		wait_for(&result);
		fault = FAULT_NONE;
		store_again();
		epoch = newest_good("A");
		ck_assert_uint_ge(epoch, 1);
		ck_assert_uint_eq(names_of("A").hidden, 0);
		close(image->dir);
		free(image);
	}
	ck_assert_uint_eq(epoch, 2);
	ck_assert_int_gt(at, 15);
}

/* Stores one checkpoint after the other until it is killed. */
static void store_for_ever(uint64_t epoch)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	daemon_pid = getpid();
	sd_event_unref(event);
	if (sd_event_new(&event) < 0)
		_exit(1);
	store_begin();
	for (;;)
		image_add("A", epoch++);
}

/* Within which it is killed. */
#define RANGE_US 60000
#define RANGE_MAX_US 4000000

START_TEST(killed_at_any_time)
{
	unsigned int seed = seed_of(), range_us = RANGE_US, after_us;
	uint64_t epoch, before = 0;
	struct timespec ts = { 0 };
	pid_t pid;
	int i;

	nfhad_store_close(store);
	for (i = 0; i < 25; i++) {
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (!pid)
			store_for_ever(before + 1);
		after_us = 1000 + rand_r(&seed) % range_us;
		ts.tv_sec = after_us / 1000000;
		ts.tv_nsec = 1000L * (after_us % 1000000);
		nanosleep(&ts, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		store_begin();
		epoch = newest_good("A");
		ck_assert_uint_ge(epoch, before);
		/* On a slow machine nothing may be stored as soon as that. */
		if (epoch == before && range_us < RANGE_MAX_US)
			range_us *= 2;
		before = epoch;
		nfhad_store_close(store);
	}
	ck_assert_uint_gt(before, 0);
	store_begin();
}

UNIT_MAIN_FIXTURE("faults", setup, bed_teardown, disk_full_at_each_call,
		  disk_broken_at_each_call, job_killed_at_each_call,
		  all_killed_at_each_call, killed_at_any_time)
