/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * @file nfha.h
 * @brief Client of the nfha generic netlink family
 *
 * One call for each command. Calls return 0 or a negative errno, unless they
 * say otherwise; nfha_error() then has the kernel's own words. Nothing here is
 * global: a handle may be used by one thread at a time, and different handles by
 * different threads at once. Strings and structures that a call gets stay the
 * caller's; what a callback gets is valid until it returns.
 *
 * Every command needs CAP_NET_ADMIN in the user namespace that owns the network
 * namespace.
 */

#ifndef LIBNFHA_NFHA_H
#define LIBNFHA_NFHA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/nfha.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A connection to the kernel, in one network namespace. */
struct nfha;

/** Bit of a structure's `set` for the attribute NFHA_A_..._X. */
#define NFHA_BIT(attr) (UINT64_C(1) << (attr))

#define NFHA_IFNAME_MAX 15
#define NFHA_PORTS_MAX 16

/** Where a service or an instance meets a device. */
struct nfha_port {
	uint32_t side;			/**< enum nfha_side */
	char ifname[NFHA_IFNAME_MAX + 1]; /**< or "" and ifindex */
	uint32_t ifindex;		/**< 0 if ifname is given */
	bool has_mac;
	uint8_t mac[6];			/**< destination of what leaves here */
	bool detour;			/**< see the specification */
	bool carrier;			/**< answers only, like what follows */
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t tx_dropped;		/**< by the device, whoever's */
};

/** Which IP packets of an external port belong to a service. */
struct nfha_match {
	uint8_t family;			/**< 4, 6, or 0: all */
	uint8_t address[16];		/**< network order; 4 bytes for IPv4 */
	uint8_t prefix_len;
	uint8_t proto;			/**< IPPROTO_*, 0: any */
	bool has_port;
	uint16_t port;			/**< host order */
};

/**
 * A service. In a request, what has its NFHA_BIT(NFHA_A_SERVICE_*) in `set`
 * counts, and timeouts that are not 0; in an answer, everything is filled in.
 */
struct nfha_service {
	uint64_t set;
	char name[NFHA_NAME_MAX + 1];
	uint8_t key[NFHA_KEY_LEN];
	uint32_t affinity, policy, control, tracking;	/**< enum nfha_* */
	uint8_t prefix4, prefix6;	/**< bits */
	bool learn;
	uint32_t threshold, flows_max, imported_max;
	uint32_t timeout[NFHA_A_TIMEOUTS_MAX + 1];	/**< seconds */
	struct nfha_match match;
	unsigned int ports;
	struct nfha_port port[NFHA_PORTS_MAX];
	uint32_t generation, flows, exceptions, imported, instances;
	uint64_t stats[NFHA_A_SERVICE_STATS_MAX + 1];	/**< by attribute */
	uint32_t recovery;		/**< enum nfha_recovery */
	uint32_t log_max, hold_max;	/**< of each instance, bytes */
	uint8_t watermark;		/**< percent */
	uint32_t hold_policy;		/**< enum nfha_hold_policy */
	uint32_t dead_man_ms;		/**< 0: never */
	uint32_t dead_man_policy;	/**< enum nfha_dead_man_policy */
};

/** An instance; `set` as in struct nfha_service, NFHA_A_INSTANCE_*. */
struct nfha_instance {
	uint64_t set;
	char service[NFHA_NAME_MAX + 1];
	char name[NFHA_NAME_MAX + 1];
	uint32_t state;			/**< enum nfha_state */
	bool remote;
	uint32_t deadline_ms;		/**< 0: none */
	unsigned int ports;
	struct nfha_port port[2];
	uint32_t flows, exceptions, learned;
	uint32_t width;			/**< flow IDs that it owns */
	char successor[NFHA_NAME_MAX + 1];	/**< "": none */
	bool fenced;			/**< nothing it sends is forwarded */
	uint32_t latency_us;		/**< says nothing without samples */
	uint32_t latency_samples, latency_lost;
};

