// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"
#include "flood.h"
#include "judge.h"
#include "link.h"
#include "talk.h"
#include "traffic.h"
#include "world.h"

#define NOBODY 65534

/* Nanoseconds between two things that happen to devices. */
#define PAUSE 5000000

/* Messages in a namespace that goes away under them, and streams of those who send them. */
#define SHORT_LIFE 40
#define LIVES_FIRST 32
#define LIVES 32

typedef void (*actor_fn)(const struct plan *plan, uint64_t stream);

/**
 * struct actor - somebody who takes part
 * @run: what it does
 * @goes_on: for as long as the others do, not for a number of messages
 */
struct actor {
	actor_fn run;
	bool goes_on;
};

static void talk_as(const struct plan *plan, uint64_t stream, struct talk_mix mix,
		    enum tally_who who, unsigned int messages)
{
	struct talk *talk = talk_new(plan, stream);
	struct channel channel;

	if (!talk || channel_open(&channel, who, plan->tally, &talk->author))
		tally_fault(plan->tally, TALLY_BROKEN, "no connection to the module");
	else
		talk_run(talk, &channel, mix, messages);
}

static void builder(const struct plan *plan, uint64_t stream)
{
	talk_as(plan, stream, (struct talk_mix) { .mutated = 8 }, TALLY_ROOT,
		plan->operations);
}

static void breaker(const struct plan *plan, uint64_t stream)
{
	talk_as(plan, stream, (struct talk_mix) { .mutated = 65, .hostile = 20 }, TALLY_ROOT,
		plan->operations);
}

static void flooder(const struct plan *plan, uint64_t stream)
{
	struct talk *talk = talk_new(plan, stream);

	if (talk)
		flood_run(talk);
}

/* All rights go with the numbers. */
static int become_nobody(void)
{
	return setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	       setresuid(NOBODY, NOBODY, NOBODY) ? -errno : 0;
}

/* With a socket of its own, and one that root has opened and handed over. */
static void stranger(const struct plan *plan, uint64_t stream)
{
	struct talk_mix mix = { .mutated = 30, .hostile = 10 };
	struct talk *talk = talk_new(plan, stream);
	struct channel roots;

	if (!talk || channel_open(&roots, TALLY_STRANGER, plan->tally, &talk->author) ||
	    (!plan->is_control && become_nobody())) {
		tally_fault(plan->tally, TALLY_BROKEN, "rights cannot be given up");
		return;
	}
	talk_run(talk, &roots, mix, plan->operations / 2);
	talk_as(plan, stream, mix, TALLY_STRANGER, plan->operations / 2);
}

/* In a user and network namespace of its own it may do much, and elsewhere nothing. */
static void owner(const struct plan *plan, uint64_t stream)
{
	struct talk_mix mix = { .mutated = 30, .hostile = 10 };
	struct talk *talk = talk_new(plan, stream);
	struct channel roots;
	int ret;

	if (!talk || channel_open(&roots, TALLY_STRANGER, plan->tally, &talk->author)) {
		tally_fault(plan->tally, TALLY_BROKEN, "no connection to the module");
		return;
	}
	ret = become_nobody();
	if (!ret && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		ret = -errno;
	if (!ret)
		ret = world_make(1);
	if (ret) {
		tally_fault(plan->tally, TALLY_BROKEN, "no namespace of one's own: %s",
			    strerror(-ret));
		return;
	}
	talk_run(talk, &roots, mix, plan->operations / 8);
	talk_as(plan, stream, mix, TALLY_OWNER, plan->operations);
	judge_share(plan);
}

/* Its services go with the namespace. */
static void life_run(const struct plan *plan, uint64_t stream)
{
	if (unshare(CLONE_NEWNET) || world_make(1))
		tally_fault(plan->tally, TALLY_BROKEN, "no network namespace: %m");
	else
		talk_as(plan, stream, (struct talk_mix) { .mutated = 5 }, TALLY_ROOT,
			SHORT_LIFE);
}

static void short_life(const struct plan *plan, uint64_t stream)
{
	pid_t pid = fork();

	if (!pid) {
		life_run(plan, stream);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

/* A device of an instance, or an external one. */
static void device_choose(struct dice *dice, char *name)
{
	unsigned int service = dice_below(dice, WORLD_SERVICES);
	unsigned int side = world_has_side(service, 1) ? dice_below(dice, 2) : 0;

	if (dice_percent(dice, 20))
		world_external(name, service, side);
	else
		world_device(name, service, dice_below(dice, WORLD_INSTANCES), side);
}

static void disturb(struct dice *dice, int fd)
{
	char name[WORLD_NAME_SIZE], peer[WORLD_NAME_SIZE + 1];
	int ret;

	device_choose(dice, name);
	snprintf(peer, sizeof(peer), "p%s", name);
	if (dice_percent(dice, 70)) {
		link_switch(fd, peer, false);
		link_switch(fd, peer, true);
		return;
	}
	ret = link_remove(fd, name);
	if (!ret)
		link_make(fd, name, peer);
}

/* Carriers, devices and namespaces come and go. */
static void disturber(const struct plan *plan, uint64_t stream)
{
	struct timespec pause = { .tv_nsec = PAUSE };
	struct dice dice;
	int fd = link_open();

	if (fd < 0) {
		tally_fault(plan->tally, TALLY_BROKEN, "rtnetlink: %s", strerror(-fd));
		return;
	}
	dice_seed(&dice, plan->seed, stream + plan->round);
	while (!__atomic_load_n(&plan->tally->stop, __ATOMIC_RELAXED)) {
		if (dice_percent(&dice, 5))
			short_life(plan, LIVES_FIRST + dice_below(&dice, LIVES));
		else
			disturb(&dice, fd);
		nanosleep(&pause, NULL);
	}
	link_close(fd);
}

static const struct actor actors[] = {
	{ .run = builder },
	{ .run = builder },
	{ .run = breaker },
	{ .run = stranger },
	{ .run = owner },
	{ .run = flooder, .goes_on = true },
	{ .run = disturber, .goes_on = true },
	{ .run = traffic_run, .goes_on = true },
};

/* It ends with who has begun it. */
static pid_t actor_begin(const struct plan *plan, size_t i)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		actors[i].run(plan, i);
		_exit(0);
	}
	if (pid < 0)
		tally_fault(plan->tally, TALLY_BROKEN, "fork: %m");
	return pid;
}

static void actors_wait(const struct plan *plan, const pid_t *pid, bool goes_on)
{
	size_t i;
	int status;

	for (i = 0; i < ARRAY_SIZE(actors); i++)
		if (actors[i].goes_on == goes_on && pid[i] > 0 &&
		    waitpid(pid[i], &status, 0) == pid[i] && status)
			tally_fault(plan->tally, TALLY_BROKEN,
				    "process %zu has ended with status %#x", i, status);
}

void actor_round(const struct plan *plan)
{
	pid_t pid[ARRAY_SIZE(actors)];
	size_t i;

	plan->tally->stop = false;
	for (i = 0; i < ARRAY_SIZE(actors); i++)
		pid[i] = actor_begin(plan, i);
	actors_wait(plan, pid, false);
	__atomic_store_n(&plan->tally->stop, true, __ATOMIC_RELAXED);
	actors_wait(plan, pid, true);
}
