// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends the module messages of all kinds: right ones, which make services with all that they
 * can have, wrong ones, and bytes that are none; at once from several processes, among
 * them some without rights, while devices and namespaces come and go and packets pass.
 * The messages are made of a table that is generated of the netlink specification.
 *
 * After each round all who send have ended, and a judge that has nothing to do with them
 * looks at what the module says of itself.
 *
 * usage: netfuzz [--seed N] [--operations N | --seconds N] [--control]
 *
 * Needs root, the module, and a network namespace of its own, in which it makes devices.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "actor.h"
#include "judge.h"
#include "memory.h"
#include "plan.h"
#include "world.h"

/* Messages of each who sends, in a round: few enough that the judge looks often. */
#define ROUND_OPERATIONS 1500ul

/* Those who send so many, and those who send a part of that. */
#define ROUND_SENDERS 5

/* So many times as long at most, until each command has succeeded. */
#define LONGER 5

/* So many times as long at most, until a control has found what is wrong. */
#define CONTROL_LONGER 20

/* Rounds until all services are removed, and it begins with none. */
#define ROUNDS_UNTIL_CLEAR 3

static const char *const fault_text[TALLY_FAULTS] = {
	[TALLY_UNANSWERED] = "each message has one answer",
	[TALLY_ERRNO] = "errors are those that are known",
	[TALLY_SILENT] = "EINVAL for a well-formed message comes with words",
	[TALLY_RIGHTS] = "nobody is obeyed without rights",
	[TALLY_SHARE] = "a namespace gets no more than its share",
	[TALLY_RANGES] = "ranges tile R, and each has an owner that is there",
	[TALLY_COUNTS] = "all that is counted twice is the same",
	[TALLY_MEMORY] = "without services there is no memory of theirs",
	[TALLY_BROKEN] = "all who take part have done so",
};

/**
 * struct options - what is asked for
 * @seed: decides all that is chance
 * @operations: messages of all together
 * @seconds: or how long, if not 0
 * @is_control: as in struct plan
 */
struct options {
	uint64_t seed;
	uint64_t operations;
	unsigned long seconds;
	bool is_control;
};

static void usage_say(void)
{
	fprintf(stderr,
		"usage: netfuzz [--seed N] [--operations N | --seconds N] [--control]\n");
	exit(2);
}

static uint64_t number_of(const char *text)
{
	char *end;
	uint64_t number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || end == text || *end) {
		fprintf(stderr, "netfuzz: \"%s\" is not a number\n", text);
		exit(2);
	}
	return number;
}

static void options_parse(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "operations", required_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 't' },
		{ "control", no_argument, NULL, 'c' },
		{ },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 's':
			options->seed = number_of(optarg);
			break;
		case 'o':
			options->operations = number_of(optarg);
			break;
		case 't':
			options->seconds = number_of(optarg);
			break;
		case 'c':
			options->is_control = true;
			break;
		default:
			usage_say();
		}
	}
	if (optind != argc)
		usage_say();
}

static unsigned long seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* What is wrong in a control. */
static bool control_is_found(const struct tally *tally)
{
	return tally->faults[TALLY_UNANSWERED] && tally->faults[TALLY_RIGHTS] &&
	       tally->faults[TALLY_RANGES] && tally->faults[TALLY_COUNTS] &&
	       tally->faults[TALLY_MEMORY];
}

/* By chance a short run may miss a command, or have no service with ranges at its end: it
 * is longer then, but not for ever.
 */
static bool goes_on(const struct options *options, const struct plan *plan,
		    unsigned long begin)
{
	uint64_t sent = plan->round * plan->operations * ROUND_SENDERS;

	if (options->seconds ? seconds_now() - begin < options->seconds :
			       sent < options->operations)
		return true;
	if (options->is_control)
		return sent < CONTROL_LONGER * options->operations &&
		       !control_is_found(plan->tally);
	return sent < LONGER * options->operations && !tally_is_complete(plan->tally);
}

/* The first time decides what is free without services. */
static void clear(const struct plan *plan, unsigned long *before)
{
	judge_clear(plan);
	memory_judge(plan, *before);
	if (!*before)
		*before = memory_available();
}

static void rounds_run(const struct options *options, struct plan *plan)
{
	unsigned long begin = seconds_now(), before = 0;
	uint64_t each = options->operations / ROUND_SENDERS;

	plan->operations = options->seconds || each > ROUND_OPERATIONS ? ROUND_OPERATIONS :
									 each + 1;
	for (; goes_on(options, plan, begin); plan->round++) {
		actor_round(plan);
		judge_objects(plan);
		if (plan->round % ROUNDS_UNTIL_CLEAR == ROUNDS_UNTIL_CLEAR - 1)
			clear(plan, &before);
	}
	clear(plan, &before);
	printf("# %llu rounds in %lu s\n", (unsigned long long)plan->round,
	       seconds_now() - begin);
}

/* Lines for the test, each of which is a result. */
static int report(const struct tally *tally)
{
	unsigned int missing, faults = 0;
	size_t i;

	tally_print(tally);
	missing = tally_missing(tally);
	for (i = 0; i < TALLY_FAULTS; i++) {
		printf("%s %s\n", tally->faults[i] ? "not ok" : "ok", fault_text[i]);
		faults += !!tally->faults[i];
	}
	printf("%s each command of the specification has succeeded\n",
	       missing ? "not ok" : "ok");
	return faults || missing;
}

int main(int argc, char **argv)
{
	struct options options = { .operations = ROUND_OPERATIONS * ROUND_SENDERS };
	struct plan plan = {};
	int ret;

	if (getrandom(&options.seed, sizeof(uint32_t), 0) < 0)
		options.seed = time(NULL);
	options_parse(&options, argc, argv);
	printf("# NFHA_SEED=%llu\n", (unsigned long long)options.seed);
	fflush(stdout);
	plan.seed = options.seed;
	plan.is_control = options.is_control;
	plan.tally = tally_new();
	if (!plan.tally) {
		fprintf(stderr, "netfuzz: no memory\n");
		return 2;
	}
	ret = world_make(WORLD_SERVICES);
	if (ret) {
		fprintf(stderr, "netfuzz: devices cannot be made: %s\n", strerror(-ret));
		return 2;
	}
	rounds_run(&options, &plan);
	return report(plan.tally);
}
