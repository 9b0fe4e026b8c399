// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums of files and texts. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
/* The widest registers that there are: a recovery waits for the sums. */
#ifdef __x86_64__
#include <xxh_x86dispatch.h>
#endif

#include "sum.h"

#define BUFFER_BYTES (256 << 10)

static void print(XXH128_hash_t hash, char *sum)
{
	snprintf(sum, NFHAD_SUM_SIZE, "%016" PRIx64 "%016" PRIx64, hash.high64,
		 hash.low64);
}

static int sum_with(int fd, char *sum, XXH3_state_t *state, void *buffer)
{
	ssize_t n;

	XXH3_128bits_reset(state);
	do {
		n = read(fd, buffer, BUFFER_BYTES);
		if (n < 0)
			return -errno;
		XXH3_128bits_update(state, buffer, n);
	} while (n);
	print(XXH3_128bits_digest(state), sum);
	return 0;
}

int nfhad_sum_file(int fd, char *sum)
{
	XXH3_state_t *state = XXH3_createState();
	void *buffer = malloc(BUFFER_BYTES);
	int ret = -ENOMEM;

	if (state && buffer)
		ret = sum_with(fd, sum, state, buffer);
	free(buffer);
	XXH3_freeState(state);
	return ret;
}

void nfhad_sum_text(const char *text, char *sum)
{
	print(XXH3_128bits(text, strlen(text)), sum);
}
