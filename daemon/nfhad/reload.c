// SPDX-License-Identifier: GPL-2.0-or-later
/* A configuration takes the place of another one, and what it leaves as it is goes on. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "config.h"
#include "log.h"
#include "nfhad.h"
#include "reload.h"
#include "service.h"
#include "sweep.h"
#include "value.h"

void nfhad_reload_end(struct nfhad *d)
{
	size_t n;

	for (n = 0; n < d->services; n++)
		nfhad_service_free(d->service[n]);
	free(d->service);
	d->service = NULL;
	d->services = 0;
}

/* A service of the earlier configuration that wants the same goes on as it is. */
static int services_make(struct nfhad *d, struct nfhad_service **list,
			 struct nfhad_config *config)
{
	struct nfhad_service *old;
	size_t n;

	for (n = 0; n < config->services; n++) {
		old = nfhad_service_find(d, config->service[n].name);
		if (old && nfhad_config_same_service(old->config,
						     &config->service[n]))
			continue;
		list[n] = nfhad_service_new(d, config, &config->service[n]);
		if (!list[n])
			return -ENOMEM;
	}
	return 0;
}

static void services_swap(struct nfhad *d, struct nfhad_service **list,
			  const struct nfhad_config *config)
{
	size_t n, k;

	for (n = 0; n < config->services; n++) {
		for (k = 0; !list[n] && k < d->services; k++) {
			struct nfhad_service *old = d->service[k];

			if (!old || strcmp(old->config->name,
					   config->service[n].name) != 0)
				continue;
			list[n] = old;
			d->service[k] = NULL;
		}
	}
	nfhad_reload_end(d);
	d->service = list;
	d->services = config->services;
}

int nfhad_reload_configure(struct nfhad *d, struct nfhad_config *config)
{
	struct nfhad_service **list = calloc(config->services + 1,
					     sizeof(struct nfhad_service *));
	size_t n;
	int ret;

	ret = list ? services_make(d, list, config) : -ENOMEM;
	if (ret) {
		for (n = 0; list && n < config->services; n++)
			nfhad_service_free(list[n]);
		free(list);
		return ret;
	}
	services_swap(d, list, config);
	/* The first one is the store's as long as the daemon lives. */
	if (d->config && d->config != d->first)
		nfhad_config_free(d->config);
	d->config = config;
	d->first = d->first ?: config;
	/* What begins now is told by itself. */
	for (n = 0; n < d->services; n++)
		nfhad_service_set(d->service[n]);
	nfhad_sweep_begin(d);
	nfhad_services_start(d);
	return 0;
}

static bool is_same_http(const struct nfhad_http_config *a,
			 const struct nfhad_http_config *b)
{
	return nfhad_value_is_same(a->address, b->address) &&
	       (!a->address || a->port == b->port);
}

static bool is_same_base(const struct nfhad_config *a,
			 const struct nfhad_config *b)
{
	return is_same_http(&a->http, &b->http) &&
	       nfhad_config_same_hosts(a, b) &&
	       !strcmp(a->store.directory, b->store.directory) &&
	       a->store.sync == b->store.sync &&
	       a->store.keep == b->store.keep &&
	       a->store.bytes_max == b->store.bytes_max &&
	       !strcmp(a->criu, b->criu) && !strcmp(a->cgroup, b->cgroup) &&
	       !strcmp(a->api.socket, b->api.socket) &&
	       nfhad_value_is_same(a->api.group, b->api.group);
}

static int may_change(const struct nfhad *d, const struct nfhad_config *config)
{
	const struct nfhad_service_config *wanted;
	size_t n, k;
	int ret = 0;

	for (n = 0; n < d->services; n++) {
		wanted = NULL;
		for (k = 0; k < config->services; k++)
			if (!strcmp(config->service[k].name,
				    d->service[n]->config->name))
				wanted = &config->service[k];
		ret = nfhad_change_check(d->service[n], wanted) ?: ret;
	}
	return ret;
}

int nfhad_reload(struct nfhad *d)
{
	struct nfhad_config *config;
	int ret;

	ret = nfhad_config_load(d->config_path, &config);
	if (ret)
		return ret;
	if (!is_same_base(d->config, config)) {
		nfhad_log(LOG_ERR, NULL, NULL,
			  "%s: store, criu, cgroup, hosts, api and http cannot be changed without a restart",
			  d->config_path);
		nfhad_config_free(config);
		return -EBUSY;
	}
	ret = may_change(d, config);
	ret = ret ?: nfhad_reload_configure(d, config);
	if (ret)
		nfhad_config_free(config);
	return ret;
}
