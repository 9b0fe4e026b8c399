/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMP_H
#define DUMP_H

#include <libnfha/nfha.h>
#include <stddef.h>

/*
 * What the module has, complete. A dump that is interrupted is read again, some times; the callback
 * is told of what the last one had, when it is over, so that it can ask for more by the same
 * handle. If each was interrupted it is told of nothing, and they return -EINTR. Otherwise as the
 * library's functions.
 */
int dump_services(struct nfha *h, nfha_service_fn fn, void *data);
int dump_instances(struct nfha *h, const char *service, nfha_instance_fn fn, void *data);
int dump_maps(struct nfha *h, nfha_map_fn fn, void *data);
int dump_loads(struct nfha *h, const char *service, nfha_load_fn fn, void *data);
int dump_epochs(struct nfha *h, const char *service, nfha_epoch_fn fn, void *data);

/* The same; there may be a million of them, and each is kept until all have been told. */
int dump_flows(struct nfha *h, const char *service, const struct nfha_flow_filter *filter,
	       nfha_flow_fn fn, void *data);

#endif /* DUMP_H */
