/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CONFIG_SCALE_H
#define NFHAD_CONFIG_SCALE_H

#include <linux/nfha.h>
#include <stdint.h>

#include "field.h"
#include "overload.h"
#include "policy.h"

/* Of one service. */
#define NFHAD_INSTANCES_MAX 256

/* Who is told of exceptions. */
enum nfhad_exceptions {
	NFHAD_EXCEPTIONS_SWITCH,	/* the switch (6.2, step 6 a) */
	NFHAD_EXCEPTIONS_HOST,		/* the host of who has their range (figure 6) */
};

/**
 * struct nfhad_upstream_config - the switch before a service (6.2, step 6)
 * @netns: name of the network namespace that has its module; NULL: there is none
 * @service: the service there
 * @exceptions: who is told of them
 */
struct nfhad_upstream_config {
	char *netns;
	char *service;
	enum nfhad_exceptions exceptions;
};

/**
 * struct nfhad_steering_config - the module on the host of an instance
 * @netns: name of the network namespace that has it; NULL: it is the daemon's own
 * @service: the service there; its instances have the same names
 */
struct nfhad_steering_config {
	char *netns;
	char *service;
};

/**
 * struct nfhad_scale_config - when a service gets more instances, and when less
 * @detector: who is overloaded, and who is not; without an interval the service is not
 *	scaled
 * @max: instances with ranges; 0: as many as there are
 * @min: the same
 * @measure: what a split halves, enum nfha_measure
 * @policy: for living flows whose range goes elsewhere, enum nfha_policy
 * @deadline_ms: an instance that drains has; 0: none
 * @placement: by which policy of RFC 5356 the next one is chosen
 * @upstream: who gets ranges and exceptions when these are few
 */
struct nfhad_scale_config {
	struct nfhad_detector_config detector;
	uint32_t max;
	uint32_t min;
	enum nfha_measure measure;
	enum nfha_policy policy;
	uint32_t deadline_ms;
	enum nfhad_policy placement;
	struct nfhad_upstream_config upstream;
};

/* The keys of such structures. */
extern const struct nfhad_fields nfhad_scale_fields;
extern const struct nfhad_fields nfhad_steering_fields;

#endif /* NFHAD_CONFIG_SCALE_H */
