// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/nfha.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/nfha.h>

/* Integer value ranges */
static const struct netlink_range_validation nfha_a_service_log_max_range = {
	.min	= NFHA_QUEUE_MIN,
	.max	= 4294967295ULL,
};

static const struct netlink_range_validation nfha_a_service_hold_max_range = {
	.min	= NFHA_QUEUE_MIN,
	.max	= 4294967295ULL,
};

static const struct netlink_range_validation nfha_a_service_dead_man_ms_range = {
	.max	= NFHA_DEAD_MAN_MAX,
};

static const struct netlink_range_validation nfha_a_timeouts_tcp_embryonic_range = {
	.min	= 1ULL,
	.max	= NFHA_TIMEOUT_MAX,
};

static const struct netlink_range_validation nfha_a_timeouts_tcp_established_range = {
	.min	= 1ULL,
	.max	= NFHA_TIMEOUT_MAX,
};

static const struct netlink_range_validation nfha_a_timeouts_tcp_closing_range = {
	.min	= 1ULL,
	.max	= NFHA_TIMEOUT_MAX,
};

static const struct netlink_range_validation nfha_a_timeouts_udp_range = {
	.min	= 1ULL,
	.max	= NFHA_TIMEOUT_MAX,
};

static const struct netlink_range_validation nfha_a_timeouts_icmp_range = {
	.min	= 1ULL,
	.max	= NFHA_TIMEOUT_MAX,
};

static const struct netlink_range_validation nfha_a_timeouts_other_range = {
	.min	= 1ULL,
	.max	= NFHA_TIMEOUT_MAX,
};

static const struct netlink_range_validation nfha_a_timeouts_fragment_range = {
	.min	= 1ULL,
	.max	= NFHA_TIMEOUT_MAX,
};

/* Common nested types */
const struct nla_policy nfha_match_nl_policy[NFHA_A_MATCH_PORT + 1] = {
	[NFHA_A_MATCH_ADDRESS] = { .type = NLA_BINARY, },
	[NFHA_A_MATCH_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[NFHA_A_MATCH_PROTO] = { .type = NLA_U8, },
	[NFHA_A_MATCH_PORT] = { .type = NLA_U16, },
};

const struct nla_policy nfha_port_nl_policy[NFHA_A_PORT_TX_DROPPED + 1] = {
	[NFHA_A_PORT_SIDE] = NLA_POLICY_MAX(NLA_U32, 1),
	[NFHA_A_PORT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[NFHA_A_PORT_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[NFHA_A_PORT_MAC] = NLA_POLICY_EXACT_LEN(6),
	[NFHA_A_PORT_DETOUR] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFHA_A_PORT_CARRIER] = { .type = NLA_U8, },
	[NFHA_A_PORT_RX_PACKETS] = { .type = NLA_U64, },
	[NFHA_A_PORT_RX_BYTES] = { .type = NLA_U64, },
	[NFHA_A_PORT_TX_PACKETS] = { .type = NLA_U64, },
	[NFHA_A_PORT_TX_BYTES] = { .type = NLA_U64, },
	[NFHA_A_PORT_TX_DROPPED] = { .type = NLA_U64, },
};

const struct nla_policy nfha_range_nl_policy[NFHA_A_RANGE_INSTANCE + 1] = {
	[NFHA_A_RANGE_FIRST] = { .type = NLA_U16, },
	[NFHA_A_RANGE_LAST] = { .type = NLA_U16, },
	[NFHA_A_RANGE_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

const struct nla_policy nfha_timeouts_nl_policy[NFHA_A_TIMEOUTS_FRAGMENT + 1] = {
	[NFHA_A_TIMEOUTS_TCP_EMBRYONIC] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_timeouts_tcp_embryonic_range),
	[NFHA_A_TIMEOUTS_TCP_ESTABLISHED] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_timeouts_tcp_established_range),
	[NFHA_A_TIMEOUTS_TCP_CLOSING] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_timeouts_tcp_closing_range),
	[NFHA_A_TIMEOUTS_UDP] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_timeouts_udp_range),
	[NFHA_A_TIMEOUTS_ICMP] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_timeouts_icmp_range),
	[NFHA_A_TIMEOUTS_OTHER] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_timeouts_other_range),
	[NFHA_A_TIMEOUTS_FRAGMENT] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_timeouts_fragment_range),
};

