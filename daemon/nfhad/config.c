// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configuration says. The tables here are all there is to know about its keys. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_daemon.h"
#include "config_instance.h"
#include "config_made.h"
#include "config_template.h"
#include "config_wrong.h"
#include "field.h"

#define US_PER_MS 1000ull
#define US_PER_S 1000000ull
#define HOUR (3600 * US_PER_S)

static const char *const policies[] = {
	[NFHAD_DEAD_MAN_RELEASE] = "release",
	[NFHAD_DEAD_MAN_HOLD] = "hold",
	NULL,
};

const char *const nfhad_config_schemes[] = {
	[NFHAD_SCHEME_COLD] = "cold",
	[NFHAD_SCHEME_STANDBY] = "standby",
	[NFHAD_SCHEME_ACTIVE_ACTIVE] = "active-active",
	NULL,
};

static const char *const aparts[] = {
	[NFHAD_APART_PREFER] = "prefer",
	[NFHAD_APART_STRICT] = "strict",
	NULL,
};

const char *const nfhad_config_drivers[] = {
	[NFHAD_DRIVER_CRIU] = "criu",
	[NFHAD_DRIVER_CONNTRACK] = "conntrack",
	[NFHAD_DRIVER_EXEC] = "exec",
	[NFHAD_DRIVER_NONE] = "none",
	NULL,
};

static const char *const checks[] = {
	[NFHAD_CHECK_EXEC] = "exec",
	[NFHAD_CHECK_TCP] = "tcp",
	[NFHAD_CHECK_ICMP] = "icmp",
	NULL,
};

#define CHECK(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_check_config, _member), __VA_ARGS__ }

static const struct nfhad_field check_field[] = {
	CHECK("kind", WORD, kind, .words = checks, .required = true),
	CHECK("command", COMMAND, command, 0),
	CHECK("address", ADDRESS, address, 0),
	CHECK("port", PORT, port, .min = 1, .max = UINT16_MAX),
	CHECK("netns", NETNS, netns, 0),
	CHECK("interval", MS, interval_ms, .min = 10 * US_PER_MS, .max = HOUR,
	      .preset = "1s"),
	CHECK("timeout", MS, timeout_ms, .min = 10 * US_PER_MS, .max = HOUR,
	      .preset = "500ms"),
	CHECK("failures", NUMBER, failures, .min = 1, .max = 1000,
	      .preset = "3"),
	CHECK("successes", NUMBER, successes, .min = 1, .max = 1000,
	      .preset = "2"),
	{ 0 },
};

static void check_check(struct nfhad_document *doc, const yaml_node_t *map,
			const void *object)
{
	const struct nfhad_check_config *check = object;
	bool exec = check->kind == NFHAD_CHECK_EXEC;
	bool tcp = check->kind == NFHAD_CHECK_TCP;

	nfhad_config_goes_with(doc, map, "command", exec, exec, "kind exec");
	nfhad_config_goes_with(doc, map, "address", !exec, !exec, "kind tcp or icmp");
	nfhad_config_goes_with(doc, map, "port", tcp, tcp, "kind tcp");
}

static const struct nfhad_fields check_fields = {
	.field = check_field,
	.size = sizeof(struct nfhad_check_config),
	.check = check_check,
};

#define SERVICE(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_service_config, _member),	\
	  __VA_ARGS__ }
#define SERVICE_COUNT(_member)						\
	.count = offsetof(struct nfhad_service_config, _member)

