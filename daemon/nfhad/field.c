// SPDX-License-Identifier: GPL-2.0-or-later
/* Maps of YAML that become structures, by a table. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "field.h"
#include "value.h"

#define ARGUMENTS_MAX 256
#define ARGUMENT_MAX_BYTES 4096

static void *member(void *object, size_t offset)
{
	return (char *)object + offset;
}

static const void *const_member(const void *object, size_t offset)
{
	return (const char *)object + offset;
}

/* The text of a node, or NULL: a list, a map, nothing, or more than a string of C can be. */
static const char *text_of(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;

	if (node->type != YAML_SCALAR_NODE ||
	    nfhad_document_is_nothing(node) || strlen(text) != node->data.scalar.length)
		return NULL;
	return text;
}

static int number_of(const struct nfhad_field *field, const char *text,
		     uint64_t *number)
{
	bool is_time = field->kind == NFHAD_FIELD_MS ||
		       field->kind == NFHAD_FIELD_US;
	int ret;

	if (is_time)
		ret = nfhad_value_time(text, number);
	else if (field->kind == NFHAD_FIELD_SIZE)
		ret = nfhad_value_size(text, number);
	else if (field->kind == NFHAD_FIELD_RATE)
		ret = nfhad_value_rate(text, number);
	else
		ret = nfhad_value_number(text, number);
	if (ret)
		return ret;
	if (!*number && field->zero)
		return 0;
	if (*number < field->min || *number > field->max)
		return -EINVAL;
	return field->kind == NFHAD_FIELD_MS && *number % 1000 ? -EINVAL : 0;
}

static void number_keep(const struct nfhad_field *field, uint64_t number,
			void *value)
{
	switch (field->kind) {
	case NFHAD_FIELD_PORT:
		*(uint16_t *)value = number;
		break;
	case NFHAD_FIELD_MS:
		*(uint32_t *)value = number / 1000;
		break;
	case NFHAD_FIELD_SIZE:
	case NFHAD_FIELD_RATE:
		*(uint64_t *)value = number;
		break;
	default:
		*(uint32_t *)value = number;
		break;
	}
}

static int number_set(const struct nfhad_field *field, const char *text,
		      void *value)
{
	uint64_t number;

	if (number_of(field, text, &number))
		return -EINVAL;
	number_keep(field, number, value);
	return 0;
}

static int word_set(const struct nfhad_field *field, const char *text,
		    void *value)
{
	unsigned int i;

	for (i = 0; field->words[i]; i++) {
		if (strcmp(field->words[i], text) != 0)
			continue;
		*(unsigned int *)value = i;
		return 0;
	}
	return -EINVAL;
}

static int string_set(bool good, const char *text, char **value)
{
	if (!good)
		return -EINVAL;
	*value = strdup(text);
	return *value ? 0 : -ENOMEM;
}

/* What a string has to be, by its kind; NULL: it is kept as something else. */
static bool (*const is_good[])(const char *word) = {
	[NFHAD_FIELD_NAME] = nfhad_value_is_name,
	[NFHAD_FIELD_NETNS] = nfhad_value_is_netns,
	[NFHAD_FIELD_PATH] = nfhad_value_is_path,
	[NFHAD_FIELD_GROUP] = nfhad_value_is_group,
	[NFHAD_FIELD_ADDRESS] = nfhad_value_is_address,
	[NFHAD_FIELD_PREFIX] = nfhad_value_is_prefix,
	[NFHAD_FIELD_UNICAST] = nfhad_value_is_unicast,
	[NFHAD_FIELD_DEVICE] = nfhad_value_is_device,
	[NFHAD_FIELD_MAC] = nfhad_value_is_mac,
	[NFHAD_FIELD_TEXT] = nfhad_value_is_text,
	[NFHAD_FIELD_LIST] = NULL,
};

/* And each of a list of them, but for what follows the first of a command. */
static bool (*const are_good[])(const char *word) = {
	[NFHAD_FIELD_COMMAND] = nfhad_value_is_path,
	[NFHAD_FIELD_PATHS] = nfhad_value_is_path,
	[NFHAD_FIELD_PREFIXES] = nfhad_value_is_prefix,
	[NFHAD_FIELD_PAIRS] = nfhad_value_is_pair,
	[NFHAD_FIELD_LIST] = NULL,
};

static int span_set(const struct nfhad_field *field, const char *text,
		    uint16_t *value)
{
	uint64_t first, last;

	if (nfhad_value_span(text, &first, &last) || first < field->min ||
	    last > field->max)
		return -EINVAL;
	value[0] = first;
	value[1] = last;
	return 0;
}

