/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_EVENT_H
#define NFHAD_EVENT_H

#include <libnfha/nfha.h>

/**
 * nfhad_event_heard - the module has told something
 * @e: what; NULL: events were lost, and all that is known has to be read afresh
 * @nfhad: the daemon; so that it is a nfhad_kernel_event_fn
 */
void nfhad_event_heard(const struct nfha_event *e, void *nfhad);

#endif /* NFHAD_EVENT_H */
