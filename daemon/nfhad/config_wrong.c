// SPDX-License-Identifier: GPL-2.0-or-later
/* What in a configuration does not fit. */

#include <stdio.h>
#include <string.h>

#include "config_wrong.h"
#include "field.h"

void nfhad_config_wrong(struct nfhad_document *doc, const yaml_node_t *map,
			const char *key, const char *what)
{
	const yaml_node_t *value = nfhad_fields_given(doc, map, key);
	size_t before = nfhad_document_enter_key(doc, key);

	nfhad_document_wrong(doc, value ? &value->start_mark : &map->start_mark,
			     strstr(what, ", got ") ? NULL : value, "%s", what);
	nfhad_document_leave(doc, before);
}

void nfhad_config_goes_with(struct nfhad_document *doc, const yaml_node_t *map,
			    const char *key, bool required, bool allowed,
			    const char *with)
{
	bool given = nfhad_fields_given(doc, map, key);
	char what[128];

	if (required && !given)
		snprintf(what, sizeof(what), "a value with %s, got nothing",
			 with);
	else if (!allowed && given)
		snprintf(what, sizeof(what), "a value only with %s, got one",
			 with);
	else
		return;
	nfhad_config_wrong(doc, map, key, what);
}

const yaml_node_t *nfhad_config_element(struct nfhad_document *doc,
					const yaml_node_t *map,
					const char *key, size_t i)
{
	const yaml_node_t *list = nfhad_fields_given(doc, map, key);

	return nfhad_document_node(doc, list->data.sequence.items.start[i]);
}

void nfhad_config_wrong_instance(struct nfhad_document *doc,
				 const yaml_node_t *map, size_t i,
				 const char *key, const char *what)
{
	size_t before = nfhad_document_enter_key(doc, "instances");

	nfhad_document_enter_index(doc, i);
	nfhad_config_wrong(doc, nfhad_config_element(doc, map, "instances", i),
			   key, what);
	nfhad_document_leave(doc, before);
}
