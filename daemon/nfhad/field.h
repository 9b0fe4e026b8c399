/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_FIELD_H
#define NFHAD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "document.h"

/* What a field is, and as what it is kept. */
enum nfhad_field_kind {
	NFHAD_FIELD_NAME,	/* char *, as the module allows it */
	NFHAD_FIELD_NETNS,	/* char * */
	NFHAD_FIELD_PATH,	/* char *, absolute */
	NFHAD_FIELD_GROUP,	/* char *, path of a control group */
	NFHAD_FIELD_ADDRESS,	/* char *, numeric */
	NFHAD_FIELD_PREFIX,	/* char *, an address with the length of its network */
	NFHAD_FIELD_MAC,	/* char *, of one station */
	NFHAD_FIELD_TEXT,	/* char *, not empty */
	NFHAD_FIELD_UNICAST,	/* the same, of one host */
	NFHAD_FIELD_DEVICE,	/* char * */
	NFHAD_FIELD_COMMAND,	/* char **, ends with NULL, the first is a path */
	NFHAD_FIELD_PATHS,	/* char **, ends with NULL, absolute, @max at most */
	NFHAD_FIELD_PREFIXES,	/* the same of prefixes */
	NFHAD_FIELD_PAIRS,	/* the same of NAME=VALUE; a map of them is fine, too */
	NFHAD_FIELD_WORD,	/* an enum: the index of one of @words */
	NFHAD_FIELD_BOOL,	/* bool */
	NFHAD_FIELD_NUMBER,	/* uint32_t */
	NFHAD_FIELD_PORT,	/* uint16_t */
	NFHAD_FIELD_SPAN,	/* uint16_t[2], FIRST-LAST, each from @min to @max */
	NFHAD_FIELD_MS,		/* uint32_t */
	NFHAD_FIELD_US,		/* uint32_t */
	NFHAD_FIELD_SIZE,	/* uint64_t */
	NFHAD_FIELD_RATE,	/* uint64_t, in one second */
	NFHAD_FIELD_MAP,	/* a structure of @of, at @offset */
	NFHAD_FIELD_LIST,	/* an array of such, at @offset a pointer to it */
};

struct nfhad_fields;

/**
 * struct nfhad_field - a key of a map
 * @key: the key
 * @kind: what its value is
 * @offset: of the value in the structure
 * @count: list: offset of how many
 * @required: there is no default
 * @zero: 0 is good, too, whatever @min says
 * @min: of a number; of a time, in microseconds; of elements
 * @max: the same
 * @preset: the default, as it would be in the file; NULL: zero, or none
 * @words: word: what there is, ends with NULL
 * @of: map, list: what is in it
 */
struct nfhad_field {
	const char *key;
	enum nfhad_field_kind kind;
	size_t offset;
	size_t count;
	bool required;
	bool zero;
	uint64_t min;
	uint64_t max;
	const char *preset;
	const char *const *words;
	const struct nfhad_fields *of;
};

/**
 * struct nfhad_fields - the keys of a map
 * @field: them; ends with one without a key
 * @size: of the structure
 * @check: do they fit each other? Called when each of them is good; or NULL
 */
struct nfhad_fields {
	const struct nfhad_field *field;
	size_t size;
	void (*check)(struct nfhad_document *doc, const yaml_node_t *map,
		      const void *object);
};

/**
 * nfhad_fields_read - read a map
 * @fields: what may be in it
 * @doc: the file
 * @node: the map, or what is in its place
 * @object: a structure of zeros; to be freed even if this fails
 *
 * What is wrong is counted in @doc.
 */
void nfhad_fields_read(const struct nfhad_fields *fields,
		       struct nfhad_document *doc, const yaml_node_t *node,
		       void *object);

/* Frees what is in a structure, not the structure. */
void nfhad_fields_free(const struct nfhad_fields *fields, void *object);

/* Of a list that ends with NULL; NULL is fine. */
void nfhad_fields_strings_free(char **strings);

bool nfhad_fields_same(const struct nfhad_fields *fields, const void *a,
		       const void *b);

/* The value of a key in a map, or NULL if it is not given. */
const yaml_node_t *nfhad_fields_given(struct nfhad_document *doc,
				      const yaml_node_t *map, const char *key);

#endif /* NFHAD_FIELD_H */