static int scalar_set(const struct nfhad_field *field, const char *text,
		      void *value)
{
	if (is_good[field->kind])
		return string_set(is_good[field->kind](text), text, value);
	switch (field->kind) {
	case NFHAD_FIELD_BOOL:
		return nfhad_value_bool(text, value);
	case NFHAD_FIELD_WORD:
		return word_set(field, text, value);
	case NFHAD_FIELD_SPAN:
		return span_set(field, text, value);
	default:
		return number_set(field, text, value);
	}
}

static bool is_string(const struct nfhad_field *field, size_t i,
		      const char *text)
{
	if (!text || strlen(text) > ARGUMENT_MAX_BYTES)
		return false;
	if (i && field->kind == NFHAD_FIELD_COMMAND)
		return true;
	return are_good[field->kind](text);
}

/* Reads one of the strings, and says what is wrong with it. */
static int string_read(const struct nfhad_field *field,
		       struct nfhad_document *doc, const yaml_node_t *node,
		       size_t i, char **value)
{
	const char *text = text_of(node);
	size_t before;

	if (is_string(field, i, text)) {
		*value = strdup(text);
		return *value ? 0 : -ENOMEM;
	}
	before = nfhad_document_enter_index(doc, i);
	if (i && field->kind == NFHAD_FIELD_COMMAND)
		nfhad_document_wrong(doc, &node->start_mark, node,
				     "a string of at most %d bytes",
				     ARGUMENT_MAX_BYTES);
	else
		nfhad_document_wrong(doc, &node->start_mark, node, "%s",
				     nfhad_expect_element(field));
	nfhad_document_leave(doc, before);
	return 0;
}

/* One NAME: VALUE of a map. */
static int pair_string(struct nfhad_document *doc, const yaml_node_pair_t *pair,
		       char **value)
{
	const yaml_node_t *key = nfhad_document_node(doc, pair->key);
	const yaml_node_t *node = nfhad_document_node(doc, pair->value);
	const char *name = text_of(key), *text = text_of(node);
	size_t before;

	if (name && text && !strchr(name, '=') &&
	    strlen(name) + strlen(text) < ARGUMENT_MAX_BYTES) {
		if (asprintf(value, "%s=%s", name, text) < 0) {
			*value = NULL;
			return -ENOMEM;
		}
		if (nfhad_value_is_pair(*value))
			return 0;
		free(*value);
		*value = NULL;
	}
	before = nfhad_document_enter_key(doc, name && *name ? name : "key");
	nfhad_document_wrong(doc, &key->start_mark, text ? key : node,
			     "a name, and a string of at most %d bytes",
			     ARGUMENT_MAX_BYTES);
	nfhad_document_leave(doc, before);
	return 0;
}

static int pairs_set(const struct nfhad_field *field, struct nfhad_document *doc,
		     const yaml_node_t *node, char ***value)
{
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	size_t n = node->data.mapping.pairs.top - pair, room = 0, i;
	int ret = 0;

	if (!n || n > field->max)
		return -EINVAL;
	*value = calloc(n + 1, sizeof(**value));
	if (!*value)
		return -ENOMEM;
	for (i = 0; i < n && !ret; i++) {
		ret = pair_string(doc, &pair[i], &(*value)[room]);
		room += (*value)[room] != NULL;
	}
	return ret;
}

static int strings_set(const struct nfhad_field *field,
		       struct nfhad_document *doc, const yaml_node_t *node,
		       char ***value)
{
	yaml_node_item_t *item;
	size_t n, i, room = 0, max = field->max ? field->max : ARGUMENTS_MAX;
	int ret = 0;

	if (node->type == YAML_MAPPING_NODE && field->kind == NFHAD_FIELD_PAIRS)
		return pairs_set(field, doc, node, value);
	if (node->type != YAML_SEQUENCE_NODE)
		return -EINVAL;
	item = node->data.sequence.items.start;
	n = node->data.sequence.items.top - item;
	if (!n || n > max)
		return -EINVAL;
	*value = calloc(n + 1, sizeof(**value));
	if (!*value)
		return -ENOMEM;
	for (i = 0; i < n && !ret; i++) {
		ret = string_read(field, doc, nfhad_document_node(doc, item[i]),
				  i, &(*value)[room]);
		/* What is wrong leaves no gap, for the list ends with NULL. */
		room += (*value)[room] != NULL;
	}
	return ret;
}

