/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CONFIG_DAEMON_H
#define NFHAD_CONFIG_DAEMON_H

#include "field.h"

/* The keys of the store, of a shared address, of a host, of "api" and of "http". */
extern const struct nfhad_fields nfhad_store_fields;
extern const struct nfhad_fields nfhad_address_fields;
extern const struct nfhad_fields nfhad_host_fields;
extern const struct nfhad_fields nfhad_api_fields;
extern const struct nfhad_fields nfhad_http_fields;

#endif /* NFHAD_CONFIG_DAEMON_H */
