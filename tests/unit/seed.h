/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SEED_H
#define SEED_H

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* NFHA_SEED, or one of now; it is said, so that a run can be had again. */
static inline unsigned int seed_of(void)
{
	const char *given = getenv("NFHA_SEED");
	unsigned long seed = time(NULL);
	char *end;

	if (given) {
		errno = 0;
		seed = strtoul(given, &end, 10);
		if (errno || end == given || *end || *given == '-' || seed > UINT_MAX) {
			fprintf(stderr, "NFHA_SEED=%s: expected a number from 0 to %u\n", given,
				UINT_MAX);
			exit(2);
		}
	}
	printf("# NFHA_SEED=%u\n", (unsigned int)seed);
	fflush(stdout);
	return seed;
}

#endif /* SEED_H */
