// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptions of interfaces, and objects that fit them. An input is a description, the
 * name of a method or an error, and an object, with a byte of zero between them; the last
 * byte decides as what the object is looked at.
 */

#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "idl.h"

/* What the object is; NULL if there is no other part of the input. */
static const char *part(const char **at, const char *end)
{
	const char *zero = *at < end ? memchr(*at, 0, end - *at) : NULL;
	const char *begin = *at;

	if (!zero)
		return NULL;
	*at = zero + 1;
	return begin;
}

static void check(const struct nfhad_idl *idl, const char *name, const char *json,
		  uint8_t as)
{
	static const enum nfhad_idl_part parts[] = {
		NFHAD_IDL_CALL, NFHAD_IDL_REPLY, NFHAD_IDL_ERROR,
	};
	enum nfhad_idl_part what = parts[as % 3];
	struct json_object *object = json_tokener_parse(json);
	char wrong[NFHAD_IDL_PATH_MAX + 1], again[NFHAD_IDL_PATH_MAX + 1];
	bool fits;

	memset(wrong, 0xa5, sizeof(wrong));
	memset(again, 0x5a, sizeof(again));
	if (json_object_is_type(object, json_type_object) &&
	    (what == NFHAD_IDL_ERROR || nfhad_idl_has_method(idl, name))) {
		fits = nfhad_idl_check(idl, what, name, object, wrong);
		must(fits == nfhad_idl_check(idl, what, name, object, again));
		must(fits || memchr(wrong, 0, sizeof(wrong)));
		must(fits || !strcmp(wrong, again));
	}
	json_object_put(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .data = data, .size = size };
	uint8_t as = take_u8(&in);
	struct nfhad_idl *idl = NULL;
	const char *at, *end, *text, *name, *json;
	size_t length;
	char *copy = malloc(in.size + 1);
	int ret;

	must(copy);
	memcpy(copy, in.data, in.size);
	copy[in.size] = 0;
	at = copy;
	end = copy + in.size + 1;
	text = part(&at, end);
	name = part(&at, end);
	json = part(&at, end);
	/* A copy that ends where the description ends. */
	length = strlen(text);
	text = memcpy(malloc(length + 1), text, length);
	ret = nfhad_idl_parse(text, length, &idl);
	must(!ret || ret == -EINVAL);
	if (!ret) {
		must(*nfhad_idl_name(idl));
		if (json)
			check(idl, name, json, as);
		nfhad_idl_free(idl);
	}
	free((void *)text);
	free(copy);
	return 0;
}
