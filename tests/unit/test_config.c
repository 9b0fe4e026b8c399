// SPDX-License-Identifier: GPL-2.0-or-later
/* Configurations: good ones, and each way to get one wrong. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../daemon/nfhad/config.c"
#include "../../daemon/nfhad/config_daemon.c"
#include "../../daemon/nfhad/config_instance.c"
#include "../../daemon/nfhad/config_scale.c"
#include "../../daemon/nfhad/config_template.c"
#include "config_load.h"
#include "config_text.h"
#include "source.h"
#include "unit.h"

#define ONE "services: [{name: fw, driver: conntrack, instances: [" \
	"{name: A, role: active, netns: vA}]}]\n"

START_TEST(defaults)
{
	struct nfhad_config *config = good(ONE);
	struct nfhad_service_config *service = config->service;

	ck_assert_str_eq(config->store.directory, "/var/lib/nfhad");
	ck_assert_int_eq(config->store.sync, NFHAD_SYNC_FULL);
	ck_assert_uint_eq(config->store.keep, 2);
	ck_assert_uint_eq(config->store.bytes_max, 0);
	ck_assert_str_eq(config->criu, "/usr/sbin/criu");
	ck_assert_uint_eq(config->dead_man_ms, 5000);
	ck_assert_int_eq(config->dead_man, NFHAD_DEAD_MAN_RELEASE);
	ck_assert_str_eq(config->api.socket, "/run/nfhad.socket");
	ck_assert_ptr_null(config->api.group);
	ck_assert_ptr_null(config->http.address);
	ck_assert_uint_eq(config->services, 1);
	ck_assert_int_eq(service->driver, NFHAD_DRIVER_CONNTRACK);
	ck_assert_int_eq(service->scheme, NFHAD_SCHEME_COLD);
	ck_assert_uint_eq(service->interval_ms, 100);
	ck_assert_uint_eq(service->drain_us, 2000);
	ck_assert_uint_eq(service->timeout_ms, 10000);
	ck_assert_uint_eq(service->stall_ms, 0);
	ck_assert_uint_eq(service->checks, 0);
	ck_assert_ptr_null(service->save);
	ck_assert_ptr_null(service->instance->command);
	ck_assert(!service->instance->mount_namespace);
	ck_assert_ptr_null(service->instance->bind_mounts);
	nfhad_config_free(config);
}

START_TEST(all_values)
{
	struct nfhad_config *config =
		good("store: {directory: /s, sync: none, keep: 7, max-bytes: 3G}\n"
		     "criu: /opt/criu\n"
		     "dead-man: {time: 0, policy: hold}\n"
		     "services:\n"
		     "- {name: a, driver: exec, save: [/s, 'x y'], restore: [/r],\n"
		     "   scheme: standby, fresh: 3, interval: 2s, drain: 300us,\n"
		     "   timeout: 1m, stall: 2s, checks: [\n"
		     "   {kind: tcp, address: '2001:db8::1', port: 80, netns: n,\n"
		     "    interval: 20ms, timeout: 10ms, failures: 5, successes: 6},\n"
		     "   {kind: exec, command: [/c]}], instances: [\n"
		     "   {name: A, role: active, netns: nA, command: [/v, -x],\n"
		     "    directory: /d, output: /o, mount-namespace: true,\n"
		     "    bind-mounts: [/run, /dev/net, /tmpfs]},\n"
		     "   {name: B, role: backup, netns: nB}]}\n");
	struct nfhad_service_config *service = config->service;
	struct nfhad_check_config *check = service->check;

	ck_assert_str_eq(config->store.directory, "/s");
	ck_assert_int_eq(config->store.sync, NFHAD_SYNC_NONE);
	ck_assert_uint_eq(config->store.keep, 7);
	ck_assert_uint_eq(config->store.bytes_max, 3ull << 30);
	ck_assert_str_eq(config->criu, "/opt/criu");
	ck_assert_uint_eq(config->dead_man_ms, 0);
	ck_assert_int_eq(config->dead_man, NFHAD_DEAD_MAN_HOLD);
	ck_assert_str_eq(service->save[1], "x y");
	ck_assert_ptr_null(service->save[2]);
	ck_assert_str_eq(service->restore[0], "/r");
	ck_assert_int_eq(service->scheme, NFHAD_SCHEME_STANDBY);
	ck_assert_uint_eq(service->fresh, 3);
	ck_assert_uint_eq(service->interval_ms, 2000);
	ck_assert_uint_eq(service->drain_us, 300);
	ck_assert_uint_eq(service->timeout_ms, 60000);
	ck_assert_uint_eq(service->stall_ms, 2000);
	ck_assert_uint_eq(service->checks, 2);
	ck_assert_int_eq(check->kind, NFHAD_CHECK_TCP);
	ck_assert_str_eq(check->address, "2001:db8::1");
	ck_assert_uint_eq(check->port, 80);
	ck_assert_str_eq(check->netns, "n");
	ck_assert_uint_eq(check->interval_ms, 20);
	ck_assert_uint_eq(check->timeout_ms, 10);
	ck_assert_uint_eq(check->failures, 5);
	ck_assert_uint_eq(check->successes, 6);
	ck_assert_str_eq(check[1].command[0], "/c");
	ck_assert_uint_eq(service->instances, 2);
	ck_assert_str_eq(service->instance[0].command[1], "-x");
	ck_assert_str_eq(service->instance[0].directory, "/d");
	ck_assert_str_eq(service->instance[0].output, "/o");
	ck_assert(service->instance[0].mount_namespace);
	ck_assert_str_eq(service->instance[0].bind_mounts[0], "/run");
	ck_assert_str_eq(service->instance[0].bind_mounts[2], "/tmpfs");
	ck_assert_ptr_null(service->instance[0].bind_mounts[3]);
	ck_assert_int_eq(service->instance[1].role, NFHAD_ROLE_BACKUP);
	nfhad_config_free(config);
}

static const struct nfhad_field *const tables[] = {
	config_field, store_field, dead_man_field, api_field, http_field,
	host_field, address_field,
	service_field, check_field, instance_field, scale_field, limits_field,
	upstream_field, steering_field, own_field, template_field, port_field, route_field,
	neighbour_field, group_field,
};

START_TEST(each_key_has_a_wrong_value)
{
	const struct nfhad_field *field;
	size_t t, v;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (field = tables[t]; field->key; field++) {
			for (v = 0; v < ARRAY_SIZE(values); v++)
				if (values[v].table == tables[t] &&
				    !strcmp(values[v].key, field->key))
					break;
			ck_assert_msg(v < ARRAY_SIZE(values), "%s", field->key);
		}
}

START_TEST(wrong_values)
{
	char text[2048], line[128];
	size_t v;

	for (v = 0; v < ARRAY_SIZE(values); v++) {
		const struct value *value = &values[v];
		const char *const parts[] = { line, value->key, ": expected ",
					      ", got ", NULL };

		text_of_value(text, sizeof(text), value, value->wrong);
		snprintf(line, sizeof(line), "%s:%zu: ", config_file,
			 line_of(text, value->key));
		bad(text, strlen(text), parts);
	}
}

/* What differs in one key is not the same, and what does not, is. */
START_TEST(same_services)
{
	static const struct value none = { .table = NULL };
	static const struct value scale = { .table = scale_field,
					    .key = "interval" };
	struct nfhad_config *config, *other, *again;
	char text[2048];
	size_t v;

	for (v = 0; v < ARRAY_SIZE(values); v++) {
		const struct value *value = &values[v];
		bool outside = value->table == config_field ||
			       top_of(value->table);

		if (!value->other || !strcmp(value->other, "criu"))
			continue;
		text_of_value(text, sizeof(text),
			      is_scaled(value) ? &scale : &none, "1s");
		config = good(text);
		text_of_value(text, sizeof(text), value, value->other);
		other = good(text);
		again = good(text);
		ck_assert_msg(nfhad_config_same_service(config->service,
							other->service) ==
			      outside, "%s", value->key);
		ck_assert(nfhad_config_same_service(other->service,
						    again->service));
		nfhad_config_free(config);
		nfhad_config_free(other);
		nfhad_config_free(again);
	}
}

