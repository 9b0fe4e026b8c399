// SPDX-License-Identifier: GPL-2.0-or-later
/* Templates: what instances become by them, and what is wrong with them. */

#include <stdio.h>
#include <string.h>

#include "config_load.h"
#include "config_made.h"
#include "unit.h"
#include "words.h"

/* A template in line 1 and a service whose instances are in line 3. */
#define MADE_BY(template, more, instances)				\
	"templates: [{name: t, " template "}]\n"			\
	"services:\n- {name: fw, " more ", instances: [" instances "]}\n"
#define MADE(template, instances)					\
	MADE_BY(template, "driver: none", instances)
#define LEFT "left: {device: 'v${instance}l', addresses: [192.0.2.10/24]}"
#define A "{name: A, role: active, template: t}"
#define B "{name: B, role: spare, template: t}"

START_TEST(all_values)
{
	struct nfhad_config *config =
		good("cgroup: /box\n"
		     "templates:\n"
		     "- name: t\n"
		     "  command: [/vnf, '--id=${service}/${instance}', '$${HOME} $$ $x',\n"
		     "            '${left.address}-${right.address}', '${netns}']\n"
		     "  environment: {RANGE: '${ports.first}:${ports.last}', FIX: 'a=b'}\n"
		     "  directory: /srv/${instance}\n"
		     "  output: /var/log/${service}-${instance}.log\n"
		     "  mount-namespace: true\n"
		     "  bind-mounts: [/srv]\n"
		     "  limits: {memory: 64M, cpu: 150, processes: 9}\n"
		     "  left: {device: 'v${instance}l', name: eth0, mac: '02:00:00:00:00:0a',\n"
		     "         mtu: 9000, addresses: [192.0.2.10/24, '2001:db8::1/64'],\n"
		     "         routes: [{via: 192.0.2.1}, {to: 10.0.0.0/8, via: 192.0.2.2}],\n"
		     "         neighbours: [{address: 192.0.2.1, mac: '02:00:00:00:00:0b'}]}\n"
		     "  right: {device: 'v${instance}r'}\n"
		     "  sysctls: [net.ipv4.ip_forward=1]\n"
		     "services:\n"
		     "- {name: fw, driver: none, instances: [\n"
		     "   {name: A, role: active, template: t, ports: 1-10,\n"
		     "    addresses: {right: 198.51.100.7/24}, environment: [FIX=own]},\n"
		     "   {name: B, role: spare, template: t, netns: x, ports: 11-20,\n"
		     "    addresses: {right: 198.51.100.8/24}, command: [/other, '${x}']}]}\n");
	struct nfhad_instance_config *i = config->service->instance;
	static const char *const environment[] = {
		"NFHA_SERVICE=fw", "NFHA_LEFT_ADDRESS=192.0.2.10",
		"NFHA_RIGHT_ADDRESS=198.51.100.7", "NFHA_PORT_FIRST=1",
		"NFHA_PORT_LAST=10", "RANGE=1:10", "FIX=own",
	};
	size_t n;

	ck_assert_str_eq(i->netns, "fw-A");
	ck_assert_str_eq(i->command[1], "--id=fw/A");
	ck_assert_str_eq(i->command[2], "${HOME} $$ $x");
	ck_assert_str_eq(i->command[3], "192.0.2.10-198.51.100.7");
	ck_assert_str_eq(i->command[4], "fw-A");
	ck_assert_ptr_null(i->command[5]);
	for (n = 0; n < ARRAY_SIZE(environment); n++)
		ck_assert_str_eq(i->environment[n], environment[n]);
	ck_assert_ptr_null(i->environment[n]);
	ck_assert_str_eq(i->directory, "/srv/A");
	ck_assert_str_eq(i->output, "/var/log/fw-A.log");
	ck_assert(i->mount_namespace);
	ck_assert_str_eq(i->bind_mounts[0], "/srv");
	ck_assert_str_eq(i->made->mark, "nfhad fw/A");
	ck_assert_str_eq(i->made->group, "/box/fw@A");
	ck_assert_str_eq(i->made->device[NFHAD_SIDE_LEFT], "vAl");
	ck_assert_str_eq(i->made->device[NFHAD_SIDE_RIGHT], "vAr");
	ck_assert_uint_eq(i->made->template->port[0].mtu, 9000);
	ck_assert_uint_eq(i->made->template->port[0].routes, 2);
	ck_assert_uint_eq(i->made->template->limits.memory, 64 << 20);
	i++;
	ck_assert_str_eq(i->netns, "x");
	ck_assert_str_eq(i->command[1], "${x}");
	ck_assert(!i->mount_namespace);
	ck_assert_str_eq(i->environment[6], "FIX=a=b");
	nfhad_config_free(config);
}

