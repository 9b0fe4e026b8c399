// SPDX-License-Identifier: GPL-2.0-or-later
/* Processor time of process trees. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cputime.h"
#include "proc.h"

#define US_PER_S 1000000

/* Processes may end while they are looked at: so often it is tried. */
#define TRIES 3

/* A process, and its /proc/PID/stat, which is its and nobody else's. */
struct member {
	pid_t pid;
	int stat;
};

/**
 * struct nfhad_cputime - a process tree
 * @root: its first process
 * @start: when that started
 * @is_walked: its processes have been looked for
 * @walked: when they were
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

int nfhad_cputime_read(struct nfhad_cputime *tree, uint64_t now, uint64_t *us)
{
	bool is_due = !tree->is_walked || !tree->count ||
		      now - tree->walked >= NFHAD_CPUTIME_WALK_US;
	uint64_t ticks;
	int i, ret;

	for (i = 0; i < TRIES; i++) {
		if (is_due) {
			ret = walk(tree, now);
			if (ret)
				return ret;
		}
		ret = sum(tree, &ticks);
		if (ret != -ESRCH)
			break;
		is_due = true;
	}
	if (ret)
		return ret == -ESRCH ? -EAGAIN : ret;
	/* So much of it was others', who have left. */
	if (ticks < tree->before)
		tree->before = ticks;
	*us = (ticks - tree->before) * US_PER_S / sysconf(_SC_CLK_TCK);
	return 0;
}
