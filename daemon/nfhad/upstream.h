/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_UPSTREAM_H
#define NFHAD_UPSTREAM_H

struct nfhad_service;

/**
 * struct nfhad_upstream - a kind of switch before a service (ETSI GS NFV-REL 002, 6.2)
 * @name: as in the configuration
 * @push: step 6: tells the switch who has which ranges, and the exceptions that are
 *	left, so that packets need not take the way by this host any more. Runs in
 *	a job. 0 or a negative errno; then the switch steers as before.
 *
 * The configuration of the service says which switch it is.
 */
struct nfhad_upstream {
	const char *name;
	int (*push)(const struct nfhad_service *service);
};

extern const struct nfhad_upstream nfhad_upstream_nfha;

#endif /* NFHAD_UPSTREAM_H */
