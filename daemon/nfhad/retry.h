/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_RETRY_H
#define NFHAD_RETRY_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/*
 * What has failed is tried again, later each time, for the reason may take long to go
 * away.
 */

/**
 * nfhad_retry_wait_us - how long until the next try
 * @failures: in a row, at least one
 * @first_us: after the first
 * @last_us: and never longer than this
 */
uint64_t nfhad_retry_wait_us(unsigned int failures, uint64_t first_us,
			     uint64_t last_us);

/* Is this one worth a line? The 1st, 2nd, 4th, 8th ... in a row is. */
bool nfhad_retry_is_said(unsigned int failures);

/**
 * nfhad_retry_later - call a function once, later
 * @event: the loop
 * @timer: replaced; NULL if this fails
 * @in_us: when, from now on
 * @fn: the function
 * @data: for it
 *
 * Return: 0 or a negative errno.
 */
int nfhad_retry_later(sd_event *event, sd_event_source **timer, uint64_t in_us,
		      sd_event_time_handler_t fn, void *data);

#endif /* NFHAD_RETRY_H */
