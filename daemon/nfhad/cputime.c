// SPDX-License-Identifier: GPL-2.0-or-later
/* Processor time of process trees. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cputime.h"
#include "proc.h"

#define US_PER_S 1000000

/* Processes may end while they are looked at: so often it is tried. */
#define TRIES 3

/**
 * struct member - a process
 * @pid: its number
 * @stat: its /proc/PID/stat, which is its and nobody else's
 * @clock_ns: its clock when that was looked at last, 0: not yet
 */
struct member {
	pid_t pid;
	int stat;
	uint64_t clock_ns;
};

/**
 * struct nfhad_cputime - a process tree
 * @root: its first process
 * @start: when that started
 * @is_walked: its processes have been looked for
 * @walked: when they were
 * @has_run: some of them has run since then, and may have children that are not known
 * @is_read: @ticks are known
 * @ticks: that they had used when they were read last
 * @before: ticks that they had used when they were found
 * @count: how many there are
 * @member: parents before their children. So a child that ends, and whose time is its
 *	parent's from then on, is not counted twice
 */
struct nfhad_cputime {
	pid_t root;
	uint64_t start;
	bool is_walked;
	uint64_t walked;
	bool has_run;
	bool is_read;
	uint64_t ticks;
	uint64_t before;
	size_t count;
	struct member member[NFHAD_CPUTIME_MAX];
};

int nfhad_cputime_open(pid_t root, uint64_t start, struct nfhad_cputime **out)
{
	struct nfhad_cputime *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return -ENOMEM;
	tree->root = root;
	tree->start = start;
	*out = tree;
	return 0;
}

static void forget_all(struct nfhad_cputime *tree)
{
	while (tree->count)
		close(tree->member[--tree->count].stat);
}

void nfhad_cputime_close(struct nfhad_cputime *tree)
{
	if (!tree)
		return;
	forget_all(tree);
	free(tree);
}

/* Takes the descriptor of a process out of the list, if it is there and its number
 * has not become another's meanwhile.
 */
static bool take_known(struct member *known, size_t count, pid_t pid,
		       struct member *member)
{
	uint64_t ticks;
	size_t i;

	for (i = 0; i < count; i++) {
		if (known[i].pid != pid || known[i].stat < 0 ||
		    nfhad_proc_time(known[i].stat, &ticks))
			continue;
		*member = known[i];
		known[i].stat = -1;
		return true;
	}
	return false;
}

/* One that is gone again is no error. */
static int add_new(struct nfhad_cputime *tree, pid_t pid)
{
	struct member *member = &tree->member[tree->count];
	char path[32];
	uint64_t ticks;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	member->stat = open(path, O_RDONLY | O_CLOEXEC);
	if (member->stat < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	if (nfhad_proc_time(member->stat, &ticks)) {
		close(member->stat);
		return 0;
	}
	member->pid = pid;
	member->clock_ns = 0;
	tree->before += ticks;
	tree->count++;
	return 0;
}

/* Makes the list of processes anew, with the descriptors that there are. */
static int make_list(struct nfhad_cputime *tree, const pid_t *pids, size_t count)
{
	struct member known[NFHAD_CPUTIME_MAX];
	size_t i, n = tree->count;
	int ret = 0;

	for (i = 0; i < n; i++)
		known[i] = tree->member[i];
	tree->count = 0;
	for (i = 0; !ret && i < count; i++) {
		if (take_known(known, n, pids[i], &tree->member[tree->count]))
			tree->count++;
		else
			ret = add_new(tree, pids[i]);
	}
	for (i = 0; i < n; i++)
		if (known[i].stat >= 0)
			close(known[i].stat);
	return ret;
}

static bool is_root(const struct nfhad_cputime *tree, const struct member *member)
{
	struct nfhad_proc_stat stat;

	return member->pid == tree->root && !nfhad_proc_stat(tree->root, &stat) &&
	       stat.start == tree->start;
}

/* The first time does not last as long, by the number of the process: so not all trees
 * are walked in the same moment from then on.
 */
static void note_walk(struct nfhad_cputime *tree, uint64_t now)
{
	tree->walked = now;
	if (!tree->is_walked)
		tree->walked -= tree->root % 100 * (NFHAD_CPUTIME_WALK_US / 100);
	tree->is_walked = true;
}

static int walk(struct nfhad_cputime *tree, uint64_t now)
{
	pid_t pids[NFHAD_CPUTIME_MAX];
	size_t count;
	int ret;

	tree->has_run = false;
	ret = nfhad_proc_family(tree->root, pids, NFHAD_CPUTIME_MAX, &count);
	if (!ret)
		ret = make_list(tree, pids, count);
	/* The list has been made: so it is this one that the list begins with. */
	if (!ret && (!tree->count || !is_root(tree, &tree->member[0])))
		ret = -ESRCH;
	if (ret) {
		forget_all(tree);
		return ret;
	}
	note_walk(tree, now);
	return 0;
}

static int sum(const struct nfhad_cputime *tree, uint64_t *ticks)
{
	uint64_t more;
	size_t i;
	int ret;

	*ticks = 0;
	for (i = 0; i < tree->count; i++) {
		ret = nfhad_proc_time(tree->member[i].stat, &more);
		if (ret)
			return ret;
		*ticks += more;
	}
	return 0;
}

/* Has a process run since this was asked the last time? Its clock is much cheaper than its
 * file in /proc, but has nothing of its children. The number may be another's: then it is
 * another clock, too.
 */
static bool has_run(struct member *member)
{
	/* As clock_getcpuclockid() makes it, for threads together. */
	const clockid_t clock = ~member->pid * 8 + 2;
	struct timespec ts = {};
	uint64_t before = member->clock_ns;

	if (clock_gettime(clock, &ts))
		return true;
	member->clock_ns = ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
	return member->clock_ns != before;
}

/* Whoever has not run has neither got nor waited for children. */
static bool is_at_rest(struct nfhad_cputime *tree)
{
	bool is_so = true;
	size_t i;

	for (i = 0; i < tree->count; i++)
		if (has_run(&tree->member[i]))
			is_so = false;
	tree->has_run |= !is_so;
	return is_so;
}

static bool is_walk_due(struct nfhad_cputime *tree, uint64_t now)
{
	if (!tree->is_walked || !tree->count)
		return true;
	if (now - tree->walked < NFHAD_CPUTIME_WALK_US)
		return false;
	if (!tree->has_run)
		note_walk(tree, now);
	return tree->has_run;
}

static int read_ticks(struct nfhad_cputime *tree, uint64_t now)
{
	bool is_still = is_at_rest(tree), is_due = is_walk_due(tree, now);
	int i, ret = 0;

	if (is_still && !is_due && tree->is_read)
		return 0;
	tree->is_read = false;
	for (i = 0; i < TRIES; i++) {
		if (is_due) {
			ret = walk(tree, now);
			if (ret)
				return ret;
		}
		ret = sum(tree, &tree->ticks);
		if (ret != -ESRCH)
			break;
		is_due = true;
	}
	tree->is_read = !ret;
	return ret == -ESRCH ? -EAGAIN : ret;
}

int nfhad_cputime_read(struct nfhad_cputime *tree, uint64_t now, uint64_t *us)
{
	int ret = read_ticks(tree, now);

	if (ret)
		return ret;
	/* So much of it was others', who have left. */
	if (tree->ticks < tree->before)
		tree->before = tree->ticks;
	*us = (tree->ticks - tree->before) * US_PER_S / sysconf(_SC_CLK_TCK);
	return 0;
}
