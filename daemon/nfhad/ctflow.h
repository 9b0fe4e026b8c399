/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTFLOW_H
#define NFHAD_CTFLOW_H

#include <libnfha/nfha.h>

#include "ctstate.h"

/**
 * nfhad_ctflow_of - the flow of a connection's first packet
 * @entry: the connection, or that it is gone
 * @flow: set: addresses, protocol and ports, as the module has them
 *
 * Return: 0 or -EBADMSG.
 */
int nfhad_ctflow_of(const struct nfhad_ctentry *entry, struct nfha_flow *flow);

/* The flow of its answers: another one if it is translated. That it is gone will not do. */
int nfhad_ctflow_of_answers(const struct nfhad_ctentry *entry,
			    struct nfha_flow *flow);

/* Is something of it translated? */
bool nfhad_ctflow_is_translated(const struct nfhad_ctentry *entry);

#endif /* NFHAD_CTFLOW_H */
