// SPDX-License-Identifier: GPL-2.0-or-later
/* The first process of an instance. */

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config_made.h"
#include "group.h"
#include "launch.h"
#include "log.h"
#include "mounts.h"
#include "netns.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Longer than this takes no exec, unless a file system hangs. */
#define EXEC_TIMEOUT_MS 2000

/* Where a launch can fail; the order of step_names. */
enum step {
	STEP_SIGNALS,
	STEP_SESSION,
	STEP_NETNS,
	STEP_MOUNT,
	STEP_MEMORY,
	STEP_DIRECTORY,
	STEP_OUTPUT,
	STEP_DESCRIPTORS,
	STEP_EXEC,
};

static const char * const step_names[] = {
	[STEP_SIGNALS] = "signals",
	[STEP_SESSION] = "session",
	[STEP_NETNS] = "network namespace",
	[STEP_MOUNT] = "mount namespace",
	[STEP_MEMORY] = "huge pages",
	[STEP_DIRECTORY] = "working directory",
	[STEP_OUTPUT] = "output file",
	[STEP_DESCRIPTORS] = "descriptors",
	[STEP_EXEC] = "program",
};

/* What the child says when it cannot become the program. */
struct failure {
	int32_t step;
	int32_t error;
	char where[256];
};

static int set_signals(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Appended to, for a file that others write to as well cannot be checkpointed
 * otherwise.
 */
static int set_output(const struct nfhad_instance_config *config)
{
	int in, out;

	in = open("/dev/null", O_RDWR);
	if (in < 0 || dup2(in, STDIN_FILENO) < 0)
		return -1;
	out = in;
	if (config->output)
		out = open(config->output, O_WRONLY | O_APPEND | O_CREAT |
			   O_NOFOLLOW | O_NOCTTY, 0640);
	if (out < 0)
		return -1;
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		return -1;
	return 0;
}

static int set_descriptors(void)
{
	return close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

static bool is_given(const struct nfhad_instance_config *config, const char *name)
{
	char *const *pair = config->environment;
	size_t n = strlen(name);

	for (; pair && *pair; pair++)
		if (!strncmp(*pair, name, n) && (*pair)[n] == '=')
			return true;
	return false;
}

/* What is not said otherwise, what the instance is, and what is said of it. */
static int run(const struct nfhad_instance_config *config)
{
	static const char *const usual[][2] = {
		{ "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
		{ "HOME", "/" },
		{ "LANG", "C.UTF-8" },
	};
	char *const *pair;
	size_t n;

	if (clearenv())
		return -1;
	for (n = 0; n < ARRAY_SIZE(usual); n++)
		if (!is_given(config, usual[n][0]) &&
		    setenv(usual[n][0], usual[n][1], 1))
			return -1;
	if (setenv("NFHA_INSTANCE", config->name, 1) ||
	    setenv("NFHA_NETNS", config->netns, 1))
		return -1;
	for (pair = config->environment; pair && *pair; pair++)
		if (putenv(*pair))
			return -1;
	return execvp(config->command[0], config->command);
}

/* One step of the way; 0, or -1 and errno, and if it is known, the path. */
static int take_step(enum step step, const struct nfhad_instance_config *config,
		     int netns, const char **where)
{
	switch (step) {
	case STEP_SIGNALS:
		return set_signals();
	case STEP_SESSION:
		return setsid() < 0 ? -1 : 0;
	case STEP_NETNS:
		return setns(netns, CLONE_NEWNET);
	case STEP_MOUNT:
		if (!config->mount_namespace)
			return 0;
		return nfhad_mounts_enter(config, where);
	case STEP_MEMORY:
		return prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	case STEP_DIRECTORY:
		umask(022);
		*where = config->directory ?: "/";
		return chdir(*where);
	case STEP_OUTPUT:
		*where = config->output ?: "/dev/null";
		return set_output(config);
	case STEP_DESCRIPTORS:
		return set_descriptors();
	case STEP_EXEC:
		*where = config->command[0];
		return run(config);
	}
	return -1;
}

static void __attribute__((noreturn))
child(const struct nfhad_instance_config *config, int netns, int report)
{
	struct failure failure = { 0 };
	const char *where = "";
	int step;

	for (step = STEP_SIGNALS; step <= STEP_EXEC; step++) {
		if (take_step(step, config, netns, &where))
			break;
		where = "";
	}
	failure.error = errno;
	failure.step = step;
	snprintf(failure.where, sizeof(failure.where), "%s", where);
	if (write(report, &failure, sizeof(failure)) != sizeof(failure))
		_exit(127);
	_exit(126);
}

/* Our memory, but for what follows process 1 of a new pid namespace; in a control group
 * from its first moment on, if it has one.
 */
static pid_t fork_init(int group, int *pidfd)
{
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_PIDFD,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};

	if (group >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = group;
	}
	return syscall(SYS_clone3, &args, sizeof(args));
}

/* Until the pipe closes, which is what an exec does to it. */
static int wait_exec(const char *service,
		     const struct nfhad_instance_config *config, int report)
{
	struct pollfd pollfd = { .fd = report, .events = POLLIN };
	struct failure failure;
	ssize_t n;
	int ready;

	do {
		ready = poll(&pollfd, 1, EXEC_TIMEOUT_MS);
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0) {
		nfhad_log(LOG_ERR, service, config->name,
			  "launch: the program does not start within %d ms",
			  EXEC_TIMEOUT_MS);
		return -ETIMEDOUT;
	}
	n = read(report, &failure, sizeof(failure));
	if (!n)
		return 0;
	if (n != sizeof(failure) || failure.step > STEP_EXEC)
		return -EPROTO;
	nfhad_log(LOG_ERR, service, config->name, "launch: %s%s%.*s: %s",
		  step_names[failure.step], failure.where[0] ? " " : "",
		  (int)sizeof(failure.where), failure.where,
		  strerror(failure.error));
	return -failure.error;
}

/* One that hangs in a file system stays until that lets it go, and a zombie then. */
static void give_up(pid_t pid, int pidfd)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	kill(pid, SIGKILL);
	if (poll(&end, 1, EXEC_TIMEOUT_MS) == 1)
		waitpid(pid, NULL, 0);
	close(pidfd);
}

static int start(const char *service, const struct nfhad_instance_config *config,
		 int netns, int group, pid_t *pid, int *pidfd)
{
	int report[2], ret;

	if (pipe2(report, O_CLOEXEC))
		return -errno;
	*pid = fork_init(group, pidfd);
	if (!*pid)
		child(config, netns, report[1]);
	ret = *pid < 0 ? -errno : 0;
	close(report[1]);
	if (ret) {
		nfhad_log(LOG_ERR, service, config->name, "launch: %s",
			  strerror(-ret));
		close(report[0]);
		return ret;
	}
	ret = wait_exec(service, config, report[0]);
	close(report[0]);
	if (ret)
		give_up(*pid, *pidfd);
	return ret;
}

/* -1 is no error: it has none. */
static int group_open(const char *service,
		      const struct nfhad_instance_config *config, int *group)
{
	*group = -1;
	if (!config->made || !config->made->group)
		return 0;
	*group = nfhad_group_open(config->made->group);
	if (*group >= 0)
		return 0;
	nfhad_log(LOG_ERR, service, config->name, "launch: control group %s: %s",
		  config->made->group, strerror(-*group));
	return *group;
}

int nfhad_launch(const char *service, const struct nfhad_instance_config *config,
		 pid_t *pid, int *pidfd)
{
	int netns, group, ret;

	netns = nfhad_netns_open(config->netns);
	if (netns < 0) {
		nfhad_log(LOG_ERR, service, config->name,
			  "launch: network namespace %s: %s", config->netns,
			  strerror(-netns));
		return netns;
	}
	ret = group_open(service, config, &group);
	if (!ret)
		ret = start(service, config, netns, group, pid, pidfd);
	if (group >= 0)
		close(group);
	close(netns);
	return ret;
}
