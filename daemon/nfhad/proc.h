/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PROC_H
#define NFHAD_PROC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* More processes than this in one tree are an error, not a VNF. */
#define NFHAD_PROC_MAX 32768

/**
 * struct nfhad_proc_stat - what /proc/PID/stat says
 * @comm: name of the program, as much as the kernel keeps
 * @state: one letter
 * @session: its session, a number of our pid namespace
 * @flags: PF_* of the kernel
 * @start: when it started, in ticks since the boot
 */
struct nfhad_proc_stat {
	char comm[64];
	char state;
	pid_t session;
	unsigned int flags;
	uint64_t start;
};

/**
 * nfhad_proc_read - what a short file of the kernel's says
 * @path: the file
 * @text: set; ends with a NUL
 * @size: of @text; what does not fit is left out
 *
 * Return: the length, or a negative errno.
 */
ssize_t nfhad_proc_read(const char *path, char *text, size_t size);

/**
 * nfhad_proc_pidfile - the number of a process as a program has written it
 * @fd: the file
 * @pid: set
 *
 * Return: 0, -ENODATA if nothing is written, -EINVAL if it is no number that a
 * process can have but process 1, or a negative errno.
 */
int nfhad_proc_pidfile(int fd, pid_t *pid);

/* 0, -ESRCH, or a negative errno. */
int nfhad_proc_stat(pid_t pid, struct nfhad_proc_stat *stat);

/**
 * nfhad_proc_namespace - which namespace a process is in
 * @pid: the process; 0: this one
 * @kind: "net", "pid", "mnt"...
 * @inode: set; its number
 *
 * Return: 0, -ESRCH, or a negative errno.
 */
int nfhad_proc_namespace(pid_t pid, const char *kind, ino_t *inode);

/**
 * nfhad_proc_status - a number from /proc/PID/status
 * @pid: the process
 * @key: "TracerPid" and its like
 * @value: set; the last number of the line
 *
 * Return: 0, -ESRCH, -ENOENT if there is no such line, or a negative errno.
 */
int nfhad_proc_status(pid_t pid, const char *key, long *value);

/**
 * nfhad_proc_tree - a process and all its descendants
 * @root: the first
 * @pids: set; @root and then the others, parents before children; to be freed
 * @count: set
 *
 * A process that ends while the list is made may be in it or not.
 *
 * Return: 0, -ESRCH, -E2BIG, or a negative errno.
 */
int nfhad_proc_tree(pid_t root, pid_t **pids, size_t *count);

/**
 * nfhad_proc_family - the same, as many as there is room for
 * @root: the first
 * @pids: set
 * @max: so many there is room for
 * @count: set
 *
 * Return: 0, -ESRCH, -E2BIG if there are more, or a negative errno.
 */
int nfhad_proc_family(pid_t root, pid_t *pids, size_t max, size_t *count);

/**
 * nfhad_proc_time - the processor time of a process, and of its children that are gone
 * @fd: its /proc/PID/stat, opened
 * @ticks: set; in clock ticks
 *
 * Children count that it has waited for, with those that they had waited for.
 *
 * Return: 0, -ESRCH if it is gone, too, or a negative errno.
 */
int nfhad_proc_time(int fd, uint64_t *ticks);

/**
 * nfhad_proc_walk - look at each process that there is
 * @fn: told of each; not 0: that is enough
 * @data: for @fn
 *
 * Return: what @fn has returned last, or a negative errno.
 */
int nfhad_proc_walk(int (*fn)(pid_t pid, void *data), void *data);

#endif /* NFHAD_PROC_H */
