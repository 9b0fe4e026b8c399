/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CONFIG_INSTANCE_H
#define NFHAD_CONFIG_INSTANCE_H

#include "field.h"

/* The keys of an instance. */
extern const struct nfhad_fields nfhad_instance_fields;

/* What each mount namespace has already, and what would hide it, is none of @paths. */
void nfhad_config_bind_mounts(struct nfhad_document *doc, const yaml_node_t *map,
			      char *const *paths);

#endif /* NFHAD_CONFIG_INSTANCE_H */