/* Without a template a VNF is told who it is, too. */
START_TEST(without_a_template)
{
	struct nfhad_config *config =
		good("services:\n- {name: fw, driver: none, instances: [\n"
		     " {name: A, role: active, netns: v, command: [/v, '${x}'], environment: {A: 1}},\n"
		     " {name: B, role: active, pidfile: /p}]}\n");
	struct nfhad_instance_config *i = config->service->instance;

	ck_assert_ptr_null(i->made);
	ck_assert_str_eq(i->command[1], "${x}");
	ck_assert_str_eq(i->environment[0], "NFHA_SERVICE=fw");
	ck_assert_str_eq(i->environment[1], "A=1");
	ck_assert(!nfhad_config_is_attached(i));
	i++;
	ck_assert_str_eq(i->netns, "nfhad@fw@B");
	ck_assert(nfhad_config_is_attached(i));
	nfhad_config_free(config);
}

START_TEST(wrong_templates)
{
	BAD(MADE("command: [/v, '${instence}']", A),
	    ":1: templates[0].command: expected one of the words service, instance, netns, left.address, right.address, ports.first, ports.last, got \"instence\"\n");
	BAD(MADE("command: [/v], output: '/v${'", A),
	    ":1: templates[0].output: expected a } after ${, got \"\"\n");
	BAD(MADE("command: [/v], environment: {A: '${a}'}", A),
	    ":1: templates[0].environment: expected one of the words ");
	BAD(MADE("command: [/v], directory: '/${}'", A), "templates[0].directory: ");
	BAD(MADE("left: {device: 'v${left.address}'}", A),
	    ":1: templates[0].left.device: expected one of the words service, instance, got \"left.address\"\n");
	BAD(MADE("left: {device: '${netns}'}", A), "left.device: expected one of");
	BAD(MADE("left: {device: v, name: a/b}", A), "left.name: expected 1 to 15");
	BAD(MADE("left: {device: v, name: lo}", A),
	    ":1: templates[0].left.name: expected 1 to 15");
	BAD(MADE("left: {device: v, name: all}", A), "and not lo, all or default");
	BAD(MADE("left: {device: v, name: default}", A), "left.name: expected 1 to 15");
	BAD(MADE("right: {device: v}", A), "templates[0].left: expected a value with right");
	BAD(MADE("left: {device: a, name: x}, right: {device: b, name: x}", A),
	    "templates[0].right: expected another name than that of left");
	BAD(MADE("left: {device: a, routes: [{}]}", A), "routes[0].to: expected it or via");
	BAD(MADE("left: {device: a, routes: [{to: 10.0.0.0/8, via: '::1'}]}", A),
	    "routes[0].via: expected an address of the same family");
	BAD(MADE("limits: {cpu: 5}", A), "templates[0].limits: expected a value only with command");
	BAD(MADE("sysctls: [kernel.panic=1]", A), "sysctls: expected settings below net");
	BAD(MADE("sysctls: [net/../kernel=1]", A), "sysctls");
	BAD("templates: [{name: t}, {name: t}]\n"
	    "services: [{name: fw, driver: none, instances: [" A "]}]\n",
	    "templates[1].name: expected a name that no other template has");
}