/** A sub-interval of R; without an owner, instance is "". */
struct nfha_range {
	uint16_t first, last;		/**< both included */
	char instance[NFHA_NAME_MAX + 1];
};

/** A range map. */
struct nfha_map {
	char service[NFHA_NAME_MAX + 1];
	uint32_t generation;
	unsigned int ranges;
	struct nfha_range *range;
};

/** A change of a range map; `set` has NFHA_BIT(NFHA_A_MAP_*). */
struct nfha_change {
	uint64_t set;
	const char *service;
	uint32_t generation;		/**< expected; else -ESTALE */
	uint32_t policy;		/**< enum nfha_policy */
	const char *from, *to;		/**< instances */
	uint16_t at;			/**< M */
	uint32_t measure;		/**< enum nfha_measure */
	uint16_t first;			/**< which range of `from` */
	uint32_t deadline_ms;
};

/** What came of a change. */
struct nfha_changed {
	uint32_t generation, exceptions, moved;
	uint16_t at;			/**< split only */
};

/** A flow; addresses in network order, 4 or 16 bytes by family. */
struct nfha_flow {
	char instance[NFHA_NAME_MAX + 1];
	uint8_t family;			/**< 4 or 6 */
	uint8_t proto;
	uint8_t saddr[16], daddr[16];	/**< saddr sent the first packet */
	uint16_t sport, dport;		/**< host order */
	uint32_t side;			/**< enum nfha_side, of saddr */
	uint16_t flow_id;
	uint32_t state;			/**< enum nfha_flow_state */
	uint32_t flags;			/**< NFHA_FLOW_FLAGS_* */
	uint32_t idle_ms, expires_ms;
	uint64_t packets, bytes;
	uint32_t cursor;		/**< place in a dump */
};

/** Which flows a dump shows. */
struct nfha_flow_filter {
	const char *instance;		/**< or NULL */
	bool exceptions_only;
	uint32_t cursor;		/**< where to begin; 0: everything */
};

/** Load of a 256th part of R. */
struct nfha_load {
	uint16_t first, last;
	uint32_t flows;
	uint64_t packets;		/**< so far */
	uint32_t rate;			/**< each second */
};

/** An input log or an output hold. */
struct nfha_queue {
	uint64_t packets, bytes, limit;
	uint32_t oldest_ms;		/**< age of the first */
	uint64_t packets_high, bytes_high;	/**< most that there were */
	uint64_t total, dropped;	/**< packets */
};

/** Rollback recovery of an instance (6.3). */
struct nfha_epoch {
	char service[NFHA_NAME_MAX + 1];
	char instance[NFHA_NAME_MAX + 1];
	uint32_t recovery;		/**< enum nfha_recovery */
	uint64_t epoch;			/**< the open one */
	uint64_t committed;		/**< the last one; 0: none */
	uint32_t pending;		/**< cut, and not committed */
	uint32_t flags;			/**< NFHA_RECOVERY_FLAGS_* */
	char successor[NFHA_NAME_MAX + 1];	/**< "": none */
	char backup[NFHA_NAME_MAX + 1];	/**< has taken over; "": none */
	struct nfha_queue log, hold;
	uint64_t waiting, unlogged, fenced, uncommitted, replayed;
};

/** What came of a failover. */
struct nfha_takeover {
	char backup[NFHA_NAME_MAX + 1];
	uint64_t committed;		/**< epoch that the backup starts from */
	uint64_t replayed;		/**< packets */
	bool complete;			/**< these are all since its cut */
};

