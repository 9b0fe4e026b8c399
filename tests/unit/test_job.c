// SPDX-License-Identifier: GPL-2.0-or-later
/* Work in a child process: how much of a processor its session gets. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "job.h"
#include "loop.h"
#include "unit.h"
#include "wraps.h"

/**
 * struct shared - with jobs
 * @waits: none begins its session before it may
 * @may_begin: it may
 * @nice: of the session of one that works; see nice_of()
 * @flags: of a descriptor that one has, or -1
 */
static struct shared {
	bool waits;
	bool may_begin;
	int nice;
	int flags;
} *shared;

static sd_event *loop;
static struct nfhad_job *job;
static int ended = 1;

pid_t __wrap_setsid(void)
{
	while (shared->waits && !__atomic_load_n(&shared->may_begin, __ATOMIC_SEQ_CST))
		sched_yield();
	return __real_setsid();
}

/* That of the session of this process; 99: this kernel has none. */
static int nice_of(void)
{
	char text[64] = "", *at;
	int fd = open("/proc/self/autogroup", O_RDONLY | O_CLOEXEC), nice = 99;

	if (fd < 0)
		return nice;
	if (read(fd, text, sizeof(text) - 1) > 0) {
		at = strstr(text, " nice ");
		if (at)
			sscanf(at, " nice %d", &nice);
	}
	close(fd);
	return nice;
}

static int work(void *data)
{
	(void)data;
	shared->nice = nice_of();
	return 0;
}

static void on_end(void *data, int error)
{
	(void)data;
	job = NULL;
	ended = error;
}

static void set_up(void)
{
	loop = loop_open();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	*shared = (struct shared){ .nice = 98 };
	/* Not that of whoever runs the test. */
	__real_setsid();
}

static void tear_down(void)
{
	munmap(shared, sizeof(*shared));
	sd_event_unref(loop);
}

static void start(bool waits)
{
	shared->waits = waits;
	ck_assert_int_eq(nfhad_job_start(loop, work, 0, on_end, NULL, &job), 0);
}

static void end(void)
{
	__atomic_store_n(&shared->may_begin, true, __ATOMIC_SEQ_CST);
	while (job)
		ck_assert_int_ge(sd_event_run(loop, UINT64_MAX), 0);
	ck_assert_int_eq(ended, 0);
}

START_TEST(as_others)
{
	start(false);
	end();
	ck_assert(!shared->nice || shared->nice == 99);
}

/* It is in the daemon's session then, and that is none of its business. */
START_TEST(urged_before_it_has_a_session)
{
	start(true);
	nfhad_job_urge(job);
	ck_assert(!nice_of() || nice_of() == 99);
	end();
	ck_assert(shared->nice == -10 || shared->nice == 99);
	ck_assert(!nice_of() || nice_of() == 99);
}

static int has(void *data)
{
	shared->flags = fcntl(*(int *)data, F_GETFD);
	return 0;
}

static int what_a_job_has_of(int fd)
{
	ck_assert_int_eq(nfhad_job_start(loop, has, 0, on_end, &fd, &job), 0);
	end();
	return shared->flags;
}

START_TEST(what_listens_is_the_daemons_alone)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(what_a_job_has_of(fd), 0);
	nfhad_job_withhold(fd);
	ck_assert_int_eq(what_a_job_has_of(fd), -1);
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	nfhad_job_withhold(-1);
	ck_assert_int_ge(what_a_job_has_of(fd), 0);
	close(fd);
}

UNIT_MAIN_FIXTURE("job", set_up, tear_down, as_others, urged_before_it_has_a_session,
		  what_listens_is_the_daemons_alone)
