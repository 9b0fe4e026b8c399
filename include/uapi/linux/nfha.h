/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/nfha.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_NFHA_H
#define _UAPI_LINUX_NFHA_H

#define NFHA_FAMILY_NAME	"nfha"
#define NFHA_FAMILY_VERSION	1

#define NFHA_NAME_MAX		31
#define NFHA_KEY_LEN		16
#define NFHA_FLOW_ID_MAX	65535
#define NFHA_TIMEOUT_MAX	604800
#define NFHA_DEAD_MAN_MAX	604800000

/**
 * enum nfha_affinity - Which fields of a packet make its flow ID, in both
 *   directions alike.
 * @NFHA_AFFINITY_FIVE_TUPLE: Addresses, protocol and ports.
 * @NFHA_AFFINITY_THREE_TUPLE: Addresses and protocol.
 * @NFHA_AFFINITY_SOURCE: The address (or its prefix) of the end on the left
 *   side.
 * @NFHA_AFFINITY_DESTINATION: The address (or its prefix) of the end on the
 *   right side.
 */
enum nfha_affinity {
	NFHA_AFFINITY_FIVE_TUPLE,
	NFHA_AFFINITY_THREE_TUPLE,
	NFHA_AFFINITY_SOURCE,
	NFHA_AFFINITY_DESTINATION,
};

/**
 * enum nfha_policy - What a split does with living flows (ETSI 6.2).
 * @NFHA_POLICY_AVOID: Migration avoidance. Exceptions until they fall to the
 *   threshold.
 * @NFHA_POLICY_NEVER: Exceptions for as long as the flows live; no threshold
 *   event.
 * @NFHA_POLICY_ALWAYS: Flows move with their range; their state moves by
 *   checkpoint.
 */
enum nfha_policy {
	NFHA_POLICY_AVOID,
	NFHA_POLICY_NEVER,
	NFHA_POLICY_ALWAYS,
};

/**
 * enum nfha_control - Where non-IP frames and multicast go.
 * @NFHA_CONTROL_OWNER: To the owner of flow ID 0.
 * @NFHA_CONTROL_BYPASS: From one external port to the other, past the
 *   instances.
 * @NFHA_CONTROL_HOST: To this host's own network stack.
 */
enum nfha_control {
	NFHA_CONTROL_OWNER,
	NFHA_CONTROL_BYPASS,
	NFHA_CONTROL_HOST,
};

/**
 * enum nfha_tracking - Which flows a service keeps entries for.
 * @NFHA_TRACKING_FLOWS: Every live flow.
 * @NFHA_TRACKING_IMPORTED: Imported exceptions only, as a hardware switch
 *   would.
 */
enum nfha_tracking {
	NFHA_TRACKING_FLOWS,
	NFHA_TRACKING_IMPORTED,
};

enum nfha_side {
	NFHA_SIDE_LEFT,
	NFHA_SIDE_RIGHT,
};

/**
 * enum nfha_state - State of an instance.
 * @NFHA_STATE_ACTIVE: Takes new flows in its ranges.
 * @NFHA_STATE_DRAINING: Owns no range; keeps its flows until they end.
 * @NFHA_STATE_DOWN: Gets no packet. What it should have got is dropped and
 *   counted.
 * @NFHA_STATE_STANDBY: Owns nothing and gets no packet until it takes over;
 *   what it sends is dropped and counted.
 */
enum nfha_state {
	NFHA_STATE_ACTIVE,
	NFHA_STATE_DRAINING,
	NFHA_STATE_DOWN,
	NFHA_STATE_STANDBY,
};

/**
 * enum nfha_measure - Which load a split halves.
 * @NFHA_MEASURE_FLOWS: Live flows for each flow ID.
 * @NFHA_MEASURE_PACKETS: Packets for each 256th part of R, averaged over
 *   seconds.
 */
enum nfha_measure {
	NFHA_MEASURE_FLOWS,
	NFHA_MEASURE_PACKETS,
};

