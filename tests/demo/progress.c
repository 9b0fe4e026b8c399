// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One line each second about a running demo. One process for all of it: on an
 * emulated processor a process for each figure would cost more than the traffic.
 *
 * usage: progress SOURCE-STATUS OBSERVER-STATUS UPSTREAM-MAX FLOWS
 *	reads the first two, writes the greatest number of upstream rules to the
 *	third, and to the fourth each half second the time, flows of A and of its
 *	copy, and exceptions; ends when it is killed
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libnfha/nfha.h>

#define SERVICE	"fw"

/* What the source and the observer say of themselves; see there. */
struct status {
	unsigned long long seconds, active, total, broken, resent;
	double rate;
	unsigned long long a, a2, detour, violations, drops, start_ms;
};

static void status_read(const char *source, const char *observer,
			struct status *now)
{
	FILE *file = fopen(source, "re");

	if (file) {
		if (fscanf(file, "%llu %llu %llu %llu %llu %lf", &now->seconds,
			   &now->active, &now->total, &now->broken,
			   &now->resent, &now->rate) != 6)
			now->active = 0;
		fclose(file);
	}
	file = fopen(observer, "re");
	if (file) {
		if (fscanf(file, "%llu %llu %llu %llu %llu %llu", &now->a,
			   &now->a2, &now->detour, &now->violations,
			   &now->drops, &now->start_ms) != 6)
			now->a = 0;
		fclose(file);
	}
}

static struct nfha *connect_to(const char *netns)
{
	struct nfha *h;
	int ret = nfha_open(&h, netns);

	if (!ret)
		return h;
	fprintf(stderr, "progress: %s: %s\n", netns, strerror(-ret));
	exit(1);
}

static const struct nfha_service *service_get(struct nfha *h)
{
	static struct nfha_service service;

	if (!nfha_service_get(h, SERVICE, &service))
		return &service;
	fprintf(stderr, "progress: %s\n", nfha_error(h));
	exit(1);
}

/* Of an instance, at its own host. */
static unsigned int flows_of(struct nfha *h, const char *instance)
{
	struct nfha_instance answer;

	if (!nfha_instance_get(h, SERVICE, instance, &answer))
		return answer.flows;
	fprintf(stderr, "progress: %s\n", nfha_error(h));
	exit(1);
}

static void number_write(const char *path, unsigned int number)
{
	FILE *file = fopen(path, "we");

	if (!file || fprintf(file, "%u\n", number) < 0 || fclose(file)) {
		fprintf(stderr, "progress: %s: %s\n", path, strerror(errno));
		exit(1);
	}
}

/* What all times of the demo are, to those who read it. */
static double demo_time(const struct status *now)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9 - now->start_ms / 1e3;
}

static void line_print(const struct status *now, unsigned int exceptions,
		       unsigned int rules)
{
	printf("%3llu s  load %3.0f/s  flows %5llu of %6llu  broken %llu  ",
	       now->seconds, now->rate, now->active, now->total, now->broken);
	printf("A %5llu/s  A2 %5llu/s  detour %5llu/s  ",
	       now->a, now->a2, now->detour);
	printf("exceptions %4u  upstream rules %4u\n", exceptions, rules);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const struct timespec half = { .tv_nsec = 500000000 };
	unsigned int exceptions, rules, most = 0, turn;
	struct nfha *server, *other, *upstream;
	struct status now = { 0 };
	FILE *flows;

	if (argc != 5) {
		fputs("usage: progress SOURCE-STATUS OBSERVER-STATUS UPSTREAM-MAX FLOWS\n",
		      stderr);
		return 2;
	}
	server = connect_to("s1");
	other = connect_to("s2");
	upstream = connect_to("tor");
	number_write(argv[3], most);
	flows = fopen(argv[4], "we");
	for (turn = 0; flows; turn++) {
		status_read(argv[1], argv[2], &now);
		exceptions = service_get(server)->exceptions;
		rules = service_get(upstream)->imported;
		if (rules > most) {
			most = rules;
			number_write(argv[3], most);
		}
		fprintf(flows, "%.2f %u %u %u\n", demo_time(&now),
			flows_of(server, "A"), flows_of(other, "A2"),
			exceptions);
		fflush(flows);
		if (!(turn % 2))
			line_print(&now, exceptions, rules);
		nanosleep(&half, NULL);
	}
	fprintf(stderr, "progress: %s: %s\n", argv[4], strerror(errno));
	return 1;
}
