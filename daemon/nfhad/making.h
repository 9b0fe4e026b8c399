/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_MAKING_H
#define NFHAD_MAKING_H

#include "config.h"

/*
 * What an instance of a template needs to live: its namespace, its devices, their
 * addresses, its control group, its place in the module. All of it is for jobs, which have
 * namespaces of their own to be in.
 */

/**
 * nfhad_making_make - make what is not there
 * @service: name of the service
 * @instance: the instance, which has a template
 * @said: of NFHAD_SAID_MAX bytes, set on failure: what could not be made, and why
 *
 * In the module it is on standby. On failure nothing is left, unless the module has
 * ranges or flows of it.
 *
 * Return: 0; -EPERM if its namespace is the daemon's own; -EEXIST if something is there that is
 * not ours, or not what it should be; or a negative errno.
 */
int nfhad_making_make(const char *service,
		      const struct nfhad_instance_config *instance, char *said);

/**
 * nfhad_making_remove - remove what has been made for an instance, with what runs in it
 * @service: name of the service
 * @instance: the instance, which has a template
 * @said: set on failure
 *
 * Return: 0, -EBUSY if the module has ranges or flows of it, or a negative errno.
 */
int nfhad_making_remove(const char *service,
			const struct nfhad_instance_config *instance, char *said);

#endif /* NFHAD_MAKING_H */
