/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_IDL_PRIVATE_H
#define NFHAD_IDL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

enum kind {
	KIND_BOOL,
	KIND_INT,
	KIND_FLOAT,
	KIND_STRING,
	KIND_OBJECT,
	KIND_ENUM,
	KIND_STRUCT,
	KIND_ARRAY,
	KIND_MAP,
	KIND_NAMED,
};

struct field;

/**
 * struct type - a type
 * @kind: which
 * @nullable: the value may be missing
 * @name: named: of the type
 * @of: array, map: of what
 * @field: struct: its fields; enum: its words, without types
 * @fields: how many
 */
struct type {
	enum kind kind;
	bool nullable;
	char *name;
	struct type *of;
	struct field *field;
	size_t fields;
};

struct field {
	char *name;
	struct type *type;
};

/* What a member of an interface is. */
enum keyword {
	KEYWORD_TYPE,
	KEYWORD_METHOD,
	KEYWORD_ERROR,
};

/**
 * struct member - a type, a method or an error
 * @keyword: which
 * @name: its name
 * @in: the type; parameters
 * @out: method: what it returns
 */
struct member {
	enum keyword keyword;
	char *name;
	struct type *in;
	struct type *out;
};

struct nfhad_idl {
	const char *text;
	size_t length;
	char *name;
	struct member *member;
	size_t members;
};

/* Return NULL if there is none. */
const struct member *nfhad_idl_member(const struct nfhad_idl *idl,
				      enum keyword keyword, const char *name);

#endif /* NFHAD_IDL_PRIVATE_H */
