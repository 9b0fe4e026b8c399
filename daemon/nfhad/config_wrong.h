/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CONFIG_WRONG_H
#define NFHAD_CONFIG_WRONG_H

#include <stdbool.h>
#include <stddef.h>
#include "document.h"

/**
 * nfhad_config_wrong - say that a value does not fit the others
 * @doc: the file
 * @map: where the key is, or should be
 * @key: the key
 * @what: what was expected; the value is told behind it, unless it has ", got " and what
 *	came instead
 */
void nfhad_config_wrong(struct nfhad_document *doc, const yaml_node_t *map,
			const char *key, const char *what);

/* A key that goes with another one: it has to be there, or must not be. */
void nfhad_config_goes_with(struct nfhad_document *doc, const yaml_node_t *map,
			    const char *key, bool required, bool allowed,
			    const char *with);

/**
 * nfhad_config_once - each of a list of NAME=VALUE has a name of its own
 * @doc: the file
 * @map: where the key is
 * @key: the key
 * @pairs: what has been read of it, or NULL
 */
void nfhad_config_once(struct nfhad_document *doc, const yaml_node_t *map,
		       const char *key, char *const *pairs);

/* One of a list that is the value of a key. */
const yaml_node_t *nfhad_config_element(struct nfhad_document *doc,
					const yaml_node_t *map,
					const char *key, size_t i);

/* As nfhad_config_wrong(), of one of the instances; @map is that of the service. */
void nfhad_config_wrong_instance(struct nfhad_document *doc,
				 const yaml_node_t *map, size_t i,
				 const char *key, const char *what);

#endif /* NFHAD_CONFIG_WRONG_H */
