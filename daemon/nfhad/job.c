// SPDX-License-Identifier: GPL-2.0-or-later
/* Work in a child process. */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"

/* A tenth of what others get, if they want all. */
#define BACKGROUND 10

/* Ten times of what others get; they go on. */
#define URGENT (-10)

/**
 * struct nfhad_job - a child process that works
 * @pid: its id, which is also that of its process group
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

static int on_timeout(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_job *job = data;

	(void)source;
	(void)usec;
	job->late = true;
	kill(-job->pid, SIGKILL);
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

static _Noreturn void child(nfhad_job_fn fn, void *data, pid_t parent)
{
	setpgid(0, 0);
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
	/* Both do it, so that it is done when either goes on. */
	setpgid(job->pid, job->pid);
	ret = watch(event, job, timeout_us);
	if (ret < 0)
		goto err_kill;
	if (out)
		*out = job;
	return 0;
err_kill:
	kill(-job->pid, SIGKILL);
	waitpid(job->pid, NULL, 0);
err_free:
	job_free(job);
	return ret;
}

void nfhad_job_background(pid_t thread)
{
	setpriority(PRIO_PROCESS, thread, BACKGROUND);
}

void nfhad_job_urge(const struct nfhad_job *job)
{
	setpriority(PRIO_PROCESS, job->pid, URGENT);
}

void nfhad_job_abandon(struct nfhad_job *job)
{
	if (job)
		setpriority(PRIO_PGRP, job->pid, BACKGROUND);
	nfhad_job_cancel(job);
}

void nfhad_job_cancel(struct nfhad_job *job)
{
	if (!job)
		return;
	kill(-job->pid, SIGKILL);
	job->timer = sd_event_source_disable_unref(job->timer);
	job->done = NULL;
	/* Its end may have to wait for a disk; the loop does not, and has it from
	 * here on.
	 */
	sd_event_source_set_destroy_callback(job->exit, free);
	sd_event_source_set_floating(job->exit, true);
	sd_event_source_unref(job->exit);
}
