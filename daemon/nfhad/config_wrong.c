// SPDX-License-Identifier: GPL-2.0-or-later
/* What in a configuration does not fit. */

#include <stdio.h>
#include <string.h>

#include "config_wrong.h"
#include "field.h"
#include "value.h"

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

/* Where one of them is: in a list, or in a map as a key. NULL: some of them are wrong. */
static const yaml_node_t *pair_node(struct nfhad_document *doc,
				    const yaml_node_t *node, size_t i, size_t count)
{
	const yaml_node_item_t *item = node->data.sequence.items.start;
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;

	if (node->type == YAML_SEQUENCE_NODE &&
	    (size_t)(node->data.sequence.items.top - item) == count)
		return nfhad_document_node(doc, item[i]);
	if (node->type == YAML_MAPPING_NODE &&
	    (size_t)(node->data.mapping.pairs.top - pair) == count)
		return nfhad_document_node(doc, pair[i].key);
	return NULL;
}

static bool is_again(char *const *pairs, size_t i)
{
	size_t n;

	for (n = 0; n < i; n++)
		if (nfhad_value_same_name(pairs[n], pairs[i]))
			return true;
	return false;
}

void nfhad_config_once(struct nfhad_document *doc, const yaml_node_t *map,
		       const char *key, char *const *pairs)
{
	const yaml_node_t *node = nfhad_fields_given(doc, map, key), *at;
	size_t i, before, count = 0;

	while (node && pairs && pairs[count])
		count++;
	for (i = 1; i < count; i++) {
		at = is_again(pairs, i) ? pair_node(doc, node, i, count) : NULL;
		if (!at)
			continue;
		before = nfhad_document_enter_key(doc, key);
		nfhad_document_enter_index(doc, i);
		nfhad_document_wrong(doc, &at->start_mark, NULL,
				     "each name once, got %.*s again",
				     (int)strcspn(pairs[i], "="), pairs[i]);
		nfhad_document_leave(doc, before);
	}
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
