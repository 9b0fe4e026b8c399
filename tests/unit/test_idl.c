// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of interfaces: what is none, and what fits one. */

#include <errno.h>
#include <string.h>

#include "idl.h"
#include "source.h"
#include "unit.h"

static const char *const no_interfaces[] = {
	"",
	"interface",
	"interface a.b method",
	"interface a.b method M() -> (",
	"interface a.b method M() (a: int)",
	"interface a.b method m() -> ()",
	"interface a.b method M(a: T) -> ()",
	"interface a.b type T (a: int, b)",
	"interface a.b type T (a, b: int)",
	"interface a.b type T (a: []?)",
	"interface a.b type T (a: int) type T (b: int)",
	"interface a.b error E (a: integer)",
	"interface a.b error E (one, two)",
	"interface a.b error E ?(a: int)",
	"interface a.b type T (a_: int)",
	"interface a.b type T [][][][][][][][][][][][][][][][][][][]int",
	"interface a.b nonsense",
};

START_TEST(what_is_no_interface)
{
	char *text = source_read("daemon/io.nfha.daemon.varlink");
	struct nfhad_idl *one = NULL;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(no_interfaces); n++)
		ck_assert_msg(nfhad_idl_parse(no_interfaces[n],
					      strlen(no_interfaces[n]),
					      &one) == -EINVAL,
			      "%s", no_interfaces[n]);
	/* And each beginning of one. */
	for (n = 0; n < strlen(text); n++) {
		char *beginning = strndup(text, n);

		if (!nfhad_idl_parse(beginning, n, &one))
			nfhad_idl_free(one);
		free(beginning);
	}
	free(text);
}

START_TEST(kinds_of_values)
{
	static const char idl_text[] =
		"interface a.b\n"
		"method M(b: ?bool, f: ?float, o: ?object, l: ?[]int, m: ?[string](x: int)) -> ()";
	static const struct {
		const char *object;
		const char *wrong;
	} objects[] = {
		{ "{}", NULL },
		{ "{\"b\":null}", NULL },
		{ "{\"b\":true,\"f\":1,\"o\":{\"z\":1},\"l\":[1,2],\"m\":{\"k\":{\"x\":1}}}",
		  NULL },
		{ "{\"f\":1.5}", NULL },
		{ "{\"b\":1}", "b" },
		{ "{\"f\":\"1\"}", "f" },
		{ "{\"o\":[]}", "o" },
		{ "{\"l\":{}}", "l" },
		{ "{\"l\":[1,null]}", "l.1" },
		{ "{\"m\":{\"k\":{}}}", "m.k.x" },
		{ "{\"m\":{\"k\":{\"x\":1,\"y\":2}}}", "m.k.y" },
	};
	char wrong[NFHAD_IDL_PATH_MAX + 1];
	struct json_object *o;
	struct nfhad_idl *one;
	bool fits;
	size_t n;

	ck_assert_int_eq(nfhad_idl_parse(idl_text, strlen(idl_text), &one), 0);
	for (n = 0; n < ARRAY_SIZE(objects); n++) {
		o = json_tokener_parse(objects[n].object);
		fits = nfhad_idl_check(one, NFHAD_IDL_CALL, "M", o, wrong);
		ck_assert_msg(fits == !objects[n].wrong, "%s", objects[n].object);
		ck_assert_str_eq(wrong, objects[n].wrong ? objects[n].wrong : "");
		json_object_put(o);
	}
	nfhad_idl_free(one);
}

UNIT_MAIN("idl", what_is_no_interface, kinds_of_values)
