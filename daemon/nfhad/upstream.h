/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_UPSTREAM_H
#define NFHAD_UPSTREAM_H

struct nfhad_instance;
struct nfhad_reading;
struct nfhad_service;

/**
 * struct nfhad_upstream - a kind of switch before a service (ETSI GS NFV-REL 002, 6.2)
 * @name: as in the configuration
 * @push: step 6: tells the switch who has which ranges, and the exceptions that are
 *	left, so that packets need not take the way by this host any more. If
 *	@leaving is not NULL its ranges are @heir's, though this host does not say so
 *	yet. A flow that goes past this host stays where it goes, whatever becomes of its
 *	range; if the switch cannot do that, @look must not know flows. Flows of
 *	instances that do not work are forgotten. 0 or a negative errno; then the switch
 *	steers as before, or it is told again.
 * @look: what the switch itself sends to each instance, past this host: sets one
 *	reading for each instance of the service. Nothing goes past to one that is on
 *	this host: that is known, and zero, also if the switch does not answer. Without
 *	flows among what is known, those of an instance on another host are neither split
 *	nor merged. 0 or a negative errno.
 *
 * They run in a job, so they may block, and change nothing of the daemon's; what they set is
 * shared with it. They may be killed at any time, and are called again then. The
 * configuration of the service says which switch it is.
 */
struct nfhad_upstream {
	const char *name;
	int (*push)(const struct nfhad_service *service,
		    const struct nfhad_instance *leaving,
		    const struct nfhad_instance *heir);
	int (*look)(const struct nfhad_service *service,
		    struct nfhad_reading *reading);
};

extern const struct nfhad_upstream nfhad_upstream_nfha;

#endif /* NFHAD_UPSTREAM_H */
