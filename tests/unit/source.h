/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SOURCE_H
#define SOURCE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_MAX 262144

/* The path of a file of the tree. */
static inline const char *source_path(const char *file)
{
	static char path[1024];
	const char *here = __FILE__;

	snprintf(path, sizeof(path), "%.*s%s",
		 (int)(strstr(here, "tests/unit/") - here), here, file);
	return path;
}

/* All that is in it, to be freed. */
static inline char *source_read(const char *file)
{
	char *text = calloc(1, SOURCE_MAX);
	FILE *f = fopen(source_path(file), "re");
	size_t n;

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(f, "%s", file);
	n = fread(text, 1, SOURCE_MAX - 1, f);
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, SOURCE_MAX - 1);
	fclose(f);
	return text;
}

#endif /* SOURCE_H */
