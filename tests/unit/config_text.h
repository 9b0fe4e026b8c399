/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config_values.h"
#include "unit.h"

/* Configurations that are good but for one value. */

/* What a table that is not a service's is called at the top. */
static const char *top_of(const struct nfhad_field *table)
{
	static const struct {
		const struct nfhad_field *table;
		const char *key;
	} tops[] = {
		{ store_field, "store" },
		{ dead_man_field, "dead-man" },
		{ api_field, "api" },
		{ http_field, "http" },
	};
	size_t n;

	for (n = 0; n < ARRAY_SIZE(tops); n++)
		if (tops[n].table == table)
			return tops[n].key;
	return NULL;
}

/* A map with what it needs, and a key of a table with a value in a line of its own. */
static void map_add(FILE *text, const struct nfhad_field *table,
		    const char *const (*needs)[2], const struct value *value,
		    const char *with)
{
	bool own = value->table == table;

	fputs("{", text);
	for (; (*needs)[0]; needs++)
		if (!own || strcmp((*needs)[0], value->key) != 0)
			fprintf(text, "%s: %s, ", (*needs)[0], (*needs)[1]);
	if (own)
		fprintf(text, "\n%s: %s\n, ", value->key, with);
}

/* What is in a template, or in one of its ports, with the brackets around it. */
static void inner_add(FILE *text, const char *begin, const struct nfhad_field *table,
		      const char *const (*needs)[2], const struct value *value,
		      const char *with, const char *end)
{
	fputs(begin, text);
	map_add(text, table, needs, value, with);
	fputs(end, text);
}

static bool is_scaled(const struct value *value)
{
	return value->table == scale_field || value->table == limits_field ||
	       value->table == upstream_field;
}

static void service_add(FILE *text, const struct value *value, const char *with)
{
	const char *own = value->table == service_field ? value->key : "";
	bool scaled = is_scaled(value);

	fputs("services: [\n", text);
	map_add(text, service_field, scaled ? of_scaled : of_service, value,
		with);
	if (scaled) {
		fputs("scale: ", text);
		map_add(text, scale_field, of_scale, value, with);
		if (value->table != scale_field) {
			fputs(value->table == limits_field ? "overload: " :
							     "upstream: ",
			      text);
			map_add(text, value->table, nothing, value, with);
			fputs("}", text);
		}
		fputs("}, ", text);
	}
	if (value->table == address_field)
		inner_add(text, "addresses: [", address_field, of_address,
			  value, with, "}], ");
	if (strcmp(own, "checks") != 0) {
		fputs("checks: [", text);
		map_add(text, check_field, of_check, value, with);
		fputs("}], ", text);
	}
	if (strcmp(own, "instances") != 0) {
		fputs("instances: [", text);
		map_add(text, instance_field, of_instance, value, with);
		if (value->table == own_field)
			inner_add(text, "template: t, addresses: ", own_field,
				  nothing, value, with, "}");
		if (value->table == steering_field)
			inner_add(text, "steering: ", steering_field,
				  of_steering, value, with, "}");
		fputs("}], ", text);
	}
	fputs("}]\n", text);
}

static const char *const of_template[][2] = {
	{ "name", "t" }, { "command", "[/v]" }, { NULL, NULL },
};

static const char *const of_port[][2] = {
	{ "device", "d" }, { NULL, NULL },
};

static const char *const of_neighbour[][2] = {
	{ "address", "192.0.2.1" }, { "mac", "'02:00:00:00:00:01'" },
	{ NULL, NULL },
};

static bool is_of_template(const struct value *value)
{
	return value->table == template_field || value->table == port_field ||
	       value->table == route_field || value->table == group_field ||
	       value->table == neighbour_field;
}

static void template_add(FILE *text, const struct value *value, const char *with)
{
	fputs("templates: [", text);
	map_add(text, template_field, of_template, value, with);
	if (value->table == port_field)
		inner_add(text, "left: ", port_field, of_port, value, with, "}");
	else if (value->table == route_field)
		inner_add(text, "left: {device: d, routes: [", route_field,
			  nothing, value, with, "}]}");
	else if (value->table == neighbour_field)
		inner_add(text, "left: {device: d, neighbours: [",
			  neighbour_field, of_neighbour, value, with, "}]}");
	else if (value->table == group_field)
		inner_add(text, "limits: ", group_field, nothing, value, with,
			  "}");
	fputs("}]\n", text);
}

static void text_of_value(char *buffer, size_t size, const struct value *value,
			  const char *with)
{
	FILE *text = fmemopen(buffer, size, "w");

	ck_assert_ptr_nonnull(text);
	if (value->table == config_field)
		fprintf(text, "%s: %s\n", value->key, with);
	if (top_of(value->table)) {
		fprintf(text, "%s: ", top_of(value->table));
		map_add(text, value->table, nothing, value, with);
		fputs("}\n", text);
	}
	if (value->table == host_field) {
		fputs("hosts: [", text);
		map_add(text, host_field, of_host, value, with);
		fputs("}]\n", text);
	}
	if (is_of_template(value))
		template_add(text, value, with);
	if (value->table != config_field || strcmp(value->key, "services") != 0)
		service_add(text, value, with);
	fclose(text);
}

static size_t line_of(const char *text, const char *key)
{
	char start[64];
	const char *at;
	size_t n = 1;

	snprintf(start, sizeof(start), "\n%s: ", key);
	at = strstr(text, start);
	for (; at && text <= at; text++)
		n += *text == '\n';
	return n;
}

#endif /* CONFIG_TEXT_H */
