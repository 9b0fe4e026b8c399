/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FARM_H
#define FARM_H

#include <libnfha/nfha.h>
#include <stdbool.h>
#include <sys/types.h>

#include "instance.h"

/*
 * A service that is scaled, on modules that are none. The daemon is a child of the test, with
 * its loop, its jobs and its records, so that it can be killed; the modules are in memory that
 * both have, and outlive it.
 */

enum { A, B, C, PLACES };

#define FARM_FLOWS 24
#define FARM_RANGES 16

/**
 * struct farm_flow - a living flow in a module
 * @alive: it is
 * @imported: somebody has told the module of it
 * @id: flow ID
 * @owner: who gets its packets, or -1: the module does not know it
 * @home: who has its state; of the module of the daemon's host only
 */
struct farm_flow {
	bool alive;
	bool imported;
	uint16_t id;
	int owner;
	int home;
};

/**
 * struct farm_module - a module with one service
 * @name: of the service
 * @names: of its instances
 * @state: of each, enum nfha_state
 * @remote: the same
 * @generation: of the map
 * @ranges: how many
 * @first: flow ID of each; it ends before the next one
 * @owner: of each
 * @tracking: enum nfha_tracking
 * @imports_before: how many flows it had been told of when its map was set last
 * @meddlers: so often somebody else changes the map before a change that is asked for
 * @refusals: so many changes of the map are refused
 * @flow: them
 */
struct farm_module {
	const char *name;
	const char *names[PLACES];
	uint32_t state[PLACES];
	bool remote[PLACES];
	uint32_t generation;
	unsigned int ranges;
	uint32_t first[FARM_RANGES];
	int owner[FARM_RANGES];
	uint32_t tracking;
	unsigned int imports_before;
	unsigned int meddlers;
	unsigned int refusals;
	struct farm_flow flow[FARM_FLOWS];
};

/* Whose modules there are: of the daemon's host, of the switch, of the host of B. */
enum { HOST, SWITCH, OTHER, MODULES };

/**
 * struct farm - what outlives the daemon
 * @module: them
 * @endless: flows do not end
 * @births: so many flows are to begin
 * @broken: this one, counted from 1, went where its state is not
 * @changed: flows have ended, or are somebody else's, and the daemon is to hear of it
 * @calls: of the library
 * @die_at: the daemon is killed at this one; 0: never
 * @daemon: its process
 * @state: of each instance, as the daemon has it; kept up while it runs
 * @steady: it says that no step is on its way
 * @failed: this one has failed at some time, and its flows are lost
 * @sick: the health checks of an instance do not succeed
 * @probes: of each
 */
struct farm {
	struct farm_module module[MODULES];
	bool endless;
	unsigned int births;
	unsigned int broken;
	bool changed;
	unsigned int calls;
	unsigned int die_at;
	pid_t daemon;
	enum nfhad_instance_state state[PLACES];
	bool steady;
	bool failed[PLACES];
	bool sick[PLACES];
	unsigned int probes[PLACES];
};

extern struct farm *farm;
extern struct nfhad_service_config farm_config;
extern struct nfhad_check_config farm_check;

/* In the daemon. */
extern struct nfhad_service *farm_service;

/* A owns everything and has half of the flows; nothing is remembered. */
void farm_setup(void);
void farm_teardown(void);

/* The range map of a module; the last one goes up to the end of R. */
void farm_map(struct farm_module *module, unsigned int ranges,
	      const uint32_t *first, const int *owner);

/* Living flows in a module, each of whoever owns its range: one of so many that could be. */
void farm_flows(struct farm_module *module, unsigned int every);
int farm_owner_of(const struct farm_module *module, uint16_t id);
uint32_t farm_width(const struct farm_module *module, int place);
bool farm_is_exception(const struct farm_module *module,
		       const struct farm_flow *flow);

/* Who gets a packet of a flow now, from the switch on, which enters it where it passes; -1:
 * nobody.
 */
int farm_route(unsigned int flow);

/* A packet of each flow passes, and perhaps a new flow begins. */
void farm_packets(void);

unsigned int farm_flows_of(const struct farm_module *module, int place);

/**
 * farm_run - a daemon, from its beginning until all is well
 * @act: called in it when all are at work or at rest, until it is not -EAGAIN; or NULL
 * @fail_at: when it has made so many calls, 0: never,
 * @fails: this one fails
 *
 * Return: 0, the status that it has ended with (1: all is not well after a time), or
 * -SIGKILL: it was killed.
 */
int farm_run(int (*act)(void), unsigned int fail_at, int fails);

/* What is not well, or NULL. */
const char *farm_wrong(void);

struct nfhad_instance *farm_at(int place);

/* What the linker puts in place of the library. */
int __wrap_nfha_open(struct nfha **h, const char *netns);
void __wrap_nfha_close(struct nfha *h);
const char *__wrap_nfha_error(const struct nfha *h);
int __wrap_nfha_service_get(struct nfha *h, const char *name,
			    struct nfha_service *service);
int __wrap_nfha_service_set(struct nfha *h, const struct nfha_service *service);
int __wrap_nfha_instance_get(struct nfha *h, const char *service,
			     const char *name, struct nfha_instance *instance);
int __wrap_nfha_instance_set(struct nfha *h, const struct nfha_instance *instance);
int __wrap_nfha_instance_dump(struct nfha *h, const char *service,
			      nfha_instance_fn fn, void *data);
int __wrap_nfha_epoch_get(struct nfha *h, const char *service,
			  const char *instance, struct nfha_epoch *epoch);
int __wrap_nfha_epoch_alive(struct nfha *h, const char *service,
			    const char *instance);
int __wrap_nfha_map_get(struct nfha *h, const char *service,
			struct nfha_map **map);
int __wrap_nfha_map_set(struct nfha *h, const struct nfha_change *change,
			const struct nfha_range *range, unsigned int ranges,
			struct nfha_changed *changed);
int __wrap_nfha_split(struct nfha *h, const struct nfha_change *change,
		      struct nfha_changed *changed);
int __wrap_nfha_merge(struct nfha *h, const struct nfha_change *change,
		      struct nfha_changed *changed);
int __wrap_nfha_flow_del(struct nfha *h, const char *service,
			 const struct nfha_flow *flow, const char *instance,
			 uint32_t flags, uint32_t *count);
int __wrap_nfha_flow_dump(struct nfha *h, const char *service,
			  const struct nfha_flow_filter *filter,
			  nfha_flow_fn fn, void *data);
int __wrap_nfha_flow_import(struct nfha *h, const char *service,
			    const char *instance, const struct nfha_flow *flow,
			    size_t flows, size_t *done);

#endif /* FARM_H */
