/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_STATUS_H
#define NFHAD_STATUS_H

#include <json-c/json.h>

struct nfhad;
struct nfhad_instance;
struct nfhad_service;

/* What there is, as method Status of io.nfha.daemon returns it; the caller's. */
struct json_object *nfhad_status_json(struct nfhad *d);

/* Of one service only; NULL: of all. */
struct json_object *nfhad_status_service_json(struct nfhad *d,
					      const struct nfhad_service *service);

/* Why an instance is what it is, as method Explain returns it. */
struct json_object *nfhad_status_explain_json(const struct nfhad_instance *i);

#endif /* NFHAD_STATUS_H */