static void expected(struct nfhad_document *doc, const struct nfhad_field *field,
		     const yaml_node_t *got)
{
	char text[256];

	nfhad_expect_text(field, text, sizeof(text));
	nfhad_document_wrong(doc, &got->start_mark, got, "%s", text);
}

static int list_read(const struct nfhad_field *field, struct nfhad_document *doc,
		     const yaml_node_t *node, void *object)
{
	size_t *count = member(object, field->count);
	yaml_node_item_t *item;
	size_t i, n, before;
	char *array;

	if (node->type != YAML_SEQUENCE_NODE)
		return -EINVAL;
	item = node->data.sequence.items.start;
	n = node->data.sequence.items.top - item;
	if (n < field->min || n > field->max)
		return -EINVAL;
	/* What has room for none may be NULL, and is no error. */
	array = calloc(n + 1, field->of->size);
	if (!array)
		return -ENOMEM;
	*(void **)member(object, field->offset) = array;
	*count = n;
	for (i = 0; i < n; i++) {
		before = nfhad_document_enter_index(doc, i);
		nfhad_fields_read(field->of, doc, nfhad_document_node(doc, item[i]),
				  array + i * field->of->size);
		nfhad_document_leave(doc, before);
	}
	return 0;
}

static int value_read(const struct nfhad_field *field, struct nfhad_document *doc,
		      const yaml_node_t *node, void *object)
{
	void *value = member(object, field->offset);
	const char *text;

	if (are_good[field->kind])
		return strings_set(field, doc, node, value);
	switch (field->kind) {
	case NFHAD_FIELD_MAP:
		nfhad_fields_read(field->of, doc, node, value);
		return 0;
	case NFHAD_FIELD_LIST:
		return list_read(field, doc, node, object);
	default:
		text = text_of(node);
		return text ? scalar_set(field, text, value) : -EINVAL;
	}
}

static const struct nfhad_field *find(const struct nfhad_fields *fields,
				      const char *key)
{
	const struct nfhad_field *field = fields->field;

	while (field->key && strcmp(field->key, key) != 0)
		field++;
	return field->key ? field : NULL;
}

static const yaml_node_pair_t *pair_of(struct nfhad_document *doc,
				       const yaml_node_t *map, const char *key)
{
	const yaml_node_pair_t *pair = map->data.mapping.pairs.start;

	for (; pair < map->data.mapping.pairs.top; pair++) {
		const char *text = text_of(nfhad_document_node(doc, pair->key));

		if (text && !strcmp(text, key))
			return pair;
	}
	return NULL;
}

const yaml_node_t *nfhad_fields_given(struct nfhad_document *doc,
				      const yaml_node_t *map, const char *key)
{
	const yaml_node_pair_t *pair = pair_of(doc, map, key);

	return pair ? nfhad_document_node(doc, pair->value) : NULL;
}

static void pair_read(const struct nfhad_fields *fields,
		      struct nfhad_document *doc, const yaml_node_t *map,
		      const yaml_node_pair_t *pair, void *object)
{
	const yaml_node_t *key = nfhad_document_node(doc, pair->key);
	const yaml_node_t *value = nfhad_document_node(doc, pair->value);
	const char *name = text_of(key);
	const struct nfhad_field *field = name ? find(fields, name) : NULL;
	const yaml_node_pair_t *first;
	const yaml_mark_t *said;
	char hint[384];
	size_t before;
	int ret;

	before = nfhad_document_enter_key(doc, name && *name ? name : "key");
	if (!field) {
		nfhad_expect_key(fields, name ? name : "", hint, sizeof(hint));
		nfhad_document_unknown(doc, key, hint);
		goto out;
	}
	first = pair_of(doc, map, name);
	if (first != pair) {
		said = &nfhad_document_node(doc, first->key)->start_mark;
		nfhad_document_wrong(doc, &key->start_mark, NULL,
				     "it once, got it again (first in line %zu)",
				     said->line + 1);
		goto out;
	}
	ret = value_read(field, doc, value, object);
	if (ret == -EINVAL)
		expected(doc, field, value);
	else if (ret)
		doc->no_memory = true;
out:
	nfhad_document_leave(doc, before);
}

static void preset(const struct nfhad_field *field, struct nfhad_document *doc,
		   void *object)
{
	const struct nfhad_field *inner;
	void *value = member(object, field->offset);

	if (field->kind == NFHAD_FIELD_MAP)
		for (inner = field->of->field; inner->key; inner++)
			preset(inner, doc, value);
	else if (field->preset && scalar_set(field, field->preset, value))
		doc->no_memory = true;
}

