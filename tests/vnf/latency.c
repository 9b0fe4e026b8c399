// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Median round trip of UDP records to an echo server, one at a time, in
 * nanoseconds.
 *
 * usage: latency ADDRESS PORT COUNT
 */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int measure(int fd, uint64_t *took, long count)
{
	char record[64] = "";
	long i;

	for (i = 0; i < count; i++) {
		uint64_t start = now_ns();

		if (send(fd, record, sizeof(record), 0) < 0 ||
		    recv(fd, record, sizeof(record), 0) < 0) {
			perror("latency");
			return 1;
		}
		took[i] = now_ns() - start;
	}
	qsort(took, count, sizeof(*took), compare);
	printf("%llu\n", (unsigned long long)took[count / 2]);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct timeval patience = { .tv_sec = 5 };
	uint64_t *took;
	int fd, ret = 2;
	long count;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons(atoi(argv[2]));
	count = atol(argv[3]);
	if (count < 1)
		return 2;
	took = calloc(count, sizeof(*took));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (took && !connect(fd, (struct sockaddr *)&to, sizeof(to)))
		ret = measure(fd, took, count);
	free(took);
	return ret;
}
