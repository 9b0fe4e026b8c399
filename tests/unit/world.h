/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include "config.h"
#include "instance.h"
#include "kernel.h"
#include "lines.h"
#include "nfhad.h"
#include "process.h"

/*
 * What the daemon's engine stands on, made up: a module with three instances A, B and C,
 * a driver, and processes that do nothing. The store, jobs and the loop are real.
 */

enum { A, B, C, PLACES };

/**
 * struct fake - an instance in the module that is none
 * @e: as nfhad_kernel_epoch() has it
 * @owns: ranges
 * @gone: the module has no epochs of it
 * @no_carrier: one of its ports has none
 * @alive: signs of life
 * @removed: how often it was made anew
 * @commits: that have succeeded
 * @aborts: of epochs that were cut
 */
struct fake {
	struct nfha_epoch e;
	bool owns;
	bool gone;
	bool no_carrier;
	unsigned int alive;
	unsigned int removed;
	unsigned int commits;
	unsigned int aborts;
};

/**
 * struct world - what is to happen, and what has; shared with jobs
 * @fake: the module
 * @no_service: the module has none
 * @commit_lost: a commit is done, and its answer is lost
 * @commit_error: a commit is not done, and fails
 * @attach_error: of the driver
 * @save_hangs: a save is cut, and never done
 * @load_hangs: a load is not done until this is false
 * @load_errors: so many loads fail
 * @resumes_nothing: what has no process can be resumed, too
 * @launch_error: of launching
 * @launch_dies: what is launched ends at once
 * @unkillable: so many signals have no effect
 * @stray_error: of killing strays, of each instance
 * @expected: a load into each instance is
 * @saves: by the driver, of each instance
 * @loads: the same
 * @loaded_epoch: of the last load
 * @launches: of commands, in each instance
 * @strays: how often strays were killed, in each instance
 */
struct world {
	struct fake fake[PLACES];
	bool no_service;
	bool commit_lost;
	int commit_error;
	int attach_error;
	bool save_hangs;
	bool load_hangs;
	unsigned int load_errors;
	bool resumes_nothing;
	int launch_error;
	bool launch_dies;
	unsigned int unkillable;
	int stray_error[PLACES];
	bool expected[PLACES];
	unsigned int saves[PLACES];
	unsigned int loads[PLACES];
	uint64_t loaded_epoch;
	unsigned int launches[PLACES];
	unsigned int strays[PLACES];
};

extern struct world *world;

/* What the module has of an instance. */
struct fake *fake_of(const struct nfhad_instance *instance);

extern struct nfhad nfhad;
extern struct nfhad_service_config service_config;
extern struct nfhad_service *service;

/* A store, and a namespace of mounts, so that /run/nfhad is the test's own. */
void world_setup(void);
void world_teardown(void);

/* A daemon begins, or ends and leaves what it protects. */
void daemon_begin(void);
void daemon_end(void);

struct nfhad_instance *at(int place);

/* Runs the loop until it is in the state, or has said it; fails if that never is. */
void wait_state(int place, enum nfhad_instance_state state);
void wait_said(const char *text);
void wait_commits(int place, unsigned int commits);

/* Runs the loop for so long. */
void run_ms(unsigned int ms);

/* The process of an instance ends, and the daemon hears of it. */
void process_end(int place);

/* As the linker wraps it. */
void __real_nfhad_process_kill(struct nfhad_process *process);
void __wrap_nfhad_process_kill(struct nfhad_process *process);

#endif /* WORLD_H */