START_TEST(wrong_instances)
{
	BAD(MADE(LEFT, "{name: A, role: active, template: u}"),
	    ":3: services[0].instances[0].template: expected the name of one of the templates");
	BAD(MADE("command: [/v, '${ports.first}']", A),
	    ":3: services[0].instances[0].ports: expected a value for ${ports.first} of its template, got nothing\n");
	BAD(MADE("command: [/v, '${left.address}']", A),
	    ":3: services[0].instances[0].addresses: expected a value for ${left.address}");
	BAD(MADE("command: [/v]", "{name: A, role: active, template: t,"
		 " addresses: {left: 192.0.2.1/24}}"),
	    "instances[0].addresses: expected none on a side on which its template has no port");
	BAD(MADE("left: {device: 'a-${service}-${instance}-long-device'}", A),
	    ":3: services[0].instances[0].template: expected one that makes names of devices of 1 to 15");
	BAD(MADE("left: {device: lo}", A),
	    "template: expected one that makes names of devices of 1 to 15");
	BAD(MADE("left: {device: left}", A),
	    "instances[0].template: expected one whose devices have another name");
	BAD(MADE("left: {device: v0}", A ", " B),
	    ":3: services[0].instances[1].template: expected one that makes devices that no other instance has");
	BAD(MADE("left: {device: v0}, right: {device: v0}", A),
	    "expected one that makes two devices");
	BAD(MADE("command: [/v]", "{name: A, role: active, template: t, ports: 1-10},"
		 "{name: B, role: spare, template: t, ports: 10-11}"),
	    ":3: services[0].instances[1].ports: expected ports that no other instance of the service has");
	BAD(MADE(LEFT, "{name: A, role: active, template: t, addresses: {left: 192.0.2.1/24}},"
		 "{name: B, role: spare, template: t, addresses: {left: 192.0.2.1/24}}"),
	    "instances[1].addresses: expected addresses that no other instance");
	BAD(MADE(LEFT, "{name: A, role: active, template: t, netns: fw-B}, " B),
	    "instances[1].netns: expected a namespace that no other instance has");
	BAD(MADE("command: [/v], environment: {NFHA_X: 1}", A),
	    "instances[0].environment: expected names that do not begin with NFHA_");
	BAD(MADE("command: [/v], environment: {a.b: 1}", A),
	    "environment: expected names of letters");
	BAD(MADE("command: [/v]", "{name: A, role: active, template: t, pidfile: /p}"),
	    "instances[0].pidfile: expected either template or pidfile");
	BAD(MADE("command: [/v]", "{name: A, role: active, netns: v, ports: 1-2}"),
	    "instances[0].ports: expected a value only with template");
	BAD(MADE_BY("command: [/v], limits: {cpu: 5}", "driver: criu", A),
	    "instances[0].template: expected one without limits with driver criu");
	BAD(MADE_BY("command: [/v], limits: {cpu: 5}",
		    "driver: exec, save: [/s], restore: [/r]", A),
	    "instances[0].template: expected one without limits with driver exec");
	BAD(MADE_BY(LEFT, "driver: criu", A),
	    "instances[0].template: expected one with a command with driver criu");
}

/* The words of a template may make paths that nobody would be allowed to write. */
START_TEST(bind_mounts)
{
#define BIND(paths) "command: [/v], mount-namespace: true, bind-mounts: [" paths "]"
	struct nfhad_config *config = good(MADE(BIND("'/srv/${service}/${instance}', /x"), A));

	ck_assert_str_eq(config->service->instance->bind_mounts[0], "/srv/fw/A");
	ck_assert_str_eq(config->service->instance->bind_mounts[1], "/x");
	ck_assert_ptr_null(config->service->instance->bind_mounts[2]);
	nfhad_config_free(config);
	BAD(MADE(BIND("'/srv/${name}'"), A),
	    ":1: templates[0].bind-mounts: expected one of the words service, ");
	BAD(MADE(BIND("'/${instance}'"), "{name: proc, role: active, template: t}"),
	    ":3: services[0].instances[0].bind-mounts: expected no path of /tmp or /proc");
	BAD(MADE(BIND("'/${instance}/x'"), A ", {name: tmp, role: spare, template: t}"),
	    ":3: services[0].instances[1].bind-mounts: expected no path of /tmp");
}

