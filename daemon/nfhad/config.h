/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CONFIG_H
#define NFHAD_CONFIG_H

#include <linux/nfha.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config_scale.h"
#include "config_template.h"

/* So many paths of the machine an instance may have in its mount namespace. */
#define NFHAD_BINDS_MAX 64

/* How sure a checkpoint is to be stored before it counts. */
enum nfhad_sync {
	NFHAD_SYNC_NONE,	/* written: survives the daemon */
	NFHAD_SYNC_FULL,	/* on the medium: survives the host */
};

/* When nfhad is gone for the dead-man time. */
enum nfhad_dead_man {
	NFHAD_DEAD_MAN_RELEASE,	/* traffic before guarantee */
	NFHAD_DEAD_MAN_HOLD,	/* guarantee before traffic */
};

/* NHAM's recovery schemes. */
enum nfhad_scheme {
	NFHAD_SCHEME_COLD,	/* a backup is restored after the failure */
	NFHAD_SCHEME_STANDBY,	/* it holds the checkpoint already, stopped */
	NFHAD_SCHEME_ACTIVE_ACTIVE,	/* there is none: those that work share its part */
};

/* May a backup be on the host of its master? */
enum nfhad_apart {
	NFHAD_APART_PREFER,	/* if nobody else can be it */
	NFHAD_APART_STRICT,	/* no */
};

enum nfhad_driver_kind {
	NFHAD_DRIVER_CRIU,
	NFHAD_DRIVER_CONNTRACK,
	NFHAD_DRIVER_EXEC,
	NFHAD_DRIVER_NONE,	/* no checkpoints: steered and scaled only */
};

enum nfhad_role {
	NFHAD_ROLE_ACTIVE,
	NFHAD_ROLE_BACKUP,
	NFHAD_ROLE_SPARE,	/* at rest until the service is scaled out */
};

enum nfhad_check_kind {
	NFHAD_CHECK_EXEC,
	NFHAD_CHECK_TCP,
	NFHAD_CHECK_ICMP,
};

/**
 * struct nfhad_store_config - stable storage
 * @directory: absolute; made if it is not there
 * @sync: before a checkpoint counts as stored
 * @keep: checkpoints of an instance, at least 1
 * @bytes_max: of all checkpoints together; 0: no limit
 */
struct nfhad_store_config {
	char *directory;
	enum nfhad_sync sync;
	uint32_t keep;
	uint64_t bytes_max;
};

/**
 * struct nfhad_check_config - a health check
 * @kind: what it does
 * @command: exec: argument list that ends with NULL; healthy is exit status 0
 * @address: tcp, icmp: numeric, reached from the namespace @netns
 * @port: tcp
 * @netns: name of the namespace where the check runs; NULL: the instance's own
 * @interval_ms: between the beginnings of two
 * @timeout_ms: one that takes longer has failed
 * @failures: in a row that make an instance unhealthy
 * @successes: in a row that make it healthy again
 */
struct nfhad_check_config {
	enum nfhad_check_kind kind;
	char **command;
	char *address;
	uint16_t port;
	char *netns;
	uint32_t interval_ms;
	uint32_t timeout_ms;
	uint32_t failures;
	uint32_t successes;
};

/**
 * struct nfhad_own_config - addresses of an instance that no other one has
 * @address: by side, with the length of the network; NULL: none
 */
struct nfhad_own_config {
	char *address[NFHAD_SIDES];
};

struct nfhad_made_config;

/**
 * struct nfhad_instance_config - an instance, as the kernel module has it by this name
 * @name: of the instance
 * @role: what it begins as
 * @netns: name of its network namespace, persistent; without one in the file the one that
 *	is made for it, or that of the process in its @pidfile
 * @template: name of the one that it is made of, or NULL
 * @addresses: of its own
 * @ports: transport ports of its own, the first and the last; 0: none
 * @command: what to launch in it, argument list that ends with NULL; NULL: adopted
 *	or nothing to run (driver conntrack). What its template says is in here, too, and
 *	so it is in what follows.
 * @environment: of the command, NAME=VALUE, ends with NULL
 * @directory: working directory; NULL: /
 * @output: file that standard output and error are appended to; NULL: /dev/null
 * @pidfile: of a process to adopt; NULL: none
 * @mount_namespace: one of its own
 * @bind_mounts: paths that are in it as the machine has them, list that ends with NULL;
 *	NULL: none
 * @weight: of a spare one, for the placement; its share with scheme active-active
 * @priority: of a spare one, for the placement; the highest comes first
 * @upstream: what the switch before the service calls it, or NULL
 * @steering: the module on its host, if that is another one
 * @host: name of the host that it is on; NULL without hosts
 * @made: what is made for it, see config_made.h; NULL without a template
 */
struct nfhad_instance_config {
	char *name;
	enum nfhad_role role;
	char *netns;
	char *template;
	struct nfhad_own_config addresses;
	uint16_t ports[2];
	char **command;
	char **environment;
	char *directory;
	char *output;
	char *pidfile;
	bool mount_namespace;
	char **bind_mounts;
	uint32_t weight;
	uint32_t priority;
	char *upstream;
	struct nfhad_steering_config steering;
	char *host;
	struct nfhad_made_config *made;
};

