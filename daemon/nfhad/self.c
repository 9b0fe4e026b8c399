// SPDX-License-Identifier: GPL-2.0-or-later
/* What the daemon itself takes. */

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proc.h"
#include "self.h"

/* The second number of /proc/self/statm is of pages. */
static uint64_t resident_read(void)
{
	char text[128], *end;

	if (nfhad_proc_read("/proc/self/statm", text, sizeof(text)) < 0)
		return 0;
	strtoull(text, &end, 10);
	return strtoull(end, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static uint64_t fds_read(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	uint64_t n = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += *entry->d_name != '.';
	closedir(dir);
	/* One was for the directory. */
	return n - 1;
}

static uint64_t clock_us(clockid_t id)
{
	struct timespec ts = {};

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* As of now. It has to be the same each time, and clocks are set: so it is read once. */
static uint64_t start_read(void)
{
	static uint64_t start_ms;
	struct nfhad_proc_stat stat;
	uint64_t age_us;

	if (start_ms || nfhad_proc_stat(getpid(), &stat))
		return start_ms;
	age_us = clock_us(CLOCK_BOOTTIME) -
		 stat.start * 1000000 / sysconf(_SC_CLK_TCK);
	start_ms = (clock_us(CLOCK_REALTIME) - age_us) / 1000;
	return start_ms;
}

void nfhad_self_read(struct nfhad_self *self)
{
	self->start_ms = start_read();
	self->cpu_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
	self->resident = resident_read();
	self->fds = fds_read();
}
