// SPDX-License-Identifier: GPL-2.0-or-later
/* A program of the operator's says whether an instance is healthy. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"
#include "netns.h"
#include "probe_private.h"

/**
 * struct nfhad_probe_program - a program that is being asked
 * @target: whom it is about
 * @job: runs it
 * @why: pipe for a line about why it does not run
 * @done: told what was found
 * @data: for @done
 */
struct nfhad_probe_program {
	struct nfhad_probe_target target;
	struct nfhad_job *job;
	int why[2];
	nfhad_probe_fn done;
	void *data;
};

static int silence(void)
{
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (fd = 0; fd <= 2; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	return 0;
}

/* What is opened here is gone with the job. */
static int run(const struct nfhad_probe_target *target, const char **what)
{
	char **command = target->check->command;
	int ret, netns = nfhad_probe_netns(target);

	*what = "network namespace";
	if (netns < 0)
		return netns;
	if (setns(netns, CLONE_NEWNET))
		return -errno;
	*what = "/dev/null";
	ret = silence();
	if (ret)
		return ret;
	*what = command[0];
	if (setenv("NFHA_SERVICE", target->service, 1) ||
	    setenv("NFHA_INSTANCE", target->instance, 1) || chdir("/"))
		return -errno;
	execv(command[0], command);
	return -errno;
}

static int job(void *data)
{
	const struct nfhad_probe_program *program = data;
	const char *what;
	int ret = run(&program->target, &what);

	dprintf(program->why[1], "%s: %s", what, nfhad_netns_error(ret));
	return ret;
}

/* What the job wrote, or else what its status means. */
static void explain(const struct nfhad_probe_program *program, int error,
		    char *why)
{
	ssize_t n = read(program->why[0], why, NFHAD_PROBE_WHY_MAX - 1);

	if (n > 0)
		why[n] = 0;
	else if (error == -ECHILD)
		snprintf(why, NFHAD_PROBE_WHY_MAX,
			 "ended by a signal, or with a status above 133");
	else
		snprintf(why, NFHAD_PROBE_WHY_MAX, "exit status %d", -error);
}

static void program_free(struct nfhad_probe_program *program)
{
	close(program->why[0]);
	if (program->why[1] >= 0)
		close(program->why[1]);
	free(program);
}

static void on_job(void *data, int error)
{
	struct nfhad_probe_program *program = data;
	nfhad_probe_fn done = program->done;
	void *for_done = program->data;
	char why[NFHAD_PROBE_WHY_MAX] = "";

	if (error)
		explain(program, error, why);
	program_free(program);
	done(for_done, !error, why);
}

int nfhad_probe_program_start(sd_event *event,
			      const struct nfhad_probe_target *target,
			      nfhad_probe_fn done, void *data,
			      struct nfhad_probe_program **out)
{
	struct nfhad_probe_program *program = calloc(1, sizeof(*program));
	int ret;

	if (!program)
		return -ENOMEM;
	program->target = *target;
	program->done = done;
	program->data = data;
	if (pipe2(program->why, O_CLOEXEC | O_NONBLOCK)) {
		ret = -errno;
		free(program);
		return ret;
	}
	ret = nfhad_job_start(event, job, 0, on_job, program, &program->job);
	close(program->why[1]);
	program->why[1] = -1;
	if (ret) {
		program_free(program);
		return ret;
	}
	*out = program;
	return 0;
}

void nfhad_probe_program_cancel(struct nfhad_probe_program *program)
{
	if (!program)
		return;
	nfhad_job_cancel(program->job);
	program_free(program);
}
