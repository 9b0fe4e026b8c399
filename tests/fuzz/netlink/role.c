// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/nfha.h>
#include <string.h>

#include "role.h"

/**
 * struct entry - what a name means
 * @name: of an attribute
 * @type: and its type
 * @role: what it is about
 * @percent: how often a request has it, of a hundred
 */
struct entry {
	const char *name;
	enum spec_type type;
	enum role role;
	unsigned int percent;
};

static const struct entry entries[] = {
	{ "service", SPEC_STRING, ROLE_SERVICE, 98 },
	{ "instance", SPEC_STRING, ROLE_INSTANCE, 95 },
	{ "from", SPEC_STRING, ROLE_INSTANCE, 97 },
	{ "to", SPEC_STRING, ROLE_OTHER, 97 },
	{ "backup", SPEC_STRING, ROLE_OTHER, 60 },
	{ "successor", SPEC_STRING, ROLE_OTHER, 30 },
	{ "key", SPEC_BINARY, ROLE_KEY, 90 },
	{ "address", SPEC_BINARY, ROLE_ADDRESS, 90 },
	{ "saddr", SPEC_BINARY, ROLE_ADDRESS, 97 },
	{ "daddr", SPEC_BINARY, ROLE_ADDRESS, 97 },
	{ "mac", SPEC_BINARY, ROLE_MAC, 5 },
	{ "proto", SPEC_U8, ROLE_PROTO, 97 },
	{ "sport", SPEC_U16, ROLE_FLOW_PORT, 80 },
	{ "dport", SPEC_U16, ROLE_FLOW_PORT, 80 },
	{ "port", SPEC_NEST, ROLE_PORT, 90 },
	{ "range", SPEC_NEST, ROLE_RANGE, 97 },
	{ "epoch", SPEC_U64, ROLE_EPOCH, 80 },
	{ "flags", SPEC_U32, ROLE_FLAGS, 20 },
	{ "recovery", SPEC_U32, ROLE_NONE, 40 },
	{ "force", SPEC_FLAG, ROLE_FORCE, 30 },
	{ "fence-only", SPEC_FLAG, ROLE_FORCE, 20 },
};

/* Of what is not in the table. */
#define PERCENT_USUAL 12

static const struct entry *entry_find(const struct spec_attr *attr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++)
		if (entries[i].type == attr->type && !strcmp(entries[i].name, attr->name))
			return &entries[i];
	return NULL;
}

enum role role_of(const struct spec_attr *attr)
{
	const struct entry *entry = entry_find(attr);

	if (entry)
		return entry->role;
	/* An object's own name means one thing in each set. */
	if (attr->type == SPEC_STRING && !strcmp(attr->name, "name"))
		return attr == spec_set(0)->attr ? ROLE_SERVICE : ROLE_INSTANCE;
	return ROLE_NONE;
}

static bool is_about_flow(const struct spec_attr *attr)
{
	enum role role = role_of(attr);

	return role == ROLE_ADDRESS || role == ROLE_PROTO || role == ROLE_FLOW_PORT;
}

unsigned int role_percent(const struct spec_command *command, const struct spec_attr *attr,
			  bool is_wide)
{
	const struct entry *entry = entry_find(attr);

	if (is_about_flow(attr) && is_wide)
		return 3;
	/* One flow, or those of an instance, but not both. */
	if (command->cmd == NFHA_CMD_FLOW_DEL && !is_wide &&
	    (role_of(attr) == ROLE_INSTANCE || role_of(attr) == ROLE_FLAGS))
		return 5;
	/* A change without ports leaves them alone, and ports come and go seldom. */
	if (role_of(attr) == ROLE_PORT &&
	    (command->cmd == NFHA_CMD_SERVICE_SET || command->cmd == NFHA_CMD_INSTANCE_SET))
		return 20;
	/* A dump of all. */
	if (command->is_dump && is_wide)
		return 30;
	if (entry)
		return entry->percent;
	return role_of(attr) == ROLE_NONE ? PERCENT_USUAL : 97;
}
