/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTWATCH_H
#define NFHAD_CTWATCH_H

#include <stdbool.h>

struct nfhad_ctstate;
struct nfhad_ctwatch;
struct nfhad_instance;

/**
 * typedef nfhad_ctwatch_fn - all connections are known, for the first time or again
 * @data: as given
 * @error: 0; or why they cannot be known: -ENOSPC, there are too many
 */
typedef void (*nfhad_ctwatch_fn)(void *data, int error);

/**
 * nfhad_ctwatch_start - follow the connections of a namespace
 * @instance: whose namespace
 * @fn: told from the loop
 * @data: for @fn
 * @watch: set
 *
 * Return: 0, or a negative errno with a line in the log.
 */
int nfhad_ctwatch_start(struct nfhad_instance *instance, nfhad_ctwatch_fn fn,
			void *data, struct nfhad_ctwatch **watch);
void nfhad_ctwatch_stop(struct nfhad_ctwatch *watch);

/**
 * nfhad_ctwatch_catch_up - learn all that has happened up to now
 * @watch: the watch
 *
 * Return: 0; -EAGAIN: not before @fn is called, for it does not know all
 * connections yet, or some events were lost; or a negative errno.
 */
int nfhad_ctwatch_catch_up(struct nfhad_ctwatch *watch);

/* The connections, as of the last nfhad_ctwatch_catch_up() that returned 0. */
struct nfhad_ctstate *nfhad_ctwatch_state(struct nfhad_ctwatch *watch);

/* Has the ruleset changed since the last call, or could it have? */
bool nfhad_ctwatch_rules_changed(struct nfhad_ctwatch *watch);

#endif /* NFHAD_CTWATCH_H */