START_TEST(bind_mounts)
{
	static const char *const own[] = {
		"/", "/dev", "/tmp", "/tmp/x", "/proc", "/proc/sys", "/dev/",
		"//proc", "/x/../proc", "/dev/."
	};
	const char *const parts[] = {
		":3: services[0].instances[0].bind-mounts: expected no path of /tmp",
		NULL
	};
	struct nfhad_config *config, *other;
	char text[1024];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own); i++) {
		snprintf(text, sizeof(text),
			 TENANT_OF("mount-namespace: true, bind-mounts: [/run, %s]"),
			 own[i]);
		bad(text, strlen(text), parts);
	}
	BAD(TENANT_OF("bind-mounts: [/run]"),
	    ":3: services[0].instances[0].bind-mounts: expected a value only with mount-namespace");
	config = good(TENANT_OF("mount-namespace: true, bind-mounts: [/run]"));
	other = good(TENANT_OF("mount-namespace: true, bind-mounts: [/run, /srv]"));
	ck_assert(!nfhad_config_same_service(config->service, other->service));
	nfhad_config_free(other);
	other = good(TENANT_OF("mount-namespace: true"));
	ck_assert(!nfhad_config_same_service(config->service, other->service));
	nfhad_config_free(other);
	nfhad_config_free(config);
}

