// SPDX-License-Identifier: GPL-2.0-or-later
/* What is logged, for a test. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "log.h"

static char lines[1 << 16];

void nfhad_log_open(bool debug)
{
	(void)debug;
}

void nfhad_log(int priority, const char *about, const char *instance, const char *format, ...)
{
	size_t length = strlen(lines);
	va_list args;
	char line[512];

	(void)about;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	printf("# <%d> %s: %s\n", priority, instance ? instance : "-", line);
	fflush(stdout);
	snprintf(lines + length, sizeof(lines) - length, "<%d> %s\n", priority, line);
}

bool said(const char *what)
{
	return strstr(lines, what);
}

void silence(void)
{
	*lines = 0;
}
