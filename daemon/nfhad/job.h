/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_JOB_H
#define NFHAD_JOB_H

#include <stdint.h>
#include <systemd/sd-event.h>

/*
 * What would block, or works in another namespace, runs in a child process: the
 * daemon itself never waits, and is elsewhere only to open a socket, see netns.h.
 */
struct nfhad_job;

/**
 * typedef nfhad_job_fn - what a job does
 * @data: as given; a copy, for this is another process
 *
 * Return: 0 or a negative errno. It may exec as well; then the exit status of the
 * program counts, see nfhad_job_start().
 */
typedef int (*nfhad_job_fn)(void *data);

/**
 * typedef nfhad_job_done_fn - a job has ended
 * @data: as given
 * @error: 0, or what @fn returned; -ETIMEDOUT: it was killed for that; -ECHILD: it
 *	died of a signal, or a program ended with a status that is no errno
 *
 * The job is freed when this returns.
 */
typedef void (*nfhad_job_done_fn)(void *data, int error);

/**
 * nfhad_job_start - run a function in a child process
 * @event: the loop
 * @fn: the function; signals have their default dispositions, no descriptor
 *	that is close-on-exec survives an exec
 * @timeout_us: it is killed after, with all that is in its process group; 0: never
 * @done: called once from the loop, never from here
 * @data: for @fn and @done
 * @job: where to put the job, or NULL
 *
 * Return: 0 or a negative errno; then @done is not called.
 */
int nfhad_job_start(sd_event *event, nfhad_job_fn fn, uint64_t timeout_us,
		    nfhad_job_done_fn done, void *data, struct nfhad_job **job);

/**
 * nfhad_job_withhold - keep a descriptor from all jobs
 * @fd: a socket that listens; -1: there is none any more
 *
 * A job that has not ended yet when the daemon has would keep the address from the next
 * daemon. There is one such socket at most: who has to be alone otherwise has a lock.
 */
void nfhad_job_withhold(int fd);

/**
 * nfhad_job_cancel - kill a job and its process group; done is not called
 * @job: the job, or NULL; not the caller's any more
 */
void nfhad_job_cancel(struct nfhad_job *job);

/* The same with a job whose end nobody waits for, no VNF either: in the background. */
void nfhad_job_abandon(struct nfhad_job *job);

/* This job, for which nobody waits. Who recovers comes first. */
void nfhad_job_background(void);

/* A thread that ends; and if its process leads a session, all that is in that. */
void nfhad_job_step_aside(pid_t thread, pid_t process);

/* A job that a failed service waits for, and what it forks from here on. */
void nfhad_job_urge(const struct nfhad_job *job);

#endif /* NFHAD_JOB_H */
