// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver for process trees without the rest of the daemon.
 *
 * usage: criu CRIU DRAIN_US MASTER BACKUP
 *
 * MASTER and BACKUP are network namespaces. Commands come line by line; each is
 * answered by one line when it has come to its end, "NAME RESULT KEY=VALUE...", where
 * RESULT is 0 or a negative errno. Lines that begin with # are the log.
 *
 *	mounts [PATH...]		what is launched has a mount namespace, with PATHs
 *	launch PROGRAM [ARGUMENT...]	in MASTER; its output goes to $OUTPUT
 *	adopt PID			in MASTER
 *	attach, detach
 *	save DIRECTORY [PARENT]
 *	prepare DIRECTORY [PARENT]
 *	load DIRECTORY [stop]		in BACKUP
 *	load_cancel, resume
 *	kill master|backup, unload master|backup
 *	when POINT ACTION		at begin or cut of the next save: fail it, cancel
 *					it, detach, kill criu, or die without a word
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"
#include "job.h"
#include "nfhad.h"
#include "proc.h"
#include "process.h"
#include "stray.h"

#define WORDS 32

static struct nfhad_config config;
static struct nfhad nfhad = { .config = &config };
static struct nfhad_service_config service_config = { .name = "service" };
static struct nfhad_service service = {
	.nfhad = &nfhad,
	.config = &service_config,
	.driver = &nfhad_driver_criu,
};

static struct nfhad_instance_config configs[2] = {
	{ .name = "master" },
	{ .name = "backup" },
};

static struct nfhad_instance instances[2] = {
	{ .service = &service, .config = &configs[0] },
	{ .service = &service, .config = &configs[1] },
};

#define master (&instances[0])
#define backup (&instances[1])

/* What the save or load at hand is about. */
static struct nfhad_image image = { .dir = -1 };
static struct nfhad_image parent = { .dir = -1 };
static struct nfhad_save save;
static struct nfhad_load load;
static uint64_t begun_ns, cut_ns, load_ns;
static char when_point[16], when_action[16];

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

void nfhad_log(int priority, const char *of_service, const char *instance,
	       const char *format, ...)
{
	char text[1024];
	va_list args;

	(void)of_service;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("# %d %s: %s\n", priority, instance ? instance : "-", text);
}

