/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_INSTANCE_H
#define NFHAD_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>
#include "config.h"
#include "log.h"

struct nfhad;
struct nfhad_beyond;
struct nfhad_checkpoint;
struct nfhad_cleaning;
struct nfhad_driver;
struct nfhad_health;
struct nfhad_image;
struct nfhad_instance;
struct nfhad_meter;
struct nfhad_possession;
struct nfhad_move;
struct nfhad_process;
struct nfhad_protection;
struct nfhad_push;
struct nfhad_recovery;
struct nfhad_respread;
struct nfhad_scale;
struct nfhad_spares;
struct nfhad_standby;
struct nfhad_start;

/**
 * enum nfhad_instance_state - what an instance is to the daemon
 * @NFHAD_INSTANCE_UNKNOWN: not looked at yet
 * @NFHAD_INSTANCE_IDLE: nothing runs; a backup can be made of it
 * @NFHAD_INSTANCE_LOADING: a checkpoint is being loaded into it
 * @NFHAD_INSTANCE_STANDBY: a checkpoint is loaded, and stopped
 * @NFHAD_INSTANCE_ACTIVE: gets packets, and is protected
 * @NFHAD_INSTANCE_UNPROTECTED: gets packets, and cannot be protected now (see the log)
 * @NFHAD_INSTANCE_FAILED: fenced; waits for a backup
 * @NFHAD_INSTANCE_CLEANING: what is left of it is being removed
 */
enum nfhad_instance_state {
	NFHAD_INSTANCE_UNKNOWN,
	NFHAD_INSTANCE_IDLE,
	NFHAD_INSTANCE_LOADING,
	NFHAD_INSTANCE_STANDBY,
	NFHAD_INSTANCE_ACTIVE,
	NFHAD_INSTANCE_UNPROTECTED,
	NFHAD_INSTANCE_FAILED,
	NFHAD_INSTANCE_CLEANING,
};

/**
 * struct nfhad_service - a service that is protected
 * @nfhad: the daemon
 * @whole: the configuration that @config is of
 * @config: what is wanted
 * @driver: of all its instances
 * @backups: who of them can take over
 * @standby: its standby, or NULL
 * @possession: of its addresses by one of them, or NULL
 * @scale: makes it larger and smaller, or NULL
 * @respread: shares what one that fails has, or NULL
 * @move: carries state from one instance to another, or NULL
 * @push: tells the switch before it, or NULL
 * @beyond: what that one sends past this host, or NULL
 * @meter: measures what it has to do, or NULL
 * @alive: tells the module that there is a daemon
 * @started: its instances have been, for the kernel has it
 * @instances: how many
 * @instance: its instances, as in the configuration
 */
struct nfhad_service {
	struct nfhad *nfhad;
	struct nfhad_config *whole;
	const struct nfhad_service_config *config;
	const struct nfhad_driver *driver;
	struct nfhad_spares *backups;
	struct nfhad_standby *standby;
	struct nfhad_possession *possession;
	struct nfhad_scale *scale;
	struct nfhad_respread *respread;
	struct nfhad_move *move;
	struct nfhad_push *push;
	struct nfhad_beyond *beyond;
	struct nfhad_meter *meter;
	sd_event_source *alive;
	bool started;
	size_t instances;
	struct nfhad_instance *instance;
};

/**
 * struct nfhad_tally - what has become of an instance, since it is known
 * @checkpoints: that were committed
 * @checkpoint_failures: that were not
 * @checkpoint_us: the last one took, from its beginning to its commit
 * @plug_us: its input waited for the last one
 * @checkpoint_at_us: when the last one was committed, CLOCK_REALTIME; 0: none was
 * @failures: of the instance
 * @takeovers: from another one
 */
struct nfhad_tally {
	uint64_t checkpoints;
	uint64_t checkpoint_failures;
	uint64_t checkpoint_us;
	uint64_t plug_us;
	uint64_t checkpoint_at_us;
	uint64_t failures;
	uint64_t takeovers;
};

