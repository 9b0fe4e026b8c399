// SPDX-License-Identifier: GPL-2.0-or-later
/* Files with the number of a process: who may have written them. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pidfile.h"
#include "unit.h"

#define SOMEBODY 12345

static char directory[32], path[64], why[NFHAD_SAID_MAX];
static pid_t his;

/* A process of somebody's. */
static void set_up(void)
{
	int ready[2];
	char byte;

	snprintf(directory, sizeof(directory), "/tmp/nfhad-pidfile-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/pid", directory);
	ck_assert_int_eq(pipe(ready), 0);
	his = fork();
	ck_assert_int_ge(his, 0);
	if (!his) {
		if (setuid(SOMEBODY) || prctl(PR_SET_PDEATHSIG, SIGKILL) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static void tear_down(void)
{
	kill(his, SIGKILL);
	waitpid(his, NULL, 0);
	unlink(path);
	rmdir(directory);
}

static void make(const char *text, uid_t owner, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	ck_assert_int_eq(fchown(fd, owner, owner), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static int result(pid_t of, uid_t owner, mode_t mode)
{
	char text[24];
	pid_t pid = 0;
	int ret;

	snprintf(text, sizeof(text), "%d\n", of);
	make(text, owner, mode);
	ret = nfhad_pidfile_read(path, &pid, why);
	if (!ret) {
		ck_assert_int_eq(pid, of);
		ck_assert_str_eq(why, "");
	}
	return ret;
}

START_TEST(of_root)
{
	ck_assert_int_eq(result(getpid(), 0, 0644), 0);
	ck_assert_int_eq(result(his, 0, 0600), 0);
}

START_TEST(others_may_write)
{
	static const mode_t modes[] = { 0666, 0664, 0646, 0602, 0620 };
	size_t n;

	for (n = 0; n < ARRAY_SIZE(modes); n++) {
		ck_assert_int_eq(result(getpid(), 0, modes[n]), -EPERM);
		ck_assert_ptr_nonnull(strstr(why, path));
		ck_assert_ptr_nonnull(strstr(why, "its owner alone may write to"));
	}
}

/* Who is not root may say which process is his, and no other. */
START_TEST(of_somebody)
{
	char part[64];

	ck_assert_int_eq(result(his, SOMEBODY, 0644), 0);
	ck_assert_int_eq(result(getpid(), SOMEBODY, 0644), -EPERM);
	snprintf(part, sizeof(part), "a process of user %d, who owns it, got process %d of user 0",
		 SOMEBODY, getpid());
	ck_assert_ptr_nonnull(strstr(why, part));
	ck_assert_int_eq(result(his, SOMEBODY + 1, 0644), -EPERM);
	ck_assert_int_eq(result(0x3ffffe, SOMEBODY, 0644), -ESRCH);
}

START_TEST(no_file)
{
	pid_t pid;

	ck_assert_int_eq(nfhad_pidfile_read(path, &pid, why), -ENOENT);
	ck_assert_ptr_nonnull(strstr(why, "No such file"));
	ck_assert_int_eq(symlink("/proc/self/stat", path), 0);
	ck_assert_int_eq(nfhad_pidfile_read(path, &pid, why), -ELOOP);
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(nfhad_pidfile_read(path, &pid, why), -EPERM);
	make("", 0, 0600);
	ck_assert_int_eq(nfhad_pidfile_read(path, &pid, why), -ENODATA);
	make("one\n", 0, 0600);
	ck_assert_int_eq(nfhad_pidfile_read(path, &pid, why), -EINVAL);
}

UNIT_MAIN_FIXTURE("pidfile", set_up, tear_down, of_root, others_may_write,
		  of_somebody, no_file)
