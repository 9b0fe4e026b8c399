/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_GROUP_H
#define NFHAD_GROUP_H

#include "config_template.h"

/*
 * Control groups that are made for instances. Their paths begin at the root of all
 * groups of version 2, see nfhad_cgroup_root(). Each has a mark, an extended attribute; what
 * has none is somebody else's.
 */

/**
 * nfhad_group_make - make a control group, if it is not there, and set its limits
 * @path: of it; those above it are made, too, and get the controllers that it needs, but no mark
 * @limits: of it; what has none is not touched
 * @said: of NFHAD_SAID_MAX bytes, set on failure: what could not be done
 *
 * Return: 0; -EEXIST if it is there without a mark; -EOPNOTSUPP if the kernel has no marks for
 * groups; or a negative errno. What has been made above it stays.
 */
int nfhad_group_make(const char *path, const struct nfhad_group_config *limits,
		     char *said);

/**
 * nfhad_group_remove - end all processes of a control group, and remove it
 * @path: of it; nothing there is no error, and one without a mark is left alone
 *
 * Waits, so it is for jobs.
 *
 * Return: 0, -ETIMEDOUT if a process does not end, or a negative errno.
 */
int nfhad_group_remove(const char *path);

/* A descriptor of its directory, or a negative errno. */
int nfhad_group_open(const char *path);

#endif /* NFHAD_GROUP_H */
