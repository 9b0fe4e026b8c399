// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configuration says of templates. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_instance.h"
#include "config_template.h"
#include "config_wrong.h"
#include "words.h"

#define STRINGS_MAX 64

const char *const nfhad_config_sides[NFHAD_SIDES] = {
	[NFHAD_SIDE_LEFT] = "left",
	[NFHAD_SIDE_RIGHT] = "right",
};

#define ROUTE(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_route_config, _member), __VA_ARGS__ }

static const struct nfhad_field route_field[] = {
	ROUTE("to", PREFIX, to, 0),
	ROUTE("via", ADDRESS, via, 0),
	{ 0 },
};

static void route_check(struct nfhad_document *doc, const yaml_node_t *map,
			const void *object)
{
	const struct nfhad_route_config *route = object;

	if (!route->to && !route->via)
		nfhad_config_wrong(doc, map, "to", "it or via, got neither");
	else if (route->to && route->via &&
		 !strchr(route->to, ':') != !strchr(route->via, ':'))
		nfhad_config_wrong(doc, map, "via",
				   "an address of the same family as to, got another one");
}

static const struct nfhad_fields route_fields = {
	.field = route_field,
	.size = sizeof(struct nfhad_route_config),
	.check = route_check,
};

#define NEIGHBOUR(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_neighbour_config, _member),	\
	  __VA_ARGS__ }

static const struct nfhad_field neighbour_field[] = {
	NEIGHBOUR("address", ADDRESS, address, .required = true),
	NEIGHBOUR("mac", MAC, mac, .required = true),
	{ 0 },
};

static const struct nfhad_fields neighbour_fields = {
	.field = neighbour_field,
	.size = sizeof(struct nfhad_neighbour_config),
};

#define PORT(_key, _kind, _member, ...)					\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_port_config, _member), __VA_ARGS__ }
#define PORT_COUNT(_member)						\
	.count = offsetof(struct nfhad_port_config, _member)

static const struct nfhad_field port_field[] = {
	PORT("device", TEXT, device, .required = true),
	PORT("name", TEXT, name, 0),
	PORT("mac", MAC, mac, 0),
	PORT("mtu", NUMBER, mtu, .zero = true, .min = 68, .max = UINT16_MAX,
	     .preset = "0"),
	PORT("addresses", PREFIXES, addresses, .max = STRINGS_MAX),
	PORT("routes", LIST, route, PORT_COUNT(routes), .min = 1,
	     .max = STRINGS_MAX, .of = &route_fields),
	PORT("neighbours", LIST, neighbour, PORT_COUNT(neighbours), .min = 1,
	     .max = STRINGS_MAX, .of = &neighbour_fields),
	{ 0 },
};

/* Words that may be in the name of a device: what others are made of. */
static const struct nfhad_word device_words[] = {
	{ "service", "s" }, { "instance", "i" }, { NULL, NULL },
};

static void words_check(struct nfhad_document *doc, const yaml_node_t *map,
			const char *key, const char *text,
			const struct nfhad_word *words)
{
	char wrong[NFHAD_WORDS_WRONG_MAX], *value;

	if (nfhad_words_replace(text, words, &value, wrong))
		nfhad_config_wrong(doc, map, key, wrong);
	else
		free(value);
}

static void port_check(struct nfhad_document *doc, const yaml_node_t *map,
		       const void *object)
{
	const struct nfhad_port_config *port = object;

	words_check(doc, map, "device", port->device, device_words);
	if (port->name && !nfhad_words_is_device(port->name))
		nfhad_config_wrong(doc, map, "name",
				   NFHAD_WORDS_DEVICE ", got something else");
}

static const struct nfhad_fields port_fields = {
	.field = port_field,
	.size = sizeof(struct nfhad_port_config),
	.check = port_check,
};

#define GROUP(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_group_config, _member),	\
	  .zero = true, .preset = "0", __VA_ARGS__ }

static const struct nfhad_field group_field[] = {
	GROUP("memory", SIZE, memory, .min = 1 << 20, .max = 1ull << 50),
	GROUP("cpu", NUMBER, cpu, .min = 1, .max = 100000),
	GROUP("processes", NUMBER, processes, .min = 1, .max = 4194304),
	{ 0 },
};

