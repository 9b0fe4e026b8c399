// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VNF of memory and nothing else: it counts, and has its count all over its memory.
 *
 * usage: counter MEGABYTES PAGES
 *
 * Each round writes the count to PAGES pages of MEGABYTES, one after the other. They
 * agree but for the round at hand; when they do not, "torn" is said once and that is the
 * end. It sleeps for a millisecond between rounds. Standard output has a line "COUNT GAP"
 * each ten milliseconds; GAP is the longest time in microseconds between two rounds since
 * the line before.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define LINE_NS 10000000ULL

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Each page has what the round before wrote there. */
static int write_round(volatile uint64_t *memory, size_t pages, uint64_t count)
{
	size_t i;

	for (i = 0; i < pages; i++) {
		volatile uint64_t *at = memory + i * (PAGE / sizeof(*at));

		if (*at != count - 1)
			return -1;
		*at = count;
	}
	return 0;
}

/* And those that are never written again have their number. */
static int check_rest(const uint64_t *memory, size_t from, size_t pages)
{
	size_t i;

	for (i = from; i < pages; i++) {
		if (memory[i * (PAGE / sizeof(*memory))] != i)
			return -1;
	}
	return 0;
}

static void fill(uint64_t *memory, size_t dirty, size_t pages)
{
	size_t i;

	for (i = 0; i < pages; i++)
		memory[i * (PAGE / sizeof(*memory))] = i < dirty ? 0 : i;
}

static int run(uint64_t *memory, size_t dirty, size_t pages)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t count = 0, line = 0, last = now_ns(), gap = 0, now;

	for (;; nanosleep(&pause, NULL)) {
		if (write_round(memory, dirty, ++count)) {
			printf("torn\n");
			return 1;
		}
		now = now_ns();
		if (now - last > gap)
			gap = now - last;
		last = now;
		if (now - line < LINE_NS)
			continue;
		if (check_rest(memory, dirty, pages)) {
			printf("torn\n");
			return 1;
		}
		printf("%ju %ju\n", (uintmax_t)count, (uintmax_t)(gap / 1000));
		fflush(stdout);
		gap = 0;
		last = now_ns();
		line = last;
	}
}

int main(int argc, char **argv)
{
	size_t pages, dirty;
	uint64_t *memory;

	if (argc != 3)
		return 2;
	pages = strtoul(argv[1], NULL, 10) * (1048576 / PAGE);
	dirty = strtoul(argv[2], NULL, 10);
	if (!dirty || dirty > pages)
		return 2;
	memory = aligned_alloc(PAGE, pages * PAGE);
	if (!memory)
		return 1;
	fill(memory, dirty, pages);
	return run(memory, dirty, pages);
}
