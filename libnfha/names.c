// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel says where in a request the attribute is that it refused, as an
 * offset. These are the names that go with it.
 */

#include <string.h>
#include <stdio.h>

#include "internal.h"

/* Of a type that has its bit among those of text. */
#define TYPES_MAX 64

/**
 * struct names - of a set of attributes
 * @name: by type
 * @text: bits of the types whose value is text, to be said as well
 * @nested: what is inside, by type; NULL if nothing is nested in this set
 * @max: largest type
 */
struct names {
	const char *const *name;
	uint64_t text;
	const struct names *const *nested;
	uint16_t max;
};

static const char *const timeouts_name[NFHA_A_TIMEOUTS_MAX + 1] = {
	[NFHA_A_TIMEOUTS_TCP_EMBRYONIC] = "tcp-embryonic",
	[NFHA_A_TIMEOUTS_TCP_ESTABLISHED] = "tcp-established",
	[NFHA_A_TIMEOUTS_TCP_CLOSING] = "tcp-closing",
	[NFHA_A_TIMEOUTS_UDP] = "udp",
	[NFHA_A_TIMEOUTS_ICMP] = "icmp",
	[NFHA_A_TIMEOUTS_OTHER] = "other",
	[NFHA_A_TIMEOUTS_FRAGMENT] = "fragment",
};

static const char *const stats_name[NFHA_A_SERVICE_STATS_MAX + 1] = {
	[NFHA_A_SERVICE_STATS_HIT] = "hit",
	[NFHA_A_SERVICE_STATS_NEW] = "new",
	[NFHA_A_SERVICE_STATS_RANGE] = "range",
	[NFHA_A_SERVICE_STATS_NO_ROOM] = "no-room",
	[NFHA_A_SERVICE_STATS_EVICTED] = "evicted",
	[NFHA_A_SERVICE_STATS_EXPIRED] = "expired",
	[NFHA_A_SERVICE_STATS_RESTARTED] = "restarted",
	[NFHA_A_SERVICE_STATS_LEARNED] = "learned",
	[NFHA_A_SERVICE_STATS_LEARN_CONFLICT] = "learn-conflict",
	[NFHA_A_SERVICE_STATS_OUTPUT] = "output",
	[NFHA_A_SERVICE_STATS_CONTROL] = "control",
	[NFHA_A_SERVICE_STATS_BYPASSED] = "bypassed",
	[NFHA_A_SERVICE_STATS_UNMATCHED] = "unmatched",
	[NFHA_A_SERVICE_STATS_ICMP_ERROR] = "icmp-error",
	[NFHA_A_SERVICE_STATS_FRAGMENT] = "fragment",
	[NFHA_A_SERVICE_STATS_FRAGMENT_HELD] = "fragment-held",
	[NFHA_A_SERVICE_STATS_DROP_FRAGMENT] = "drop-fragment",
	[NFHA_A_SERVICE_STATS_DROP_MALFORMED] = "drop-malformed",
	[NFHA_A_SERVICE_STATS_DROP_NO_OWNER] = "drop-no-owner",
	[NFHA_A_SERVICE_STATS_DROP_DOWN] = "drop-down",
	[NFHA_A_SERVICE_STATS_DROP_NO_PORT] = "drop-no-port",
	[NFHA_A_SERVICE_STATS_DROP_LOOP] = "drop-loop",
	[NFHA_A_SERVICE_STATS_DROP_TOO_BIG] = "drop-too-big",
	[NFHA_A_SERVICE_STATS_DROP_XMIT] = "drop-xmit",
	[NFHA_A_SERVICE_STATS_PLUGGED] = "plugged",
	[NFHA_A_SERVICE_STATS_UNLOGGED] = "unlogged",
	[NFHA_A_SERVICE_STATS_HELD] = "held",
	[NFHA_A_SERVICE_STATS_REPLAYED] = "replayed",
	[NFHA_A_SERVICE_STATS_DROP_PLUGGED] = "drop-plugged",
	[NFHA_A_SERVICE_STATS_DROP_HOLD] = "drop-hold",
	[NFHA_A_SERVICE_STATS_DROP_FENCED] = "drop-fenced",
	[NFHA_A_SERVICE_STATS_DROP_UNCOMMITTED] = "drop-uncommitted",
	[NFHA_A_SERVICE_STATS_DROP_STANDBY] = "drop-standby",
	[NFHA_A_SERVICE_STATS_EXPOSED] = "exposed",
};