/**
 * struct nfhad_address_config - an address that whoever is active has
 * @address: with its prefix
 * @device: in the namespace of the instance
 */
struct nfhad_address_config {
	char *address;
	char *device;
};

/**
 * struct nfhad_service_config - a service that is protected
 * @name: as the kernel module has it
 * @driver: what saves and loads
 * @scheme: what a backup does meanwhile
 * @anti_affinity: of master and backup
 * @interval_ms: between the beginnings of two checkpoints
 * @drain_us: the VNF may take to work off its input before it is frozen, at most
 * @timeout_ms: a checkpoint, or a restore, that takes longer has failed
 * @fresh: standby: how many checkpoints it may be behind, 0: none
 * @save: exec: argument list that ends with NULL
 * @restore: exec: the same
 * @ruleset: conntrack: nftables file for the backup; NULL: the master's own is saved
 * @stall_ms: input and no output for so long is a failure; 0: never
 * @scale: when it gets more instances, and when less
 * @address: that whoever is active has
 * @addresses: how many
 * @check: health checks of each instance
 * @checks: how many
 * @instance: the instances; of backups that are equally good the first is taken
 * @instances: how many
 */
struct nfhad_service_config {
	char *name;
	enum nfhad_driver_kind driver;
	enum nfhad_scheme scheme;
	enum nfhad_apart anti_affinity;
	uint32_t interval_ms;
	uint32_t drain_us;
	uint32_t timeout_ms;
	uint32_t fresh;
	char **save;
	char **restore;
	char *ruleset;
	uint32_t stall_ms;
	struct nfhad_scale_config scale;
	struct nfhad_address_config *address;
	size_t addresses;
	struct nfhad_check_config *check;
	size_t checks;
	struct nfhad_instance_config *instance;
	size_t instances;
};

/**
 * struct nfhad_host_config - where instances can be
 * @name: of the host
 * @capacity: instances, of all services; 0: as many as one likes
 * @weight: for placement wrr and wrand
 * @priority: for placement prio; the highest comes first
 */
struct nfhad_host_config {
	char *name;
	uint32_t capacity;
	uint32_t weight;
	uint32_t priority;
};

/**
 * struct nfhad_api_config - the daemon's socket
 * @socket: path
 * @group: name of a group whose members may ask for changes, too; NULL: root only
 */
struct nfhad_api_config {
	char *socket;
	char *group;
};

/**
 * struct nfhad_http_config - metrics and a page
 * @address: numeric; NULL: neither
 * @port: TCP
 */
struct nfhad_http_config {
	char *address;
	uint16_t port;
};

/**
 * struct nfhad_config - what nfhad.yaml says
 * @store: where checkpoints go
 * @criu: absolute path of the program
 * @dead_man_ms: how long the kernel waits for a daemon that is gone; 0: for ever
 * @dead_man: and what it does then
 * @api: the socket
 * @http: metrics and a page
 * @cgroup: below which control groups of instances are made, from their root on
 * @template: what instances are made of
 * @templates: how many
 * @host: the hosts; NULL: each instance has its own
 * @hosts: how many
 * @service: the services
 * @services: how many
 * @users: who refer to it, but the one who has loaded it
 */
struct nfhad_config {
	struct nfhad_store_config store;
	char *criu;
	uint32_t dead_man_ms;
	enum nfhad_dead_man dead_man;
	struct nfhad_api_config api;
	struct nfhad_http_config http;
	char *cgroup;
	struct nfhad_template_config *template;
	size_t templates;
	struct nfhad_host_config *host;
	size_t hosts;
	struct nfhad_service_config *service;
	size_t services;
	unsigned int users;
};

/* Their words, each at its number; NULL after the last. */
extern const char *const nfhad_config_schemes[];
extern const char *const nfhad_config_drivers[];
extern const char *const nfhad_config_roles[];

/**
 * nfhad_config_load - read a configuration
 * @path: the file
 * @config: set, freed with nfhad_config_free()
 *
 * What is wrong is logged, all of it and not only the first, as
 * "FILE:LINE: KEY: expected ..., got ..." or "FILE:LINE: KEY: unknown key; ...".
 *
 * Return: 0, -EINVAL if something is wrong with the text, or what reading gave.
 */
int nfhad_config_load(const char *path, struct nfhad_config **config);

/* Another one refers to it. */
struct nfhad_config *nfhad_config_get(struct nfhad_config *config);

/* Whoever has loaded it, or referred to it, does not any more. NULL is fine. */
void nfhad_config_free(struct nfhad_config *config);

/**
 * nfhad_config_same_service - do two services want the same?
 * @a: one
 * @b: the other
 *
 * Return: true if all is alike, so that a reload has nothing to do.
 */
bool nfhad_config_same_service(const struct nfhad_service_config *a,
			       const struct nfhad_service_config *b);

/* Have both the same hosts? */
bool nfhad_config_same_hosts(const struct nfhad_config *a,
			     const struct nfhad_config *b);

#endif /* NFHAD_CONFIG_H */