/* Neither would say which of the two counts. */
START_TEST(names_twice)
{
	BAD(MADE("command: [/v], environment: [A=b,\n  B=c, A=d]", A),
	    ":2: templates[0].environment[2]: expected each name once, got A again\n");
	BAD(MADE("command: [/v], environment: {A: b, AB: c,\n\n A: d}", A),
	    ":3: templates[0].environment[2]: expected each name once, got A again\n");
	BAD(MADE("sysctls: [net.a=1, net.a=1]", A),
	    ":1: templates[0].sysctls[1]: expected each name once, got net.a again\n");
	BAD(MADE("command: [/v]", "{name: A, role: active, template: t, environment: [X=, X=1]}"),
	    ":3: services[0].instances[0].environment[1]: expected each name once, got X again\n");
	/* What is wrong for another reason is said once. */
	BAD(MADE("command: [/v], environment: [A=b, 1, A=b]", A),
	    ":1: templates[0].environment[1]: expected");
	nfhad_config_free(good(MADE("command: [/v], environment: [A=b, AB=b], "
				    "sysctls: [net.a=1, net.ab=1]", A)));
}

/* What another template makes another instance of is another service. */
START_TEST(same)
{
	struct nfhad_config *one = good(MADE(LEFT, A)), *again = good(MADE(LEFT, A));
	struct nfhad_config *other = good(MADE(LEFT ", sysctls: [net.a=1]", A));

	ck_assert(nfhad_config_same_service(one->service, again->service));
	ck_assert(!nfhad_config_same_service(one->service, other->service));
	nfhad_config_free(one);
	nfhad_config_free(again);
	nfhad_config_free(other);
}

START_TEST(same_names)
{
	static const struct {
		const char *text;
		bool same;
	} others[] = {
		{ MADE("command: [/w], mount-namespace: true, " LEFT, A), true },
		{ MADE("command: [/v], " LEFT, "{name: A, role: active, netns: x}"), true },
		{ MADE("command: [/v], " LEFT, "{name: A, role: active, template: t, netns: x}"),
		  false },
		{ MADE("command: [/v], left: {device: 'w${instance}l'}", A), false },
		{ MADE("command: [/v], " LEFT ", right: {device: 'v${instance}r'}", A), false },
		{ MADE("command: [/v], limits: {cpu: 5}, " LEFT, A), false },
	};
	struct nfhad_config *one = good(MADE("command: [/v], " LEFT, A)), *other;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(others); n++) {
		other = good(others[n].text);
		ck_assert_msg(nfhad_config_same_names(one->service->instance,
						      other->service->instance) ==
			      others[n].same, "%zu", n);
		nfhad_config_free(other);
	}
	nfhad_config_free(one);
}

START_TEST(words)
{
	static const struct nfhad_word some[] = {
		{ "a", "${b}" }, { "b", "x" }, { "c", NULL }, { NULL, NULL },
	};
	char wrong[NFHAD_WORDS_WRONG_MAX], *value;

	ck_assert_int_eq(nfhad_words_replace("${a}${b}$${a}$", some, &value, wrong), 0);
	ck_assert_str_eq(value, "${b}x${a}$");
	free(value);
	ck_assert_int_eq(nfhad_words_replace("", some, &value, wrong), 0);
	ck_assert_str_eq(value, "");
	free(value);
	ck_assert_int_eq(nfhad_words_replace("${c}", some, &value, wrong), -ENODATA);
	ck_assert_int_eq(nfhad_words_replace("${d}", some, &value, wrong), -ENOENT);
	ck_assert_int_eq(nfhad_words_replace("${a", some, &value, wrong), -EINVAL);
	ck_assert_ptr_null(value);
}

UNIT_MAIN_FIXTURE("template", config_setup, config_teardown, all_values,
		  names_twice, bind_mounts,
		  without_a_template, wrong_templates, wrong_instances, same,
		  same_names, words)
