/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PROBE_H
#define NFHAD_PROBE_H

#include <stdbool.h>
#include <systemd/sd-event.h>
#include "config.h"

struct nfhad_probe;

/**
 * struct nfhad_probe_target - whom a probe is about
 * @check: what to do
 * @netns: where, if @check does not say
 * @service: for its environment
 * @instance: the same
 */
struct nfhad_probe_target {
	const struct nfhad_check_config *check;
	const char *netns;
	const char *service;
	const char *instance;
};

/* @why: what was found, if it is not good; valid during the call only. It begins with the
 * path of a program that could not be run.
 */
typedef void (*nfhad_probe_fn)(void *data, bool good, const char *why);

/**
 * nfhad_probe_start - do a health check once
 * @event: the loop
 * @target: whom it is about; copied
 * @done: called once from the loop; the probe is freed before
 * @data: for @done
 * @probe: set
 *
 * It takes as long as it takes.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_probe_start(sd_event *event, const struct nfhad_probe_target *target,
		      nfhad_probe_fn done, void *data,
		      struct nfhad_probe **probe);

/* @done is not called. NULL is none. */
void nfhad_probe_cancel(struct nfhad_probe *probe);

/*
 * The kinds. They run in the namespace already, in a job. They return 0 or a negative
 * errno, with what was tried when it came in @what.
 */
int nfhad_probe_exec(const struct nfhad_probe_target *target, const char **what);
int nfhad_probe_tcp(const struct nfhad_check_config *check, const char **what);
int nfhad_probe_icmp(const struct nfhad_check_config *check, const char **what);

#endif /* NFHAD_PROBE_H */