START_TEST(too_many_bind_mounts)
{
	const char *const parts[] = {
		"bind-mounts: expected a list of 1 to 64 absolute paths, got ",
		NULL
	};
	char text[1024], list[512];
	size_t i;

	for (i = 0; i < 65; i++)
		memcpy(list + 4 * i, "/a, ", 5);
	snprintf(text, sizeof(text),
		 TENANT_OF("mount-namespace: true, bind-mounts: [%s]"), list + 4);
	nfhad_config_free(good(text));
	snprintf(text, sizeof(text),
		 TENANT_OF("mount-namespace: true, bind-mounts: [%s]"), list);
	bad(text, strlen(text), parts);
}

START_TEST(keys_that_do_not_fit)
{
	BAD(SERVICE_OF("driver: exec", A), ":2: services[0].save: expected ",
	    ":2: services[0].restore: expected ");
	BAD(SERVICE_OF("driver: criu, save: [/s]", A), "services[0].save: ",
	    "only with driver exec, got one");
	BAD(SERVICE_OF("driver: exec, save: [/s], restore: [/r], ruleset: /r", A),
	    "services[0].ruleset: ");
	BAD(SERVICE_OF("driver: conntrack, fresh: 2", A), "services[0].fresh: ");
	BAD(SERVICE_OF("driver: criu, addresses: [{address: 10.0.0.1/8, device: d}]", A),
	    "addresses: expected a value only with driver conntrack or exec");
	BAD(SERVICE_OF("driver: conntrack, scale: {interval: 1s}, "
		       "addresses: [{address: 10.0.0.1/8, device: d}]", A),
	    ":2: services[0].scale: expected a value only with no addresses, ");
	BAD(SERVICE_OF("driver: conntrack, scheme: active-active", A),
	    ":2: services[0].scheme: expected cold or standby, or driver none, got active-active");
	BAD(SERVICE_OF("driver: conntrack, scheme: standby", A),
	    ":3: services[0].instances: expected one with role backup");
	BAD(SERVICE_OF("driver: conntrack", B),
	    ":3: services[0].instances: expected one with role active");
	BAD(SERVICE_OF("driver: criu", A),
	    ":3: services[0].instances[0].command: ");
	BAD(SERVICE_OF("driver: conntrack",
		       A ", {name: B, role: backup, netns: vB, pidfile: /p}"),
	    ":3: services[0].instances[1].pidfile: ");
	BAD(SERVICE_OF("driver: criu",
		       "{name: A, role: active, netns: v, pidfile: /p, output: /o}"),
	    "instances[0].output: expected a value only with command");
	BAD(SERVICE_OF("driver: criu",
		       "{name: A, role: active, netns: v, pidfile: /p, command: [/c]}"),
	    "instances[0].pidfile: expected either");
	BAD(SERVICE_OF("driver: conntrack", A ", " A),
	    ":3: services[0].instances[1].name: ");
	BAD(SERVICE_OF("driver: conntrack",
		       A ", {name: B, role: backup, netns: vA}"),
	    ":3: services[0].instances[1].netns: ");
	BAD(SERVICE_OF("driver: conntrack", A)
	    "- {name: a, driver: conntrack, instances: [{name: A, role: active, netns: n}]}\n",
	    ":4: services[1].name: ");
	BAD(CHECK_OF("kind: tcp, address: 192.0.2.1"), "services[0].checks[0].port: ");
	BAD(CHECK_OF("kind: tcp, port: 1"), "services[0].checks[0].address: ");
	BAD(CHECK_OF("kind: icmp, address: 192.0.2.1, port: 1"), "checks[0].port: ");
	BAD(CHECK_OF("kind: exec"), "services[0].checks[0].command: ");
	BAD(CHECK_OF("kind: exec, command: [/c], address: 192.0.2.1"), "[0].address: ");
}

