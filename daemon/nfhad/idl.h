/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_IDL_H
#define NFHAD_IDL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* A description of an interface, as Varlink has it, and what fits it. */
struct nfhad_idl;

/* What of it an object is to fit. */
enum nfhad_idl_part {
	NFHAD_IDL_CALL,		/* parameters of a method */
	NFHAD_IDL_REPLY,	/* what it returns */
	NFHAD_IDL_ERROR,	/* parameters of an error */
};

#define NFHAD_IDL_PATH_MAX 127

/**
 * nfhad_idl_parse - read a description
 * @text: the description; has to stay
 * @length: of it
 * @idl: set, freed with nfhad_idl_free()
 *
 * Return: 0, -EINVAL if it is not right, or -ENOMEM.
 */
int nfhad_idl_parse(const char *text, size_t length, struct nfhad_idl **idl);

/* NULL is fine. */
void nfhad_idl_free(struct nfhad_idl *idl);

/* The name of the interface. */
const char *nfhad_idl_name(const struct nfhad_idl *idl);

/* What it was read from. */
const char *nfhad_idl_text(const struct nfhad_idl *idl, size_t *length);

bool nfhad_idl_has_method(const struct nfhad_idl *idl, const char *name);

/**
 * nfhad_idl_check - does an object fit?
 * @idl: the description
 * @part: as what
 * @name: of the method or error
 * @object: what is looked at
 * @wrong: set to where it does not, NFHAD_IDL_PATH_MAX + 1 bytes: a field, or a path
 *	with dots
 *
 * A field that is not known does not fit. One that is optional may be null.
 *
 * Return: true if it fits.
 */
bool nfhad_idl_check(const struct nfhad_idl *idl, enum nfhad_idl_part part,
		     const char *name, struct json_object *object, char *wrong);

#endif /* NFHAD_IDL_H */
