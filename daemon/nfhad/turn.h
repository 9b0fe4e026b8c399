/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_TURN_H
#define NFHAD_TURN_H

#include <stdint.h>
#include <systemd/sd-event.h>

/*
 * What serves people lets go first whatever protects somebody. A daemon that has more to do
 * than it can has always something of that, and it is then that somebody asks what is wrong:
 * so each source has its turn once in a while, whatever else waits.
 */

/* So long a source lets others go first. */
#define NFHAD_TURN_US 1000000ULL

/**
 * struct nfhad_turn - of a source of the loop
 * @since_us: it waits since then, by the loop's CLOCK_MONOTONIC; 0: it does not
 */
struct nfhad_turn {
	uint64_t since_us;
};

/**
 * nfhad_turn_begin - let others go first
 * @turn: all zeros
 * @source: its priority is nfhad_turn's from here on
 * @prepare: calls nfhad_turn_prepare(), and nothing else; its data is that of @source
 *
 * Return: 0 or a negative errno.
 */
int nfhad_turn_begin(struct nfhad_turn *turn, sd_event_source *source,
		     sd_event_handler_t prepare);

/**
 * nfhad_turn_prepare - whose turn is it?
 * @turn: of @source
 * @source: one that has been given to nfhad_turn_begin()
 *
 * Context: the loop, before it waits.
 * Return: 0 or a negative errno.
 */
int nfhad_turn_prepare(struct nfhad_turn *turn, sd_event_source *source);

#endif /* NFHAD_TURN_H */
