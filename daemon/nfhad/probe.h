/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PROBE_H
#define NFHAD_PROBE_H

#include <systemd/sd-event.h>
#include "config.h"

#define NFHAD_PROBE_WHY_MAX 256

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

/**
 * enum nfhad_probe_result - what a probe has found
 * @NFHAD_PROBE_GOOD: the instance is well
 * @NFHAD_PROBE_BAD: it is not
 * @NFHAD_PROBE_NOT_RUN: the program that is asked cannot be run, which tells nothing of it
 */
enum nfhad_probe_result {
	NFHAD_PROBE_GOOD,
	NFHAD_PROBE_BAD,
	NFHAD_PROBE_NOT_RUN,
};

/* @why: what was found, if it is not good; valid during the call only. */
typedef void (*nfhad_probe_fn)(void *data, enum nfhad_probe_result result,
			       const char *why);

/**
 * nfhad_probe_start - do a health check once
 * @event: the loop
 * @target: whom it is about; copied
 * @done: called once from the loop if @probe was set; the probe is freed before
 * @data: for @done
 * @why: of NFHAD_PROBE_WHY_MAX bytes; what was found, if @probe was not set; empty: it
 *	is good
 * @probe: set to NULL if it is over already: then @done is not called
 *
 * It takes as long as it takes. A command is a job. What asks by the network is a socket
 * that the loop waits for, one for each probe, and gone with it: one that stays would keep
 * its namespace, and the devices in that, when somebody removes them.
 *
 * Return: 0 or a negative errno, which is the daemon's and tells nothing of the instance.
 */
int nfhad_probe_start(sd_event *event, const struct nfhad_probe_target *target,
		      nfhad_probe_fn done, void *data, char *why,
		      struct nfhad_probe **probe);

/* @done is not called. NULL is none. */
void nfhad_probe_cancel(struct nfhad_probe *probe);

#endif /* NFHAD_PROBE_H */
