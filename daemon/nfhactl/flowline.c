// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A flow as a line of text, for export and import: PROTO SIDE FROM TO, or the
 * object that "flow show" prints as JSON.
 */

#include <errno.h>
#include <string.h>

#include "nfhactl.h"

int flow_line_print(const struct request *r, const struct nfha_flow *f)
{
	char from[64], to[64], proto[8];

	if (r->json) {
		json_print(r, flow_json(f));
		return ferror(stdout) ? -EIO : 0;
	}
	end_name(f->saddr, f->family, f->sport, from, sizeof(from));
	end_name(f->daddr, f->family, f->dport, to, sizeof(to));
	return printf("%s %s %s %s\n",
		      proto_name(f->proto, proto, sizeof(proto)),
		      NAME_OF(side_names, f->side), from, to) < 0 ? -EIO : 0;
}

static int side_take(const char *word, struct nfha_flow *flow)
{
	int side = choice_index("left right", word);

	if (side < 0)
		return -EINVAL;
	flow->side = side;
	return 0;
}

static int text_parse(char *line, struct nfha_flow *flow)
{
	static const char blanks[] = " \t\r\n";
	char *rest = NULL;
	char *proto = strtok_r(line, blanks, &rest);
	char *side = strtok_r(NULL, blanks, &rest);
	char *from = strtok_r(NULL, blanks, &rest);
	char *to = strtok_r(NULL, blanks, &rest);
	char *more = strtok_r(NULL, blanks, &rest);
	uint8_t family;

	if (!to || more)
		return -EINVAL;
	if (take_proto(proto, &flow->proto) || side_take(side, flow) ||
	    take_end(from, flow->saddr, &flow->family, &flow->sport) ||
	    take_end(to, flow->daddr, &family, &flow->dport) ||
	    family != flow->family)
		return -EINVAL;
	return 0;
}

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	return json_object_is_type(value, json_type_string) ?
	       json_object_get_string(value) : "";
}

static int port_of(struct json_object *o, const char *key, uint16_t *port)
{
	struct json_object *value = json_object_object_get(o, key);
	int64_t n;

	if (!json_object_is_type(value, json_type_int))
		return -EINVAL;
	n = json_object_get_int64(value);
	if (n < 0 || n > UINT16_MAX)
		return -EINVAL;
	*port = n;
	return 0;
}

static int object_take(struct json_object *o, struct nfha_flow *flow)
{
	uint8_t family;

	if (!json_object_is_type(o, json_type_object) ||
	    take_proto(text_of(o, "proto"), &flow->proto) ||
	    side_take(text_of(o, "side"), flow) ||
	    take_address(text_of(o, "saddr"), flow->saddr, &flow->family) ||
	    take_address(text_of(o, "daddr"), flow->daddr, &family) ||
	    port_of(o, "sport", &flow->sport) ||
	    port_of(o, "dport", &flow->dport) || family != flow->family)
		return -EINVAL;
	return 0;
}

int flow_line_parse(char *line, struct nfha_flow *flow)
{
	struct json_object *o;
	int ret;

	memset(flow, 0, sizeof(*flow));
	if (*line != '{')
		return text_parse(line, flow);
	o = json_tokener_parse(line);
	ret = object_take(o, flow);
	json_object_put(o);
	return ret;
}