static const struct nfhad_field service_field[] = {
	SERVICE("name", NAME, name, .required = true),
	SERVICE("driver", WORD, driver, .words = nfhad_config_drivers, .required = true),
	SERVICE("scheme", WORD, scheme, .words = nfhad_config_schemes, .preset = "cold"),
	SERVICE("anti-affinity", WORD, anti_affinity, .words = aparts,
		.preset = "prefer"),
	SERVICE("interval", MS, interval_ms, .min = US_PER_MS, .max = HOUR,
		.preset = "100ms"),
	SERVICE("drain", US, drain_us, .zero = true, .min = 1,
		.max = 10 * US_PER_S, .preset = "2ms"),
	SERVICE("timeout", MS, timeout_ms, .min = 10 * US_PER_MS, .max = HOUR,
		.preset = "10s"),
	SERVICE("fresh", NUMBER, fresh, .max = 1000, .preset = "0"),
	SERVICE("save", COMMAND, save, 0),
	SERVICE("restore", COMMAND, restore, 0),
	SERVICE("ruleset", PATH, ruleset, 0),
	SERVICE("stall", MS, stall_ms, .zero = true, .min = 10 * US_PER_MS,
		.max = HOUR, .preset = "0"),
	SERVICE("scale", MAP, scale, .of = &nfhad_scale_fields),
	SERVICE("addresses", LIST, address, SERVICE_COUNT(addresses), .max = 64,
		.of = &nfhad_address_fields),
	SERVICE("checks", LIST, check, SERVICE_COUNT(checks), .max = 16,
		.of = &check_fields),
	SERVICE("instances", LIST, instance, SERVICE_COUNT(instances), .min = 1,
		.max = NFHAD_INSTANCES_MAX, .of = &nfhad_instance_fields,
		.required = true),
	{ 0 },
};

static size_t instances_of(const struct nfhad_service_config *service,
			   enum nfhad_role role)
{
	size_t i, n = 0;

	for (i = 0; i < service->instances; i++)
		n += service->instance[i].role == role;
	return n;
}

/* Where a name is among those of a list, whose first one is given; @count: nowhere. */
static size_t name_find(char *const *first, size_t stride, size_t count,
			const char *name)
{
	const char *at = (const char *)first;
	size_t i;

	for (i = 0; i < count; i++, at += stride)
		if (!strcmp(*(char *const *)at, name))
			break;
	return i;
}

/* The same, of a list of structures that have names. */
#define NAME_FIND(list, count, of)					\
	name_find(&(list)->name, sizeof(*(list)), count, of)

static void instance_names_check(struct nfhad_document *doc,
				 const yaml_node_t *map,
				 const struct nfhad_service_config *service)
{
	const struct nfhad_instance_config *instance = service->instance;
	size_t i;

	for (i = 0; i < service->instances; i++)
		if (NAME_FIND(instance, i, instance[i].name) < i)
			nfhad_config_wrong_instance(doc, map, i, "name",
						    "a name that no other instance of the service has");
}

/* An instance that is active has to run somehow, or there is nothing to dump. */
static void processes_check(struct nfhad_document *doc, const yaml_node_t *map,
			    const struct nfhad_service_config *service)
{
	const struct nfhad_instance_config *instance;
	size_t i;

	for (i = 0; i < service->instances; i++) {
		instance = &service->instance[i];
		if (service->driver == NFHAD_DRIVER_CRIU &&
		    instance->role == NFHAD_ROLE_ACTIVE &&
		    !instance->command && !instance->template &&
		    !instance->pidfile)
			nfhad_config_wrong_instance(doc, map, i, "command",
						    "it or a pidfile with driver criu, got neither");
	}
}

/* A process that somebody else has started is not there for a second time. */
static void scaled_check(struct nfhad_document *doc, const yaml_node_t *map,
			 const struct nfhad_service_config *service)
{
	size_t i;

	nfhad_config_goes_with(doc, map, "scale", false,
			       service->driver == NFHAD_DRIVER_NONE ||
			       service->driver == NFHAD_DRIVER_CONNTRACK,
			       "driver none or conntrack, for a command that starts afresh has not read what others have");
	nfhad_config_goes_with(doc, map, "scale", false,
			       service->scheme != NFHAD_SCHEME_STANDBY,
			       "scheme cold or active-active, for a standby has the checkpoint of one instance only");
	nfhad_config_goes_with(doc, map, "scale", false, !service->addresses,
			       "no addresses, for only one instance may have them");
	for (i = 0; service->scale.detector.interval_ms && i < service->instances; i++)
		if (service->instance[i].pidfile)
			nfhad_config_wrong_instance(doc, map, i, "pidfile",
						    "a command with scale, got one");
}

static size_t steered_of(const struct nfhad_service_config *service)
{
	size_t i, n = 0;

	for (i = 0; i < service->instances; i++)
		n += !!service->instance[i].steering.netns;
	return n;
}

