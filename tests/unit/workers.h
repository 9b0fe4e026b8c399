/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WORKERS_H
#define WORKERS_H

#include <check.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Processes that do as they are told, and use as much of a processor. */

#define MS UINT64_C(1000)
#define SECOND (1000 * MS)

/* What a burn takes, and what of it, or above it, the kernel's ticks may hide. */
#define BURN_US (300 * MS)
#define SLACK_US (60 * MS)

/* A process that does as it is told: its number, and pipes to it and from it. */
struct worker {
	pid_t pid;
	int to[2];
	int from[2];
};

/* The second is a child of the first. */
static struct worker workers[2];

static void burn(void)
{
	struct timespec ts;
	uint64_t end = 0, used;

	do {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
		used = ts.tv_sec * SECOND + ts.tv_nsec / 1000;
		if (!end)
			end = used + BURN_US;
	} while (used < end);
}

static void work(int number);

static pid_t start_worker(int number)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work(number);
	_exit(0);
}

/* Letters: burn, fork, ignore children, wait for one, quit. */
static void work(int number)
{
	struct worker *self = &workers[number];
	pid_t child = 0;
	char letter;

	while (read(self->to[0], &letter, 1) == 1 && letter != 'q') {
		if (letter == 'b')
			burn();
		else if (letter == 'f')
			child = start_worker(number + 1);
		else if (letter == 'i')
			signal(SIGCHLD, SIG_IGN);
		else if (letter == 'w')
			waitpid(child, NULL, 0);
		if (write(self->from[1], &child, sizeof(child)) < 0)
			break;
	}
}

/* Returns when it is done, and then has the child that there was last. */
static pid_t tell(int number, char letter)
{
	pid_t child = 0;

	ck_assert_int_eq(write(workers[number].to[1], &letter, 1), 1);
	if (letter != 'q')
		ck_assert_int_eq(read(workers[number].from[0], &child,
				      sizeof(child)), sizeof(child));
	return child;
}

#endif /* WORKERS_H */
