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
#define HEAD_EACH 15
#define HALF_MS	500ULL

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

static const char heads[] =
	"\n   s  new/s  alive  begun  broken     A/s    A2/s  detour/s  except.   rules";

static void line_print(unsigned int second, const struct status *now,
		       unsigned int exceptions, unsigned int rules)
{
	static unsigned int lines;

	if (!(lines++ % HEAD_EACH))
		puts(heads);
	printf("%4u %6.0f %6llu %6llu %7llu %7llu %7llu %9llu %8u %7u\n",
	       second, now->rate, now->active, now->total, now->broken,
	       now->a, now->a2, now->detour, exceptions, rules);
	fflush(stdout);
}

/* Until so many halves of a second have passed: none is left out if one is late. */
static void half_wait(const struct status *now, unsigned int halves)
{
	unsigned long long ms = now->start_ms + halves * HALF_MS;
	const struct timespec t = { .tv_sec = ms / 1000,
				    .tv_nsec = ms % 1000 * 1000000L };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int main(int argc, char **argv)
{
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
	status_read(argv[1], argv[2], &now);
	for (turn = demo_time(&now) * 1000 / HALF_MS + 1; flows; turn++) {
		half_wait(&now, turn);
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
			line_print(turn / 2, &now, exceptions, rules);
	}
	fprintf(stderr, "progress: %s: %s\n", argv[4], strerror(errno));
	return 1;
}
