/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_OBITUARY_H
#define NFHAD_OBITUARY_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct nfhad_obituary;

/**
 * struct nfhad_death - a process has begun to end
 * @pid: the process
 * @thread: the one of its threads that tells so
 * @whole: all have ended, @thread is the last; if not, it may be the first one alone
 */
struct nfhad_death {
	pid_t pid;
	pid_t thread;
	bool whole;
};

typedef void (*nfhad_obituary_fn)(const struct nfhad_death *death, void *data);

/**
 * nfhad_obituary_open - hear of each process that ends, before it has ended
 * @event: the loop
 * @fn: called from the loop
 * @data: for @fn
 * @out: set
 *
 * A descriptor of a process tells of its end when the process has given back its memory,
 * which takes a second for some gigabytes. The kernel's statistics of tasks are sent before that.
 * They are an addition: they may be missed, and a kernel or a container may have none.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_obituary_open(sd_event *event, nfhad_obituary_fn fn, void *data,
			struct nfhad_obituary **out);

void nfhad_obituary_close(struct nfhad_obituary *obituary);

#endif /* NFHAD_OBITUARY_H */