static void not_given(const struct nfhad_field *field, struct nfhad_document *doc,
		      const yaml_node_t *map, void *object)
{
	char text[256];
	size_t before;

	if (!field->required) {
		preset(field, doc, object);
		return;
	}
	nfhad_expect_text(field, text, sizeof(text));
	before = nfhad_document_enter_key(doc, field->key);
	nfhad_document_wrong(doc, &map->start_mark, NULL, "%s, got nothing", text);
	nfhad_document_leave(doc, before);
}

void nfhad_fields_read(const struct nfhad_fields *fields,
		       struct nfhad_document *doc, const yaml_node_t *node,
		       void *object)
{
	unsigned int errors = doc->errors;
	const struct nfhad_field *field;
	const yaml_node_pair_t *pair;

	if (node->type != YAML_MAPPING_NODE) {
		nfhad_document_wrong(doc, &node->start_mark, node, "a map");
		return;
	}
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++)
		pair_read(fields, doc, node, pair, object);
	for (field = fields->field; field->key; field++)
		if (!pair_of(doc, node, field->key))
			not_given(field, doc, node, object);
	if (doc->errors == errors && !doc->no_memory && fields->check)
		fields->check(doc, node, object);
}

void nfhad_fields_strings_free(char **strings)
{
	size_t i;

	for (i = 0; strings && strings[i]; i++)
		free(strings[i]);
	free(strings);
}

static void list_free(const struct nfhad_field *field, void *object)
{
	char *array = *(char **)member(object, field->offset);
	size_t i, n = *(size_t *)member(object, field->count);

	for (i = 0; i < n; i++)
		nfhad_fields_free(field->of, array + i * field->of->size);
	free(array);
}

void nfhad_fields_free(const struct nfhad_fields *fields, void *object)
{
	const struct nfhad_field *field;

	for (field = fields->field; field->key; field++) {
		void *value = member(object, field->offset);

		if (is_good[field->kind])
			free(*(char **)value);
		else if (are_good[field->kind])
			nfhad_fields_strings_free(*(char ***)value);
		else if (field->kind == NFHAD_FIELD_MAP)
			nfhad_fields_free(field->of, value);
		else if (field->kind == NFHAD_FIELD_LIST)
			list_free(field, object);
	}
}

static bool same_strings(char *const *a, char *const *b)
{
	if (!a || !b)
		return a == b;
	for (; *a && *b; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == *b;
}

static bool same_list(const struct nfhad_field *field, const void *a,
		      const void *b)
{
	const char *array_a = *(char *const *)const_member(a, field->offset);
	const char *array_b = *(char *const *)const_member(b, field->offset);
	size_t n = *(const size_t *)const_member(a, field->count);
	size_t i;

	if (n != *(const size_t *)const_member(b, field->count))
		return false;
	for (i = 0; i < n * field->of->size; i += field->of->size)
		if (!nfhad_fields_same(field->of, array_a + i, array_b + i))
			return false;
	return true;
}

static size_t size_of(enum nfhad_field_kind kind)
{
	switch (kind) {
	case NFHAD_FIELD_BOOL:
		return sizeof(bool);
	case NFHAD_FIELD_PORT:
		return sizeof(uint16_t);
	case NFHAD_FIELD_SPAN:
		return 2 * sizeof(uint16_t);
	case NFHAD_FIELD_SIZE:
	case NFHAD_FIELD_RATE:
		return sizeof(uint64_t);
	default:
		return sizeof(uint32_t);
	}
}

static bool same_field(const struct nfhad_field *field, const void *a,
		       const void *b)
{
	const void *in_a = const_member(a, field->offset);
	const void *in_b = const_member(b, field->offset);

	if (is_good[field->kind])
		return nfhad_value_is_same(*(char *const *)in_a, *(char *const *)in_b);
	if (are_good[field->kind])
		return same_strings(*(char **const *)in_a,
				    *(char **const *)in_b);
	switch (field->kind) {
	case NFHAD_FIELD_MAP:
		return nfhad_fields_same(field->of, in_a, in_b);
	case NFHAD_FIELD_LIST:
		return same_list(field, a, b);
	default:
		return !memcmp(in_a, in_b, size_of(field->kind));
	}
}

bool nfhad_fields_same(const struct nfhad_fields *fields, const void *a,
		       const void *b)
{
	const struct nfhad_field *field;

	for (field = fields->field; field->key; field++)
		if (!same_field(field, a, b))
			return false;
	return true;
}
