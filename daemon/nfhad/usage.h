/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_USAGE_H
#define NFHAD_USAGE_H

#include <stdint.h>
#include <sys/types.h>
#include "sample.h"

/*
 * What an instance uses of this machine. Its control group tells it if that has the
 * processes of the instance, all of them and no others. If not, the processes tell how
 * long they have run, and the rest is not known.
 */
struct nfhad_usage;

/* So often, at least, it is looked which of both is so. */
#define NFHAD_USAGE_LOOK_US UINT64_C(300000000)

/* A control group of more processes is not looked through. */
#define NFHAD_USAGE_PROCESSES_MAX 1024

/**
 * nfhad_usage_open - begin to look at an instance
 * @root: see nfhad_cgroup_root(), stays the caller's; or -1: there are none
 * @pid: its first process
 * @start: when it started, see nfhad_process_start()
 * @usage: set
 *
 * Return: 0 or -ENOMEM.
 */
int nfhad_usage_open(int root, pid_t pid, uint64_t start,
		     struct nfhad_usage **usage);

/**
 * nfhad_usage_read - read what it has used so far
 * @usage: the instance
 * @wanted: set of enum nfhad_measure: nothing else is read
 * @now: in microseconds
 * @reading: its part of usage is set, with its bits of @known
 *
 * What cannot be read is not known. Nor is anything in the first reading from another
 * source than before, so that no rate is made of two that have nothing in common.
 */
void nfhad_usage_read(struct nfhad_usage *usage, uint32_t wanted, uint64_t now,
		      struct nfhad_reading *reading);

/* NULL is fine. */
void nfhad_usage_close(struct nfhad_usage *usage);

#endif /* NFHAD_USAGE_H */