/* NFHA_CMD_SERVICE_NEW - do */
static const struct nla_policy nfha_service_new_nl_policy[NFHA_A_SERVICE_DEAD_MAN_POLICY + 1] = {
	[NFHA_A_SERVICE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_SERVICE_KEY] = NLA_POLICY_EXACT_LEN(NFHA_KEY_LEN),
	[NFHA_A_SERVICE_AFFINITY] = NLA_POLICY_MAX(NLA_U32, 3),
	[NFHA_A_SERVICE_PREFIX4] = NLA_POLICY_RANGE(NLA_U8, 1, 32),
	[NFHA_A_SERVICE_PREFIX6] = NLA_POLICY_RANGE(NLA_U8, 1, 128),
	[NFHA_A_SERVICE_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NFHA_A_SERVICE_CONTROL] = NLA_POLICY_MAX(NLA_U32, 2),
	[NFHA_A_SERVICE_TRACKING] = NLA_POLICY_MAX(NLA_U32, 1),
	[NFHA_A_SERVICE_LEARN] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFHA_A_SERVICE_THRESHOLD] = { .type = NLA_U32, },
	[NFHA_A_SERVICE_FLOWS_MAX] = NLA_POLICY_MIN(NLA_U32, 1),
	[NFHA_A_SERVICE_IMPORTED_MAX] = { .type = NLA_U32, },
	[NFHA_A_SERVICE_TIMEOUTS] = NLA_POLICY_NESTED(nfha_timeouts_nl_policy),
	[NFHA_A_SERVICE_MATCH] = NLA_POLICY_NESTED(nfha_match_nl_policy),
	[NFHA_A_SERVICE_PORT] = NLA_POLICY_NESTED(nfha_port_nl_policy),
	[NFHA_A_SERVICE_RECOVERY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NFHA_A_SERVICE_LOG_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_service_log_max_range),
	[NFHA_A_SERVICE_HOLD_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_service_hold_max_range),
	[NFHA_A_SERVICE_WATERMARK] = NLA_POLICY_RANGE(NLA_U8, 1, 100),
	[NFHA_A_SERVICE_HOLD_POLICY] = NLA_POLICY_MAX(NLA_U32, 1),
	[NFHA_A_SERVICE_DEAD_MAN_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_service_dead_man_ms_range),
	[NFHA_A_SERVICE_DEAD_MAN_POLICY] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* NFHA_CMD_SERVICE_SET - do */
static const struct nla_policy nfha_service_set_nl_policy[NFHA_A_SERVICE_DEAD_MAN_POLICY + 1] = {
	[NFHA_A_SERVICE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_SERVICE_KEY] = NLA_POLICY_EXACT_LEN(NFHA_KEY_LEN),
	[NFHA_A_SERVICE_AFFINITY] = NLA_POLICY_MAX(NLA_U32, 3),
	[NFHA_A_SERVICE_PREFIX4] = NLA_POLICY_RANGE(NLA_U8, 1, 32),
	[NFHA_A_SERVICE_PREFIX6] = NLA_POLICY_RANGE(NLA_U8, 1, 128),
	[NFHA_A_SERVICE_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NFHA_A_SERVICE_CONTROL] = NLA_POLICY_MAX(NLA_U32, 2),
	[NFHA_A_SERVICE_TRACKING] = NLA_POLICY_MAX(NLA_U32, 1),
	[NFHA_A_SERVICE_LEARN] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFHA_A_SERVICE_THRESHOLD] = { .type = NLA_U32, },
	[NFHA_A_SERVICE_FLOWS_MAX] = NLA_POLICY_MIN(NLA_U32, 1),
	[NFHA_A_SERVICE_IMPORTED_MAX] = { .type = NLA_U32, },
	[NFHA_A_SERVICE_TIMEOUTS] = NLA_POLICY_NESTED(nfha_timeouts_nl_policy),
	[NFHA_A_SERVICE_MATCH] = NLA_POLICY_NESTED(nfha_match_nl_policy),
	[NFHA_A_SERVICE_PORT] = NLA_POLICY_NESTED(nfha_port_nl_policy),
	[NFHA_A_SERVICE_RECOVERY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NFHA_A_SERVICE_LOG_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_service_log_max_range),
	[NFHA_A_SERVICE_HOLD_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_service_hold_max_range),
	[NFHA_A_SERVICE_WATERMARK] = NLA_POLICY_RANGE(NLA_U8, 1, 100),
	[NFHA_A_SERVICE_HOLD_POLICY] = NLA_POLICY_MAX(NLA_U32, 1),
	[NFHA_A_SERVICE_DEAD_MAN_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_a_service_dead_man_ms_range),
	[NFHA_A_SERVICE_DEAD_MAN_POLICY] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* NFHA_CMD_SERVICE_DEL - do */
