// SPDX-License-Identifier: GPL-2.0-or-later
/* Who owns what of the flow IDs of a service. */

#include <string.h>

#include "kernel.h"
#include "owners.h"
#include "service.h"

static int on_instance(const struct nfha_instance *answer, void *data)
{
	struct nfhad_owners *owners = data;
	const struct nfhad_service *s = owners->service;
	struct nfhad_instance *i = nfhad_service_instance(s, answer->name);

	if (i)
		owners->of[i - s->instance] = (struct nfhad_owner){
			.known = true,
			.remote = answer->remote,
			.state = answer->state,
			.width = answer->width,
			.flows = answer->flows,
			.deadline_ms = answer->deadline_ms,
		};
	return 0;
}

int nfhad_owners_look(const struct nfhad_service *s, struct nfhad_owners *owners)
{
	int ret;

	memset(owners, 0, sizeof(*owners));
	owners->service = s;
	ret = nfhad_kernel_instances(s, on_instance, owners);
	if (ret)
		memset(owners->of, 0, sizeof(owners->of));
	return ret;
}

const struct nfhad_owner *nfhad_owners_get(const struct nfhad_owners *owners,
					   const struct nfhad_instance *i)
{
	return &owners->of[i - owners->service->instance];
}

bool nfhad_owners_serves(const struct nfhad_owners *owners,
			 const struct nfhad_instance *i)
{
	const struct nfhad_owner *owner = nfhad_owners_get(owners, i);

	return nfhad_instance_works(i) && owner->width &&
	       owner->state == NFHA_STATE_ACTIVE;
}

unsigned int nfhad_owners_serving(const struct nfhad_owners *owners)
{
	const struct nfhad_service *s = owners->service;
	unsigned int count = 0;
	size_t n;

	for (n = 0; n < s->instances; n++)
		count += nfhad_owners_serves(owners, &s->instance[n]);
	return count;
}

struct nfhad_instance *nfhad_owners_busiest(const struct nfhad_owners *owners)
{
	const struct nfhad_service *s = owners->service;
	struct nfhad_instance *best = NULL;
	size_t n, at = 0;

	for (n = 0; n < s->instances; n++) {
		if (!nfhad_owners_serves(owners, &s->instance[n]) ||
		    (best && owners->of[n].flows <= owners->of[at].flows))
			continue;
		best = &s->instance[n];
		at = n;
	}
	return best;
}

struct nfhad_instance *nfhad_owners_idlest(const struct nfhad_owners *owners,
					   const struct nfhad_instance *but)
{
	const struct nfhad_service *s = owners->service;
	struct nfhad_instance *best = NULL;
	size_t n, at = 0;

	for (n = 0; n < s->instances; n++) {
		if (&s->instance[n] == but ||
		    !nfhad_owners_serves(owners, &s->instance[n]) ||
		    (best && owners->of[n].flows >= owners->of[at].flows))
			continue;
		best = &s->instance[n];
		at = n;
	}
	return best;
}