/**
 * enum nfha_flow_state - How far a flow has come.
 * @NFHA_FLOW_STATE_EMBRYONIC: Not yet seen in both directions.
 * @NFHA_FLOW_STATE_ESTABLISHED: Seen in both directions, or imported.
 * @NFHA_FLOW_STATE_CLOSING: FIN both ways or RST.
 */
enum nfha_flow_state {
	NFHA_FLOW_STATE_EMBRYONIC,
	NFHA_FLOW_STATE_ESTABLISHED,
	NFHA_FLOW_STATE_CLOSING,
};

/**
 * enum nfha_flow_flags - What else is known of a flow.
 * @NFHA_FLOW_FLAGS_EXCEPTION: The owner of the flow is not the owner of its
 *   range.
 * @NFHA_FLOW_FLAGS_LEARNED: Taught by what an instance sent out; pinned to it.
 * @NFHA_FLOW_FLAGS_IMPORTED: Put there by flow-new.
 */
enum nfha_flow_flags {
	NFHA_FLOW_FLAGS_EXCEPTION = 1,
	NFHA_FLOW_FLAGS_LEARNED = 2,
	NFHA_FLOW_FLAGS_IMPORTED = 4,
};

/**
 * enum nfha_drain_end - Why a drain is over.
 * @NFHA_DRAIN_END_EMPTY: The last flow of the instance has ended.
 * @NFHA_DRAIN_END_DEADLINE: Time is up and flows are left.
 */
enum nfha_drain_end {
	NFHA_DRAIN_END_EMPTY,
	NFHA_DRAIN_END_DEADLINE,
};

enum nfha_port_event {
	NFHA_PORT_EVENT_GONE,
	NFHA_PORT_EVENT_CARRIER_LOST,
	NFHA_PORT_EVENT_CARRIER_BACK,
};

#define NFHA_QUEUE_MIN	65536

/**
 * enum nfha_recovery - Rollback recovery of a service's instances (ETSI 6.3).
 * @NFHA_RECOVERY_NONE: Nothing is logged and nothing held.
 * @NFHA_RECOVERY_CHECKPOINT: Input is logged and plugged. Output passes, so
 *   others may see what a recovered instance does not remember.
 * @NFHA_RECOVERY_BUFFER: Output is held until the epoch that it belongs to is
 *   committed, too.
 */
enum nfha_recovery {
	NFHA_RECOVERY_NONE,
	NFHA_RECOVERY_CHECKPOINT,
	NFHA_RECOVERY_BUFFER,
};

/**
 * enum nfha_hold_policy - What becomes of output when the hold is full.
 * @NFHA_HOLD_POLICY_DROP: The newest packet is dropped, as by a full link.
 *   Nothing uncommitted is seen.
 * @NFHA_HOLD_POLICY_RELEASE: All of it goes out, and the guarantee is lost
 *   until the open epoch is committed.
 */
enum nfha_hold_policy {
	NFHA_HOLD_POLICY_DROP,
	NFHA_HOLD_POLICY_RELEASE,
};

/**
 * enum nfha_dead_man_policy - What becomes of an instance whose epochs nobody
 *   looks after any more.
 * @NFHA_DEAD_MAN_POLICY_RELEASE: The plug opens, and all that is held goes
 *   out; the guarantee is lost until the open epoch is committed.
 * @NFHA_DEAD_MAN_POLICY_HOLD: Nothing is let out that is not committed, and
 *   the plug stays.
 */
enum nfha_dead_man_policy {
	NFHA_DEAD_MAN_POLICY_RELEASE,
	NFHA_DEAD_MAN_POLICY_HOLD,
};

