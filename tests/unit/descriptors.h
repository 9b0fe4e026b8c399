/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <check.h>
#include <dirent.h>

/* How many this process has; the one that counts is always among them. */
static inline int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

#endif /* DESCRIPTORS_H */
