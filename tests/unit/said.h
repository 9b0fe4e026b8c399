/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SAID_H
#define SAID_H

#include <check.h>
#include <stdio.h>
#include <unistd.h>

/* What goes to standard output and error from said_begin() to said_end(). */
static char said[4096];

static struct {
	FILE *file;
	int output, error;
} said_to;

static inline void said_begin(void)
{
	fflush(stdout);
	said_to.file = tmpfile();
	ck_assert_ptr_nonnull(said_to.file);
	said_to.output = dup(STDOUT_FILENO);
	said_to.error = dup(STDERR_FILENO);
	dup2(fileno(said_to.file), STDOUT_FILENO);
	dup2(fileno(said_to.file), STDERR_FILENO);
}

static inline void said_end(void)
{
	size_t n;

	fflush(stdout);
	dup2(said_to.output, STDOUT_FILENO);
	dup2(said_to.error, STDERR_FILENO);
	close(said_to.output);
	close(said_to.error);
	rewind(said_to.file);
	n = fread(said, 1, sizeof(said) - 1, said_to.file);
	said[n] = 0;
	fclose(said_to.file);
}

#endif /* SAID_H */
