/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_METER_H
#define NFHAD_METER_H

#include "instance.h"

struct nfha_event;

/*
 * What the instances of a service have to do, measured again and again. Whoever is
 * overloaded, or has next to nothing to do, is told to scale.c.
 */

/* Begins if the service is scaled. 0 or a negative errno. */
int nfhad_meter_new(struct nfhad_service *service);
void nfhad_meter_free(struct nfhad_service *service);

/**
 * nfhad_meter_notice - somebody else says what an instance has to do
 * @service: the service
 * @event: an overload notification of the module (6.2, step 1: by any means)
 *
 * It counts from the next look on. Nothing for a service that is not scaled.
 */
void nfhad_meter_notice(struct nfhad_service *service,
			const struct nfha_event *event);

#endif /* NFHAD_METER_H */