/**
 * enum nfha_recovery_flags - State of an instance's recovery.
 * @NFHA_RECOVERY_FLAGS_PLUGGED: An epoch has begun and is not cut. Input waits
 *   in the log.
 * @NFHA_RECOVERY_FLAGS_REPLAYING: Input that has waited is being delivered;
 *   what comes waits behind it.
 * @NFHA_RECOVERY_FLAGS_RELEASING: Output that was held is being sent; what
 *   comes waits behind it.
 * @NFHA_RECOVERY_FLAGS_FENCED: Nothing that the instance still sends is
 *   forwarded. Input waits in the log.
 * @NFHA_RECOVERY_FLAGS_EXPOSED: The guarantee is lost. Output that is not
 *   committed has been released.
 * @NFHA_RECOVERY_FLAGS_INCOMPLETE: Input that is not committed is missing in
 *   the log; a replay would not have it.
 * @NFHA_RECOVERY_FLAGS_UNATTENDED: For dead-man-ms there was no commit of the
 *   instance and no sign of life for it.
 */
enum nfha_recovery_flags {
	NFHA_RECOVERY_FLAGS_PLUGGED = 1,
	NFHA_RECOVERY_FLAGS_REPLAYING = 2,
	NFHA_RECOVERY_FLAGS_RELEASING = 4,
	NFHA_RECOVERY_FLAGS_FENCED = 8,
	NFHA_RECOVERY_FLAGS_EXPOSED = 16,
	NFHA_RECOVERY_FLAGS_INCOMPLETE = 32,
	NFHA_RECOVERY_FLAGS_UNATTENDED = 64,
};

enum nfha_event_queue {
	NFHA_EVENT_QUEUE_LOG,
	NFHA_EVENT_QUEUE_HOLD,
};

/**
 * enum nfha_overflow - What came of a limit.
 * @NFHA_OVERFLOW_UNLOGGED: Input was delivered and not logged; the open epoch
 *   cannot be replayed as a whole.
 * @NFHA_OVERFLOW_INPUT_DROPPED: Input that would have had to wait was dropped.
 * @NFHA_OVERFLOW_OUTPUT_DROPPED: Output was dropped (hold-policy drop).
 * @NFHA_OVERFLOW_OUTPUT_RELEASED: Output was released uncommitted (hold-policy
 *   release).
 */
enum nfha_overflow {
	NFHA_OVERFLOW_UNLOGGED,
	NFHA_OVERFLOW_INPUT_DROPPED,
	NFHA_OVERFLOW_OUTPUT_DROPPED,
	NFHA_OVERFLOW_OUTPUT_RELEASED,
};

/**
 * enum nfha_fence_reason - Why an instance has been fenced.
 * @NFHA_FENCE_REASON_FAILOVER: A backup takes over.
 * @NFHA_FENCE_REASON_CARRIER: A port of the instance has lost its carrier, or
 *   its device.
 * @NFHA_FENCE_REASON_REQUEST: Asked for alone, by a failover that is
 *   fence-only.
 */
enum nfha_fence_reason {
	NFHA_FENCE_REASON_FAILOVER,
	NFHA_FENCE_REASON_CARRIER,
	NFHA_FENCE_REASON_REQUEST,
};

#define NFHA_REASON_MAX	63

/**
 * enum nfha_overload_level - What somebody says of the load of an instance
 *   (ETSI 6.2, step 1).
 * @NFHA_OVERLOAD_LEVEL_OVERLOADED: It has more to do than it can.
 * @NFHA_OVERLOAD_LEVEL_UNDERLOADED: Others could do its work as well.
 * @NFHA_OVERLOAD_LEVEL_NORMAL: Neither; what was said before is over.
 */
enum nfha_overload_level {
	NFHA_OVERLOAD_LEVEL_OVERLOADED,
	NFHA_OVERLOAD_LEVEL_UNDERLOADED,
	NFHA_OVERLOAD_LEVEL_NORMAL,
};

