/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CHANGE_H
#define NFHAD_CHANGE_H

struct nfhad_service;
struct nfhad_service_config;

/**
 * nfhad_change_check - may another configuration take the place of a service's?
 * @service: the service
 * @wanted: the new configuration of it; NULL: it is to be protected no more
 *
 * Not if that leaves out who gets packets, or has the log of one that has
 * failed: as long as the module has recovery for it, what it sends would be held
 * for ever. Nor if that leaves out one which is made of a template and has ranges or flows, or
 * gives other names to what was made for it. Nor if the module does not have all that the new one
 * names, while something of the service is protected: it would wait for that, and protect nothing.
 *
 * Return: 0, -EBUSY or -ENOENT, logged.
 */
int nfhad_change_check(struct nfhad_service *service,
		       const struct nfhad_service_config *wanted);

#endif /* NFHAD_CHANGE_H */
