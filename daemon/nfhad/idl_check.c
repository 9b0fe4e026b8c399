// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of interfaces: does an object fit one? */

#include <stdio.h>
#include <string.h>

#include "idl.h"
#include "idl_private.h"

/**
 * struct place - in an object
 * @idl: the description
 * @path: to it, NFHAD_IDL_PATH_MAX + 1 bytes
 */
struct place {
	const struct nfhad_idl *idl;
	char *path;
};

static bool value_check(const struct place *at, const struct type *type,
			struct json_object *value);

/* The path stays at what is wrong. */
static bool below_check(const struct place *at, const char *name,
			const struct type *type, struct json_object *value)
{
	size_t length = strlen(at->path);

	snprintf(at->path + length, NFHAD_IDL_PATH_MAX + 1 - length, "%s%s",
		 length ? "." : "", name);
	if (!value_check(at, type, value))
		return false;
	at->path[length] = 0;
	return true;
}

static const struct field *field_find(const struct type *type, const char *name)
{
	size_t n;

	for (n = 0; n < type->fields; n++)
		if (!strcmp(type->field[n].name, name))
			return &type->field[n];
	return NULL;
}

/* Of what is unknown nothing is right. */
static bool struct_check(const struct place *at, const struct type *type,
			 struct json_object *value)
{
	static const struct type none = { .kind = KIND_ENUM };
	struct json_object *one;
	size_t n;

	json_object_object_foreach(value, key, unknown) {
		if (!field_find(type, key) &&
		    !below_check(at, key, &none, unknown))
			return false;
	}
	for (n = 0; n < type->fields; n++) {
		one = json_object_object_get(value, type->field[n].name);
		if (!below_check(at, type->field[n].name, type->field[n].type,
				 one))
			return false;
	}
	return true;
}

static bool array_check(const struct place *at, const struct type *type,
			struct json_object *value)
{
	size_t n, count = json_object_array_length(value);
	char index[24];

	for (n = 0; n < count; n++) {
		snprintf(index, sizeof(index), "%zu", n);
		if (!below_check(at, index, type->of,
				 json_object_array_get_idx(value, n)))
			return false;
	}
	return true;
}

static bool map_check(const struct place *at, const struct type *type,
		      struct json_object *value)
{
	json_object_object_foreach(value, key, one) {
		if (!below_check(at, key, type->of, one))
			return false;
	}
	return true;
}

/* A string of C ends where one of JSON may go on. */
static bool is_whole(struct json_object *value)
{
	return strlen(json_object_get_string(value)) ==
	       (size_t)json_object_get_string_len(value);
}

static bool value_check(const struct place *at, const struct type *type,
			struct json_object *value)
{
	enum json_type is = json_object_get_type(value);

	if (is == json_type_null)
		return type->nullable;
	switch (type->kind) {
	case KIND_BOOL:
		return is == json_type_boolean;
	case KIND_INT:
		return is == json_type_int;
	case KIND_FLOAT:
		return is == json_type_int || is == json_type_double;
	case KIND_STRING:
		return is == json_type_string && is_whole(value);
	case KIND_OBJECT:
		return is == json_type_object;
	case KIND_ENUM:
		return is == json_type_string && is_whole(value) &&
		       field_find(type, json_object_get_string(value));
	case KIND_STRUCT:
		return is == json_type_object && struct_check(at, type, value);
	case KIND_ARRAY:
		return is == json_type_array && array_check(at, type, value);
	case KIND_MAP:
		return is == json_type_object && map_check(at, type, value);
	case KIND_NAMED:
		return value_check(at, nfhad_idl_member(at->idl, KEYWORD_TYPE,
							type->name)->in,
				   value);
	}
	return false;
}

bool nfhad_idl_check(const struct nfhad_idl *idl, enum nfhad_idl_part part,
		     const char *name, struct json_object *object, char *wrong)
{
	const struct place at = { .idl = idl, .path = wrong };
	const struct member *member;

	member = nfhad_idl_member(idl, part == NFHAD_IDL_ERROR ?
				       KEYWORD_ERROR : KEYWORD_METHOD, name);
	*wrong = 0;
	return member && value_check(&at, part == NFHAD_IDL_REPLY ?
						  member->out : member->in,
				     object);
}