enum {
	NFHA_A_SERVICE_NAME = 1,
	NFHA_A_SERVICE_KEY,
	NFHA_A_SERVICE_AFFINITY,
	NFHA_A_SERVICE_PREFIX4,
	NFHA_A_SERVICE_PREFIX6,
	NFHA_A_SERVICE_POLICY,
	NFHA_A_SERVICE_CONTROL,
	NFHA_A_SERVICE_TRACKING,
	NFHA_A_SERVICE_LEARN,
	NFHA_A_SERVICE_THRESHOLD,
	NFHA_A_SERVICE_FLOWS_MAX,
	NFHA_A_SERVICE_IMPORTED_MAX,
	NFHA_A_SERVICE_TIMEOUTS,
	NFHA_A_SERVICE_MATCH,
	NFHA_A_SERVICE_PORT,
	NFHA_A_SERVICE_GENERATION,
	NFHA_A_SERVICE_FLOWS,
	NFHA_A_SERVICE_EXCEPTIONS,
	NFHA_A_SERVICE_IMPORTED,
	NFHA_A_SERVICE_INSTANCES,
	NFHA_A_SERVICE_STATS,
	NFHA_A_SERVICE_FORCE,
	NFHA_A_SERVICE_RECOVERY,
	NFHA_A_SERVICE_LOG_MAX,
	NFHA_A_SERVICE_HOLD_MAX,
	NFHA_A_SERVICE_WATERMARK,
	NFHA_A_SERVICE_HOLD_POLICY,
	NFHA_A_SERVICE_DEAD_MAN_MS,
	NFHA_A_SERVICE_DEAD_MAN_POLICY,

	__NFHA_A_SERVICE_MAX
};
#define NFHA_A_SERVICE_MAX (__NFHA_A_SERVICE_MAX - 1)

enum {
	NFHA_A_TIMEOUTS_TCP_EMBRYONIC = 1,
	NFHA_A_TIMEOUTS_TCP_ESTABLISHED,
	NFHA_A_TIMEOUTS_TCP_CLOSING,
	NFHA_A_TIMEOUTS_UDP,
	NFHA_A_TIMEOUTS_ICMP,
	NFHA_A_TIMEOUTS_OTHER,
	NFHA_A_TIMEOUTS_FRAGMENT,

	__NFHA_A_TIMEOUTS_MAX
};
#define NFHA_A_TIMEOUTS_MAX (__NFHA_A_TIMEOUTS_MAX - 1)

enum {
	NFHA_A_MATCH_ADDRESS = 1,
	NFHA_A_MATCH_PREFIX_LEN,
	NFHA_A_MATCH_PROTO,
	NFHA_A_MATCH_PORT,

	__NFHA_A_MATCH_MAX
};
#define NFHA_A_MATCH_MAX (__NFHA_A_MATCH_MAX - 1)

enum {
	NFHA_A_PORT_SIDE = 1,
	NFHA_A_PORT_IFINDEX,
	NFHA_A_PORT_IFNAME,
	NFHA_A_PORT_MAC,
	NFHA_A_PORT_DETOUR,
	NFHA_A_PORT_CARRIER,
	NFHA_A_PORT_RX_PACKETS,
	NFHA_A_PORT_RX_BYTES,
	NFHA_A_PORT_TX_PACKETS,
	NFHA_A_PORT_TX_BYTES,
	NFHA_A_PORT_PAD,
	NFHA_A_PORT_TX_DROPPED,

	__NFHA_A_PORT_MAX
};
#define NFHA_A_PORT_MAX (__NFHA_A_PORT_MAX - 1)