/* Which name it is, and its own line. */
START_TEST(names_that_are_there_already)
{
	BAD("hosts:\n- {name: s1}\n- {name: s1}\n" ONE,
	    ":3: hosts[1].name: expected a name that no other host has, got \"s1\"\n");
	BAD(SERVICE_OF("driver: conntrack",
		       "{name: A, role: active, netns: a}, {name: A, role: backup, netns: b}"),
	    "instances[1].name: expected a name that no other instance of the service has, got \"A\"\n");
	BAD(SERVICE_OF("driver: conntrack",
		       "{name: A, role: active, netns: a}, {name: B, role: backup, netns: a}"),
	    "instances[1].netns: expected a namespace that no other instance has, got \"a\" again\n");
	BAD(SERVICE_OF("driver: conntrack", "{name: A, role: active, netns: a, template: t}"),
	    "template: expected the name of one of the templates, got \"t\"\n");
	BAD("services:\n-\n  name: db\n  driver: conntrack\n"
	    "  instances: [{name: A, role: active, netns: a}, {name: B, role: backup, netns: b}]\n"
	    "- {name: db, driver: conntrack, instances: [{name: A, role: active, netns: c}, {name: B, role: backup, netns: d}]}\n",
	    ":6: services[1].name: expected a name that no other service has, got \"db\"\n");
}

START_TEST(keys)
{
	BAD("", ":1: file: expected a map, got nothing");
	BAD("[]", ":1: file: expected a map, got a list");
	BAD("criu: /c\n", ":1: services: expected ", ", got nothing");
	BAD("# one\nservcies: []\n" ONE,
	    ":2: servcies: unknown key; did you mean \"services\"?\n");
	BAD("criu: /c\n" ONE "criu: /c\n",
	    ":3: criu: expected it once, got it again (first in line 1)");
	BAD("? [a]\n: b\n" ONE,
	    ":1: key: unknown key; expected one of store, criu, dead-man, api, http, cgroup, templates, hosts, services\n");
	BAD("\"\": 1\n" ONE, ":1: key: unknown key; expected one of store, ");
	BAD(SERVICE_OF("driver: conntrack", "A, {}"),
	    ":3: services[0].instances[0]: expected a map, got \"A\"",
	    ":3: services[0].instances[1].name: expected ",
	    ":3: services[0].instances[1].role: expected ");
	BAD(SERVICE_OF("driver: conntrack", "{name: A, role: active}"),
	    ":3: services[0].instances[0].netns: expected a value with neither a template nor a pidfile, got nothing\n");
	BAD("store: {keep: x}\ncriu: x\n" ONE, ":1: store.keep: ", ":2: criu: ");
}

/* In a list, what is wrong is one of it; and a word that is quoted is a word. */
START_TEST(elements)
{
	struct nfhad_config *config;

	BAD(TENANT_OF("mount-namespace: true, bind-mounts: [/a, b, /c, ~]"),
	    ":3: services[0].instances[0].bind-mounts[1]: expected an absolute path, got \"b\"\n",
	    ":3: services[0].instances[0].bind-mounts[3]: expected an absolute path, got nothing\n");
	BAD(SERVICE_OF("driver: exec, save: [save, -x], restore: [/r, [x]]", A),
	    ":2: services[0].save[0]: expected an absolute path, got \"save\"\n",
	    ":2: services[0].restore[1]: expected a string of at most 4096 bytes, got a list of 1\n");
	config = good(SERVICE_OF("driver: exec, save: [/s, \"~\", '', 'null'], restore: [/r, 5]",
				 A));
	ck_assert_str_eq(config->service->save[1], "~");
	ck_assert_str_eq(config->service->save[2], "");
	ck_assert_str_eq(config->service->save[3], "null");
	ck_assert_ptr_null(config->service->save[4]);
	ck_assert_str_eq(config->service->restore[1], "5");
	nfhad_config_free(config);
}