/** An event; what is filled in depends on cmd (see the specification). */
struct nfha_event {
	uint8_t cmd;			/**< NFHA_CMD_*_NTF */
	char service[NFHA_NAME_MAX + 1];
	char instance[NFHA_NAME_MAX + 1];
	uint32_t generation, flows, exceptions, threshold;
	uint32_t state;			/**< enum nfha_state */
	uint32_t drain_end;		/**< enum nfha_drain_end */
	uint32_t port_event;		/**< enum nfha_port_event */
	uint32_t side;			/**< enum nfha_side */
	char ifname[NFHA_IFNAME_MAX + 1];
	uint32_t queue;			/**< enum nfha_event_queue */
	uint64_t bytes, limit;
	uint32_t overflow;		/**< enum nfha_overflow */
	uint64_t epoch;
	uint32_t reason;		/**< enum nfha_fence_reason */
	char backup[NFHA_NAME_MAX + 1];
	uint64_t replayed;
	bool complete;
	uint32_t dead_man_policy;	/**< enum nfha_dead_man_policy */
	uint32_t overload_level;	/**< enum nfha_overload_level */
	char overload_reason[NFHA_REASON_MAX + 1];	/**< "": none was given */
};

/**
 * Callbacks: a value other than 0 ends the dump, and the call returns it.
 *
 * The kernel tells a dump in parts. If services come or go between two of them, or the one that
 * is read is made again, all callbacks are called, and the dump returns -EINTR: what they have been
 * told does not belong together, or is not all. Forget it, and read it again.
 */
typedef int (*nfha_service_fn)(const struct nfha_service *service, void *data);
typedef int (*nfha_instance_fn)(const struct nfha_instance *i, void *data);
typedef int (*nfha_map_fn)(const struct nfha_map *map, void *data);
typedef int (*nfha_flow_fn)(const struct nfha_flow *flow, void *data);
typedef int (*nfha_load_fn)(const struct nfha_load *load, void *data);
typedef int (*nfha_epoch_fn)(const struct nfha_epoch *epoch, void *data);
typedef int (*nfha_event_fn)(const struct nfha_event *event, void *data);

/**
 * Connect to the kernel.
 * @param[out] h	the handle, to be closed with nfha_close()
 * @param netns		name of a network namespace below /run/netns, a path, or
 *			NULL for the caller's; the caller's own does not change
 * @return -ENOENT if there is no such namespace, -ENOPROTOOPT if the module
 *	is not loaded, or the socket's error
 */
int nfha_open(struct nfha **h, const char *netns);

/** Close a handle. @param h the handle, or NULL */
void nfha_close(struct nfha *h);

/**
 * What the kernel said about the last call that failed, after the name of the
 * attribute it is about, if there is one: "port ifname eth7: no such device". After -EINTR,
 * that a dump was interrupted.
 * @return text, "" if it said nothing; valid until the next call with @p h
 */
const char *nfha_error(const struct nfha *h);

/** Create a service; name, key and a left port are needed. -EEXIST, -EBUSY, -EINVAL, -ENODEV */
int nfha_service_new(struct nfha *h, const struct nfha_service *service);
/** Change a service; ports that are given replace all it has. -ENOENT, -EBUSY, -EINVAL */
int nfha_service_set(struct nfha *h, const struct nfha_service *service);
/** Remove a service; with @p force also if it has instances. -ENOENT, -EBUSY */
int nfha_service_del(struct nfha *h, const char *name, bool force);
/** Read a service. -ENOENT */
int nfha_service_get(struct nfha *h, const char *name, struct nfha_service *service);
/** Read all services. -EINTR if some have come or gone meanwhile */
int nfha_service_dump(struct nfha *h, nfha_service_fn fn, void *data);
/** What a timeout of a service is called, or NULL. @param timeout NFHA_A_TIMEOUTS_* */
const char *nfha_timeout_name(unsigned int timeout);
/** What a counter of a service is called, or NULL. @param stat NFHA_A_SERVICE_STATS_* */
const char *nfha_stat_name(unsigned int stat);

