// SPDX-License-Identifier: GPL-2.0-or-later
/* One health check, done once. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_made.h"
#include "job.h"
#include "probe.h"

#define WHY_SIZE 256

/**
 * struct nfhad_probe - a health check that is being done
 * @target: whom it is about
 * @job: does it
 * @why: pipe for a line about what went wrong
 * @done: told what was found
 * @data: for @done
 */
struct nfhad_probe {
	struct nfhad_probe_target target;
	struct nfhad_job *job;
	int why[2];
	nfhad_probe_fn done;
	void *data;
};

/* The daemon's own has no such name; what is adopted there has its checks there. */
static bool is_own(const char *name, int error)
{
	return error == -ENOENT &&
	       !strncmp(name, NFHAD_ATTACHED, strlen(NFHAD_ATTACHED));
}

static int netns_enter(const char *name)
{
	int ret = 0, ns, dir;

	dir = open("/run/netns", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	ns = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET))
		ret = -errno;
	return is_own(name, ret) ? 0 : ret;
}

static int work(const struct nfhad_probe_target *target, const char **what)
{
	const struct nfhad_check_config *check = target->check;
	int ret = netns_enter(check->netns ? check->netns : target->netns);

	*what = "network namespace";
	if (ret)
		return ret;
	switch (check->kind) {
	case NFHAD_CHECK_EXEC:
		return nfhad_probe_exec(target, what);
	case NFHAD_CHECK_TCP:
		return nfhad_probe_tcp(check, what);
	case NFHAD_CHECK_ICMP:
		return nfhad_probe_icmp(check, what);
	}
	return -EINVAL;
}

static int probe_work(void *data)
{
	const struct nfhad_probe *probe = data;
	const char *what;
	int ret = work(&probe->target, &what);

	if (ret)
		dprintf(probe->why[1], "%s: %s", what, strerror(-ret));
	return ret;
}

/* What the job wrote, or else what its status means. */
static void explain(const struct nfhad_probe *probe, int error, char *why)
{
	ssize_t n = read(probe->why[0], why, WHY_SIZE - 1);

	if (n > 0)
		why[n] = 0;
	else if (error == -ECHILD)
		snprintf(why, WHY_SIZE,
			 "ended by a signal, or with a status above 133");
	else
		snprintf(why, WHY_SIZE, "exit status %d", -error);
}

static void probe_free(struct nfhad_probe *probe)
{
	close(probe->why[0]);
	if (probe->why[1] >= 0)
		close(probe->why[1]);
	free(probe);
}

static void probe_done(void *data, int error)
{
	struct nfhad_probe *probe = data;
	nfhad_probe_fn done = probe->done;
	void *for_done = probe->data;
	char why[WHY_SIZE] = "";

	if (error)
		explain(probe, error, why);
	probe_free(probe);
	done(for_done, !error, why);
}

int nfhad_probe_start(sd_event *event, const struct nfhad_probe_target *target,
		      nfhad_probe_fn done, void *data, struct nfhad_probe **out)
{
	struct nfhad_probe *probe = calloc(1, sizeof(*probe));
	int ret;

	if (!probe)
		return -ENOMEM;
	probe->target = *target;
	probe->done = done;
	probe->data = data;
	if (pipe2(probe->why, O_CLOEXEC | O_NONBLOCK)) {
		ret = -errno;
		free(probe);
		return ret;
	}
	ret = nfhad_job_start(event, probe_work, 0, probe_done, probe,
			      &probe->job);
	close(probe->why[1]);
	probe->why[1] = -1;
	if (ret) {
		probe_free(probe);
		return ret;
	}
	*out = probe;
	return 0;
}

void nfhad_probe_cancel(struct nfhad_probe *probe)
{
	if (!probe)
		return;
	nfhad_job_cancel(probe->job);
	probe_free(probe);
}