/* The switch has to have a name for each that can get a range: who takes over gets some. */
static void upstream_check(struct nfhad_document *doc, const yaml_node_t *map,
			   const struct nfhad_service_config *service)
{
	const struct nfhad_upstream_config *upstream = &service->scale.upstream;
	bool hosts = upstream->exceptions == NFHAD_EXCEPTIONS_HOST;
	size_t i;

	if (!upstream->netns != !upstream->service)
		nfhad_config_wrong(doc, map, "scale",
				   "both upstream.netns and upstream.service, got one");
	if (hosts && !steered_of(service))
		nfhad_config_wrong(doc, map, "instances",
				   "one with steering with scale.upstream.exceptions host, got none");
	for (i = 0; !hosts && i < service->instances; i++)
		if (service->instance[i].steering.netns)
			nfhad_config_wrong_instance(doc, map, i, "steering",
						    "a value only with scale.upstream.exceptions host, got one");
	for (i = 0; upstream->netns && i < service->instances; i++)
		if (!service->instance[i].upstream)
			nfhad_config_wrong_instance(doc, map, i, "upstream",
						    "a name with scale.upstream, got nothing");
}

static void service_check(struct nfhad_document *doc, const yaml_node_t *map,
			  const void *object)
{
	const struct nfhad_service_config *service = object;
	bool exec = service->driver == NFHAD_DRIVER_EXEC;

	nfhad_config_goes_with(doc, map, "save", exec, exec, "driver exec");
	nfhad_config_goes_with(doc, map, "restore", exec, exec, "driver exec");
	nfhad_config_goes_with(doc, map, "ruleset", false,
			       service->driver == NFHAD_DRIVER_CONNTRACK,
			       "driver conntrack");
	nfhad_config_goes_with(doc, map, "fresh", false,
			       service->scheme == NFHAD_SCHEME_STANDBY,
			       "scheme standby");
	if (service->addresses && instances_of(service, NFHAD_ROLE_ACTIVE) > 1)
		nfhad_config_wrong(doc, map, "addresses", "one active instance, got several");
	nfhad_config_goes_with(doc, map, "addresses", false,
			       service->driver == NFHAD_DRIVER_CONNTRACK || exec,
			       "driver conntrack or exec");
	if (service->scheme == NFHAD_SCHEME_ACTIVE_ACTIVE &&
	    service->driver != NFHAD_DRIVER_NONE)
		nfhad_config_wrong(doc, map, "scheme",
				   "cold or standby, or driver none, got active-active");
	if (!instances_of(service, NFHAD_ROLE_ACTIVE))
		nfhad_config_wrong(doc, map, "instances",
				   "one with role active, got none");
	if (service->scheme == NFHAD_SCHEME_STANDBY &&
	    !instances_of(service, NFHAD_ROLE_BACKUP))
		nfhad_config_wrong(doc, map, "instances",
				   "one with role backup with scheme standby, got none");
	scaled_check(doc, map, service);
	upstream_check(doc, map, service);
	instance_names_check(doc, map, service);
	processes_check(doc, map, service);
}

static const struct nfhad_fields service_fields = {
	.field = service_field,
	.size = sizeof(struct nfhad_service_config),
	.check = service_check,
};

#define CONFIG(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_config, _member), __VA_ARGS__ }

static const struct nfhad_field dead_man_field[] = {
	CONFIG("time", MS, dead_man_ms, .zero = true, .min = 100 * US_PER_MS,
	       .max = HOUR, .preset = "5s"),
	CONFIG("policy", WORD, dead_man, .words = policies,
	       .preset = "release"),
	{ 0 },
};

static const struct nfhad_fields dead_man_fields = {
	.field = dead_man_field,
	.size = sizeof(struct nfhad_config),
};

static const struct nfhad_field config_field[] = {
	CONFIG("store", MAP, store, .of = &nfhad_store_fields),
	CONFIG("criu", PATH, criu, .preset = "/usr/sbin/criu"),
	{ .key = "dead-man", .kind = NFHAD_FIELD_MAP, .of = &dead_man_fields },
	CONFIG("api", MAP, api, .of = &nfhad_api_fields),
	CONFIG("http", MAP, http, .of = &nfhad_http_fields),
	CONFIG("cgroup", GROUP, cgroup, .preset = "/nfhad"),
	CONFIG("templates", LIST, template, .max = 256,
	       .count = offsetof(struct nfhad_config, templates),
	       .of = &nfhad_template_fields),
	CONFIG("hosts", LIST, host, .max = 1024, .of = &nfhad_host_fields,
	       .count = offsetof(struct nfhad_config, hosts)),
	CONFIG("services", LIST, service, .min = 1, .max = 256, .required = true,
	       .count = offsetof(struct nfhad_config, services),
	       .of = &service_fields),
	{ 0 },
};

