/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_KERNEL_H
#define NFHAD_KERNEL_H

#include <libnfha/nfha.h>
#include <systemd/sd-event.h>

struct nfhad_instance;
struct nfhad_kernel;
struct nfhad_service;

/**
 * typedef nfhad_kernel_event_fn - something has happened in the module
 * @event: what; NULL: events were lost, and all that is known has to be read afresh
 * @data: as given to nfhad_kernel_open()
 */
typedef void (*nfhad_kernel_event_fn)(const struct nfha_event *event,
				      void *data);

/**
 * nfhad_kernel_open - connect to the module
 * @event: the loop
 * @fn: told of events, from the loop
 * @data: for @fn
 * @kernel: set
 *
 * The loop ends with an error when the module is unloaded.
 *
 * Return: 0 or a negative errno; logged.
 */
int nfhad_kernel_open(sd_event *event, nfhad_kernel_event_fn fn, void *data,
		      struct nfhad_kernel **kernel);
void nfhad_kernel_close(struct nfhad_kernel *kernel);

/* Its handle, for who has commands of his own. */
struct nfha *nfhad_kernel_commands(struct nfhad_kernel *kernel);

/**
 * nfhad_kernel_checked - log what the module has refused, with its reason
 * @instance: whom the command was about
 * @ret: what became of it
 * @command: its name
 *
 * Return: @ret.
 */
int nfhad_kernel_checked(const struct nfhad_instance *instance, int ret,
			 const char *command);

/*
 * The commands. Each is a system call that does not block for others. What the
 * module refuses is logged with its reason, but for nfhad_kernel_epoch(). Return is
 * 0 or a negative errno.
 */
int nfhad_kernel_begin(struct nfhad_instance *instance);
int nfhad_kernel_cut(struct nfhad_instance *instance, uint64_t *epoch);
int nfhad_kernel_commit(struct nfhad_instance *instance, uint64_t epoch);

/**
 * nfhad_kernel_abort - give an epoch up
 * @instance: whose
 * @epoch: one that is cut; 0: the one that has begun, so that its plug opens
 */
int nfhad_kernel_abort(struct nfhad_instance *instance, uint64_t epoch);
int nfhad_kernel_epoch(struct nfhad_instance *instance,
		       struct nfha_epoch *epoch);
int nfhad_kernel_failover(struct nfhad_instance *master,
			  struct nfhad_instance *backup,
			  struct nfha_takeover *takeover);

/**
 * nfhad_kernel_fence - forward nothing any more that an instance sends
 * @instance: the instance; its input waits in its log
 */
int nfhad_kernel_fence(struct nfhad_instance *instance);

/**
 * nfhad_kernel_dead_man - say what is to become of a service without a daemon
 * @service: the service
 */
int nfhad_kernel_dead_man(struct nfhad_service *service);

/* The daemon looks after this instance. */
int nfhad_kernel_alive(struct nfhad_instance *instance);

/* Has it ranges or flows? */
bool nfhad_kernel_owns(struct nfhad_instance *instance);

/* Have all its ports? Also true if that cannot be told. */
bool nfhad_kernel_has_carrier(struct nfhad_instance *instance);

/* What it sends is dropped until it takes over. It must own nothing. */
int nfhad_kernel_stand_by(struct nfhad_instance *instance);

/* It has no ranges, and its flows have so much time left. */
int nfhad_kernel_drain(struct nfhad_instance *instance, uint32_t deadline_ms);

/* It can take ranges. */
int nfhad_kernel_activate(struct nfhad_instance *instance);

/**
 * nfhad_kernel_remove - take an instance out of its service
 * @instance: the instance
 * @old: set; what it was
 */
int nfhad_kernel_remove(struct nfhad_instance *instance,
			struct nfha_instance *old);

/* Put it back, on standby, with the ports that it had. */
int nfhad_kernel_add(struct nfhad_instance *instance,
		     struct nfha_instance *old);

/**
 * nfhad_kernel_traffic - what an instance has got and sent so far
 * @kernel: the module
 * @service: its service
 * @instance: its name
 * @to: packets to it
 * @from: packets from it
 */
int nfhad_kernel_traffic(struct nfhad_kernel *kernel, const char *service,
			 const char *instance, uint64_t *to, uint64_t *from);

/*
 * What the module has of a service, for those who want to see it. -ENOENT if it has none;
 * nothing is logged.
 */
int nfhad_kernel_service(const struct nfhad_service *service,
			 struct nfha_service *answer);

/* Its ranges, to be freed with nfha_map_free(). */
int nfhad_kernel_map(const struct nfhad_service *service, struct nfha_map **map);
int nfhad_kernel_instances(const struct nfhad_service *service,
			   nfha_instance_fn fn, void *data);
int nfhad_kernel_epochs(const struct nfhad_service *service, nfha_epoch_fn fn,
			void *data);

#endif /* NFHAD_KERNEL_H */
