// SPDX-License-Identifier: GPL-2.0-or-later
/* Process trees. */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"
#include "proc.h"
#include "process.h"

/**
 * struct nfhad_process - a process tree
 * @pid: the first process
 * @pidfd: a descriptor of it, so that its number cannot deceive
 * @start: when it started
 * @init: it is process 1 of a pid namespace of its own, so all ends with it
 * @watch: for its end
 * @exited: told of it
 * @data: for @exited
 */
struct nfhad_process {
	pid_t pid;
	int pidfd;
	uint64_t start;
	bool init;
	sd_event_source *watch;
	nfhad_exit_fn exited;
	void *data;
};

/* Is it ours, then nobody else takes the zombie away. */
static void reap(const struct nfhad_process *process)
{
	siginfo_t info;

	waitid(P_PIDFD, process->pidfd, &info, WEXITED | WNOHANG);
}

static int on_exit_of_process(sd_event_source *source, int fd,
			      uint32_t revents, void *data)
{
	struct nfhad_process *process = data;

	(void)fd;
	(void)revents;
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	reap(process);
	process->exited(process->data);
	return 0;
}

static bool is_init(pid_t pid)
{
	ino_t own, its;
	long number;

	return !nfhad_proc_namespace(0, "pid", &own) &&
	       !nfhad_proc_namespace(pid, "pid", &its) && own != its &&
	       !nfhad_proc_status(pid, "NSpid", &number) && number == 1;
}

/* @pidfd is the process's from here on, and is closed if this fails. */
static int follow(sd_event *event, pid_t pid, int pidfd, nfhad_exit_fn exited,
		  void *data, struct nfhad_process **out)
{
	struct nfhad_process *process;
	struct nfhad_proc_stat stat;
	int ret;

	process = calloc(1, sizeof(*process));
	if (!process) {
		close(pidfd);
		return -ENOMEM;
	}
	process->pid = pid;
	process->pidfd = pidfd;
	process->exited = exited;
	process->data = data;
	ret = nfhad_proc_stat(pid, &stat);
	if (ret)
		goto err;
	process->start = stat.start;
	process->init = is_init(pid);
	ret = sd_event_add_io(event, &process->watch, pidfd, EPOLLIN,
			      on_exit_of_process, process);
	if (ret < 0)
		goto err;
	*out = process;
	return 0;
err:
	nfhad_process_free(process);
	return ret;
}

int nfhad_process_launch(sd_event *event, const char *service,
			 const struct nfhad_instance_config *config,
			 nfhad_exit_fn exited, void *data,
			 struct nfhad_process **process)
{
	int pidfd, ret;
	pid_t pid;

	ret = nfhad_launch(service, config, &pid, &pidfd);
	if (ret)
		return ret;
	ret = follow(event, pid, pidfd, exited, data, process);
	if (ret) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return ret;
}

int nfhad_process_adopt(sd_event *event, pid_t pid, uint64_t start,
			nfhad_exit_fn exited, void *data,
			struct nfhad_process **process)
{
	struct nfhad_proc_stat stat;
	int pidfd, ret;

	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		return -errno;
	/* Looked at while the descriptor is held, so it is of this process. */
	ret = nfhad_proc_stat(pid, &stat);
	if (!ret && ((start && stat.start != start) || stat.state == 'Z'))
		ret = -ESRCH;
	if (ret) {
		close(pidfd);
		return ret;
	}
	return follow(event, pid, pidfd, exited, data, process);
}

pid_t nfhad_process_pid(const struct nfhad_process *process)
{
	return process->pid;
}

uint64_t nfhad_process_start(const struct nfhad_process *process)
{
	return process->start;
}

/* To the first process by its descriptor, to the others as they are right now. */
static int signal_tree(const struct nfhad_process *process, int sig)
{
	size_t count, i;
	pid_t *pids;
	int ret;

	ret = nfhad_proc_tree(process->pid, &pids, &count);
	if (ret)
		return ret;
	/* When it is gone, its number and its children may be somebody else's. */
	if (pidfd_send_signal(process->pidfd, sig, NULL, 0)) {
		ret = -errno;
		count = 0;
	}
	for (i = 1; i < count; i++)
		kill(pids[i], sig);
	free(pids);
	return ret;
}

/*
 * Without a pid namespace children outlive their parents. What is stopped makes no
 * more of them: so all are stopped until a look finds no new one.
 */
static void kill_descendants(const struct nfhad_process *process)
{
	size_t count, before = 0;
	pid_t *pids = NULL;

	for (;;) {
		if (signal_tree(process, SIGSTOP) ||
		    nfhad_proc_tree(process->pid, &pids, &count))
			break;
		free(pids);
		if (count <= before)
			break;
		before = count;
	}
	signal_tree(process, SIGKILL);
}

void nfhad_process_kill(struct nfhad_process *process)
{
	if (!process->init)
		kill_descendants(process);
	pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0);
}

int nfhad_process_signal(struct nfhad_process *process, int sig)
{
	return signal_tree(process, sig);
}

void nfhad_process_free(struct nfhad_process *process)
{
	if (!process)
		return;
	sd_event_source_disable_unref(process->watch);
	close(process->pidfd);
	free(process);
}
