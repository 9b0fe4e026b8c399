// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that are left in a network namespace. */

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "stray.h"
#include "unit.h"
#include "spaces.h"

/* In "here": one with a process namespace of its own, and one without. */
static int apart, beside;
/* And in "other", where the test itself is, one that is apart as well. */
static int elsewhere;

static int process_make(const char *netns, int flags)
{
	int ready[2], pidfd;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		if (nfhad_netns_enter(netns) || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	pidfd = pidfd_open(pid, 0);
	ck_assert_int_ge(pidfd, 0);
	return pidfd;
}

static bool lives(int pidfd)
{
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };

	return !poll(&pfd, 1, 0);
}

static void setup(void)
{
	ck_assert(world_make());
	ck_assert(netns_make("other"));
	apart = process_make("here", CLONE_NEWPID);
	beside = process_make("here", 0);
	elsewhere = process_make("other", CLONE_NEWPID);
}

static void teardown(void)
{
	pidfd_send_signal(apart, SIGKILL, NULL, 0);
	pidfd_send_signal(beside, SIGKILL, NULL, 0);
	pidfd_send_signal(elsewhere, SIGKILL, NULL, 0);
}

START_TEST(those_with_a_namespace_of_their_own)
{
	ck_assert_int_eq(nfhad_stray_kill("here"), 0);
	ck_assert(!lives(apart));
	ck_assert(lives(beside));
	ck_assert(lives(elsewhere));
}

START_TEST(all)
{
	ck_assert_int_eq(nfhad_stray_kill_all("here"), 0);
	ck_assert(!lives(apart));
	ck_assert(!lives(beside));
	ck_assert(lives(elsewhere));
}

START_TEST(not_where_the_daemon_is)
{
	ck_assert_int_eq(nfhad_stray_kill("other"), -EPERM);
	ck_assert_int_eq(nfhad_stray_kill_all("other"), -EPERM);
	ck_assert(lives(elsewhere));
}

START_TEST(not_where_nobody_knows)
{
	ck_assert_int_eq(nfhad_stray_kill_all("nowhere"), -ENOENT);
	ck_assert_int_eq(nfhad_stray_kill_all("../netns/here"), -EINVAL);
	ck_assert(lives(beside));
}

/* It is there for a moment only, and the hunt is a job of its own. */
START_TEST(not_the_daemon_that_looks_in)
{
	int status, there[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(there), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		if (read(there[0], &byte, 1) != 1)
			_exit(1);
		_exit(-nfhad_stray_kill_all("here"));
	}
	ck_assert_int_eq(nfhad_netns_enter("here"), 0);
	ck_assert_int_eq(write(there[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(!lives(beside));
}

UNIT_MAIN_FIXTURE("stray", setup, teardown, those_with_a_namespace_of_their_own,
		  all, not_the_daemon_that_looks_in, not_where_the_daemon_is,
		  not_where_nobody_knows)