enum {
	NFHA_A_SERVICE_STATS_PAD = 1,
	NFHA_A_SERVICE_STATS_HIT,
	NFHA_A_SERVICE_STATS_NEW,
	NFHA_A_SERVICE_STATS_RANGE,
	NFHA_A_SERVICE_STATS_NO_ROOM,
	NFHA_A_SERVICE_STATS_EVICTED,
	NFHA_A_SERVICE_STATS_EXPIRED,
	NFHA_A_SERVICE_STATS_RESTARTED,
	NFHA_A_SERVICE_STATS_LEARNED,
	NFHA_A_SERVICE_STATS_LEARN_CONFLICT,
	NFHA_A_SERVICE_STATS_OUTPUT,
	NFHA_A_SERVICE_STATS_CONTROL,
	NFHA_A_SERVICE_STATS_BYPASSED,
	NFHA_A_SERVICE_STATS_UNMATCHED,
	NFHA_A_SERVICE_STATS_ICMP_ERROR,
	NFHA_A_SERVICE_STATS_FRAGMENT,
	NFHA_A_SERVICE_STATS_FRAGMENT_HELD,
	NFHA_A_SERVICE_STATS_DROP_FRAGMENT,
	NFHA_A_SERVICE_STATS_DROP_MALFORMED,
	NFHA_A_SERVICE_STATS_DROP_NO_OWNER,
	NFHA_A_SERVICE_STATS_DROP_DOWN,
	NFHA_A_SERVICE_STATS_DROP_NO_PORT,
	NFHA_A_SERVICE_STATS_DROP_LOOP,
	NFHA_A_SERVICE_STATS_DROP_TOO_BIG,
	NFHA_A_SERVICE_STATS_DROP_XMIT,
	NFHA_A_SERVICE_STATS_PLUGGED,
	NFHA_A_SERVICE_STATS_UNLOGGED,
	NFHA_A_SERVICE_STATS_HELD,
	NFHA_A_SERVICE_STATS_REPLAYED,
	NFHA_A_SERVICE_STATS_DROP_PLUGGED,
	NFHA_A_SERVICE_STATS_DROP_HOLD,
	NFHA_A_SERVICE_STATS_DROP_FENCED,
	NFHA_A_SERVICE_STATS_DROP_UNCOMMITTED,
	NFHA_A_SERVICE_STATS_DROP_STANDBY,
	NFHA_A_SERVICE_STATS_EXPOSED,

	__NFHA_A_SERVICE_STATS_MAX
};
#define NFHA_A_SERVICE_STATS_MAX (__NFHA_A_SERVICE_STATS_MAX - 1)

enum {
	NFHA_A_INSTANCE_SERVICE = 1,
	NFHA_A_INSTANCE_NAME,
	NFHA_A_INSTANCE_STATE,
	NFHA_A_INSTANCE_REMOTE,
	NFHA_A_INSTANCE_PORT,
	NFHA_A_INSTANCE_DEADLINE_MS,
	NFHA_A_INSTANCE_FLOWS,
	NFHA_A_INSTANCE_EXCEPTIONS,
	NFHA_A_INSTANCE_LEARNED,
	NFHA_A_INSTANCE_WIDTH,
	NFHA_A_INSTANCE_FORCE,
	NFHA_A_INSTANCE_SUCCESSOR,
	NFHA_A_INSTANCE_FENCED,
	NFHA_A_INSTANCE_OVERLOAD_LEVEL,
	NFHA_A_INSTANCE_OVERLOAD_REASON,
	NFHA_A_INSTANCE_LATENCY_US,
	NFHA_A_INSTANCE_LATENCY_SAMPLES,
	NFHA_A_INSTANCE_LATENCY_LOST,

	__NFHA_A_INSTANCE_MAX
};
#define NFHA_A_INSTANCE_MAX (__NFHA_A_INSTANCE_MAX - 1)

enum {
	NFHA_A_RANGE_FIRST = 1,
	NFHA_A_RANGE_LAST,
	NFHA_A_RANGE_INSTANCE,

	__NFHA_A_RANGE_MAX
};
#define NFHA_A_RANGE_MAX (__NFHA_A_RANGE_MAX - 1)

