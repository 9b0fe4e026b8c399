// SPDX-License-Identifier: GPL-2.0-or-later

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "memory.h"

/* What others may have taken meanwhile, KiB. */
#define SLACK (128UL * 1024)

/* How often it is looked at, and nanoseconds between. */
#define LOOKS 100
#define PAUSE 50000000

unsigned long memory_available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[256];

	while (file && !kib && fgets(line, sizeof(line), file))
		sscanf(line, "MemAvailable: %lu", &kib);
	if (file)
		fclose(file);
	return kib;
}

/* A cache counts what it keeps at hand for a processor as in use, until it is told to be small. */
static void caches_shrink(void)
{
	glob_t found;
	size_t i;

	if (glob("/sys/kernel/slab/nfha_*/shrink", 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "we");

		if (!file)
			continue;
		fputs("1", file);
		fclose(file);
	}
	globfree(&found);
}

/* Objects of the module's caches; *name is one that has some. */
static unsigned long objects_count(char *name, size_t size)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	char line[256], cache[64];
	unsigned long active, sum = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %lu", cache, &active) != 2 ||
		    strncmp(cache, "nfha_", strlen("nfha_")) != 0 || !active)
			continue;
		snprintf(name, size, "%s", cache);
		sum += active;
	}
	if (file)
		fclose(file);
	return sum;
}

void memory_judge(const struct plan *plan, unsigned long before)
{
	struct timespec pause = { .tv_nsec = PAUSE };
	unsigned long objects, now;
	unsigned int looks = 0;
	char name[64] = "";

	do {
		caches_shrink();
		objects = objects_count(name, sizeof(name));
		now = memory_available();
		if (!objects && now + SLACK >= before)
			return;
		nanosleep(&pause, NULL);
	} while (++looks < LOOKS);
	if (objects)
		tally_fault(plan->tally, TALLY_MEMORY,
			    "%lu objects are left without a service, some in %s", objects, name);
	if (now + SLACK < before)
		tally_fault(plan->tally, TALLY_MEMORY, "%lu KiB free, and %lu before", now,
			    before);
}
