// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One line each second about a running demo. One process for all of it: on an
 * emulated processor a process for each figure would cost more than the traffic.
 *
 * usage: progress SOURCE-STATUS OBSERVER-STATUS UPSTREAM-MAX
 *	reads the first two, writes the greatest number of upstream rules to the
 *	third; ends when it is killed
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
	unsigned long long seconds, active, total, broken;
	unsigned long long a, a2, detour;
};

static void status_read(const char *source, const char *observer,
			struct status *now)
{
	FILE *file = fopen(source, "re");

	if (file) {
		if (fscanf(file, "%llu %llu %llu %llu", &now->seconds,
			   &now->active, &now->total, &now->broken) != 4)
			now->active = 0;
		fclose(file);
	}
	file = fopen(observer, "re");
	if (file) {
		if (fscanf(file, "%llu %llu %llu", &now->a, &now->a2,
			   &now->detour) != 3)
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

static void number_write(const char *path, unsigned int number)
{
	FILE *file = fopen(path, "we");

	if (!file || fprintf(file, "%u\n", number) < 0 || fclose(file)) {
		fprintf(stderr, "progress: %s: %s\n", path, strerror(errno));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	const struct timespec second = { .tv_sec = 1 };
	struct nfha *server, *upstream;
	unsigned int rules, most = 0;
	struct status now = { 0 };

	if (argc != 4) {
		fputs("usage: progress SOURCE-STATUS OBSERVER-STATUS UPSTREAM-MAX\n",
		      stderr);
		return 2;
	}
	server = connect_to("s1");
	upstream = connect_to("tor");
	number_write(argv[3], most);
	for (;;) {
		status_read(argv[1], argv[2], &now);
		rules = service_get(upstream)->imported;
		if (rules > most) {
			most = rules;
			number_write(argv[3], most);
		}
		printf("%3llu s  flows %5llu of %6llu  broken %llu  ",
		       now.seconds, now.active, now.total, now.broken);
		printf("A %5llu/s  A2 %5llu/s  detour %5llu/s  ",
		       now.a, now.a2, now.detour);
		printf("exceptions %4u  upstream rules %4u\n",
		       service_get(server)->exceptions, rules);
		fflush(stdout);
		nanosleep(&second, NULL);
	}
}
