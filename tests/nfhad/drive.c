// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A driver of nfhad's without nfhad: what the engine would ask of it comes from
 * standard input, a line each, and what comes of it goes to standard output.
 *
 *	attach NETNS		detach NETNS		unload NETNS
 *	save NETNS DIRECTORY	load NETNS DIRECTORY	pause NETNS
 *
 * After "pause" nothing but the next line is looked at, whatever else comes.
 *
 * Answer: "ERROR NANOSECONDS BEGUN CUT", where ERROR is 0 or a negative errno and the
 * last two say how often the driver has called what it has to call.
 *
 * usage: drive conntrack [RULESET]
 *	drive exec SAVE RESTORE
 *	the instance is the process DRIVE_PID, if a test has one
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"
#include "job.h"
#include "nfhad.h"
#include "process.h"

#define INSTANCES 4

static struct nfhad nfhad;
static struct nfhad_service_config service_config = {
	.name = "s", .timeout_ms = 60000,
};

static struct nfhad_instance_config configs[INSTANCES];
static struct nfhad_instance instances[INSTANCES];
static struct nfhad_service service = {
	.nfhad = &nfhad, .config = &service_config, .instance = instances,
};

static const struct nfhad_driver *driver;
static struct nfhad_image image = { .dir = -1 };
static struct nfhad_save save;
static struct nfhad_load load;
static int begun, cut;
static bool busy, ended, paused;
static uint64_t start;

