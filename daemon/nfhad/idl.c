// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of interfaces: read (varlink.org, "Interface Definition"). */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idl.h"
#include "idl_private.h"

#define DEPTH_MAX 16

/**
 * struct reader - a place in the text
 * @at: what comes next
 * @end: of the text
 * @depth: types in types
 * @error: -EINVAL or -ENOMEM; nothing is read any more
 */
struct reader {
	const char *at;
	const char *end;
	unsigned int depth;
	int error;
};

static void wrong(struct reader *r)
{
	r->error = r->error ?: -EINVAL;
	r->at = r->end;
}

static void no_memory(struct reader *r)
{
	r->error = -ENOMEM;
	r->at = r->end;
}

static void skip(struct reader *r)
{
	while (r->at < r->end) {
		if (*r->at == '#') {
			while (r->at < r->end && *r->at != '\n')
				r->at++;
		} else if (isspace((unsigned char)*r->at)) {
			r->at++;
		} else {
			return;
		}
	}
}

static bool next_is(struct reader *r, const char *what)
{
	size_t length = strlen(what);

	skip(r);
	if ((size_t)(r->end - r->at) < length ||
	    strncmp(r->at, what, length) != 0)
		return false;
	r->at += length;
	return true;
}

static void expect(struct reader *r, const char *what)
{
	if (!next_is(r, what))
		wrong(r);
}

static bool is_in_name(char c, const char *more)
{
	return isalnum((unsigned char)c) || (c && strchr(more, c));
}

/* A name that begins as @first says, the caller's; NULL: there is none. */
static char *name_read(struct reader *r, int (*first)(int), const char *more)
{
	const char *begin;
	char *name;

	skip(r);
	begin = r->at;
	if (begin == r->end || !first((unsigned char)*begin)) {
		wrong(r);
		return NULL;
	}
	while (r->at < r->end && is_in_name(*r->at, more))
		r->at++;
	if (!isalnum((unsigned char)r->at[-1])) {
		wrong(r);
		return NULL;
	}
	name = strndup(begin, r->at - begin);
	if (!name)
		no_memory(r);
	return name;
}

static void type_free(struct type *type)
{
	size_t n;

	if (!type)
		return;
	for (n = 0; n < type->fields; n++) {
		free(type->field[n].name);
		type_free(type->field[n].type);
	}
	free(type->field);
	free(type->name);
	type_free(type->of);
	free(type);
}

static struct field *field_add(struct reader *r, struct type *type)
{
	struct field *list = reallocarray(type->field, type->fields + 1,
					  sizeof(*list));

	if (!list) {
		no_memory(r);
		return NULL;
	}
	type->field = list;
	list[type->fields] = (struct field){ 0 };
	return &list[type->fields++];
}

static struct type *type_read(struct reader *r);

/* The first field says whether all of them have types. */
static void fields_read(struct reader *r, struct type *type)
{
	struct field *field;

	type->kind = KIND_STRUCT;
	if (next_is(r, ")"))
		return;
	do {
		bool first = !type->fields;

		field = field_add(r, type);
		if (!field)
			return;
		field->name = name_read(r, isalpha, "_");
		if (first && !next_is(r, ":"))
			type->kind = KIND_ENUM;
		else if (!first && type->kind == KIND_STRUCT)
			expect(r, ":");
		if (type->kind == KIND_STRUCT)
			field->type = type_read(r);
	} while (!r->error && next_is(r, ","));
	expect(r, ")");
}

static void plain_read(struct reader *r, struct type *type)
{
	static const char *const words[] = {
		[KIND_BOOL] = "bool",
		[KIND_INT] = "int",
		[KIND_FLOAT] = "float",
		[KIND_STRING] = "string",
		[KIND_OBJECT] = "object",
	};
	size_t n;

	type->name = name_read(r, isalpha, "");
	type->kind = KIND_NAMED;
	for (n = 0; type->name && n <= KIND_OBJECT; n++)
		if (!strcmp(type->name, words[n]))
			type->kind = n;
	if (type->name && type->kind == KIND_NAMED &&
	    !isupper((unsigned char)*type->name))
		wrong(r);
}

static void inner_read(struct reader *r, struct type *type)
{
	type->nullable = next_is(r, "?");
	if (next_is(r, "[]"))
		type->kind = KIND_ARRAY;
	else if (next_is(r, "[string]"))
		type->kind = KIND_MAP;
	else if (next_is(r, "("))
		return fields_read(r, type);
	else
		return plain_read(r, type);
	type->of = type_read(r);
}