/** Add an instance (ETSI GS NFV-REL 002, 6.2, step 3). -ENOENT, -EEXIST, -EBUSY, -EINVAL */
int nfha_instance_new(struct nfha *h, const struct nfha_instance *instance);
/** Change state, deadline or ports of an instance. -ENOENT, -EBUSY, -EINVAL */
int nfha_instance_set(struct nfha *h, const struct nfha_instance *instance);
/** Remove an instance; with @p force also with its ranges and flows. -ENOENT, -EBUSY */
int nfha_instance_del(struct nfha *h, const char *service, const char *name, bool force);
/** Read an instance. -ENOENT */
int nfha_instance_get(struct nfha *h, const char *service, const char *name,
		      struct nfha_instance *instance);
/** Read all instances of a service, or of all if @p service is NULL. -ENOENT, -EINTR */
int nfha_instance_dump(struct nfha *h, const char *service, nfha_instance_fn fn, void *data);
/**
 * Say how loaded an instance is (6.2, step 1); all who have subscribed to events are told.
 * @param level		enum nfha_overload_level
 * @param reason	why, or NULL; 1 to NFHA_REASON_MAX printable characters of ASCII
 * @return 0 also if nobody listens; -ENOENT, -ERANGE for a level that is none, -EINVAL
 */
int nfha_instance_overload(struct nfha *h, const char *service, const char *name,
			   uint32_t level, const char *reason);

/** Replace a range map; the ranges tile R. -ENOENT, -ESTALE, -EINVAL, -EBUSY */
int nfha_map_set(struct nfha *h, const struct nfha_change *change,
		 const struct nfha_range *range, unsigned int ranges,
		 struct nfha_changed *changed);
/** Read a range map; nfha_map_free() frees it. -ENOENT, -ENOMEM */
int nfha_map_get(struct nfha *h, const char *service, struct nfha_map **map);
/** Free what nfha_map_get() gave. @param map the map, or NULL */
void nfha_map_free(struct nfha_map *map);
/** Read all range maps. -ENOMEM, -EINTR if services have come or gone meanwhile */
int nfha_map_dump(struct nfha *h, nfha_map_fn fn, void *data);
/** Move [M, Y] of a range to another instance (6.2, step 4). -ENOENT, -ESTALE, -EINVAL, -EBUSY */
int nfha_split(struct nfha *h, const struct nfha_change *change, struct nfha_changed *changed);
/** Give all ranges of an instance to another one and drain it. As nfha_split() */
int nfha_merge(struct nfha *h, const struct nfha_change *change, struct nfha_changed *changed);

/** Import one exception (6.2, step 6 a). -ENOSPC past a limit, -ENOENT, -EINVAL */
int nfha_flow_new(struct nfha *h, const char *service, const char *instance,
		  const struct nfha_flow *flow);
/**
 * Import many exceptions with few system calls (6.2, step 6 a).
 * @param[out] done	flows before the first that did not go in, flow[*done];
 *	some after it may have gone in
 * @return as nfha_flow_new(), for the first that did not go in
 */
int nfha_flow_import(struct nfha *h, const char *service, const char *instance,
		     const struct nfha_flow *flow, size_t flows, size_t *done);
/**
 * Remove flows.
 * @param flow		this one, or NULL
 * @param instance	without @p flow: those of this instance, or NULL
 * @param flags		without @p flow: those with any of NFHA_FLOW_FLAGS_*, or 0
 * @param[out] count	how many were removed; may be NULL
 */
int nfha_flow_del(struct nfha *h, const char *service, const struct nfha_flow *flow,
		  const char *instance, uint32_t flags, uint32_t *count);
/** Read the flow that has the addresses, protocol and ports of @p flow. -ENOENT */
int nfha_flow_get(struct nfha *h, const char *service, struct nfha_flow *flow);
/**
 * Read flows; a flow that lives throughout comes once.
 * @param filter	or NULL
 * @return -ENOENT; -EINTR if the service has been made again meanwhile
 */
int nfha_flow_dump(struct nfha *h, const char *service,
		   const struct nfha_flow_filter *filter, nfha_flow_fn fn, void *data);

