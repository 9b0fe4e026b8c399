// SPDX-License-Identifier: GPL-2.0-or-later
/* What the module and the daemon know of services and instances, at one instant. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "census.h"
#include "kernel.h"
#include "nfhad.h"
#include "service.h"

/**
 * struct count - of a service
 * @service: which
 * @next: the instance behind the one that was found last; as a rule, this is the order
 * @error: 0 or -ENOMEM
 */
struct count {
	struct nfhad_census_service *service;
	size_t next;
	int error;
};

static struct nfhad_census_instance *instance_find(struct count *count,
						   const char *name)
{
	struct nfhad_census_service *s = count->service;
	size_t n, at;

	for (n = 0; n < s->instances; n++) {
		at = (count->next + n) % s->instances;
		if (strcmp(s->instance[at].name, name) != 0)
			continue;
		count->next = at + 1;
		return &s->instance[at];
	}
	return NULL;
}

static struct nfhad_census_instance *instance_add(struct count *count,
						  const char *name)
{
	struct nfhad_census_service *s = count->service;
	struct nfhad_census_instance *all, *one;

	all = reallocarray(s->instance, s->instances + 1, sizeof(*all));
	if (!all) {
		count->error = -ENOMEM;
		return NULL;
	}
	s->instance = all;
	one = &all[s->instances++];
	memset(one, 0, sizeof(*one));
	snprintf(one->name, sizeof(one->name), "%s", name);
	return one;
}

static int on_instance(const struct nfha_instance *kernel, void *data)
{
	struct count *count = data;
	struct nfhad_census_instance *one = instance_find(count, kernel->name);

	one = one ?: instance_add(count, kernel->name);
	if (!one)
		return count->error;
	one->in_kernel = true;
	one->kernel = *kernel;
	return 0;
}

/* One that has come since is counted the next time. */
static int on_epoch(const struct nfha_epoch *epoch, void *data)
{
	struct count *count = data;
	struct nfhad_census_instance *one = instance_find(count, epoch->instance);

	if (!one || epoch->recovery == NFHA_RECOVERY_NONE)
		return 0;
	one->has_epoch = true;
	one->epoch = *epoch;
	return 0;
}

static int own_count(struct count *count)
{
	const struct nfhad_service *own = count->service->own;
	size_t n;

	for (n = 0; n < own->instances && !count->error; n++)
		if (instance_add(count, own->instance[n].config->name))
			count->service->instance[n].own = &own->instance[n];
	return count->error;
}

static int service_count(struct nfhad_census_service *service)
{
	const struct nfhad_service *own = service->own;
	struct count count = { .service = service };

	if (own_count(&count))
		return count.error;
	service->in_kernel = !nfhad_kernel_service(own, &service->kernel);
	if (!service->in_kernel)
		return 0;
	nfhad_kernel_instances(own, on_instance, &count);
	nfhad_kernel_epochs(own, on_epoch, &count);
	return count.error;
}

int nfhad_census_take(const struct nfhad *d, struct nfhad_census **out)
{
	struct nfhad_census *census = calloc(1, sizeof(*census));
	int ret = 0;
	size_t n;

	if (!census)
		return -ENOMEM;
	census->service = calloc(d->services + 1, sizeof(*census->service));
	if (!census->service)
		ret = -ENOMEM;
	for (n = 0; n < d->services && !ret; n++) {
		census->services++;
		census->service[n].own = d->service[n];
		ret = service_count(&census->service[n]);
	}
	if (ret)
		nfhad_census_free(census);
	else
		*out = census;
	return ret;
}

void nfhad_census_free(struct nfhad_census *census)
{
	size_t n;

	if (!census)
		return;
	for (n = 0; n < census->services; n++)
		free(census->service[n].instance);
	free(census->service);
	free(census);
}
