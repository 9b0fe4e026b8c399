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
 * @failure: pipe for a struct failure
 * @done: told what was found
 * @data: for @done
 */
struct nfhad_probe_program {
	struct nfhad_probe_target target;
	struct nfhad_job *job;
	int failure[2];
	nfhad_probe_fn done;
	void *data;
};

/* What a job does until it is the program. */
enum step { ENTER, SILENCE, RUN };

/**
 * struct failure - why a job runs no program; nothing comes from one that does
 * @step: what has failed
 * @error: negative errno
 */
struct failure {
	enum step step;
	int error;
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
static int run(const struct nfhad_probe_target *target, enum step *step)
{
	char **command = target->check->command;
	int ret, netns = nfhad_probe_netns(target);

	*step = ENTER;
	if (netns < 0)
		return netns;
	if (setns(netns, CLONE_NEWNET))
		return -errno;
	*step = SILENCE;
	ret = silence();
	if (ret)
		return ret;
	*step = RUN;
	if (setenv("NFHA_SERVICE", target->service, 1) ||
	    setenv("NFHA_INSTANCE", target->instance, 1) || chdir("/"))
		return -errno;
	execv(command[0], command);
	return -errno;
}

static int job(void *data)
{
	const struct nfhad_probe_program *program = data;
	struct failure failure;

	failure.error = run(&program->target, &failure.step);
	if (write(program->failure[1], &failure, sizeof(failure)) < 0)
		return -errno;
	return failure.error;
}

/* What the job wrote, or else what its status means. */
static enum nfhad_probe_result explain(const struct nfhad_probe_program *program,
				       int error, char *why)
{
	const char *const what[] = {
		[ENTER] = "network namespace",
		[SILENCE] = "/dev/null",
		[RUN] = program->target.check->command[0],
	};
	struct failure failure;

	if (read(program->failure[0], &failure, sizeof(failure)) == sizeof(failure)) {
		snprintf(why, NFHAD_PROBE_WHY_MAX, "%s: %s", what[failure.step],
			 nfhad_netns_error(failure.error));
		return failure.step == RUN ? NFHAD_PROBE_NOT_RUN : NFHAD_PROBE_BAD;
	}
	if (error == -ECHILD)
		snprintf(why, NFHAD_PROBE_WHY_MAX,
			 "ended by a signal, or with a status above 133");
	else
		snprintf(why, NFHAD_PROBE_WHY_MAX, "exit status %d", -error);
	return NFHAD_PROBE_BAD;
}

static void program_free(struct nfhad_probe_program *program)
{
	close(program->failure[0]);
	if (program->failure[1] >= 0)
		close(program->failure[1]);
	free(program);
}

static void on_job(void *data, int error)
{
	struct nfhad_probe_program *program = data;
	nfhad_probe_fn done = program->done;
	void *for_done = program->data;
	enum nfhad_probe_result result = NFHAD_PROBE_GOOD;
	char why[NFHAD_PROBE_WHY_MAX] = "";

	if (error)
		result = explain(program, error, why);
	program_free(program);
	done(for_done, result, why);
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
	if (pipe2(program->failure, O_CLOEXEC | O_NONBLOCK)) {
		ret = -errno;
		free(program);
		return ret;
	}
	ret = nfhad_job_start(event, job, 0, on_job, program, &program->job);
	close(program->failure[1]);
	program->failure[1] = -1;
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
