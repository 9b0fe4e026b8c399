/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CONFIG_TEMPLATE_H
#define NFHAD_CONFIG_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field.h"

/* Where an instance meets the world, as in struct nfhad_instance_config. */
enum nfhad_side {
	NFHAD_SIDE_LEFT,
	NFHAD_SIDE_RIGHT,
	NFHAD_SIDES,
};

/* Their names. */
extern const char *const nfhad_config_sides[NFHAD_SIDES];

/**
 * struct nfhad_route_config - a route in the namespace of an instance
 * @to: the network; NULL: all
 * @via: the next router; NULL: the network is at this port
 */
struct nfhad_route_config {
	char *to;
	char *via;
};

/**
 * struct nfhad_neighbour_config - somebody whom an instance need not ask for
 * @address: of a neighbour
 * @mac: the same one's
 */
struct nfhad_neighbour_config {
	char *address;
	char *mac;
};

/**
 * struct nfhad_port_config - a pair of devices, from the host to an instance
 * @device: the host's end, with words in it; NULL: there is no such port
 * @name: the end in the namespace of the instance; NULL: as the side is called
 * @mac: of this end; NULL: any
 * @mtu: of both; 0: the kernel's
 * @addresses: of this end, the same in all instances, ends with NULL; NULL: none
 * @route: through it
 * @routes: how many
 * @neighbour: behind it
 * @neighbours: how many
 */
struct nfhad_port_config {
	char *device;
	char *name;
	char *mac;
	uint32_t mtu;
	char **addresses;
	struct nfhad_route_config *route;
	size_t routes;
	struct nfhad_neighbour_config *neighbour;
	size_t neighbours;
};

/**
 * struct nfhad_group_config - limits of a control group; 0: there is none
 * @memory: bytes
 * @cpu: percent of one processor
 * @processes: with threads
 */
struct nfhad_group_config {
	uint64_t memory;
	uint32_t cpu;
	uint32_t processes;
};

/**
 * struct nfhad_template_config - what instances are made of
 * @name: by which an instance names it
 * @command: as in struct nfhad_instance_config, with words in it; and so are
 * @environment: the same
 * @directory: the same
 * @output: the same
 * @mount_namespace: without words
 * @bind_mounts: the same
 * @limits: of the processes of an instance
 * @port: by side
 * @sysctls: settings of the namespace, NAME=VALUE, ends with NULL; NULL: none
 */
struct nfhad_template_config {
	char *name;
	char **command;
	char **environment;
	char *directory;
	char *output;
	bool mount_namespace;
	char **bind_mounts;
	struct nfhad_group_config limits;
	struct nfhad_port_config port[NFHAD_SIDES];
	char **sysctls;
};

/* The keys of a template. */
extern const struct nfhad_fields nfhad_template_fields;

#endif /* NFHAD_CONFIG_TEMPLATE_H */
