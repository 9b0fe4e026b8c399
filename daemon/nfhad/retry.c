// SPDX-License-Identifier: GPL-2.0-or-later
/* Again, and later each time. */

#include "retry.h"

uint64_t nfhad_retry_wait_us(unsigned int failures, uint64_t first_us,
			     uint64_t last_us)
{
	uint64_t wait = first_us;

	while (--failures && wait < last_us)
		wait *= 2;
	return wait < last_us ? wait : last_us;
}

bool nfhad_retry_is_said(unsigned int failures)
{
	return !(failures & (failures - 1));
}

int nfhad_retry_later(sd_event *event, sd_event_source **timer, uint64_t in_us,
		      sd_event_time_handler_t fn, void *data)
{
	int ret;

	*timer = sd_event_source_disable_unref(*timer);
	ret = sd_event_add_time_relative(event, timer, CLOCK_MONOTONIC, in_us,
					 1000, fn, data);
	return ret < 0 ? ret : 0;
}