static const struct nla_policy nfha_service_del_nl_policy[NFHA_A_SERVICE_FORCE + 1] = {
	[NFHA_A_SERVICE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_SERVICE_FORCE] = { .type = NLA_FLAG, },
};

/* NFHA_CMD_SERVICE_GET - do */
static const struct nla_policy nfha_service_get_do_nl_policy[NFHA_A_SERVICE_NAME + 1] = {
	[NFHA_A_SERVICE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_SERVICE_GET - dump */
static const struct nla_policy nfha_service_get_dump_nl_policy[NFHA_A_SERVICE_NAME + 1] = {
	[NFHA_A_SERVICE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_INSTANCE_NEW - do */
static const struct nla_policy nfha_instance_new_nl_policy[NFHA_A_INSTANCE_PORT + 1] = {
	[NFHA_A_INSTANCE_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_STATE] = NLA_POLICY_MAX(NLA_U32, 3),
	[NFHA_A_INSTANCE_REMOTE] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFHA_A_INSTANCE_PORT] = NLA_POLICY_NESTED(nfha_port_nl_policy),
};

/* NFHA_CMD_INSTANCE_SET - do */
static const struct nla_policy nfha_instance_set_nl_policy[NFHA_A_INSTANCE_SUCCESSOR + 1] = {
	[NFHA_A_INSTANCE_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_STATE] = NLA_POLICY_MAX(NLA_U32, 3),
	[NFHA_A_INSTANCE_PORT] = NLA_POLICY_NESTED(nfha_port_nl_policy),
	[NFHA_A_INSTANCE_DEADLINE_MS] = { .type = NLA_U32, },
	[NFHA_A_INSTANCE_SUCCESSOR] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_INSTANCE_DEL - do */
static const struct nla_policy nfha_instance_del_nl_policy[NFHA_A_INSTANCE_FORCE + 1] = {
	[NFHA_A_INSTANCE_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_FORCE] = { .type = NLA_FLAG, },
};

/* NFHA_CMD_INSTANCE_GET - do */
static const struct nla_policy nfha_instance_get_do_nl_policy[NFHA_A_INSTANCE_NAME + 1] = {
	[NFHA_A_INSTANCE_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_INSTANCE_GET - dump */
static const struct nla_policy nfha_instance_get_dump_nl_policy[NFHA_A_INSTANCE_NAME + 1] = {
	[NFHA_A_INSTANCE_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_MAP_SET - do */
static const struct nla_policy nfha_map_set_nl_policy[NFHA_A_MAP_POLICY + 1] = {
	[NFHA_A_MAP_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_MAP_GENERATION] = { .type = NLA_U32, },
	[NFHA_A_MAP_RANGE] = NLA_POLICY_NESTED(nfha_range_nl_policy),
	[NFHA_A_MAP_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* NFHA_CMD_MAP_GET - do */
static const struct nla_policy nfha_map_get_do_nl_policy[NFHA_A_MAP_SERVICE + 1] = {
	[NFHA_A_MAP_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_MAP_GET - dump */
static const struct nla_policy nfha_map_get_dump_nl_policy[NFHA_A_MAP_SERVICE + 1] = {
	[NFHA_A_MAP_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_SPLIT - do */
static const struct nla_policy nfha_split_nl_policy[NFHA_A_MAP_FIRST + 1] = {
	[NFHA_A_MAP_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_MAP_GENERATION] = { .type = NLA_U32, },
	[NFHA_A_MAP_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NFHA_A_MAP_FROM] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_MAP_TO] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_MAP_AT] = { .type = NLA_U16, },
	[NFHA_A_MAP_MEASURE] = NLA_POLICY_MAX(NLA_U32, 1),
	[NFHA_A_MAP_FIRST] = { .type = NLA_U16, },
};

/* NFHA_CMD_MERGE - do */
static const struct nla_policy nfha_merge_nl_policy[NFHA_A_MAP_DEADLINE_MS + 1] = {
	[NFHA_A_MAP_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_MAP_GENERATION] = { .type = NLA_U32, },
	[NFHA_A_MAP_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NFHA_A_MAP_FROM] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_MAP_TO] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_MAP_DEADLINE_MS] = { .type = NLA_U32, },
};

/* NFHA_CMD_FLOW_NEW - do */
static const struct nla_policy nfha_flow_new_nl_policy[NFHA_A_FLOW_SIDE + 1] = {
	[NFHA_A_FLOW_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_FLOW_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_FLOW_SADDR] = { .type = NLA_BINARY, },
	[NFHA_A_FLOW_DADDR] = { .type = NLA_BINARY, },
	[NFHA_A_FLOW_PROTO] = { .type = NLA_U8, },
	[NFHA_A_FLOW_SPORT] = { .type = NLA_U16, },
	[NFHA_A_FLOW_DPORT] = { .type = NLA_U16, },
	[NFHA_A_FLOW_SIDE] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* NFHA_CMD_FLOW_DEL - do */
static const struct nla_policy nfha_flow_del_nl_policy[NFHA_A_FLOW_FLAGS + 1] = {
	[NFHA_A_FLOW_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_FLOW_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_FLOW_SADDR] = { .type = NLA_BINARY, },
	[NFHA_A_FLOW_DADDR] = { .type = NLA_BINARY, },
	[NFHA_A_FLOW_PROTO] = { .type = NLA_U8, },
	[NFHA_A_FLOW_SPORT] = { .type = NLA_U16, },
	[NFHA_A_FLOW_DPORT] = { .type = NLA_U16, },
	[NFHA_A_FLOW_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

/* NFHA_CMD_FLOW_GET - do */
static const struct nla_policy nfha_flow_get_do_nl_policy[NFHA_A_FLOW_EXCEPTIONS_ONLY + 1] = {
	[NFHA_A_FLOW_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_FLOW_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_FLOW_SADDR] = { .type = NLA_BINARY, },
	[NFHA_A_FLOW_DADDR] = { .type = NLA_BINARY, },
	[NFHA_A_FLOW_PROTO] = { .type = NLA_U8, },
	[NFHA_A_FLOW_SPORT] = { .type = NLA_U16, },
	[NFHA_A_FLOW_DPORT] = { .type = NLA_U16, },
	[NFHA_A_FLOW_EXCEPTIONS_ONLY] = { .type = NLA_FLAG, },
	[NFHA_A_FLOW_CURSOR] = { .type = NLA_U32, },
};

/* NFHA_CMD_FLOW_GET - dump */
static const struct nla_policy nfha_flow_get_dump_nl_policy[NFHA_A_FLOW_EXCEPTIONS_ONLY + 1] = {
	[NFHA_A_FLOW_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_FLOW_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_FLOW_SADDR] = { .type = NLA_BINARY, },
	[NFHA_A_FLOW_DADDR] = { .type = NLA_BINARY, },
	[NFHA_A_FLOW_PROTO] = { .type = NLA_U8, },
	[NFHA_A_FLOW_SPORT] = { .type = NLA_U16, },
	[NFHA_A_FLOW_DPORT] = { .type = NLA_U16, },
	[NFHA_A_FLOW_EXCEPTIONS_ONLY] = { .type = NLA_FLAG, },
	[NFHA_A_FLOW_CURSOR] = { .type = NLA_U32, },
};

/* NFHA_CMD_LOAD_GET - do */
static const struct nla_policy nfha_load_get_do_nl_policy[NFHA_A_LOAD_FIRST + 1] = {
	[NFHA_A_LOAD_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_LOAD_FIRST] = { .type = NLA_U16, },
};

/* NFHA_CMD_LOAD_GET - dump */
static const struct nla_policy nfha_load_get_dump_nl_policy[NFHA_A_LOAD_FIRST + 1] = {
	[NFHA_A_LOAD_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_LOAD_FIRST] = { .type = NLA_U16, },
};

/* NFHA_CMD_EPOCH_BEGIN - do */
static const struct nla_policy nfha_epoch_begin_nl_policy[NFHA_A_EPOCH_INSTANCE + 1] = {
	[NFHA_A_EPOCH_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_EPOCH_CUT - do */
static const struct nla_policy nfha_epoch_cut_nl_policy[NFHA_A_EPOCH_INSTANCE + 1] = {
	[NFHA_A_EPOCH_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_EPOCH_COMMIT - do */
static const struct nla_policy nfha_epoch_commit_nl_policy[NFHA_A_EPOCH_EPOCH + 1] = {
	[NFHA_A_EPOCH_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_EPOCH] = { .type = NLA_U64, },
};

/* NFHA_CMD_EPOCH_ABORT - do */
static const struct nla_policy nfha_epoch_abort_nl_policy[NFHA_A_EPOCH_EPOCH + 1] = {
	[NFHA_A_EPOCH_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_EPOCH] = { .type = NLA_U64, },
};

/* NFHA_CMD_EPOCH_GET - do */
static const struct nla_policy nfha_epoch_get_do_nl_policy[NFHA_A_EPOCH_INSTANCE + 1] = {
	[NFHA_A_EPOCH_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_EPOCH_GET - dump */
static const struct nla_policy nfha_epoch_get_dump_nl_policy[NFHA_A_EPOCH_INSTANCE + 1] = {
	[NFHA_A_EPOCH_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_FAILOVER - do */
static const struct nla_policy nfha_failover_nl_policy[NFHA_A_EPOCH_FENCE_ONLY + 1] = {
	[NFHA_A_EPOCH_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_BACKUP] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_FENCE_ONLY] = { .type = NLA_FLAG, },
};

/* NFHA_CMD_EPOCH_ALIVE - do */
static const struct nla_policy nfha_epoch_alive_nl_policy[NFHA_A_EPOCH_INSTANCE + 1] = {
	[NFHA_A_EPOCH_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_EPOCH_INSTANCE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
};

/* NFHA_CMD_INSTANCE_OVERLOAD - do */
static const struct nla_policy nfha_instance_overload_nl_policy[NFHA_A_INSTANCE_OVERLOAD_REASON + 1] = {
	[NFHA_A_INSTANCE_SERVICE] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_NAME] = { .type = NLA_NUL_STRING, .len = NFHA_NAME_MAX, },
	[NFHA_A_INSTANCE_OVERLOAD_LEVEL] = NLA_POLICY_MAX(NLA_U32, 2),
	[NFHA_A_INSTANCE_OVERLOAD_REASON] = { .type = NLA_NUL_STRING, .len = NFHA_REASON_MAX, },
};

/* Ops table for nfha */
const struct genl_split_ops nfha_nl_ops[30] = {
	{
		.cmd		= NFHA_CMD_SERVICE_NEW,
		.doit		= nfha_nl_service_new_doit,
		.policy		= nfha_service_new_nl_policy,
		.maxattr	= NFHA_A_SERVICE_DEAD_MAN_POLICY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_SERVICE_SET,
		.doit		= nfha_nl_service_set_doit,
		.policy		= nfha_service_set_nl_policy,
		.maxattr	= NFHA_A_SERVICE_DEAD_MAN_POLICY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_SERVICE_DEL,
		.doit		= nfha_nl_service_del_doit,
		.policy		= nfha_service_del_nl_policy,
		.maxattr	= NFHA_A_SERVICE_FORCE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_SERVICE_GET,
		.doit		= nfha_nl_service_get_doit,
		.policy		= nfha_service_get_do_nl_policy,
		.maxattr	= NFHA_A_SERVICE_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_SERVICE_GET,
		.dumpit		= nfha_nl_service_get_dumpit,
		.policy		= nfha_service_get_dump_nl_policy,
		.maxattr	= NFHA_A_SERVICE_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NFHA_CMD_INSTANCE_NEW,
		.doit		= nfha_nl_instance_new_doit,
		.policy		= nfha_instance_new_nl_policy,
		.maxattr	= NFHA_A_INSTANCE_PORT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_INSTANCE_SET,
		.doit		= nfha_nl_instance_set_doit,
		.policy		= nfha_instance_set_nl_policy,
		.maxattr	= NFHA_A_INSTANCE_SUCCESSOR,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_INSTANCE_DEL,
		.doit		= nfha_nl_instance_del_doit,
		.policy		= nfha_instance_del_nl_policy,
		.maxattr	= NFHA_A_INSTANCE_FORCE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_INSTANCE_GET,
		.doit		= nfha_nl_instance_get_doit,
		.policy		= nfha_instance_get_do_nl_policy,
		.maxattr	= NFHA_A_INSTANCE_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_INSTANCE_GET,
		.dumpit		= nfha_nl_instance_get_dumpit,
		.policy		= nfha_instance_get_dump_nl_policy,
		.maxattr	= NFHA_A_INSTANCE_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NFHA_CMD_MAP_SET,
		.doit		= nfha_nl_map_set_doit,
		.policy		= nfha_map_set_nl_policy,
		.maxattr	= NFHA_A_MAP_POLICY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_MAP_GET,
		.doit		= nfha_nl_map_get_doit,
		.policy		= nfha_map_get_do_nl_policy,
		.maxattr	= NFHA_A_MAP_SERVICE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_MAP_GET,
		.start		= nfha_nl_map_get_start,
		.dumpit		= nfha_nl_map_get_dumpit,
		.policy		= nfha_map_get_dump_nl_policy,
		.maxattr	= NFHA_A_MAP_SERVICE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NFHA_CMD_SPLIT,
		.doit		= nfha_nl_split_doit,
		.policy		= nfha_split_nl_policy,
		.maxattr	= NFHA_A_MAP_FIRST,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_MERGE,
		.doit		= nfha_nl_merge_doit,
		.policy		= nfha_merge_nl_policy,
		.maxattr	= NFHA_A_MAP_DEADLINE_MS,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_FLOW_NEW,
		.doit		= nfha_nl_flow_new_doit,
		.policy		= nfha_flow_new_nl_policy,
		.maxattr	= NFHA_A_FLOW_SIDE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_FLOW_DEL,
		.doit		= nfha_nl_flow_del_doit,
		.policy		= nfha_flow_del_nl_policy,
		.maxattr	= NFHA_A_FLOW_FLAGS,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_FLOW_GET,
		.doit		= nfha_nl_flow_get_doit,
		.policy		= nfha_flow_get_do_nl_policy,
		.maxattr	= NFHA_A_FLOW_EXCEPTIONS_ONLY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_FLOW_GET,
		.dumpit		= nfha_nl_flow_get_dumpit,
		.policy		= nfha_flow_get_dump_nl_policy,
		.maxattr	= NFHA_A_FLOW_EXCEPTIONS_ONLY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NFHA_CMD_LOAD_GET,
		.doit		= nfha_nl_load_get_doit,
		.policy		= nfha_load_get_do_nl_policy,
		.maxattr	= NFHA_A_LOAD_FIRST,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_LOAD_GET,
		.dumpit		= nfha_nl_load_get_dumpit,
		.policy		= nfha_load_get_dump_nl_policy,
		.maxattr	= NFHA_A_LOAD_FIRST,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NFHA_CMD_EPOCH_BEGIN,
		.doit		= nfha_nl_epoch_begin_doit,
		.policy		= nfha_epoch_begin_nl_policy,
		.maxattr	= NFHA_A_EPOCH_INSTANCE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_EPOCH_CUT,
		.doit		= nfha_nl_epoch_cut_doit,
		.policy		= nfha_epoch_cut_nl_policy,
		.maxattr	= NFHA_A_EPOCH_INSTANCE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_EPOCH_COMMIT,
		.doit		= nfha_nl_epoch_commit_doit,
		.policy		= nfha_epoch_commit_nl_policy,
		.maxattr	= NFHA_A_EPOCH_EPOCH,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_EPOCH_ABORT,
		.doit		= nfha_nl_epoch_abort_doit,
		.policy		= nfha_epoch_abort_nl_policy,
		.maxattr	= NFHA_A_EPOCH_EPOCH,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_EPOCH_GET,
		.doit		= nfha_nl_epoch_get_doit,
		.policy		= nfha_epoch_get_do_nl_policy,
		.maxattr	= NFHA_A_EPOCH_INSTANCE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_EPOCH_GET,
		.dumpit		= nfha_nl_epoch_get_dumpit,
		.policy		= nfha_epoch_get_dump_nl_policy,
		.maxattr	= NFHA_A_EPOCH_INSTANCE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NFHA_CMD_FAILOVER,
		.doit		= nfha_nl_failover_doit,
		.policy		= nfha_failover_nl_policy,
		.maxattr	= NFHA_A_EPOCH_FENCE_ONLY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_EPOCH_ALIVE,
		.doit		= nfha_nl_epoch_alive_doit,
		.policy		= nfha_epoch_alive_nl_policy,
		.maxattr	= NFHA_A_EPOCH_INSTANCE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NFHA_CMD_INSTANCE_OVERLOAD,
		.doit		= nfha_nl_instance_overload_doit,
		.policy		= nfha_instance_overload_nl_policy,
		.maxattr	= NFHA_A_INSTANCE_OVERLOAD_REASON,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};
