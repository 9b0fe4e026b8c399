/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

/* Beside the tables of config.c, which are included before. */

/* For each key of each table: a value that is wrong, and one that is not the default. */
static const struct value {
	const struct nfhad_field *table;
	const char *key;
	const char *wrong;
	const char *other;
} values[] = {
	{ store_field, "directory", "var/lib", "/s" },
	{ store_field, "sync", "maybe", "none" },
	{ store_field, "keep", "0", "3" },
	{ store_field, "keep", "1001", "4" },
	{ store_field, "max-bytes", "1K", "2M" },
	{ store_field, "max-bytes", "5T", "2M" },
	{ store_field, "max-bytes", "99999999999999999999", "2M" },
	{ dead_man_field, "time", "99ms", "1s" },
	{ dead_man_field, "time", "5", "1s" },
	{ dead_man_field, "time", "-1s", "1s" },
	{ dead_man_field, "policy", "Release", "hold" },
	{ config_field, "store", "[]", "{keep: 5}" },
	{ config_field, "criu", "{}", "/c" },
	{ config_field, "dead-man", "5s", "{time: 1s}" },
	{ config_field, "api", "[]", "{socket: /s}" },
	{ config_field, "http", "80", "{port: 81}" },
	{ api_field, "socket", "nfhad.socket", "/s" },
	{ api_field, "group", "a/b", "adm" },
	{ http_field, "address", "localhost", "127.0.0.1" },
	{ http_field, "port", "0", "81" },
	{ http_field, "port", "65536", "81" },
	{ config_field, "services", "[]", NULL },
	{ config_field, "services", "{}", NULL },
	{ config_field, "services", "~", NULL },
	{ config_field, "api", "/run/s", "{socket: /s}" },
	{ config_field, "http", "80", "{address: 127.0.0.1}" },
	{ config_field, "hosts", "a", NULL },
	{ host_field, "name", "a/b", NULL },
	{ host_field, "capacity", "-1", NULL },
	{ host_field, "weight", "0", NULL },
	{ host_field, "priority", "1e2", NULL },
	{ api_field, "socket", "s", "/s" },
	{ api_field, "group", "a/b", "g" },
	{ http_field, "address", "localhost", "127.0.0.1" },
	{ http_field, "port", "0", "81" },
	{ http_field, "port", "65536", "81" },
	{ service_field, "name", "a/b", "other" },
	{ service_field, "name", "~", "other" },
	{ service_field, "name", "null", "other" },
	{ service_field, "name", "\303\251", "other" },
	{ service_field, "name", "\"a\\0b\"", "other" },
	{ service_field, "driver", "crui", "criu" },
	{ service_field, "scheme", "hot", NULL },
	{ service_field, "scheme", "active_active", NULL },
	{ service_field, "anti-affinity", "hosts", "strict" },
	{ service_field, "interval", "0", "200ms" },
	{ service_field, "interval", "5", "200ms" },
	{ service_field, "interval", "1e3ms", "200ms" },
	{ service_field, "interval", "0x5s", "200ms" },
	{ service_field, "interval", "1.5s", "200ms" },
	{ service_field, "interval", "\"1s \"", "200ms" },
	{ service_field, "interval", "5S", "200ms" },
	{ service_field, "interval", "5\302\265s", "200ms" },
	{ service_field, "interval", "~", "200ms" },
	{ service_field, "interval", "1500us", "200ms" },
	{ service_field, "interval", "2h", "200ms" },
	{ service_field, "drain", "11s", "3ms" },
	{ service_field, "drain", "2 ms", "3ms" },
	{ service_field, "timeout", "1ms", "5s" },
	{ service_field, "fresh", "1001", NULL },
	{ service_field, "fresh", "1e2", NULL },
	{ service_field, "fresh", "0x10", NULL },
	{ service_field, "fresh", "+1", NULL },
	{ service_field, "fresh", "1.0", NULL },
	{ service_field, "save", "/bin/save", NULL },
	{ service_field, "save", "[save]", NULL },
	{ service_field, "save", "[]", NULL },
	{ service_field, "restore", "[/r, [x]]", NULL },
	{ service_field, "ruleset", "rules", "/r" },
	{ service_field, "stall", "5ms", "3s" },
	{ service_field, "scale", "1s", NULL },
	{ service_field, "addresses", "192.0.2.1/24",
	  "[{address: 192.0.2.1/24, device: d}]" },
	{ address_field, "address", "192.0.2.1", "2001:db8::2/64" },
	{ address_field, "address", "192.0.2.1/33", "2001:db8::2/64" },
	{ address_field, "address", "224.0.0.1/24", "2001:db8::2/64" },
	{ address_field, "address", "ff02::1/64", "2001:db8::2/64" },
	{ address_field, "address", "2001:db8::1/129", "2001:db8::2/64" },
	{ address_field, "address", "localhost/8", "2001:db8::2/64" },
	{ address_field, "device", "a/b", "eth0" },
	{ address_field, "device", "a123456789012345", "eth0" },
	{ service_field, "checks", "tcp", "[{kind: exec, command: [/c]}]" },
	{ service_field, "instances", "[]", NULL },
	{ service_field, "instances", "A", NULL },
	{ scale_field, "interval", "9ms", "2s" },
	{ scale_field, "interval", "2h", "2s" },
	{ scale_field, "max", "257", "8" },
	{ scale_field, "min", "0", "2" },
	{ scale_field, "overload", "5", "{cpu: 80}" },
	{ scale_field, "underload", "[]", "{cpu: 20}" },
	{ scale_field, "overload-for", "3", "5s" },
	{ scale_field, "underload-for", "500us", "5s" },
	{ scale_field, "hold-down", "-1s", "5s" },
	{ scale_field, "measure", "bytes", "packets" },
	{ scale_field, "policy", "Avoid", "always" },
	{ scale_field, "deadline", "2h", "60s" },
	{ scale_field, "placement", "lru", "prio" },
	{ limits_field, "packets", "1K", "100k" },
	{ limits_field, "packets", "2000G", "100k" },
	{ limits_field, "bits", "1.5G", "10G" },
	{ limits_field, "new-flows", "-1", "1000" },
	{ limits_field, "flows", "4294967296", "1000" },
	{ limits_field, "cpu", "80%", "80" },
	{ limits_field, "cpu", "100001", "80" },
	{ limits_field, "pressure", "101", "40" },
	{ limits_field, "drops", "1e3", "1" },
	{ limits_field, "latency", "5", "5ms" },
	{ scale_field, "upstream", "tor", NULL },
	{ upstream_field, "netns", "a/b", NULL },
	{ upstream_field, "service", "a/b", NULL },
	{ upstream_field, "exceptions", "hosts", NULL },
	{ check_field, "kind", "udp", NULL },
	{ check_field, "command", "[c]", NULL },
	{ check_field, "address", "localhost", "192.0.2.2" },
	{ check_field, "address", "2001:db8::x", "192.0.2.2" },
	{ check_field, "port", "0", "81" },
	{ check_field, "port", "65536", "81" },
	{ check_field, "port", "http", "81" },
	{ check_field, "netns", "a/b", "n" },
	{ check_field, "interval", "9ms", "3s" },
	{ check_field, "timeout", "9ms", "3s" },
	{ check_field, "failures", "0", "9" },
	{ check_field, "successes", "0", "9" },
	{ instance_field, "name", "a1234567890123456789012345678901", "C" },
	{ instance_field, "name", ".", "C" },
	{ instance_field, "name", "\"\"", "C" },
	{ instance_field, "role", "master", NULL },
	{ instance_field, "netns", "../v", "w" },
	{ instance_field, "netns", "..", "w" },
	{ instance_field, "netns", "~", "w" },
	{ instance_field, "netns", "null", "w" },
	{ instance_field, "command", "[vnf]", "[/w, x]" },
	{ instance_field, "command", "[/v, {a: b}]", NULL },
	{ instance_field, "command", "[/v, ~]", NULL },
	{ instance_field, "template", "a b", NULL },
	{ instance_field, "addresses", "192.0.2.1/24", NULL },
	{ instance_field, "ports", "5000", NULL },
	{ instance_field, "ports", "0-5", NULL },
	{ instance_field, "ports", "9-5", NULL },
	{ instance_field, "ports", "1-65536", NULL },
	{ instance_field, "ports", "1 - 5", NULL },
	{ instance_field, "environment", "A=b", "[A=b]" },
	{ instance_field, "environment", "[A]", "{A: b}" },
	{ instance_field, "environment", "['=b']", "{A: b}" },
	{ instance_field, "environment", "['1=b']", "{A: b}" },
	{ instance_field, "environment", "{'A=': b}", "{A: b}" },
	{ instance_field, "environment", "{A: [b]}", "{A: b}" },
	{ own_field, "left", "192.0.2.1", NULL },
	{ own_field, "left", "192.0.2.1/33", NULL },
	{ own_field, "right", "2001:db8::/129", NULL },
	{ own_field, "right", "/24", NULL },
	{ template_field, "name", "a/b", NULL },
	{ template_field, "command", "[v]", NULL },
	{ template_field, "environment", "[]", NULL },
	{ template_field, "directory", "tmp", NULL },
	{ template_field, "output", "v.log", NULL },
	{ template_field, "mount-namespace", "maybe", NULL },
	{ template_field, "bind-mounts", "[run]", NULL },
	{ template_field, "limits", "64M", NULL },
	{ template_field, "left", "v0", NULL },
	{ template_field, "right", "[]", NULL },
	{ template_field, "sysctls", "net.ipv4.ip_forward", NULL },
	{ group_field, "memory", "1K", NULL },
	{ group_field, "cpu", "50%", NULL },
	{ group_field, "cpu", "100001", NULL },
	{ group_field, "processes", "-1", NULL },
	{ port_field, "device", "\"\"", NULL },
	{ port_field, "name", "\"a\\nb\"", NULL },
	{ port_field, "mac", "'02:00:00:00:00'", NULL },
	{ port_field, "mac", "'01:00:00:00:00:01'", NULL },
	{ port_field, "mac", "'00:00:00:00:00:00'", NULL },
	{ port_field, "mac", "'02-00-00-00-00-01'", NULL },
	{ port_field, "mtu", "67", NULL },
	{ port_field, "addresses", "192.0.2.1/24", NULL },
	{ port_field, "addresses", "[192.0.2.1]", NULL },
	{ port_field, "routes", "[]", NULL },
	{ port_field, "neighbours", "{}", NULL },
	{ route_field, "to", "default", NULL },
	{ route_field, "via", "192.0.2.1/24", NULL },
	{ neighbour_field, "address", "router", NULL },
	{ neighbour_field, "mac", "'ff:ff:ff:ff:ff:ff'", NULL },
	{ config_field, "cgroup", "nfhad", "/c" },
	{ config_field, "templates", "{}", NULL },
	{ instance_field, "directory", "tmp", "/w" },
	{ instance_field, "output", "log", "/w" },
	{ instance_field, "output", "\"/a\\nb\"", "/w" },
	{ instance_field, "pidfile", "pid", NULL },
	{ instance_field, "mount-namespace", "maybe", "true" },
	{ instance_field, "mount-namespace", "yes", "true" },
	{ instance_field, "mount-namespace", "True", "true" },
	{ instance_field, "mount-namespace", "1", "true" },
	{ instance_field, "weight", "0", "7" },
	{ instance_field, "priority", "65536", "7" },
	{ instance_field, "upstream", "a b", "S" },
	{ instance_field, "steering", "S", NULL },
	{ steering_field, "netns", "a/b", NULL },
	{ steering_field, "service", "a b", NULL },
	{ instance_field, "host", "a b", NULL },
	{ instance_field, "bind-mounts", "/run", NULL },
	{ instance_field, "bind-mounts", "[]", NULL },
	{ instance_field, "bind-mounts", "[/run, run]", NULL },
	{ instance_field, "bind-mounts", "[/run, {a: b}]", NULL },
};

