// SPDX-License-Identifier: GPL-2.0-or-later
/* States: what they are called, and since when an instance has one. */

#include <time.h>

#include "scale.h"
#include "state.h"

static uint64_t realtime_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

void nfhad_state_set(struct nfhad_instance *instance,
		     enum nfhad_instance_state state)
{
	if (instance->state != state || !instance->since_us)
		instance->since_us = realtime_us();
	instance->state = state;
}

const char *nfhad_state_name(enum nfhad_instance_state state)
{
	static const char *const names[] = {
		[NFHAD_INSTANCE_UNKNOWN] = "unknown",
		[NFHAD_INSTANCE_IDLE] = "idle",
		[NFHAD_INSTANCE_LOADING] = "loading",
		[NFHAD_INSTANCE_STANDBY] = "standby",
		[NFHAD_INSTANCE_ACTIVE] = "active",
		[NFHAD_INSTANCE_UNPROTECTED] = "unprotected",
		[NFHAD_INSTANCE_FAILED] = "failed",
		[NFHAD_INSTANCE_CLEANING] = "cleaning",
	};

	return names[state];
}

const char *nfhad_scale_state_name(enum nfhad_scale_state state)
{
	static const char *const names[] = {
		[NFHAD_SCALE_STEADY] = "steady",
		[NFHAD_SCALE_STARTING] = "starting",
		[NFHAD_SCALE_SPLIT] = "split",
		[NFHAD_SCALE_DRAINING] = "draining",
	};

	return names[state];
}
