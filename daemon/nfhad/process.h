/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PROCESS_H
#define NFHAD_PROCESS_H

#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>
#include "config.h"

/*
 * A process tree, known by a descriptor of its first process. It does not end
 * when the daemon does.
 */
struct nfhad_process;

/* The first process has ended; called once from the loop. */
typedef void (*nfhad_exit_fn)(void *data);

/**
 * nfhad_process_launch - start the command of an instance
 * @event: the loop
 * @service: see nfhad_launch()
 * @config: what to start, and where
 * @exited: called when it has ended
 * @data: for @exited
 * @process: set
 *
 * In a pid namespace of its own where it is the leader of a session and process 1 (a
 * small init of ours if the command is not made to be one is not needed: the
 * kernel ends the rest with it), in the network namespace
 * @config->netns, without transparent huge pages, with no descriptor but 0 to 2.
 *
 * Return: 0 or a negative errno; logged.
 */
int nfhad_process_launch(sd_event *event, const char *service,
			 const struct nfhad_instance_config *config,
			 nfhad_exit_fn exited, void *data,
			 struct nfhad_process **process);

/**
 * nfhad_process_adopt - follow a process that runs already
 * @event: the loop
 * @pid: its id
 * @start: when it started, as /proc/PID/stat has it (field 22); 0: not known
 * @exited: called when it has ended
 * @data: for @exited
 * @process: set
 *
 * Return: 0, -ESRCH if it is gone (or another one with its number), or
 * a negative errno.
 */
int nfhad_process_adopt(sd_event *event, pid_t pid, uint64_t start,
			nfhad_exit_fn exited, void *data,
			struct nfhad_process **process);

pid_t nfhad_process_pid(const struct nfhad_process *process);
uint64_t nfhad_process_start(const struct nfhad_process *process);

/**
 * nfhad_process_kill - end a process tree with SIGKILL
 * @process: the tree; @exited is called when it is gone
 *
 * All of its pid namespace if it has one of its own, else all descendants.
 */
void nfhad_process_kill(struct nfhad_process *process);

/**
 * nfhad_process_signal - send a signal to each process of a tree
 * @process: the tree
 * @signal: SIGCONT after a restore that left it stopped
 *
 * Return: 0 or a negative errno.
 */
int nfhad_process_signal(struct nfhad_process *process, int signal);

/**
 * nfhad_process_free - follow a process no more
 * @process: or NULL; it lives on, @exited is not called
 */
void nfhad_process_free(struct nfhad_process *process);

#endif /* NFHAD_PROCESS_H */
