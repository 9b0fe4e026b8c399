// SPDX-License-Identifier: GPL-2.0-or-later
/* What instances use of this machine. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "cputime.h"
#include "proc.h"
#include "usage.h"

/* Processes may come and go while they are compared: so often it is tried. */
#define TRIES 3

/**
 * struct nfhad_usage - what an instance uses
 * @root: of all control groups, or -1
 * @pid: its first process
 * @start: when that started
 * @is_looked: it has been looked for a control group
 * @looked: when
 * @group: its own one; all -1: it has none
 * @tree: its processes if it has none, or NULL
 */
struct nfhad_usage {
	int root;
	pid_t pid;
	uint64_t start;
	bool is_looked;
	uint64_t looked;
	struct nfhad_cgroup group;
	struct nfhad_cputime *tree;
};

int nfhad_usage_open(int root, pid_t pid, uint64_t start,
		     struct nfhad_usage **out)
{
	struct nfhad_usage *usage = calloc(1, sizeof(*usage));

	if (!usage)
		return -ENOMEM;
	usage->root = root;
	usage->pid = pid;
	usage->start = start;
	usage->group = (struct nfhad_cgroup){ -1, -1, -1 };
	*out = usage;
	return 0;
}

void nfhad_usage_close(struct nfhad_usage *usage)
{
	if (!usage)
		return;
	nfhad_cputime_close(usage->tree);
	nfhad_cgroup_close(&usage->group);
	free(usage);
}

static bool is_there(const struct nfhad_usage *usage)
{
	struct nfhad_proc_stat stat;

	return !nfhad_proc_stat(usage->pid, &stat) && stat.start == usage->start;
}

static int is_own(const struct nfhad_usage *usage,
		  const struct nfhad_cgroup *group)
{
	pid_t pids[NFHAD_USAGE_PROCESSES_MAX];
	size_t count;
	int i, ret = -ESTALE;

	for (i = 0; i < TRIES && ret == -ESTALE; i++) {
		ret = nfhad_proc_family(usage->pid, pids,
					NFHAD_USAGE_PROCESSES_MAX, &count);
		if (!ret)
			ret = nfhad_cgroup_holds(group, pids, count);
	}
	return ret;
}

/* Of all instances one after the other: it is read once for them. */
static int find_ours(uint64_t now, const char **path)
{
	static char ours[PATH_MAX];
	static uint64_t read_at;
	int ret;

	*path = ours;
	if (*ours && now - read_at < NFHAD_USAGE_LOOK_US)
		return 0;
	ret = nfhad_cgroup_of(getpid(), ours);
	if (ret)
		ours[0] = '\0';
	read_at = now;
	return ret;
}

/* The control group that is the instance's alone. */
static int find_group(const struct nfhad_usage *usage, uint64_t now,
		      struct nfhad_cgroup *group)
{
	char path[PATH_MAX];
	const char *ours;
	int ret;

	*group = (struct nfhad_cgroup){ -1, -1, -1 };
	if (usage->root < 0)
		return -ENOENT;
	ret = nfhad_cgroup_of(usage->pid, path);
	if (!ret)
		ret = find_ours(now, &ours);
	/* What the daemon has started is where the daemon is, most of the time. */
	if (!ret && !strcmp(path, ours))
		ret = -ESTALE;
	if (!ret)
		ret = nfhad_cgroup_open(usage->root, path, group);
	if (ret)
		return ret;
	ret = is_own(usage, group);
	if (ret)
		nfhad_cgroup_close(group);
	return ret;
}

static void use_group(struct nfhad_usage *usage, struct nfhad_cgroup *group)
{
	nfhad_cputime_close(usage->tree);
	usage->tree = NULL;
	nfhad_cgroup_close(&usage->group);
	usage->group = *group;
}

/* The first time does not last as long, by the number of the process: so not all
 * instances are looked at in the same moment from then on.
 */
static void note_look(struct nfhad_usage *usage, uint64_t now)
{
	usage->looked = now;
	if (!usage->is_looked)
		usage->looked -= usage->pid % 100 * (NFHAD_USAGE_LOOK_US / 100);
	usage->is_looked = true;
}

/* Returns true if it is another source than before. */
static bool look(struct nfhad_usage *usage, uint64_t now)
{
	struct nfhad_cgroup group;

	note_look(usage, now);
	if (!find_group(usage, now, &group)) {
		if (usage->group.dir >= 0 &&
		    nfhad_cgroup_is(&group, &usage->group)) {
			nfhad_cgroup_close(&group);
			return false;
		}
		use_group(usage, &group);
		return true;
	}
	if (usage->tree)
		return false;
	nfhad_cgroup_close(&usage->group);
	/* Without memory nothing is known until the next look. */
	nfhad_cputime_open(usage->pid, usage->start, &usage->tree);
	return true;
}

static int read_cpu(struct nfhad_usage *usage, uint64_t now, uint64_t *us)
{
	if (usage->tree)
		return nfhad_cputime_read(usage->tree, now, us);
	return nfhad_cgroup_cpu(&usage->group, us);
}

void nfhad_usage_read(struct nfhad_usage *usage, uint32_t wanted, uint64_t now,
		      struct nfhad_reading *reading)
{
	const uint32_t cpu = NFHAD_MEASURE_BIT(NFHAD_MEASURE_CPU);
	const uint32_t pressure = NFHAD_MEASURE_BIT(NFHAD_MEASURE_PRESSURE);
	bool is_other = false;

	reading->known &= ~(cpu | pressure);
	reading->usage_us = now;
	if (!(wanted & (cpu | pressure)))
		return;
	if (!usage->is_looked || now - usage->looked >= NFHAD_USAGE_LOOK_US) {
		if (!is_there(usage))
			return;
		is_other = look(usage, now);
	}
	if (wanted & cpu && !read_cpu(usage, now, &reading->cpu_us))
		reading->known |= cpu;
	if (wanted & pressure &&
	    !nfhad_cgroup_pressure(&usage->group, &reading->pressure_us))
		reading->known |= pressure;
	if (is_other)
		reading->known &= ~(cpu | pressure);
}