static const struct nfhad_fields group_fields = {
	.field = group_field,
	.size = sizeof(struct nfhad_group_config),
};

#define TEMPLATE(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_template_config, _member),	\
	  __VA_ARGS__ }

static const struct nfhad_field template_field[] = {
	TEMPLATE("name", NAME, name, .required = true),
	TEMPLATE("command", COMMAND, command, 0),
	TEMPLATE("environment", PAIRS, environment, .max = STRINGS_MAX),
	TEMPLATE("directory", PATH, directory, 0),
	TEMPLATE("output", PATH, output, 0),
	TEMPLATE("mount-namespace", BOOL, mount_namespace, .preset = "false"),
	TEMPLATE("bind-mounts", PATHS, bind_mounts, .max = NFHAD_BINDS_MAX),
	TEMPLATE("limits", MAP, limits, .of = &group_fields),
	TEMPLATE("left", MAP, port[NFHAD_SIDE_LEFT], .of = &port_fields),
	TEMPLATE("right", MAP, port[NFHAD_SIDE_RIGHT], .of = &port_fields),
	TEMPLATE("sysctls", PAIRS, sysctls, .max = STRINGS_MAX),
	{ 0 },
};

static void strings_check(struct nfhad_document *doc, const yaml_node_t *map,
			  const char *key, char *const *strings)
{
	for (; strings && *strings; strings++)
		words_check(doc, map, key, *strings, nfhad_words_all);
}

/* Those of the namespace only. */
static void sysctls_check(struct nfhad_document *doc, const yaml_node_t *map,
			  char *const *pairs)
{
	for (; pairs && *pairs; pairs++)
		if (strncmp(*pairs, "net.", 4) != 0 || strstr(*pairs, ".."))
			nfhad_config_wrong(doc, map, "sysctls",
					   "settings below net, got another one");
}

static const char *end_name(const struct nfhad_template_config *template,
			    enum nfhad_side side)
{
	return template->port[side].name ?: nfhad_config_sides[side];
}

static void template_check(struct nfhad_document *doc, const yaml_node_t *map,
			   const void *object)
{
	const struct nfhad_template_config *template = object;
	bool launched = template->command;

	nfhad_config_goes_with(doc, map, "environment", false, launched, "command");
	nfhad_config_goes_with(doc, map, "directory", false, launched, "command");
	nfhad_config_goes_with(doc, map, "output", false, launched, "command");
	nfhad_config_goes_with(doc, map, "limits", false, launched, "command");
	nfhad_config_goes_with(doc, map, "mount-namespace", false, launched,
			       "command");
	nfhad_config_goes_with(doc, map, "bind-mounts", false,
			       template->mount_namespace, "mount-namespace");
	nfhad_config_goes_with(doc, map, "left", template->port[NFHAD_SIDE_RIGHT].device,
			       true, "right");
	nfhad_config_bind_mounts(doc, map, template->bind_mounts);
	strings_check(doc, map, "command", template->command);
	strings_check(doc, map, "environment", template->environment);
	strings_check(doc, map, "bind-mounts", template->bind_mounts);
	if (template->directory)
		words_check(doc, map, "directory", template->directory,
			    nfhad_words_all);
	if (template->output)
		words_check(doc, map, "output", template->output,
			    nfhad_words_all);
	sysctls_check(doc, map, template->sysctls);
	nfhad_config_once(doc, map, "sysctls", template->sysctls);
	nfhad_config_once(doc, map, "environment", template->environment);
	if (template->port[NFHAD_SIDE_RIGHT].device &&
	    !strcmp(end_name(template, NFHAD_SIDE_LEFT),
		    end_name(template, NFHAD_SIDE_RIGHT)))
		nfhad_config_wrong(doc, map, "right",
				   "another name than that of left, got the same");
}

const struct nfhad_fields nfhad_template_fields = {
	.field = template_field,
	.size = sizeof(struct nfhad_template_config),
	.check = template_check,
};
