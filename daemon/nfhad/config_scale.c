// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configuration says of scaling. */

#include <stddef.h>

#include "config_scale.h"

#define US_PER_MS 1000ull
#define US_PER_S 1000000ull
#define HOUR (3600 * US_PER_S)
#define RATE_MAX 1000000000000ull

static const char *const measures[] = {
	[NFHA_MEASURE_FLOWS] = "flows",
	[NFHA_MEASURE_PACKETS] = "packets",
	NULL,
};

static const char *const flow_policies[] = {
	[NFHA_POLICY_AVOID] = "avoid",
	[NFHA_POLICY_NEVER] = "never",
	[NFHA_POLICY_ALWAYS] = "always",
	NULL,
};

#define LIMIT(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_limits_config, _member),		\
	  .zero = true, .min = 1, .preset = "0", __VA_ARGS__ }

static const struct nfhad_field limits_field[] = {
	LIMIT("packets", RATE, packets, .max = RATE_MAX),
	LIMIT("bits", RATE, bits, .max = RATE_MAX),
	LIMIT("new-flows", NUMBER, new_flows, .max = UINT32_MAX),
	LIMIT("flows", NUMBER, flows, .max = UINT32_MAX),
	LIMIT("cpu", NUMBER, cpu, .max = 100000),
	LIMIT("pressure", NUMBER, pressure, .max = 100),
	LIMIT("drops", NUMBER, drops, .max = UINT32_MAX),
	LIMIT("latency", US, latency_us, .max = 60 * US_PER_S),
	{ 0 },
};

static const struct nfhad_fields limits_fields = {
	.field = limits_field,
	.size = sizeof(struct nfhad_limits_config),
};

static const char *const exceptions_words[] = {
	[NFHAD_EXCEPTIONS_SWITCH] = "switch",
	[NFHAD_EXCEPTIONS_HOST] = "host",
	NULL,
};

#define UPSTREAM(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_upstream_config, _member),	\
	  __VA_ARGS__ }

static const struct nfhad_field upstream_field[] = {
	UPSTREAM("netns", NETNS, netns, 0),
	UPSTREAM("service", NAME, service, 0),
	UPSTREAM("exceptions", WORD, exceptions, .words = exceptions_words,
		 .preset = "switch"),
	{ 0 },
};

static const struct nfhad_fields upstream_fields = {
	.field = upstream_field,
	.size = sizeof(struct nfhad_upstream_config),
};

#define STEERING(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_steering_config, _member),	\
	  __VA_ARGS__ }

static const struct nfhad_field steering_field[] = {
	STEERING("netns", NETNS, netns, .required = true),
	STEERING("service", NAME, service, .required = true),
	{ 0 },
};

const struct nfhad_fields nfhad_steering_fields = {
	.field = steering_field,
	.size = sizeof(struct nfhad_steering_config),
};

#define SCALE(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_scale_config, _member),	\
	  __VA_ARGS__ }

/* Without the map "scale" there is no interval, so that is what "off" is. */
static const struct nfhad_field scale_field[] = {
	SCALE("interval", MS, detector.interval_ms, .min = 10 * US_PER_MS,
	      .max = HOUR, .required = true),
	SCALE("max", NUMBER, max, .zero = true, .min = 1, .max = NFHAD_INSTANCES_MAX,
	      .preset = "0"),
	SCALE("min", NUMBER, min, .min = 1, .max = NFHAD_INSTANCES_MAX,
	      .preset = "1"),
	SCALE("overload", MAP, detector.overload, .of = &limits_fields),
	SCALE("underload", MAP, detector.underload, .of = &limits_fields),
	SCALE("overload-for", MS, detector.overload_for_ms, .zero = true,
	      .min = US_PER_MS, .max = HOUR, .preset = "3s"),
	SCALE("underload-for", MS, detector.underload_for_ms, .zero = true,
	      .min = US_PER_MS, .max = HOUR, .preset = "30s"),
	SCALE("hold-down", MS, detector.hold_down_ms, .zero = true, .min = US_PER_MS,
	      .max = HOUR, .preset = "10s"),
	SCALE("measure", WORD, measure, .words = measures, .preset = "flows"),
	SCALE("policy", WORD, policy, .words = flow_policies, .preset = "avoid"),
	SCALE("deadline", MS, deadline_ms, .zero = true, .min = US_PER_MS,
	      .max = HOUR, .preset = "0"),
	SCALE("placement", WORD, placement, .words = nfhad_policy_words,
	      .preset = "rr"),
	SCALE("upstream", MAP, upstream, .of = &upstream_fields),
	{ 0 },
};

static uint64_t limit_of(const struct nfhad_limits_config *limits,
			 const struct nfhad_field *field)
{
	const void *value = (const char *)limits + field->offset;

	return field->kind == NFHAD_FIELD_RATE ? *(const uint64_t *)value :
						 *(const uint32_t *)value;
}

/* Whoever has too much to do and next to nothing at once would be split and merged for
 * ever.
 */
static void limits_check(struct nfhad_document *doc, const yaml_node_t *map,
			 const struct nfhad_detector_config *detector)
{
	const yaml_node_t *under = nfhad_fields_given(doc, map, "underload"), *given;
	const struct nfhad_field *field = limits_field;
	size_t list, before;

	for (; under && field->key; field++) {
		uint64_t over = limit_of(&detector->overload, field);

		if (!over || limit_of(&detector->underload, field) < over)
			continue;
		given = nfhad_fields_given(doc, under, field->key);
		list = nfhad_document_enter_key(doc, "underload");
		before = nfhad_document_enter_key(doc, field->key);
		nfhad_document_wrong(doc, given ? &given->start_mark : &under->start_mark,
				     given, "less than in overload");
		nfhad_document_leave(doc, before);
		nfhad_document_leave(doc, list);
	}
}

static void scale_check(struct nfhad_document *doc, const yaml_node_t *map,
			const void *object)
{
	const struct nfhad_scale_config *scale = object;
	const yaml_node_t *min = nfhad_fields_given(doc, map, "min");
	size_t before;

	limits_check(doc, map, &scale->detector);
	if (!scale->max || scale->min <= scale->max)
		return;
	before = nfhad_document_enter_key(doc, "min");
	nfhad_document_wrong(doc, min ? &min->start_mark : &map->start_mark,
			     min, "max at most");
	nfhad_document_leave(doc, before);
}

const struct nfhad_fields nfhad_scale_fields = {
	.field = scale_field,
	.check = scale_check,
	.size = sizeof(struct nfhad_scale_config),
};
