/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CONFIG_MADE_H
#define NFHAD_CONFIG_MADE_H

#include "config.h"
#include "document.h"

/* Of the name of a namespace that is that of a process somebody else has started. */
#define NFHAD_ATTACHED "nfhad@"

#define NFHAD_MARK_MAX (sizeof("nfhad /") + NFHA_NAME_MAX + NFHA_NAME_MAX)

/**
 * struct nfhad_made_config - what is made for an instance, by its template
 * @template: of the same configuration
 * @mark: what all that is made for it is known by: "nfhad SERVICE/INSTANCE"
 * @group: path of its control group; NULL: its template has no limits
 * @device: the host's ends of its ports, by side; NULL: there is no such port
 */
struct nfhad_made_config {
	const struct nfhad_template_config *template;
	char mark[NFHAD_MARK_MAX];
	char *group;
	char *device[NFHAD_SIDES];
};

/**
 * nfhad_config_make - put templates into the instances that name them
 * @doc: the file
 * @root: its map
 * @config: all of it, each key good; the instances get what their templates say
 *
 * And what does not fit all of the others is said: names, devices, addresses and ports
 * that come twice.
 */
void nfhad_config_make(struct nfhad_document *doc, const yaml_node_t *root,
		       struct nfhad_config *config);

/* Frees what that has made, but for what is in the tables of keys. */
void nfhad_config_unmake(struct nfhad_config *config);

/* Two services that are alike in all their keys: are their templates, too? */
bool nfhad_config_same_made(const struct nfhad_service_config *a,
			    const struct nfhad_service_config *b);

/* Is what is made for an instance called the same in both? True if one has no template. */
bool nfhad_config_same_names(const struct nfhad_instance_config *a,
			     const struct nfhad_instance_config *b);

/* Is the network namespace of an instance that of a process in a file? */
bool nfhad_config_is_attached(const struct nfhad_instance_config *instance);

#endif /* NFHAD_CONFIG_MADE_H */