enum {
	NFHA_A_MAP_SERVICE = 1,
	NFHA_A_MAP_GENERATION,
	NFHA_A_MAP_RANGE,
	NFHA_A_MAP_POLICY,
	NFHA_A_MAP_FROM,
	NFHA_A_MAP_TO,
	NFHA_A_MAP_AT,
	NFHA_A_MAP_MEASURE,
	NFHA_A_MAP_FIRST,
	NFHA_A_MAP_DEADLINE_MS,
	NFHA_A_MAP_EXCEPTIONS,
	NFHA_A_MAP_MOVED,

	__NFHA_A_MAP_MAX
};
#define NFHA_A_MAP_MAX (__NFHA_A_MAP_MAX - 1)

enum {
	NFHA_A_FLOW_SERVICE = 1,
	NFHA_A_FLOW_INSTANCE,
	NFHA_A_FLOW_SADDR,
	NFHA_A_FLOW_DADDR,
	NFHA_A_FLOW_PROTO,
	NFHA_A_FLOW_SPORT,
	NFHA_A_FLOW_DPORT,
	NFHA_A_FLOW_SIDE,
	NFHA_A_FLOW_FLOW_ID,
	NFHA_A_FLOW_STATE,
	NFHA_A_FLOW_FLAGS,
	NFHA_A_FLOW_IDLE_MS,
	NFHA_A_FLOW_EXPIRES_MS,
	NFHA_A_FLOW_PACKETS,
	NFHA_A_FLOW_BYTES,
	NFHA_A_FLOW_CURSOR,
	NFHA_A_FLOW_EXCEPTIONS_ONLY,
	NFHA_A_FLOW_COUNT,
	NFHA_A_FLOW_PAD,

	__NFHA_A_FLOW_MAX
};
#define NFHA_A_FLOW_MAX (__NFHA_A_FLOW_MAX - 1)

enum {
	NFHA_A_LOAD_SERVICE = 1,
	NFHA_A_LOAD_FIRST,
	NFHA_A_LOAD_LAST,
	NFHA_A_LOAD_FLOWS,
	NFHA_A_LOAD_PACKETS,
	NFHA_A_LOAD_RATE,
	NFHA_A_LOAD_PAD,

	__NFHA_A_LOAD_MAX
};
#define NFHA_A_LOAD_MAX (__NFHA_A_LOAD_MAX - 1)

enum {
	NFHA_A_QUEUE_PACKETS = 1,
	NFHA_A_QUEUE_BYTES,
	NFHA_A_QUEUE_LIMIT,
	NFHA_A_QUEUE_OLDEST_MS,
	NFHA_A_QUEUE_PACKETS_HIGH,
	NFHA_A_QUEUE_BYTES_HIGH,
	NFHA_A_QUEUE_TOTAL,
	NFHA_A_QUEUE_DROPPED,
	NFHA_A_QUEUE_PAD,

	__NFHA_A_QUEUE_MAX
};
#define NFHA_A_QUEUE_MAX (__NFHA_A_QUEUE_MAX - 1)

enum {
	NFHA_A_EPOCH_SERVICE = 1,
	NFHA_A_EPOCH_INSTANCE,
	NFHA_A_EPOCH_EPOCH,
	NFHA_A_EPOCH_RECOVERY,
	NFHA_A_EPOCH_COMMITTED,
	NFHA_A_EPOCH_PENDING,
	NFHA_A_EPOCH_FLAGS,
	NFHA_A_EPOCH_SUCCESSOR,
	NFHA_A_EPOCH_BACKUP,
	NFHA_A_EPOCH_LOG,
	NFHA_A_EPOCH_HOLD,
	NFHA_A_EPOCH_WAITING,
	NFHA_A_EPOCH_UNLOGGED,
	NFHA_A_EPOCH_FENCED,
	NFHA_A_EPOCH_UNCOMMITTED,
	NFHA_A_EPOCH_REPLAYED,
	NFHA_A_EPOCH_COMPLETE,
	NFHA_A_EPOCH_FENCE_ONLY,
	NFHA_A_EPOCH_PAD,

