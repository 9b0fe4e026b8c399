// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checkpoints by an operator's programs. Each is run with the image as working
 * directory, standard input empty, and in its environment
 *
 *	NFHA_SERVICE, NFHA_INSTANCE	whose checkpoint it is
 *	NFHA_NETNS			path of the instance's network namespace
 *	NFHA_DIRECTORY			path of the image
 *	NFHA_PID			save: first process, if there is one
 *	NFHA_PID_FD			restore: descriptor to write the number of the
 *					first process to, if there is one
 *	NFHA_STOP			restore: 1 if it is to be left stopped, as
 *					SIGSTOP does it, else 0
 *
 * While the instance is saved its input waits. It has to be at rest from before it is
 * saved until the program ends, which is the instant of the cut. SIGSTOP is one way to
 * that: if the program fails, or is killed, SIGCONT is sent to the instance's processes.
 * Whatever else a program does it has to undo before it ends.
 *
 * The programs end with the daemon, for the next one must not meet one that still
 * stops and continues the instance.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver.h"
#include "job.h"
#include "nfhad.h"
#include "proc.h"
#include "process.h"

/**
 * struct program - a program of the operator's that runs for an instance
 * @instance: the instance
 * @command: argument list
 * @dir: the image
 * @pid_fd: what a restored process's number is written to, or -1
 * @save: it saves for this, or NULL
 * @load: it restores for this, or NULL
 * @job: it
 */
struct program {
	struct nfhad_instance *instance;
	char **command;
	int dir;
	int pid_fd;
	struct nfhad_save *save;
	struct nfhad_load *load;
	struct nfhad_job *job;
};

static void set_number(const char *name, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	setenv(name, text, 1);
}

static void set_environment(const struct program *p, const char *directory)
{
	const struct nfhad_instance *instance = p->instance;
	char netns[PATH_MAX];

	snprintf(netns, sizeof(netns), "/run/netns/%s",
		 instance->config->netns);
	setenv("NFHA_SERVICE", instance->service->config->name, 1);
	setenv("NFHA_INSTANCE", instance->config->name, 1);
	setenv("NFHA_NETNS", netns, 1);
	setenv("NFHA_DIRECTORY", directory, 1);
	if (p->save && instance->process)
		set_number("NFHA_PID", nfhad_process_pid(instance->process));
	if (p->load) {
		set_number("NFHA_PID_FD", p->pid_fd);
		set_number("NFHA_STOP", p->load->stop);
	}
}

static int program_job(void *data)
{
	const struct program *p = data;
	char directory[PATH_MAX];
	int null;

	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || fchdir(p->dir) ||
	    !getcwd(directory, sizeof(directory)))
		return -errno;
	/* All others are closed by exec. */
	if (p->pid_fd >= 0 && fcntl(p->pid_fd, F_SETFD, 0))
		return -errno;
	set_environment(p, directory);
	execv(p->command[0], p->command);
	return -errno;
}

static void program_free(struct program *p)
{
	p->instance->driver_data = NULL;
	if (p->pid_fd >= 0)
		close(p->pid_fd);
	free(p);
}

/* Shells say of a program that died of a signal that its status is 128 and more. */
static int result(const struct program *p, int error)
{
	if (error <= -128)
		error = -ECHILD;
	if (error)
		nfhad_log_instance(LOG_ERR, p->instance, "%s: %s",
				   p->command[0], strerror(-error));
	return error;
}

/* If a program has stopped it and has not lived to let it go on. */
static void go_on(const struct nfhad_instance *instance)
{
	if (instance->process)
		nfhad_process_signal(instance->process, SIGCONT);
}

/* There may be none. */
static int follow(const struct program *p)
{
	pid_t pid;
	int ret = nfhad_proc_pidfile(p->pid_fd, &pid);

	if (ret)
		return ret == -ENODATA ? 0 : ret;
	return nfhad_instance_follow(p->instance, pid, 0);
}

static void on_saved(void *data, int error)
{
	struct program *p = data;
	struct nfhad_save *save = p->save;

	error = result(p, error);
	program_free(p);
	if (error)
		go_on(save->instance);
	else
		error = save->cut(save);
	save->done(save, error);
}

static void on_restored(void *data, int error)
{
	struct program *p = data;
	struct nfhad_load *load = p->load;

	error = result(p, error ?: follow(p));
	program_free(p);
	load->done(load, error);
}

static struct program *program_new(struct nfhad_instance *instance,
				   char **command, int dir)
{
	struct program *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->instance = instance;
	p->command = command;
	p->dir = dir;
	p->pid_fd = -1;
	instance->driver_data = p;
	return p;
}

static int program_start(struct program *p, nfhad_job_done_fn done)
{
	const struct nfhad_service *service = p->instance->service;
	int ret;

	ret = nfhad_job_start(service->nfhad->event, program_job,
			      (uint64_t)service->config->timeout_ms * 1000,
			      done, p, &p->job);
	if (ret)
		program_free(p);
	return ret;
}

static int exec_save(struct nfhad_save *save)
{
	struct program *p;
	int ret;

	p = program_new(save->instance, save->instance->service->config->save,
			save->image->dir);
	if (!p)
		return -ENOMEM;
	p->save = save;
	ret = save->begin(save);
	if (ret) {
		program_free(p);
		return ret;
	}
	return program_start(p, on_saved);
}

static int exec_load(struct nfhad_load *load)
{
	struct program *p;
	int ret;

	p = program_new(load->instance,
			load->instance->service->config->restore,
			load->image->dir);
	if (!p)
		return -ENOMEM;
	p->load = load;
	p->pid_fd = memfd_create("pid", MFD_CLOEXEC);
	if (p->pid_fd < 0) {
		ret = -errno;
		program_free(p);
		return ret;
	}
	return program_start(p, on_restored);
}

static void stop(struct nfhad_instance *instance)
{
	struct program *p = instance->driver_data;

	if (!p)
		return;
	nfhad_job_cancel(p->job);
	if (p->save)
		go_on(instance);
	program_free(p);
}

static int exec_cancel(struct nfhad_save *save)
{
	stop(save->instance);
	return 0;
}

static void exec_load_cancel(struct nfhad_load *load)
{
	stop(load->instance);
}

/* An earlier daemon may have died with a program. */
static int exec_attach(struct nfhad_instance *instance)
{
	go_on(instance);
	return 0;
}

static int exec_resume(struct nfhad_instance *instance)
{
	if (!instance->process)
		return 0;
	return nfhad_process_signal(instance->process, SIGCONT);
}

/* What a restore has made are processes, and they are killed by then. */
static int exec_unload(void *instance)
{
	(void)instance;
	return 0;
}

const struct nfhad_driver nfhad_driver_exec = {
	.name = "exec",
	.attach = exec_attach,
	.detach = stop,
	.save = exec_save,
	.cancel = exec_cancel,
	.load = exec_load,
	.load_cancel = exec_load_cancel,
	.resume = exec_resume,
	.unload = exec_unload,
};
