/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_FAR_H
#define NFHAD_FAR_H

#include <libnfha/nfha.h>
#include <stdbool.h>
#include "../flows.h"

/*
 * A service in the module of another host: the switch before a service, or the host of an
 * instance. To be used in a job. All return 0 or a negative errno.
 */

/**
 * struct nfhad_far - it
 * @module: the connection
 * @service: its name there
 */
struct nfhad_far {
	struct nfha *module;
	const char *service;
};

int nfhad_far_open(struct nfhad_far *far, const char *netns, const char *service);
void nfhad_far_close(struct nfhad_far *far);

/**
 * nfhad_far_map - replace the range map there
 * @far: the service
 * @range: the new ranges; neighbours of one name may be several
 * @ranges: how many
 *
 * Nothing if it is like that. Living flows that it knows stay where they are. If somebody
 * else changes the map at the same time, it is done on the new one.
 */
int nfhad_far_map(const struct nfhad_far *far, struct nfha_range *range,
		  unsigned int ranges);

/* Living flows are of an instance there, whoever has their range; also if there are none. */
int nfhad_far_import(const struct nfhad_far *far, const char *instance,
		     const struct flows *flows);

/* What it has of flows there goes to whoever has the ranges; also if it is not there. */
int nfhad_far_forget(const struct nfhad_far *far, const char *instance);

#endif /* NFHAD_FAR_H */
