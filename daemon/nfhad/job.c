// SPDX-License-Identifier: GPL-2.0-or-later
/* Work in a child process. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"

/* A thirtieth of what others get, if they want all. */
#define BACKGROUND 15

/* Ten times of what others get; they go on. */
#define URGENT (-10)

/**
 * struct nfhad_job - a child process that works
 * @pid: its id, which is also that of its session and its process group
 * @exit: watches for its end
 * @timer: until it is killed, or NULL
 * @late: it has been
 * @done: told when it has ended; NULL: nobody wants to know
 * @data: for @done
 */
struct nfhad_job {
	pid_t pid;
	sd_event_source *exit;
	sd_event_source *timer;
	bool late;
	nfhad_job_done_fn done;
	void *data;
};

/* What no job has, or -1. */
static int withheld = -1;

void nfhad_job_withhold(int fd)
{
	withheld = fd;
}

static void job_free(struct nfhad_job *job)
{
	sd_event_source_disable_unref(job->exit);
	sd_event_source_disable_unref(job->timer);
	free(job);
}

static int error_of(const struct nfhad_job *job, const siginfo_t *info)
{
	if (job->late)
		return -ETIMEDOUT;
	if (info->si_code != CLD_EXITED || info->si_status > 133)
		return -ECHILD;
	return -info->si_status;
}

static int on_exit_of_child(sd_event_source *source, const siginfo_t *info,
			    void *data)
{
	struct nfhad_job *job = data;

	if (!job->done) {
		/* The loop's own; it frees the job with it. */
		sd_event_source_set_floating(source, false);
		return 0;
	}
	job->done(job->data, error_of(job, info));
	job_free(job);
	return 0;
}

/* It may not have become the leader of a group yet, and then it is alone, and does not become
 * one after the first signal.
 */
static void kill_all(const struct nfhad_job *job)
{
	kill(job->pid, SIGKILL);
	kill(-job->pid, SIGKILL);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_job *job = data;

	(void)source;
	(void)usec;
	job->late = true;
	kill_all(job);
	return 0;
}

static void signals_reset(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Sessions share a processor evenly, whatever the nice values of those in them, unless a
 * control group of the processor has them all: sched(7). Who is not the leader yet is in the
 * daemon's session.
 */
static void session_set_nice(pid_t leader, int nice)
{
	char path[sizeof("/proc/2147483647/autogroup")], text[sizeof("-20")];
	int fd, len;

	if (getsid(leader) != leader)
		return;
	snprintf(path, sizeof(path), "/proc/%d/autogroup", leader);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = snprintf(text, sizeof(text), "%d", nice);
	/* Who is not heard gets as much as others. */
	(void)!write(fd, text, len);
	close(fd);
}

/* If the daemon has urged it before it had a session, it has its nice value for that. */
static void session_begin(void)
{
	setsid();
	if (getpriority(PRIO_PROCESS, 0) == URGENT)
		session_set_nice(getpid(), URGENT);
}

static _Noreturn void child(nfhad_job_fn fn, void *data, pid_t parent)
{
	if (withheld >= 0)
		close(withheld);
	session_begin();
	signals_reset();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(ECHILD);
	_exit(-fn(data) & 0xff);
}

static int watch(sd_event *event, struct nfhad_job *job, uint64_t timeout_us)
{
	int ret;

	ret = sd_event_add_child(event, &job->exit, job->pid, WEXITED,
				 on_exit_of_child, job);
	if (ret < 0)
		return ret;
	if (!timeout_us)
		return 0;
	return sd_event_add_time_relative(event, &job->timer, CLOCK_MONOTONIC,
					  timeout_us, 1, on_timeout, job);
}

int nfhad_job_start(sd_event *event, nfhad_job_fn fn, uint64_t timeout_us,
		    nfhad_job_done_fn done, void *data, struct nfhad_job **out)
{
	pid_t parent = getpid();
	struct nfhad_job *job;
	int ret;

	job = calloc(1, sizeof(*job));
	if (!job)
		return -ENOMEM;
	job->done = done;
	job->data = data;
	job->pid = fork();
	if (job->pid < 0) {
		ret = -errno;
		goto err_free;
	}
	if (!job->pid)
		child(fn, data, parent);
	ret = watch(event, job, timeout_us);
	if (ret < 0)
		goto err_kill;
	if (out)
		*out = job;
	return 0;
err_kill:
	kill_all(job);
	waitpid(job->pid, NULL, 0);
err_free:
	job_free(job);
	return ret;
}

void nfhad_job_background(void)
{
	setpriority(PRIO_PROCESS, 0, BACKGROUND);
	session_set_nice(getpid(), BACKGROUND);
}

void nfhad_job_step_aside(pid_t thread, pid_t process)
{
	setpriority(PRIO_PROCESS, thread, BACKGROUND);
	session_set_nice(process, BACKGROUND);
}

void nfhad_job_urge(const struct nfhad_job *job)
{
	setpriority(PRIO_PROCESS, job->pid, URGENT);
	session_set_nice(job->pid, URGENT);
}

void nfhad_job_abandon(struct nfhad_job *job)
{
	if (job) {
		setpriority(PRIO_PGRP, job->pid, BACKGROUND);
		session_set_nice(job->pid, BACKGROUND);
	}
	nfhad_job_cancel(job);
}

void nfhad_job_cancel(struct nfhad_job *job)
{
	if (!job)
		return;
	kill_all(job);
	job->timer = sd_event_source_disable_unref(job->timer);
	job->done = NULL;
	/* Its end may have to wait for a disk; the loop does not, and has it from
	 * here on.
	 */
	sd_event_source_set_destroy_callback(job->exit, free);
	sd_event_source_set_floating(job->exit, true);
	sd_event_source_unref(job->exit);
}