static const char *const match_name[NFHA_A_MATCH_MAX + 1] = {
	[NFHA_A_MATCH_ADDRESS] = "address",
	[NFHA_A_MATCH_PREFIX_LEN] = "prefix-len",
	[NFHA_A_MATCH_PROTO] = "proto",
	[NFHA_A_MATCH_PORT] = "port",
};

static const char *const port_name[NFHA_A_PORT_MAX + 1] = {
	[NFHA_A_PORT_SIDE] = "side",
	[NFHA_A_PORT_IFINDEX] = "ifindex",
	[NFHA_A_PORT_IFNAME] = "ifname",
	[NFHA_A_PORT_MAC] = "mac",
	[NFHA_A_PORT_DETOUR] = "detour",
};

static const char *const service_name[NFHA_A_SERVICE_MAX + 1] = {
	[NFHA_A_SERVICE_NAME] = "name",
	[NFHA_A_SERVICE_KEY] = "key",
	[NFHA_A_SERVICE_AFFINITY] = "affinity",
	[NFHA_A_SERVICE_PREFIX4] = "prefix4",
	[NFHA_A_SERVICE_PREFIX6] = "prefix6",
	[NFHA_A_SERVICE_POLICY] = "policy",
	[NFHA_A_SERVICE_CONTROL] = "control",
	[NFHA_A_SERVICE_TRACKING] = "tracking",
	[NFHA_A_SERVICE_LEARN] = "learn",
	[NFHA_A_SERVICE_THRESHOLD] = "threshold",
	[NFHA_A_SERVICE_FLOWS_MAX] = "flows-max",
	[NFHA_A_SERVICE_IMPORTED_MAX] = "imported-max",
	[NFHA_A_SERVICE_TIMEOUTS] = "timeout",
	[NFHA_A_SERVICE_MATCH] = "match",
	[NFHA_A_SERVICE_PORT] = "port",
	[NFHA_A_SERVICE_FORCE] = "force",
	[NFHA_A_SERVICE_RECOVERY] = "recovery",
	[NFHA_A_SERVICE_LOG_MAX] = "log-max",
	[NFHA_A_SERVICE_HOLD_MAX] = "hold-max",
	[NFHA_A_SERVICE_WATERMARK] = "watermark",
	[NFHA_A_SERVICE_HOLD_POLICY] = "hold-policy",
	[NFHA_A_SERVICE_DEAD_MAN_MS] = "dead-man",
	[NFHA_A_SERVICE_DEAD_MAN_POLICY] = "dead-man-policy",
};

static const char *const instance_name[NFHA_A_INSTANCE_MAX + 1] = {
	[NFHA_A_INSTANCE_SERVICE] = "service",
	[NFHA_A_INSTANCE_NAME] = "name",
	[NFHA_A_INSTANCE_STATE] = "state",
	[NFHA_A_INSTANCE_REMOTE] = "remote",
	[NFHA_A_INSTANCE_PORT] = "port",
	[NFHA_A_INSTANCE_DEADLINE_MS] = "deadline",
	[NFHA_A_INSTANCE_FORCE] = "force",
	[NFHA_A_INSTANCE_SUCCESSOR] = "successor",
	[NFHA_A_INSTANCE_OVERLOAD_LEVEL] = "level",
	[NFHA_A_INSTANCE_OVERLOAD_REASON] = "reason",
};

static const char *const range_name[NFHA_A_RANGE_MAX + 1] = {
	[NFHA_A_RANGE_FIRST] = "first",
	[NFHA_A_RANGE_LAST] = "last",
	[NFHA_A_RANGE_INSTANCE] = "instance",
};

