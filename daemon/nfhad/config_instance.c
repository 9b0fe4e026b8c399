// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configuration says of an instance. */

#include <stdint.h>
#include <string.h>

#include "config.h"
#include "config_instance.h"
#include "config_wrong.h"

const char *const nfhad_config_roles[] = {
	[NFHAD_ROLE_ACTIVE] = "active",
	[NFHAD_ROLE_BACKUP] = "backup",
	[NFHAD_ROLE_SPARE] = "spare",
	NULL,
};

#define OWN(_key, _kind, _member, ...)					\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_own_config, _member), __VA_ARGS__ }

static const struct nfhad_field own_field[] = {
	OWN("left", PREFIX, address[NFHAD_SIDE_LEFT], 0),
	OWN("right", PREFIX, address[NFHAD_SIDE_RIGHT], 0),
	{ 0 },
};

static const struct nfhad_fields own_fields = {
	.field = own_field,
	.size = sizeof(struct nfhad_own_config),
};

#define INSTANCE(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_instance_config, _member),	\
	  __VA_ARGS__ }

static const struct nfhad_field instance_field[] = {
	INSTANCE("name", NAME, name, .required = true),
	INSTANCE("role", WORD, role, .words = nfhad_config_roles, .required = true),
	INSTANCE("netns", NETNS, netns, 0),
	INSTANCE("template", NAME, template, 0),
	INSTANCE("addresses", MAP, addresses, .of = &own_fields),
	INSTANCE("ports", SPAN, ports, .min = 1, .max = UINT16_MAX),
	INSTANCE("command", COMMAND, command, 0),
	INSTANCE("environment", PAIRS, environment, .max = 64),
	INSTANCE("directory", PATH, directory, 0),
	INSTANCE("output", PATH, output, 0),
	INSTANCE("pidfile", PATH, pidfile, 0),
	INSTANCE("mount-namespace", BOOL, mount_namespace, .preset = "false"),
	INSTANCE("bind-mounts", PATHS, bind_mounts, .max = NFHAD_BINDS_MAX),
	INSTANCE("weight", NUMBER, weight, .min = 1, .max = UINT16_MAX,
		 .preset = "1"),
	INSTANCE("priority", NUMBER, priority, .max = UINT16_MAX,
		 .preset = "0"),
	INSTANCE("upstream", NAME, upstream, 0),
	INSTANCE("steering", MAP, steering, .of = &nfhad_steering_fields),
	INSTANCE("host", NAME, host, 0),
	{ 0 },
};

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) &&
	       (!path[length] || path[length] == '/');
}

/* "//", "/./", "/../" or a slash at the end is another spelling of a path. */
static bool is_plain(const char *path)
{
	size_t n;

	for (; *path; path += n) {
		n = strcspn(++path, "/");
		if (!n || (n == 1 && path[0] == '.') ||
		    (n == 2 && !strncmp(path, "..", 2)))
			return false;
	}
	return true;
}

void nfhad_config_bind_mounts(struct nfhad_document *doc, const yaml_node_t *map,
			      char *const *paths)
{
	for (; paths && *paths; paths++) {
		if (!is_below(*paths, "/tmp") && !is_below(*paths, "/proc") &&
		    strcmp(*paths, "/dev") != 0 && is_plain(*paths))
			continue;
		nfhad_config_wrong(doc, map, "bind-mounts",
				   "no path of /tmp or /proc, nor / or /dev, and none with //, . or .. in it, got one");
	}
}

static void instance_check(struct nfhad_document *doc, const yaml_node_t *map,
			   const void *object)
{
	const struct nfhad_instance_config *instance = object;
	bool launched = instance->command, templated = instance->template;
	bool either = launched || templated;

	nfhad_config_goes_with(doc, map, "netns", !templated && !instance->pidfile,
			       true, "neither a template nor a pidfile");
	nfhad_config_goes_with(doc, map, "addresses", false, templated, "template");
	nfhad_config_goes_with(doc, map, "ports", false, templated, "template");
	nfhad_config_goes_with(doc, map, "environment", false, either,
			       "command or template");
	nfhad_config_goes_with(doc, map, "directory", false, launched, "command");
	nfhad_config_goes_with(doc, map, "output", false, launched, "command");
	nfhad_config_goes_with(doc, map, "mount-namespace", false, launched,
			       "command");
	nfhad_config_goes_with(doc, map, "bind-mounts", false,
			       instance->mount_namespace, "mount-namespace");
	nfhad_config_bind_mounts(doc, map, instance->bind_mounts);
	nfhad_config_once(doc, map, "environment", instance->environment);
	nfhad_config_goes_with(doc, map, "pidfile", false,
			       instance->role == NFHAD_ROLE_ACTIVE, "role active");
	if (either && instance->pidfile)
		nfhad_config_wrong(doc, map, "pidfile", launched ?
				   "either command or pidfile, got both" :
				   "either template or pidfile, got both");
}

const struct nfhad_fields nfhad_instance_fields = {
	.field = instance_field,
	.size = sizeof(struct nfhad_instance_config),
	.check = instance_check,
};