	__NFHA_A_EPOCH_MAX
};
#define NFHA_A_EPOCH_MAX (__NFHA_A_EPOCH_MAX - 1)

enum {
	NFHA_A_EVENT_SERVICE = 1,
	NFHA_A_EVENT_INSTANCE,
	NFHA_A_EVENT_FLOWS,
	NFHA_A_EVENT_EXCEPTIONS,
	NFHA_A_EVENT_THRESHOLD,
	NFHA_A_EVENT_DRAIN_END,
	NFHA_A_EVENT_PORT_EVENT,
	NFHA_A_EVENT_SIDE,
	NFHA_A_EVENT_IFNAME,
	NFHA_A_EVENT_QUEUE,
	NFHA_A_EVENT_BYTES,
	NFHA_A_EVENT_LIMIT,
	NFHA_A_EVENT_OVERFLOW,
	NFHA_A_EVENT_EPOCH,
	NFHA_A_EVENT_REASON,
	NFHA_A_EVENT_BACKUP,
	NFHA_A_EVENT_REPLAYED,
	NFHA_A_EVENT_COMPLETE,
	NFHA_A_EVENT_DEAD_MAN_POLICY,
	NFHA_A_EVENT_PAD,
	NFHA_A_EVENT_OVERLOAD_LEVEL,
	NFHA_A_EVENT_OVERLOAD_REASON,

	__NFHA_A_EVENT_MAX
};
#define NFHA_A_EVENT_MAX (__NFHA_A_EVENT_MAX - 1)

enum {
	NFHA_CMD_SERVICE_NEW = 1,
	NFHA_CMD_SERVICE_SET,
	NFHA_CMD_SERVICE_DEL,
	NFHA_CMD_SERVICE_GET,
	NFHA_CMD_SERVICE_NEW_NTF,
	NFHA_CMD_SERVICE_SET_NTF,
	NFHA_CMD_SERVICE_DEL_NTF,
	NFHA_CMD_INSTANCE_NEW,
	NFHA_CMD_INSTANCE_SET,
	NFHA_CMD_INSTANCE_DEL,
	NFHA_CMD_INSTANCE_GET,
	NFHA_CMD_INSTANCE_NEW_NTF,
	NFHA_CMD_INSTANCE_SET_NTF,
	NFHA_CMD_INSTANCE_DEL_NTF,
	NFHA_CMD_MAP_SET,
	NFHA_CMD_MAP_GET,
	NFHA_CMD_MAP_SET_NTF,
	NFHA_CMD_SPLIT,
	NFHA_CMD_MERGE,
	NFHA_CMD_FLOW_NEW,
	NFHA_CMD_FLOW_DEL,
	NFHA_CMD_FLOW_GET,
	NFHA_CMD_LOAD_GET,
	NFHA_CMD_THRESHOLD_NTF,
	NFHA_CMD_DRAIN_NTF,
	NFHA_CMD_TABLE_FULL_NTF,
	NFHA_CMD_PORT_NTF,
	NFHA_CMD_EPOCH_BEGIN,
	NFHA_CMD_EPOCH_CUT,
	NFHA_CMD_EPOCH_COMMIT,
	NFHA_CMD_EPOCH_ABORT,
	NFHA_CMD_EPOCH_GET,
	NFHA_CMD_FAILOVER,
	NFHA_CMD_WATERMARK_NTF,
	NFHA_CMD_OVERFLOW_NTF,
	NFHA_CMD_FENCED_NTF,
	NFHA_CMD_FAILOVER_NTF,
	NFHA_CMD_EPOCH_ALIVE,
	NFHA_CMD_UNATTENDED_NTF,
	NFHA_CMD_INSTANCE_OVERLOAD,
	NFHA_CMD_OVERLOAD_NTF,

	__NFHA_CMD_MAX
};
#define NFHA_CMD_MAX (__NFHA_CMD_MAX - 1)

#define NFHA_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_NFHA_H */