static void __attribute__((format(printf, 3, 4)))
answer(const char *name, int result, const char *format, ...)
{
	va_list args;

	printf("%s %d", name, result);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

static void on_exit_of_instance(void *data)
{
	struct nfhad_instance *instance = data;

	printf("# exit %s\n", instance->config->name);
	nfhad_process_free(instance->process);
	instance->process = NULL;
}

int nfhad_instance_follow(struct nfhad_instance *instance, pid_t pid,
			  uint64_t start)
{
	nfhad_process_free(instance->process);
	instance->process = NULL;
	return nfhad_process_adopt(nfhad.event, pid, start,
				   on_exit_of_instance, instance,
				   &instance->process);
}

static void wait_end(pid_t pid)
{
	const struct timespec step = { .tv_nsec = 1000000 };
	struct nfhad_proc_stat stat;

	while (!nfhad_proc_stat(pid, &stat) && stat.state != 'Z')
		nanosleep(&step, NULL);
}

/* The only child of ours of that name is at work: the next one is started after. */
static void kill_criu(void)
{
	struct nfhad_proc_stat stat;
	size_t count, i;
	pid_t *pids;

	if (nfhad_proc_tree(getpid(), &pids, &count))
		return;
	for (i = 1; i < count; i++) {
		if (nfhad_proc_stat(pids[i], &stat) ||
		    strcmp(stat.comm, "criu") != 0)
			continue;
		kill(pids[i], SIGKILL);
		wait_end(pids[i]);
	}
	free(pids);
}

static int on_cancel(sd_event_source *source, void *data)
{
	int ret = 0;

	(void)data;
	sd_event_source_unref(source);
	if (!strcmp(when_action, "detach"))
		nfhad_driver_criu.detach(master);
	else
		ret = nfhad_driver_criu.cancel(&save);
	answer("save", -ECANCELED, " cancel=%d", ret);
	return 0;
}

static int at_point(const char *point)
{
	sd_event_source *source;

	if (strcmp(point, when_point) != 0)
		return 0;
	printf("# %s at %s\n", when_action, point);
	when_point[0] = '\0';
	if (!strcmp(when_action, "fail"))
		return -EIO;
	if (!strcmp(when_action, "kill"))
		kill_criu();
	if (!strcmp(when_action, "die"))
		raise(SIGKILL);
	if (!strcmp(when_action, "cancel") || !strcmp(when_action, "detach"))
		sd_event_add_defer(nfhad.event, &source, on_cancel, NULL);
	return 0;
}

static int on_begin(struct nfhad_save *arg)
{
	(void)arg;
	begun_ns = now_ns();
	return at_point("begin");
}

static int on_cut(struct nfhad_save *arg)
{
	(void)arg;
	cut_ns = now_ns();
	return at_point("cut");
}

static void on_saved(struct nfhad_save *arg, int error)
{
	uint64_t end = now_ns();

	(void)arg;
	answer("save", error, " begin_to_cut=%ju begin_to_done=%ju",
	       cut_ns > begun_ns ? (uintmax_t)(cut_ns - begun_ns) : 0,
	       (uintmax_t)(end - begun_ns));
}

static void on_loaded(struct nfhad_load *arg, int error)
{
	(void)arg;
	answer("load", error, " pid=%d time=%ju",
	       error ? 0 : nfhad_process_pid(backup->process),
	       (uintmax_t)(now_ns() - load_ns));
}

/* As the daemon does it; the driver leaves nothing but processes. */
static int unload(void *data)
{
	const struct nfhad_instance *instance = data;

	return nfhad_stray_kill(instance->config->netns);
}

static void on_unloaded(void *data, int error)
{
	(void)data;
	answer("unload", error, "%s", "");
}

/* Images are numbered as their directories are named. */
static int open_image(struct nfhad_image *out, const char *path)
{
	const char *name;

	if (out->dir >= 0)
		close(out->dir);
	out->dir = -1;
	if (!path)
		return 0;
	name = strrchr(path, '/');
	out->number = strtoull(name ? name + 1 : path, NULL, 10);
	out->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return out->dir < 0 ? -errno : 0;
}

static void do_mounts(char **words)
{
	static char *paths[WORDS];
	size_t i;

	for (i = 0; words[i]; i++)
		paths[i] = strdup(words[i]);
	paths[i] = NULL;
	configs[0].mount_namespace = true;
	configs[0].bind_mounts = paths;
	answer("mounts", 0, "%s", "");
}

static void do_launch(char **words)
{
	int ret;

	configs[0].command = words;
	configs[0].output = getenv("OUTPUT");
	ret = nfhad_process_launch(nfhad.event, NULL, &configs[0],
				   on_exit_of_instance, master,
				   &master->process);
	answer("launch", ret, " pid=%d",
	       ret ? 0 : nfhad_process_pid(master->process));
}

static void do_save(const char *path, const char *base)
{
	int ret;

	begun_ns = 0;
	cut_ns = 0;
	mkdir(path, 0700);
	ret = open_image(&image, path);
	if (!ret)
		ret = open_image(&parent, base);
	save = (struct nfhad_save) {
		.instance = master,
		.image = &image,
		.parent = base ? &parent : NULL,
		.begin = on_begin,
		.cut = on_cut,
		.done = on_saved,
	};
	if (!ret)
		ret = nfhad_driver_criu.save(&save);
	if (ret)
		answer("save", ret, "%s", " at=once");
}

static void do_prepare(const char *path, const char *base)
{
	uint64_t begin = now_ns();
	int ret;

	ret = open_image(&image, path);
	if (!ret)
		ret = open_image(&parent, base);
	if (!ret)
		ret = nfhad_driver_criu.prepare(&image,
						base ? &parent : NULL);
	answer("prepare", ret, " time=%ju", (uintmax_t)(now_ns() - begin));
}

static void do_load(const char *path, const char *how)
{
	int ret;

	ret = open_image(&image, path);
	load = (struct nfhad_load) {
		.instance = backup,
		.image = &image,
		.stop = how && !strcmp(how, "stop"),
		.done = on_loaded,
	};
	load_ns = now_ns();
	if (!ret)
		ret = nfhad_driver_criu.load(&load);
	if (ret)
		answer("load", ret, "%s", " at=once");
}

static struct nfhad_instance *instance_of(const char *name)
{
	return !strcmp(name, "backup") ? backup : master;
}

static void do_other(const char *name, const char *first, const char *second)
{
	struct nfhad_instance *instance = instance_of(first);
	int ret = 0;

	if (!strcmp(name, "attach")) {
		ret = nfhad_driver_criu.attach(instance);
	} else if (!strcmp(name, "detach")) {
		nfhad_driver_criu.detach(instance);
	} else if (!strcmp(name, "resume")) {
		ret = nfhad_driver_criu.resume(backup);
	} else if (!strcmp(name, "adopt")) {
		ret = nfhad_instance_follow(master, atoi(first), 0);
	} else if (!strcmp(name, "kill")) {
		if (instance->process)
			nfhad_process_kill(instance->process);
	} else if (!strcmp(name, "load_cancel")) {
		nfhad_driver_criu.load_cancel(&load);
	} else if (!strcmp(name, "when")) {
		snprintf(when_point, sizeof(when_point), "%s", first);
		snprintf(when_action, sizeof(when_action), "%s",
			 second ? second : "");
	} else {
		ret = -EINVAL;
	}
	answer(name, ret, "%s", "");
}

static void run_command(char *line)
{
	char *words[WORDS] = { NULL }, *save_at, *word;
	const char *first;
	size_t n = 0;

	for (word = strtok_r(line, " ", &save_at); word && n < WORDS - 1;
	     word = strtok_r(NULL, " ", &save_at))
		words[n++] = word;
	if (!n)
		return;
	first = words[1] ? words[1] : "";
	if (!strcmp(words[0], "mounts"))
		do_mounts(words + 1);
	else if (!strcmp(words[0], "launch"))
		do_launch(words + 1);
	else if (!strcmp(words[0], "save"))
		do_save(first, words[2]);
	else if (!strcmp(words[0], "prepare"))
		do_prepare(first, words[2]);
	else if (!strcmp(words[0], "load"))
		do_load(first, words[2]);
	else if (!strcmp(words[0], "unload"))
		nfhad_job_start(nfhad.event, unload, 0, on_unloaded,
				instance_of(first), NULL);
	else
		do_other(words[0], first, words[2]);
}

static int on_input(sd_event_source *source, int fd, uint32_t revents,
		    void *data)
{
	static char buffer[4096];
	static size_t length;
	char *end;
	ssize_t n;

	(void)source;
	(void)revents;
	(void)data;
	n = read(fd, buffer + length, sizeof(buffer) - 1 - length);
	if (n <= 0)
		return sd_event_exit(nfhad.event, 0);
	length += n;
	buffer[length] = '\0';
	while ((end = strchr(buffer, '\n'))) {
		*end = '\0';
		run_command(buffer);
		length -= end + 1 - buffer;
		memmove(buffer, end + 1, length + 1);
	}
	return 0;
}

static void block_child_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	int ret;

	if (argc != 5) {
		fprintf(stderr, "usage: criu CRIU DRAIN_US MASTER BACKUP\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	config.criu = argv[1];
	service_config.drain_us = atoi(argv[2]);
	configs[0].netns = argv[3];
	configs[1].netns = argv[4];
	block_child_signal();
	if (sd_event_default(&nfhad.event) < 0 ||
	    sd_event_add_io(nfhad.event, NULL, STDIN_FILENO, EPOLLIN, on_input,
			    NULL) < 0)
		return 1;
	ret = sd_event_loop(nfhad.event);
	nfhad_driver_criu.detach(master);
	nfhad_driver_criu.detach(backup);
	nfhad_process_free(master->process);
	nfhad_process_free(backup->process);
	sd_event_unref(nfhad.event);
	return ret < 0;
}