/**
 * struct nfhad_instance - an instance of such a service
 * @service: its service
 * @config: what is wanted
 * @state: enum nfhad_instance_state; set with nfhad_state_set()
 * @since_us: since when, CLOCK_REALTIME
 * @process: what runs, or NULL
 * @health: its checks, or NULL
 * @checkpoint: the engine that makes its checkpoints, or NULL
 * @protection: that it waits for while it cannot be protected, or NULL
 * @recovery: that it is part of as the one who has the log, or NULL
 * @cleaning: of it, or NULL
 * @start: of it, until it lives; or NULL
 * @next: who was told to expect its checkpoints, see nfhad_driver.expect; or NULL
 * @base: whose last checkpoint it was made of, until it has one of its own; or NULL
 * @base_number: of that checkpoint; 0: none, it runs the command of @base
 * @since_number: checkpoints up to this one are of an earlier life
 * @since_epoch: and so is what the kernel has committed up to this one
 * @relapses: recoveries before it since a checkpoint was committed; without checkpoints,
 *	failures in a row after a short life
 * @is_away: it has failed, and its share is with others until it is back
 * @unmake: its start has failed: what was made for it goes when it is cleaned
 * @rests_until_us: it is not started before, for that has failed; monotonic
 * @lives_since_us: when it began to get packets, monotonic
 * @tally: what has become of it
 * @driver_data: the driver's
 */
struct nfhad_instance {
	struct nfhad_service *service;
	const struct nfhad_instance_config *config;
	enum nfhad_instance_state state;
	uint64_t since_us;
	struct nfhad_process *process;
	struct nfhad_health *health;
	struct nfhad_checkpoint *checkpoint;
	struct nfhad_protection *protection;
	struct nfhad_recovery *recovery;
	struct nfhad_cleaning *cleaning;
	struct nfhad_start *start;
	struct nfhad_instance *next;
	struct nfhad_instance *base;
	uint64_t base_number;
	uint64_t since_number;
	uint64_t since_epoch;
	unsigned int relapses;
	bool is_away;
	bool unmake;
	uint64_t rests_until_us;
	uint64_t lives_since_us;
	struct nfhad_tally tally;
	void *driver_data;
};

/**
 * nfhad_instance_follow - a process of the instance runs
 * @instance: the instance; its earlier process, if any, is followed no more
 * @pid: its first process, launched by the daemon or made by a driver
 * @start: see nfhad_process_adopt()
 *
 * Its end is a failure of the instance, while it is active.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_instance_follow(struct nfhad_instance *instance, pid_t pid,
			  uint64_t start);

/**
 * nfhad_instance_launch - start a command in an instance
 * @instance: the instance; nothing runs in it
 * @command: of this instance, or of another one: but for its name, namespace and control
 *	group
 *
 * Return: 0 or a negative errno; logged.
 */
int nfhad_instance_launch(struct nfhad_instance *instance,
			  const struct nfhad_instance_config *command);

/**
 * nfhad_instance_activate - an instance gets packets: protect it
 * @instance: the instance, alive
 * @base: the checkpoint that it was made of, or NULL; the instance's from here on
 */
void nfhad_instance_activate(struct nfhad_instance *instance,
			     struct nfhad_image *base);

/**
 * nfhad_instance_take_over - a backup is alive: let it work
 * @instance: the backup, plugged
 * @owner: whose checkpoint it was made of, or whose command it runs
 * @image: that checkpoint, see nfhad_instance_activate(); or NULL
 *
 * It is recorded before it gets a packet: once it has had one, nobody can begin afresh
 * from the image.
 */
void nfhad_instance_take_over(struct nfhad_instance *instance,
			      struct nfhad_instance *owner,
			      struct nfhad_image *image);

/**
 * nfhad_instance_failed - an instance cannot go on
 * @instance: the instance
 * @why: one line
 *
 * Nothing if it has failed already, or is not active. The fence is in place when this
 * returns.
 */
void nfhad_instance_failed(struct nfhad_instance *instance, const char *why);

/**
 * nfhad_instance_leave - be concerned with an instance no more
 * @instance: the instance; what runs in it runs on
 */
void nfhad_instance_leave(struct nfhad_instance *instance);

/* Does the kernel say so, now? */
bool nfhad_instance_is_fenced(struct nfhad_instance *instance);

/**
 * nfhad_instance_fenced - the module has fenced an instance
 * @instance: the instance
 *
 * A failure if it is active; a backup is made ready anew.
 */
void nfhad_instance_fenced(struct nfhad_instance *instance);

/**
 * nfhad_instance_committed - there is a checkpoint of its own that counts
 * @instance: the instance
 *
 * The ones of the instance that it was made of are not needed any more.
 */
void nfhad_instance_committed(struct nfhad_instance *instance);

/* Does it get packets? */
bool nfhad_instance_works(const struct nfhad_instance *instance);

/* A port of it has carrier again. */
void nfhad_instance_connected(struct nfhad_instance *instance);

/* An instance can be a backup, from now on. */
void nfhad_instance_idle(struct nfhad_instance *instance);

#endif /* NFHAD_INSTANCE_H */