void nfhad_log(int priority, const char *s, const char *i, const char *format,
	       ...)
{
	va_list args;

	fprintf(stderr, "<%d> %s %s: ", priority, s ? s : "-", i ? i : "-");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int nfhad_instance_follow(struct nfhad_instance *instance, pid_t pid,
			  uint64_t pid_start)
{
	(void)pid_start;
	fprintf(stderr, "%s follows %d\n", instance->config->name, pid);
	return 0;
}

/* One that a test has. */
struct nfhad_process {
	pid_t pid;
};

static struct nfhad_process first;

pid_t nfhad_process_pid(const struct nfhad_process *process)
{
	return process->pid;
}

int nfhad_process_signal(struct nfhad_process *process, int signal)
{
	return kill(process->pid, signal) ? -errno : 0;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void answer(int error)
{
	printf("%d %llu %d %d\n", error,
	       (unsigned long long)(now_ns() - start), begun, cut);
	fflush(stdout);
	if (image.dir >= 0)
		close(image.dir);
	image.dir = -1;
	busy = false;
	if (ended)
		sd_event_exit(nfhad.event, 0);
}

static int on_begin(struct nfhad_save *s)
{
	(void)s;
	begun++;
	return 0;
}

static int on_cut(struct nfhad_save *s)
{
	(void)s;
	cut++;
	return 0;
}

static void on_saved(struct nfhad_save *s, int error)
{
	(void)s;
	answer(error);
}

static void on_loaded(struct nfhad_load *l, int error)
{
	(void)l;
	answer(error);
}

static void on_job(void *data, int error)
{
	(void)data;
	answer(error);
}

static struct nfhad_instance *instance_of(const char *netns)
{
	struct nfhad_instance *i;

	for (i = instances; i < instances + INSTANCES; i++) {
		if (!i->config) {
			configs[i - instances].name = strdup(netns);
			configs[i - instances].netns = strdup(netns);
			i->config = &configs[i - instances];
			i->service = &service;
			i->process = first.pid ? &first : NULL;
		}
		if (!strcmp(i->config->netns, netns))
			return i;
	}
	abort();
}

static int do_save(struct nfhad_instance *i, const char *directory)
{
	mkdir(directory, 0700);
	image.dir = open(directory, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (image.dir < 0)
		return -errno;
	image.number++;
	save = (struct nfhad_save) {
		.instance = i, .image = &image, .begin = on_begin,
		.cut = on_cut, .done = on_saved,
	};
	return driver->save(&save);
}

static int do_load(struct nfhad_instance *i, const char *directory)
{
	image.dir = open(directory, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (image.dir < 0)
		return -errno;
	load = (struct nfhad_load) {
		.instance = i, .image = &image, .done = on_loaded,
	};
	return driver->load(&load);
}

/* Receive buffers that are so small that events get lost, if a test wants it. */
static void shrink_buffers(void)
{
	const char *text = getenv("DRIVE_RECEIVE_BUFFER");
	int bytes, fd, domain;
	socklen_t len;

	if (!text)
		return;
	bytes = (int)strtol(text, NULL, 10);
	for (fd = 3; fd < 64; fd++) {
		len = sizeof(domain);
		if (!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) &&
		    domain == AF_NETLINK)
			setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
				   sizeof(bytes));
	}
}

static int do_attach(struct nfhad_instance *i)
{
	int ret;

	ret = driver->attach(i);
	shrink_buffers();
	return ret;
}

/* 1: somebody else answers. */
static int command(const char *word, struct nfhad_instance *i,
		   const char *directory)
{
	int ret;

	if (!strcmp(word, "attach"))
		return do_attach(i);
	paused = !strcmp(word, "pause");
	if (paused)
		return 0;
	if (!strcmp(word, "save"))
		ret = do_save(i, directory);
	else if (!strcmp(word, "load"))
		ret = do_load(i, directory);
	else if (!strcmp(word, "unload"))
		ret = nfhad_job_start(nfhad.event, driver->unload, 0, on_job, i,
				      NULL);
	else if (!strcmp(word, "detach"))
		ret = (driver->detach(i), -EALREADY);
	else
		ret = -EINVAL;
	if (ret == -EALREADY)
		return 0;
	return ret ? ret : 1;
}

/* The other end waits for an answer before it sends another line. */
static void on_line(char *line)
{
	char *word, *netns, *rest;
	int ret = -EINVAL;

	word = strtok_r(line, "\n ", &rest);
	netns = strtok_r(NULL, "\n ", &rest);
	begun = 0;
	cut = 0;
	busy = true;
	start = now_ns();
	if (netns)
		ret = command(word, instance_of(netns),
			      strtok_r(NULL, "\n ", &rest));
	if (ret <= 0)
		answer(ret);
}

static int on_input(sd_event_source *source, int fd, uint32_t revents,
		    void *data)
{
	char line[1024];
	ssize_t n;

	(void)revents;
	(void)data;
	do {
		n = read(fd, line, sizeof(line) - 1);
		if (n <= 0)
			break;
		line[n] = '\0';
		on_line(line);
	} while (paused);
	if (n > 0)
		return 0;
	/* Not before what was asked for has been answered. */
	ended = true;
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return busy ? 0 : sd_event_exit(nfhad.event, 0);
}

static void configure(int argc, char **argv)
{
	const char *timeout = getenv("DRIVE_TIMEOUT_MS");
	const char *pid = getenv("DRIVE_PID");
	static char *words[2][2];

	first.pid = pid ? (pid_t)strtol(pid, NULL, 10) : 0;

	if (timeout)
		service_config.timeout_ms = (uint32_t)strtoul(timeout, NULL, 10);
	driver = strcmp(argv[1], "exec") ? &nfhad_driver_conntrack :
					   &nfhad_driver_exec;
	if (driver == &nfhad_driver_conntrack) {
		service_config.ruleset = argc > 2 ? argv[2] : NULL;
		return;
	}
	words[0][0] = argv[2];
	words[1][0] = argv[3];
	service_config.save = words[0];
	service_config.restore = words[1];
}

int main(int argc, char **argv)
{
	sigset_t child;

	if (argc < 2 || (!strcmp(argv[1], "exec") && argc < 4))
		return 2;
	configure(argc, argv);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	if (sd_event_new(&nfhad.event) < 0 ||
	    sd_event_add_io(nfhad.event, NULL, STDIN_FILENO, EPOLLIN, on_input,
			    NULL) < 0)
		return 1;
	return sd_event_loop(nfhad.event) < 0;
}