static const char *const map_name[NFHA_A_MAP_MAX + 1] = {
	[NFHA_A_MAP_SERVICE] = "service",
	[NFHA_A_MAP_GENERATION] = "generation",
	[NFHA_A_MAP_RANGE] = "range",
	[NFHA_A_MAP_POLICY] = "policy",
	[NFHA_A_MAP_FROM] = "from",
	[NFHA_A_MAP_TO] = "to",
	[NFHA_A_MAP_AT] = "at",
	[NFHA_A_MAP_MEASURE] = "by",
	[NFHA_A_MAP_FIRST] = "first",
	[NFHA_A_MAP_DEADLINE_MS] = "deadline",
};

static const char *const flow_name[NFHA_A_FLOW_MAX + 1] = {
	[NFHA_A_FLOW_SERVICE] = "service",
	[NFHA_A_FLOW_INSTANCE] = "instance",
	[NFHA_A_FLOW_SADDR] = "saddr",
	[NFHA_A_FLOW_DADDR] = "daddr",
	[NFHA_A_FLOW_PROTO] = "proto",
	[NFHA_A_FLOW_SPORT] = "sport",
	[NFHA_A_FLOW_DPORT] = "dport",
	[NFHA_A_FLOW_SIDE] = "side",
	[NFHA_A_FLOW_FLAGS] = "flags",
	[NFHA_A_FLOW_CURSOR] = "cursor",
};

static const char *const load_name[NFHA_A_LOAD_MAX + 1] = {
	[NFHA_A_LOAD_SERVICE] = "service",
	[NFHA_A_LOAD_FIRST] = "first",
};

static const char *const epoch_name[NFHA_A_EPOCH_MAX + 1] = {
	[NFHA_A_EPOCH_SERVICE] = "service",
	[NFHA_A_EPOCH_INSTANCE] = "instance",
	[NFHA_A_EPOCH_EPOCH] = "epoch",
	[NFHA_A_EPOCH_BACKUP] = "to",
	[NFHA_A_EPOCH_FENCE_ONLY] = "fence",
};

static const struct names timeouts = { timeouts_name, 0, NULL,
				       NFHA_A_TIMEOUTS_MAX };
static const struct names match = { match_name, 0, NULL, NFHA_A_MATCH_MAX };
static const struct names port = { port_name, NFHA_BIT(NFHA_A_PORT_IFNAME), NULL,
				   NFHA_A_PORT_MAX };
static const struct names range = { range_name, NFHA_BIT(NFHA_A_RANGE_INSTANCE),
				    NULL, NFHA_A_RANGE_MAX };

static const struct names *const in_service[NFHA_A_SERVICE_MAX + 1] = {
	[NFHA_A_SERVICE_TIMEOUTS] = &timeouts,
	[NFHA_A_SERVICE_MATCH] = &match,
	[NFHA_A_SERVICE_PORT] = &port,
};

static const struct names *const in_instance[NFHA_A_INSTANCE_MAX + 1] = {
	[NFHA_A_INSTANCE_PORT] = &port,
};

static const struct names *const in_map[NFHA_A_MAP_MAX + 1] = {
	[NFHA_A_MAP_RANGE] = &range,
};

static const struct names service = { service_name,
				      NFHA_BIT(NFHA_A_SERVICE_NAME),
				      in_service, NFHA_A_SERVICE_MAX };
static const struct names instance = { instance_name,
				       NFHA_BIT(NFHA_A_INSTANCE_SERVICE) |
				       NFHA_BIT(NFHA_A_INSTANCE_NAME) |
				       NFHA_BIT(NFHA_A_INSTANCE_SUCCESSOR),
				       in_instance, NFHA_A_INSTANCE_MAX };
