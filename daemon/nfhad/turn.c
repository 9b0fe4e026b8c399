// SPDX-License-Identifier: GPL-2.0-or-later
/* Others first, but not for ever. */

#include "turn.h"

int nfhad_turn_begin(struct nfhad_turn *turn, sd_event_source *source,
		     sd_event_handler_t prepare)
{
	int ret;

	turn->since_us = 0;
	ret = sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IDLE);
	if (ret < 0)
		return ret;
	ret = sd_event_source_set_prepare(source, prepare);
	return ret < 0 ? ret : 0;
}

/* When it has been dispatched it does not wait any more until the loop has looked again, also
 * if there is more to come: so it has one turn.
 */
int nfhad_turn_prepare(struct nfhad_turn *turn, sd_event_source *source)
{
	uint64_t now;
	int ret;

	ret = sd_event_source_get_pending(source);
	if (ret <= 0) {
		turn->since_us = 0;
		return sd_event_source_set_priority(source,
						    SD_EVENT_PRIORITY_IDLE);
	}
	ret = sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC,
			   &now);
	if (ret < 0)
		return ret;
	if (!turn->since_us)
		turn->since_us = now;
	if (now - turn->since_us < NFHAD_TURN_US)
		return 0;
	return sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
}
