/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CPUTIME_H
#define NFHAD_CPUTIME_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The processor time of a process tree that has no control group of its own: that of
 * its processes, and of those that have ended and been waited for.
 */
struct nfhad_cputime;

/* So many processes are looked at; a tree of more wants a group of its own. */
#define NFHAD_CPUTIME_MAX 128

/* So often, at least, new processes are looked for. */
#define NFHAD_CPUTIME_WALK_US UINT64_C(20000000)

/**
 * nfhad_cputime_open - begin to look at a tree
 * @root: its first process
 * @start: when that started, see nfhad_process_start()
 * @tree: set; without a process yet: they are looked for when it is read
 *
 * Return: 0 or -ENOMEM.
 */
int nfhad_cputime_open(pid_t root, uint64_t start, struct nfhad_cputime **tree);

/**
 * nfhad_cputime_read - how much processor time a tree has used since it was opened
 * @tree: the tree
 * @now: in microseconds
 * @us: set; a multiple of the kernel's tick
 *
 * What a process had used when it was found counts for nothing, for nobody knows when
 * that was. A process that has left the tree, or whose parent does not wait for its
 * children, takes its time with it: then this goes back.
 *
 * Return: 0, -ESRCH if the first process is gone, -E2BIG, -EAGAIN if processes end
 * faster than they are looked at, or a negative errno.
 */
int nfhad_cputime_read(struct nfhad_cputime *tree, uint64_t now, uint64_t *us);

/* NULL is fine. */
void nfhad_cputime_close(struct nfhad_cputime *tree);

#endif /* NFHAD_CPUTIME_H */
