// SPDX-License-Identifier: GPL-2.0-or-later
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "proc.h"
#include "spaces.h"
#include "standin.h"
#include "tree.h"
#include "typist.h"
#include "whole.h"
#include "wraps.h"

#define main nfhad_main
#include "../../daemon/nfhad/main.c"
#undef main

#define KEY "000102030405060708090a0b0c0d0e0f"

char whole_dir[64];

static pid_t daemon_pid;
static char config_path[80], log_path[80], socket_path[80];

static char *file_read(const char *path)
{
	static char text[1 << 18];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return text;
}

bool file_has(const char *path, const char *text)
{
	return strstr(file_read(path), text);
}

unsigned int whole_said(const char *text)
{
	const char *at = file_read(log_path);
	unsigned int n = 0;

	while ((at = strstr(at, text))) {
		at += strlen(text);
		n++;
	}
	return n;
}

void whole_print(void)
{
	char *rest = file_read(log_path), *line;

	while ((line = strsep(&rest, "\n")))
		printf("# %s\n", line);
	fflush(stdout);
}

void whole_says(const char *text, unsigned int times)
{
	wait_until(text, whole_said(text) >= times);
}

void whole_setup(void)
{
	ck_assert(world_make());
	ck_assert(netns_make("host"));
	snprintf(whole_dir, sizeof(whole_dir), "/tmp/nfha-whole-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(whole_dir));
	snprintf(config_path, sizeof(config_path), "%s/config", whole_dir);
	snprintf(log_path, sizeof(log_path), "%s/log", whole_dir);
	snprintf(socket_path, sizeof(socket_path), "%s/socket", whole_dir);
	standin_begin();
	type_well("service add fw key " KEY " left lo");
}

void whole_teardown(void)
{
	if (daemon_pid)
		ck_assert_int_eq(whole_end(SIGTERM), 0);
	standin_end();
	ck_assert_int_eq(nfhad_tree_remove(AT_FDCWD, whole_dir), 0);
}

void whole_config(const char *format, ...)
{
	FILE *file = fopen(config_path, "we");
	va_list args;

	ck_assert_ptr_nonnull(file);
	fprintf(file, "store: {directory: %s/store, sync: none}\napi: {socket: %s}\n",
		whole_dir, socket_path);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	ck_assert_int_eq(fclose(file), 0);
}

void whole_begin(void)
{
	unsigned int begun = whole_said("has begun"), patience;
	int fd;

	fflush(NULL);
	daemon_pid = fork();
	ck_assert_int_ge(daemon_pid, 0);
	if (!daemon_pid) {
		char *const words[] = { "nfhad", "--config", config_path, "--debug", NULL };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		dup2(fd, STDERR_FILENO);
		exit(nfhad_main(4, (char **)words));
	}
	for (patience = 3000; whole_said("has begun") == begun && patience; patience--) {
		usleep(10000);
		ck_assert_msg(!waitpid(daemon_pid, NULL, WNOHANG), "it has ended: %s",
			      file_read(log_path));
	}
	ck_assert_msg(patience, "it has not begun");
}

int whole_end(int number)
{
	pid_t pid = daemon_pid;
	int status;

	daemon_pid = 0;
	ck_assert_int_eq(kill(pid, number), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return -WTERMSIG(status);
	if (WEXITSTATUS(status))
		whole_print();
	return WEXITSTATUS(status);
}

void whole_reload(const char *says)
{
	unsigned int times = whole_said(says);

	ck_assert_int_eq(kill(daemon_pid, SIGHUP), 0);
	whole_says(says, times + 1);
}

int whole_type(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return type("-s %s %s", socket_path, line);
}

int whole_type_begin(const char *line)
{
	return type_begin("-s %s %s", socket_path, line);
}

int whole_process(const char *netns)
{
	int found = 0, fd = nfhad_netns_open(netns);
	struct dirent *entry;
	ino_t wanted = 0, its;
	DIR *dir;

	if (fd < 0)
		return 0;
	nfhad_netns_inode(fd, &wanted);
	close(fd);
	dir = opendir("/proc");
	while (!found && (entry = readdir(dir))) {
		pid_t pid = strtol(entry->d_name, NULL, 10);

		if (pid > 0 && !nfhad_proc_namespace(pid, "net", &its) && its == wanted)
			found = pid;
	}
	closedir(dir);
	return found;
}