/* A slip of the fingers is told from a word of another's. */
START_TEST(keys_that_are_meant)
{
	BAD(SERVICE_OF("driver: conntrack, chekcs: []", A),
	    ":2: services[0].chekcs: unknown key; did you mean \"checks\"?\n");
	BAD(SERVICE_OF("driver: criu", "{name: A, role: active, netn: v}"),
	    ":3: services[0].instances[0].netn: unknown key; did you mean \"netns\"?\n");
	BAD(CHECK_OF("kind: icmp, address: 192.0.2.1, failure: 3"),
	    "services[0].checks[0].failure: unknown key; did you mean \"failures\"?\n");
	BAD("store: {dir: /s}\n" ONE,
	    ":1: store.dir: unknown key; expected one of directory, sync, keep, max-bytes\n");
	BAD("store: {kep: 1, kp: 1, ke: 1}\n" ONE,
	    "store.kep: unknown key; did you mean \"keep\"?\n",
	    "store.kp: unknown key; expected one of ",
	    "store.ke: unknown key; expected one of ");
	BAD("Services: []\n" ONE,
	    ":1: Services: unknown key; did you mean \"services\"?\n");
}

START_TEST(the_example)
{
	struct nfhad_config *config = NULL;
	char *log;
	int ret;

	log = load(source_path("Documentation/examples/nfhad.yaml"), &config, &ret);
	ck_assert_msg(!ret && !*log, "%s", log);
	ck_assert_uint_eq(config->services, 5);
	nfhad_config_free(config);
	free(log);
}

/* The lines from @first to one that begins with @last, without so much in front. */
static void part_check(const char *from, const char *first, const char *last,
		       size_t indent)
{
	char *text = source_read(from), part[4096] = "";
	char *line = strstr(text, first);
	size_t n;

	ck_assert_ptr_nonnull(line);
	for (; strncmp(line, last, strlen(last)) != 0; line += n) {
		ck_assert_int_ne(*line, 0);
		n = strcspn(line, "\n") + 1;
		if (n > indent)
			snprintf(part + strlen(part), sizeof(part) - strlen(part),
				 "%.*s", (int)(n - indent), line + indent);
		ck_assert_uint_lt(strlen(part), sizeof(part) - 1);
	}
	nfhad_config_free(good(part));
	free(text);
}

START_TEST(the_documents)
{
	part_check("README.md", "    store: {directory:", "    nfhad ", 4);
	part_check("Documentation/man/nfhad.yaml.5", "services:\n  - name: fw\n",
		   ".Ed\n", 0);
	part_check("Documentation/man/nfhad.yaml.5",
		   "services:\n  - name: proxy\n", ".Ed\n", 0);
}

/* Each item of the sections of keys is one. */
static void manual_has_no_more(const char *text)
{
	const struct nfhad_field *field;
	const char *at, *end = strstr(text, "\n.Sh MOUNT NAMESPACES\n");
	size_t t, n, found = 0;

	for (at = text; (at = strstr(at, "\n.It Cm ")) && at < end; at++) {
		bool known = false;

		at += strlen("\n.It Cm ");
		n = strcspn(at, "\n");
		for (t = 0; t < ARRAY_SIZE(tables); t++)
			for (field = tables[t]; field->key; field++)
				known |= strlen(field->key) == n &&
					 !strncmp(field->key, at, n);
		ck_assert_msg(known, "%.*s", (int)n, at);
		found++;
	}
	ck_assert_uint_gt(found, 30);
}

/* The manual has each key, each word and each default. */
START_TEST(the_manual)
{
	char *text = source_read("Documentation/man/nfhad.yaml.5"), *at, item[64];
	const struct nfhad_field *field;
	size_t t, w;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (field = tables[t]; field->key; field++) {
			snprintf(item, sizeof(item), "\n.It Cm %s\n",
				 field->key);
			at = strstr(text, item);
			ck_assert_msg(at, "%s", field->key);
			if (field->preset)
				ck_assert_msg(strstr(at, field->preset), "%s: %s",
					      field->key, field->preset);
			for (w = 0; field->words && field->words[w]; w++)
				ck_assert_msg(strstr(at, field->words[w]), "%s",
					      field->words[w]);
		}
	manual_has_no_more(text);
	free(text);
}

UNIT_MAIN_FIXTURE("config", config_setup, config_teardown, defaults, all_values,
		  each_key_has_a_wrong_value, wrong_values, same_services,
		  keys_that_do_not_fit, bind_mounts,
		  too_many_bind_mounts, names_that_are_there_already, keys, elements,
		  keys_that_are_meant,
		  the_example, the_documents, the_manual)
