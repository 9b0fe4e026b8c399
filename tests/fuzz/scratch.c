// SPDX-License-Identifier: GPL-2.0-or-later

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "log.h"
#include "scratch.h"
#include "tree.h"

#define LINE_MAX_BYTES 4096

static char path[128];
static unsigned int lines;

static void scratch_remove(void)
{
	nfhad_tree_remove(AT_FDCWD, path);
}

const char *scratch_make(void)
{
	const char *below = getenv("TMPDIR");
	int n;

	n = snprintf(path, sizeof(path), "%s/nfha-fuzz.XXXXXX", below ? below : "/dev/shm");
	must(n < (int)sizeof(path) && mkdtemp(path));
	atexit(scratch_remove);
	return path;
}

void scratch_write(int dir, const char *name, const void *data, size_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0);
	must(write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* In place of the log. */
void nfhad_log(int priority, const char *service, const char *instance,
	       const char *format, ...)
{
	static char line[LINE_MAX_BYTES];
	va_list args;

	(void)priority;
	(void)service;
	(void)instance;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	must(*line);
	lines++;
}

unsigned int scratch_said(void)
{
	return lines;
}

void scratch_silence(void)
{
	lines = 0;
}