/* With hosts each instance is on one of them. */
static bool host_is_good(const struct nfhad_config *config, const char *host)
{
	if (!config->hosts || !host)
		return !config->hosts && !host;
	return NAME_FIND(config->host, config->hosts, host) < config->hosts;
}

static void hosts_check(struct nfhad_document *doc, const yaml_node_t *map,
			const struct nfhad_config *config)
{
	size_t i, before = nfhad_document_enter_key(doc, "hosts");

	for (i = 0; i < config->hosts; i++) {
		size_t list = nfhad_document_enter_index(doc, i);

		if (NAME_FIND(config->host, i, config->host[i].name) < i)
			nfhad_config_wrong(doc,
					   nfhad_config_element(doc, map, "hosts", i),
					   "name", "a name that no other host has");
		nfhad_document_leave(doc, list);
	}
	nfhad_document_leave(doc, before);
}

static void config_service_check(struct nfhad_document *doc,
				 const yaml_node_t *node,
				 const struct nfhad_config *config, size_t s)
{
	size_t i;

	if (NAME_FIND(config->service, s, config->service[s].name) < s)
		nfhad_config_wrong(doc, node, "name",
				   "a name that no other service has");
	for (i = 0; i < config->service[s].instances; i++)
		if (!host_is_good(config, config->service[s].instance[i].host))
			nfhad_config_wrong_instance(doc, node, i, "host",
						    "the name of one of the hosts, or nothing without hosts");
}

static void config_check(struct nfhad_document *doc, const yaml_node_t *map,
			 const void *object)
{
	const struct nfhad_config *config = object;
	size_t s, before;

	hosts_check(doc, map, config);
	before = nfhad_document_enter_key(doc, "services");

	for (s = 0; s < config->services; s++) {
		size_t list = nfhad_document_enter_index(doc, s);

		config_service_check(doc, nfhad_config_element(doc, map, "services", s),
				     config, s);
		nfhad_document_leave(doc, list);
	}
	nfhad_document_leave(doc, before);
}

static const struct nfhad_fields config_fields = {
	.field = config_field,
	.size = sizeof(struct nfhad_config),
	.check = config_check,
};

static int config_read(struct nfhad_document *doc, struct nfhad_config *config)
{
	static const yaml_mark_t beginning;
	yaml_node_t *root = yaml_document_get_root_node(&doc->yaml);

	if (!root) {
		nfhad_document_wrong(doc, &beginning, NULL, "a map, got nothing");
		return -EINVAL;
	}
	nfhad_fields_read(&config_fields, doc, root, config);
	if (!doc->errors && !doc->no_memory)
		nfhad_config_make(doc, root, config);
	if (doc->errors)
		return -EINVAL;
	return doc->no_memory ? -ENOMEM : 0;
}

int nfhad_config_load(const char *path, struct nfhad_config **out)
{
	struct nfhad_config *config;
	struct nfhad_document doc;
	int ret;

	config = calloc(1, sizeof(*config));
	if (!config)
		return -ENOMEM;
	ret = nfhad_document_open(&doc, path);
	if (!ret)
		ret = config_read(&doc, config);
	nfhad_document_close(&doc);
	if (ret) {
		nfhad_config_free(config);
		return ret;
	}
	*out = config;
	return 0;
}

struct nfhad_config *nfhad_config_get(struct nfhad_config *config)
{
	config->users++;
	return config;
}

void nfhad_config_free(struct nfhad_config *config)
{
	if (!config || config->users--)
		return;
	nfhad_config_unmake(config);
	nfhad_fields_free(&config_fields, config);
	free(config);
}

bool nfhad_config_same_service(const struct nfhad_service_config *a,
			       const struct nfhad_service_config *b)
{
	return nfhad_fields_same(&service_fields, a, b) &&
	       nfhad_config_same_made(a, b);
}

bool nfhad_config_same_hosts(const struct nfhad_config *a,
			     const struct nfhad_config *b)
{
	size_t i;

	if (a->hosts != b->hosts)
		return false;
	for (i = 0; i < a->hosts; i++)
		if (!nfhad_fields_same(&nfhad_host_fields, &a->host[i], &b->host[i]))
			return false;
	return true;
}