static struct type *type_read(struct reader *r)
{
	struct type *type;

	if (r->error || r->depth == DEPTH_MAX) {
		wrong(r);
		return NULL;
	}
	type = calloc(1, sizeof(*type));
	if (!type) {
		no_memory(r);
		return NULL;
	}
	r->depth++;
	inner_read(r, type);
	r->depth--;
	return type;
}

static struct type *struct_read(struct reader *r)
{
	struct type *type = type_read(r);

	if (type && (type->kind != KIND_STRUCT || type->nullable))
		wrong(r);
	return type;
}

static struct member *member_add(struct reader *r, struct nfhad_idl *idl)
{
	struct member *list = reallocarray(idl->member, idl->members + 1,
					   sizeof(*list));

	if (!list) {
		no_memory(r);
		return NULL;
	}
	idl->member = list;
	list[idl->members] = (struct member){ 0 };
	return &list[idl->members++];
}

static void member_read(struct reader *r, struct nfhad_idl *idl)
{
	struct member *member = member_add(r, idl);

	if (!member)
		return;
	if (next_is(r, "type "))
		member->keyword = KEYWORD_TYPE;
	else if (next_is(r, "method "))
		member->keyword = KEYWORD_METHOD;
	else if (next_is(r, "error "))
		member->keyword = KEYWORD_ERROR;
	else
		wrong(r);
	member->name = name_read(r, isupper, "");
	member->in = member->keyword == KEYWORD_TYPE ? type_read(r) :
						       struct_read(r);
	if (member->keyword != KEYWORD_METHOD)
		return;
	expect(r, "->");
	member->out = struct_read(r);
}

const struct member *nfhad_idl_member(const struct nfhad_idl *idl,
				      enum keyword keyword, const char *name)
{
	size_t n;

	for (n = 0; n < idl->members; n++)
		if (idl->member[n].keyword == keyword &&
		    !strcmp(idl->member[n].name, name))
			return &idl->member[n];
	return NULL;
}

static bool is_resolved(const struct nfhad_idl *idl, const struct type *type)
{
	size_t n;

	if (!type)
		return true;
	if (type->kind == KIND_NAMED &&
	    !nfhad_idl_member(idl, KEYWORD_TYPE, type->name))
		return false;
	for (n = 0; n < type->fields; n++)
		if (!is_resolved(idl, type->field[n].type))
			return false;
	return is_resolved(idl, type->of);
}

/* All names are of one kind: types, methods and errors share them. */
static bool is_sound(const struct nfhad_idl *idl)
{
	size_t n, k;

	for (n = 0; n < idl->members; n++) {
		for (k = 0; k < n; k++)
			if (!strcmp(idl->member[k].name, idl->member[n].name))
				return false;
		if (!is_resolved(idl, idl->member[n].in) ||
		    !is_resolved(idl, idl->member[n].out))
			return false;
	}
	return true;
}

int nfhad_idl_parse(const char *text, size_t length, struct nfhad_idl **out)
{
	struct reader r = { .at = text, .end = text + length };
	struct nfhad_idl *idl = calloc(1, sizeof(*idl));

	if (!idl)
		return -ENOMEM;
	idl->text = text;
	idl->length = length;
	expect(&r, "interface ");
	idl->name = name_read(&r, isalpha, ".-");
	for (skip(&r); !r.error && r.at < r.end; skip(&r))
		member_read(&r, idl);
	if (!r.error && !is_sound(idl))
		r.error = -EINVAL;
	if (r.error) {
		nfhad_idl_free(idl);
		return r.error;
	}
	*out = idl;
	return 0;
}

void nfhad_idl_free(struct nfhad_idl *idl)
{
	size_t n;

	if (!idl)
		return;
	for (n = 0; n < idl->members; n++) {
		free(idl->member[n].name);
		type_free(idl->member[n].in);
		type_free(idl->member[n].out);
	}
	free(idl->member);
	free(idl->name);
	free(idl);
}

const char *nfhad_idl_name(const struct nfhad_idl *idl)
{
	return idl->name;
}

const char *nfhad_idl_text(const struct nfhad_idl *idl, size_t *length)
{
	*length = idl->length;
	return idl->text;
}

bool nfhad_idl_has_method(const struct nfhad_idl *idl, const char *name)
{
	return nfhad_idl_member(idl, KEYWORD_METHOD, name);
}