static const struct names map = { map_name,
				  NFHA_BIT(NFHA_A_MAP_SERVICE) |
				  NFHA_BIT(NFHA_A_MAP_FROM) |
				  NFHA_BIT(NFHA_A_MAP_TO),
				  in_map, NFHA_A_MAP_MAX };
static const struct names flow = { flow_name,
				   NFHA_BIT(NFHA_A_FLOW_SERVICE) |
				   NFHA_BIT(NFHA_A_FLOW_INSTANCE),
				   NULL, NFHA_A_FLOW_MAX };
static const struct names load = { load_name, NFHA_BIT(NFHA_A_LOAD_SERVICE),
				   NULL, NFHA_A_LOAD_MAX };
static const struct names epoch = { epoch_name,
				    NFHA_BIT(NFHA_A_EPOCH_SERVICE) |
				    NFHA_BIT(NFHA_A_EPOCH_INSTANCE) |
				    NFHA_BIT(NFHA_A_EPOCH_BACKUP),
				    NULL, NFHA_A_EPOCH_MAX };

static const struct names *names_of(uint8_t cmd)
{
	switch (cmd) {
	case NFHA_CMD_SERVICE_NEW ... NFHA_CMD_SERVICE_GET:
		return &service;
	case NFHA_CMD_INSTANCE_NEW ... NFHA_CMD_INSTANCE_GET:
	case NFHA_CMD_INSTANCE_OVERLOAD:
		return &instance;
	case NFHA_CMD_MAP_SET ... NFHA_CMD_MAP_GET:
	case NFHA_CMD_SPLIT ... NFHA_CMD_MERGE:
		return &map;
	case NFHA_CMD_FLOW_NEW ... NFHA_CMD_FLOW_GET:
		return &flow;
	case NFHA_CMD_LOAD_GET:
		return &load;
	case NFHA_CMD_EPOCH_BEGIN ... NFHA_CMD_FAILOVER:
	case NFHA_CMD_EPOCH_ALIVE:
		return &epoch;
	default:
		return NULL;
	}
}

/* The attribute of a list that has @at in it. */
static const struct nlattr *attr_around(const struct nlattr *attr,
					const char *end, const char *at)
{
	for (; mnl_attr_ok(attr, end - (const char *)attr);
	     attr = mnl_attr_next(attr))
		if (at < (const char *)mnl_attr_next(attr))
			return attr;
	return NULL;
}

/* Names the attribute that begins at @offset, after the nests it is in, and says its
 * value if that is a name.
 */
void attr_name(const struct nlmsghdr *nlh, uint32_t offset, char *name,
	       size_t size)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(*genl));
	const char *end = mnl_nlmsg_get_payload_tail(nlh);
	const char *at = (const char *)nlh + offset;
	const struct names *names = names_of(genl->cmd);
	size_t n = 0;

	*name = 0;
	if (at < (const char *)attr || at >= end)
		return;
	while (names) {
		uint16_t type;

		attr = attr_around(attr, end, at);
		if (!attr)
			return;
		type = mnl_attr_get_type(attr);
		if (type > names->max || type >= TYPES_MAX ||
		    !names->name[type] || n >= size)
			return;
		n += snprintf(name + n, size - n, "%s%s", n ? " " : "",
			      names->name[type]);
		if ((const char *)attr == at || !names->nested) {
			if (names->text & NFHA_BIT(type) && n < size)
				snprintf(name + n, size - n, " %.*s",
					 mnl_attr_get_payload_len(attr),
					 (const char *)mnl_attr_get_payload(attr));
			return;
		}
		names = names->nested[type];
		end = (const char *)mnl_attr_get_payload(attr) +
		      mnl_attr_get_payload_len(attr);
		attr = mnl_attr_get_payload(attr);
	}
}

const char *nfha_timeout_name(unsigned int timeout)
{
	return timeout <= NFHA_A_TIMEOUTS_MAX ? timeouts_name[timeout] : NULL;
}

const char *nfha_stat_name(unsigned int stat)
{
	return stat <= NFHA_A_SERVICE_STATS_MAX ? stats_name[stat] : NULL;
}
