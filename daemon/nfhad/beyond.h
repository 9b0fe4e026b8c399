/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_BEYOND_H
#define NFHAD_BEYOND_H

#include <stdint.h>

struct nfhad_instance;
struct nfhad_reading;
struct nfhad_service;

/*
 * What goes past this host: the switch before a service sends packets to instances on other
 * hosts, and the module here does not see them. The switch is asked again and again.
 */

/* 0, also if there is no switch, or a negative errno. */
int nfhad_beyond_new(struct nfhad_service *service);
void nfhad_beyond_free(struct nfhad_service *service);

/* The switch steers otherwise from here on: what it was asked before does not count. */
void nfhad_beyond_again(struct nfhad_service *service);

/**
 * nfhad_beyond_flows - how many flows of an instance go past
 * @instance: the instance
 * @flows: set
 *
 * Return: 0, also without a switch; -EAGAIN: it has not answered yet, -EOPNOTSUPP: it does
 * not know.
 */
int nfhad_beyond_flows(const struct nfhad_instance *instance, uint32_t *flows);

/* Adds what goes past to what has been counted here; what is not known is not known then. */
void nfhad_beyond_add(const struct nfhad_instance *instance,
		      struct nfhad_reading *reading);

#endif /* NFHAD_BEYOND_H */