/** Read the load of the part of R that holds flow ID @p first. */
int nfha_load_get(struct nfha *h, const char *service, uint16_t first, struct nfha_load *load);
/** Read the load of all 256 parts of R. -ENOENT, -EINTR if the service has been made again */
int nfha_load_dump(struct nfha *h, const char *service, nfha_load_fn fn, void *data);

/**
 * Plug the input of an instance: packets for it wait.
 * @param[out] epoch	its number; may be NULL
 * @return -ENOENT, -EOPNOTSUPP without recovery, -EBUSY if it is fenced, -EALREADY,
 *	-ENOSPC if 64 epochs are pending
 */
int nfha_epoch_begin(struct nfha *h, const char *service, const char *instance, uint64_t *epoch);
/**
 * Close the epoch, and unplug if it has begun.
 * @return -ECANCELED if the plug was opened by the dead man; else as nfha_epoch_begin()
 */
int nfha_epoch_cut(struct nfha *h, const char *service, const char *instance, uint64_t *epoch);
/** Release output up to an epoch, and trim the log. -ENOENT if it is not pending, -EBUSY */
int nfha_epoch_commit(struct nfha *h, const char *service, const char *instance, uint64_t epoch);
/**
 * Give up an epoch; its output joins the next one.
 * @param[in,out] epoch	one that is cut, or 0 or NULL: the one that has begun
 * @return as nfha_epoch_cut() and nfha_epoch_commit()
 */
int nfha_epoch_abort(struct nfha *h, const char *service, const char *instance, uint64_t *epoch);
/**
 * Say that somebody looks after an instance's epochs, as the other commands for them do.
 * @param instance	or NULL: all instances of the service
 * @return -ENOENT
 */
int nfha_epoch_alive(struct nfha *h, const char *service, const char *instance);
/** Read the recovery of an instance. -ENOENT, -EOPNOTSUPP */
int nfha_epoch_get(struct nfha *h, const char *service, const char *instance,
		   struct nfha_epoch *epoch);
/** Read that of all instances of a service, or of all if @p service is NULL. -ENOENT, -EINTR */
int nfha_epoch_dump(struct nfha *h, const char *service, nfha_epoch_fn fn, void *data);
/**
 * Fence an instance for good, and let a backup take over: ranges, flows, and the input
 * since the last committed cut.
 * @param backup	or NULL: the instance's successor
 * @param[out] takeover	what came of it; may be NULL
 * @return -ENOENT, -EINVAL, -EALREADY, -EBUSY if the backup cannot, -EOPNOTSUPP
 */
int nfha_failover(struct nfha *h, const char *service, const char *instance,
		  const char *backup, struct nfha_takeover *takeover);

/**
 * Fence an instance for good, and let its input wait for a failover.
 * @param[out] takeover	what a backup has to start from; may be NULL
 * @return 0 also if it is fenced already; -ENOENT, -EOPNOTSUPP, -EALREADY if it has been
 *	replaced
 */
int nfha_fence(struct nfha *h, const char *service, const char *instance,
	       struct nfha_takeover *takeover);

/** Subscribe to events; use a handle that does nothing else. */
int nfha_event_subscribe(struct nfha *h);
/** File descriptor to poll for events. */
int nfha_event_fd(const struct nfha *h);
/**
 * Take the events that are there, and wait for the first.
 * @param timeout_ms	how long to wait, -1 for ever
 * @return 0; -ETIMEDOUT; -ENOBUFS if events were lost, so that the caller
 *	has to read afresh what it knows; or what @p fn returned
 */
int nfha_event_read(struct nfha *h, int timeout_ms, nfha_event_fn fn, void *data);

/**
 * The flow ID that the kernel computes for a flow (6.2, assumption 1).
 * @param service	key, affinity and prefixes count
 * @param flow		family, addresses, protocol, ports and side count
 */
uint16_t nfha_flow_id(const struct nfha_service *service, const struct nfha_flow *flow);

#ifdef __cplusplus
}
#endif

#endif /* LIBNFHA_NFHA_H */
