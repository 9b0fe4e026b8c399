/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SERVICE_H
#define NFHAD_SERVICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "instance.h"
#include "obituary.h"

/**
 * nfhad_service_new - a service is to be protected
 * @nfhad: the daemon
 * @whole: the configuration, which the service refers to
 * @config: what is wanted, in @whole
 *
 * Return: the service, or NULL without memory.
 */
struct nfhad_service *
nfhad_service_new(struct nfhad *nfhad, struct nfhad_config *whole,
		  const struct nfhad_service_config *config);

/* The driver that a configuration names. */
const struct nfhad_driver *
nfhad_service_driver(const struct nfhad_service_config *config);

/**
 * nfhad_service_start - begin, if the kernel has the service and all instances
 * @service: the service; nothing if it has begun
 *
 * Takes up what an earlier daemon has left: processes, epochs that are not ended,
 * a failover that had begun.
 */
void nfhad_service_start(struct nfhad_service *service);

/* The same, of all services. */
void nfhad_services_start(struct nfhad *nfhad);

/* The service of this name, or NULL. */
struct nfhad_service *nfhad_service_find(const struct nfhad *nfhad, const char *name);

/* What is set for all services has changed, perhaps. */
void nfhad_service_set(struct nfhad_service *service);

/* Be concerned with it no more; its processes run on. NULL is fine. */
void nfhad_service_free(struct nfhad_service *service);

/**
 * nfhad_service_instance - find an instance
 * @service: the service
 * @name: its name
 *
 * Return: the instance, or NULL.
 */
struct nfhad_instance *
nfhad_service_instance(const struct nfhad_service *service, const char *name);

/**
 * nfhad_service_death - a process has begun to end
 * @service: the service
 * @death: of which
 *
 * If it is the first process of an instance that is active, that is its failure.
 */
void nfhad_service_death(struct nfhad_service *service,
			 const struct nfhad_death *death);

#endif /* NFHAD_SERVICE_H */