/* What a map needs besides. */
static const char *const nothing[][2] = { { NULL, NULL } };
static const char *const of_service[][2] = {
	{ "name", "fw" }, { "driver", "conntrack" }, { NULL, NULL },
};

static const char *const of_scaled[][2] = {
	{ "name", "fw" }, { "driver", "none" }, { NULL, NULL },
};

static const char *const of_scale[][2] = {
	{ "interval", "1s" }, { NULL, NULL },
};

static const char *const of_host[][2] = {
	{ "name", "h" }, { NULL, NULL },
};

static const char *const of_address[][2] = {
	{ "address", "192.0.2.1/24" }, { "device", "d" }, { NULL, NULL },
};

static const char *const of_steering[][2] = {
	{ "netns", "t" }, { "service", "s" }, { NULL, NULL },
};

static const char *const of_check[][2] = {
	{ "kind", "tcp" }, { "address", "192.0.2.1" }, { "port", "80" },
	{ NULL, NULL },
};

static const char *const of_instance[][2] = {
	{ "name", "A" }, { "role", "active" }, { "netns", "v" },
	{ "command", "[/v]" }, { NULL, NULL },
};

/* Services with more than that. */
#define SERVICE_OF(more, instances) \
	"services:\n- {name: a, " more ",\n   instances: [" instances "]}\n"
#define A "{name: A, role: active, netns: vA}"
#define B "{name: B, role: backup, netns: vB}"
#define CHECK_OF(check) SERVICE_OF("driver: conntrack, checks: [{" check "}]", A)

#define TENANT_OF(more) \
	SERVICE_OF("driver: criu", "{name: A, role: active, netns: v, command: [/c], " more "}")

#endif /* CONFIG_VALUES_H */
