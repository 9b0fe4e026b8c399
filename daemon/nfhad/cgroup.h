/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CGROUP_H
#define NFHAD_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct nfhad_cgroup - a control group of version 2; what is not there is -1
 * @dir: its directory
 * @cpu: cpu.stat
 * @pressure: cpu.pressure
 *
 * All that is read of a group is read by these, so it costs no look for a name.
 */
struct nfhad_cgroup {
	int dir;
	int cpu;
	int pressure;
};

/**
 * nfhad_cgroup_root - open the directory below which all control groups are
 *
 * It is /sys/fs/cgroup, or its unified where version 1 is in use as well.
 *
 * Return: a descriptor, -ENOENT if this machine has none, or a negative errno.
 */
int nfhad_cgroup_root(void);

/**
 * nfhad_cgroup_parse - which control group a text names
 * @text: of /proc/PID/cgroup
 * @path: set; from the root on, begins with a slash
 *
 * Return: 0, -ENOENT if there is none of version 2, or -EPROTO.
 */
int nfhad_cgroup_parse(const char *text, char path[PATH_MAX]);

/* Which one a process is in; the same, -ESRCH, or a negative errno. */
int nfhad_cgroup_of(pid_t pid, char path[PATH_MAX]);

/**
 * nfhad_cgroup_open - open a control group
 * @root: see nfhad_cgroup_root()
 * @path: from there; no symbolic link is followed, and nothing leads back
 * @group: set, to be closed; all -1 on failure
 *
 * Return: 0, -EINVAL for a path that is none, or a negative errno.
 */
int nfhad_cgroup_open(int root, const char *path, struct nfhad_cgroup *group);
void nfhad_cgroup_close(struct nfhad_cgroup *group);

/* Are these the same one? */
bool nfhad_cgroup_is(const struct nfhad_cgroup *a, const struct nfhad_cgroup *b);

/**
 * nfhad_cgroup_holds - has a control group these processes and no others?
 * @group: with those below it
 * @pids: will be sorted
 * @count: how many
 *
 * Return: 0; -ESTALE: no, others are in it, or not all of these; or a negative errno if
 * that cannot be told.
 */
int nfhad_cgroup_holds(const struct nfhad_cgroup *group, pid_t *pids,
		       size_t count);

/*
 * What it says now: processor time and time in which some of it waited for a
 * processor, in microseconds. 0; -ENODATA: it does not say this;
 * -EPROTO: it says nothing that makes sense; or a negative errno.
 */
int nfhad_cgroup_cpu(const struct nfhad_cgroup *group, uint64_t *us);
int nfhad_cgroup_pressure(const struct nfhad_cgroup *group, uint64_t *us);

/* Has it, or has one below it, a process? Nobody knows is no. */
bool nfhad_cgroup_is_populated(int dir);

#endif /* NFHAD_CGROUP_H */
