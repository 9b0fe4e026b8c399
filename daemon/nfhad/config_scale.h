/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CONFIG_SCALE_H
#define NFHAD_CONFIG_SCALE_H

#include <linux/nfha.h>
#include <stdint.h>

#include "field.h"
#include "limits.h"

/* By which of RSerPool's policies (RFC 5356) a spare instance is taken. */
enum nfhad_placement_word {
	NFHAD_PLACEMENT_RR,
	NFHAD_PLACEMENT_WRR,
	NFHAD_PLACEMENT_RAND,
	NFHAD_PLACEMENT_WRAND,
	NFHAD_PLACEMENT_PRIO,
};

/**
 * struct nfhad_scale_config - when a service gets more instances, and when less
 * @interval_ms: between two looks at the load; 0: the service is not scaled
 * @max: instances with ranges; 0: as many as there are
 * @min: the same
 * @overload: one of these makes an instance overloaded
 * @underload: below all of these it has next to nothing to do
 * @overload_for_ms: without a break
 * @underload_for_ms: without a break
 * @hold_down_ms: after a step, nothing is done
 * @measure: what a split halves, enum nfha_measure
 * @policy: for living flows whose range goes elsewhere, enum nfha_policy
 * @deadline_ms: an instance that drains has; 0: none
 * @placement: who comes next
 */
struct nfhad_scale_config {
	uint32_t interval_ms;
	uint32_t max;
	uint32_t min;
	struct nfhad_limits overload;
	struct nfhad_limits underload;
	uint32_t overload_for_ms;
	uint32_t underload_for_ms;
	uint32_t hold_down_ms;
	enum nfha_measure measure;
	enum nfha_policy policy;
	uint32_t deadline_ms;
	enum nfhad_placement_word placement;
};

/* The keys of such a structure. */
extern const struct nfhad_fields nfhad_scale_fields;

#endif /* NFHAD_CONFIG_SCALE_H */
