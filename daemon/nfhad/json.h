/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_JSON_H
#define NFHAD_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fields of an object. */
static inline void nfhad_json_text(struct json_object *to, const char *key,
				   const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

/* One that is "" is left out. */
static inline void nfhad_json_name(struct json_object *to, const char *key,
				   const char *name)
{
	if (*name)
		nfhad_json_text(to, key, name);
}

/* A word of Varlink has no hyphen in it. */
static inline void nfhad_json_word(struct json_object *to, const char *key,
				   const char *word)
{
	char text[32];
	size_t n;

	for (n = 0; n < sizeof(text) - 1 && word[n]; n++)
		text[n] = word[n] == '-' ? '_' : word[n];
	text[n] = 0;
	nfhad_json_text(to, key, text);
}

static inline void nfhad_json_number(struct json_object *to, const char *key,
				     uint64_t number)
{
	json_object_object_add(to, key, json_object_new_uint64(number));
}

static inline void nfhad_json_bool(struct json_object *to, const char *key,
				   bool is)
{
	json_object_object_add(to, key, json_object_new_boolean(is));
}

#endif /* NFHAD_JSON_H */
