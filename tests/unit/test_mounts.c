// SPDX-License-Identifier: GPL-2.0-or-later
/* Mount namespaces of instances: what is in them, and that nothing gets out. */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mounts.h"
#include "unit.h"

/* In a child, where check's own assertions would not be heard of. */
#define NEED(condition)							\
do {									\
	if (!(condition)) {						\
		fprintf(stderr, "# %d: %s: %m\n", __LINE__, #condition); \
		return 1;						\
	}								\
} while (0)

static char base[32], shown[64], hidden[64], shown_file[80], hidden_file[80];

/* A machine's mount, with a file in it. */
static void mount_make(char *path, char *file, const char *name)
{
	int fd;

	sprintf(path, "%s/%s", base, name);
	sprintf(file, "%s/file", path);
	ck_assert(!mkdir(path, 0700));
	ck_assert(!mount("machine", path, "tmpfs", 0, NULL));
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

/* As systemd has it: what is mounted shows wherever it is not kept from it. */
static void setup(void)
{
	snprintf(base, sizeof(base), "/var/tmp/nfha-mounts.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	ck_assert(!unshare(CLONE_NEWNS));
	ck_assert(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ck_assert(!mount("none", "/", NULL, MS_REC | MS_SHARED, NULL));
	mount_make(shown, shown_file, "shown");
	mount_make(hidden, hidden_file, "hidden");
}

static void teardown(void)
{
	umount2(shown, MNT_DETACH);
	umount2(hidden, MNT_DETACH);
	rmdir(shown);
	rmdir(hidden);
	rmdir(base);
}

static size_t mounts_count(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t lines = 0;
	int c;

	ck_assert_ptr_nonnull(file);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

/* A fork; what follows in this process stays out of the new namespace. */
static pid_t fork_init(void)
{
	struct clone_args args = {
		.flags = CLONE_NEWPID,
		.exit_signal = SIGCHLD,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

/* Process 1 of a namespace does something; whatever it mounts is not seen here. */
static pid_t start(int (*inside)(int wait), int *wait)
{
	int pipes[2];
	pid_t pid;

	ck_assert(!pipe2(pipes, O_CLOEXEC));
	pid = fork_init();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		close(pipes[1]);
		_exit(inside(pipes[0]));
	}
	close(pipes[0]);
	*wait = pipes[1];
	return pid;
}

static void end(pid_t pid, int wait)
{
	int status;

	close(wait);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static void run(int (*inside)(int wait))
{
	size_t before = mounts_count();
	int wait;
	pid_t pid = start(inside, &wait);

	end(pid, wait);
	ck_assert_uint_eq(mounts_count(), before);
}

static bool there(const char *path)
{
	return !access(path, F_OK);
}

static int enter(char **binds)
{
	const struct nfhad_instance_config config = {
		.name = "A",
		.mount_namespace = true,
		.bind_mounts = binds,
	};
	const char *where = NULL;

	NEED(!nfhad_mounts_enter(&config, &where));
	return 0;
}

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int with_one(int wait)
{
	char *binds[2] = { shown };
	char self[16] = "", byte;
	struct stat st;

	NEED(!enter(binds));
	NEED(mounts_count() == 5);
	NEED(readlink("/proc/self", self, sizeof(self) - 1) == 1);
	NEED(!strcmp(self, "1"));
	NEED(there("/etc/passwd") && there("/dev/null"));
	NEED(!opens("/dev/file", O_WRONLY | O_CREAT) && errno == EROFS);
	NEED(opens("/dev/null", O_WRONLY));
	NEED(!stat("/tmp", &st) && (st.st_mode & 07777) == 01777);
	NEED(opens("/tmp/own", O_WRONLY | O_CREAT));
	NEED(there(shown_file) && !there(hidden_file) && there(hidden));
	NEED(read(wait, &byte, 1) == 0);
	return 0;
}

START_TEST(what_is_inside)
{
	run(with_one);
	ck_assert(!there("/tmp/own"));
}

static int with_none(int wait)
{
	(void)wait;
	NEED(!enter(NULL));
	NEED(mounts_count() == 4);
	NEED(!there(shown_file));
	return 0;
}

START_TEST(nothing_is_listed)
{
	run(with_none);
}

/* Seen from outside by its process; only ours is known again. */
START_TEST(ours)
{
	char path[64];
	int wait;
	pid_t pid;

	ck_assert(!nfhad_mounts_are_made(getpid()));
	ck_assert(!nfhad_mounts_are_made(1 << 22));
	pid = start(with_one, &wait);
	snprintf(path, sizeof(path), "/proc/%d/root/tmp/own", pid);
	while (!there(path) && !waitpid(pid, NULL, WNOHANG))
		usleep(1000);
	ck_assert(nfhad_mounts_are_made(pid));
	end(pid, wait);
}

static int with_a_wrong_one(int wait)
{
	char nowhere[] = "/nowhere/at/all";
	char *binds[3] = { shown, nowhere };
	const struct nfhad_instance_config config = { .bind_mounts = binds };
	const char *where = NULL;

	(void)wait;
	NEED(nfhad_mounts_enter(&config, &where) && errno == ENOENT);
	NEED(where == nowhere);
	return 0;
}

START_TEST(a_path_that_is_not_there)
{
	run(with_a_wrong_one);
}

static int with_a_link(int wait)
{
	char *binds[2] = { NULL };
	char link[80];

	(void)wait;
	sprintf(link, "%s/link", base);
	NEED(!symlink(shown, link));
	binds[0] = link;
	NEED(!enter(binds));
	NEED(there(shown_file) && !unlink(link));
	return 0;
}

START_TEST(a_link)
{
	run(with_a_link);
}

static int prepared(int wait)
{
	char path[128];

	(void)wait;
	NEED(!nfhad_mounts_prepare());
	NEED(there(NFHAD_MOUNTS_ROOT "/etc/passwd"));
	snprintf(path, sizeof(path), NFHAD_MOUNTS_ROOT "%s", shown_file);
	NEED(!there(path) && there(shown_file));
	NEED(!there(NFHAD_MOUNTS_ROOT "/proc/self"));
	return 0;
}

START_TEST(for_criu)
{
	run(prepared);
	ck_assert(!there(NFHAD_MOUNTS_ROOT));
}

static void file_make(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

START_TEST(images)
{
	int dir = open(shown, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(nfhad_mounts_in_image(dir), 0);
	file_make(dir, "pstree.img");
	file_make(dir, "mountpoint");
	ck_assert_int_eq(nfhad_mounts_in_image(dir), 0);
	file_make(dir, "mountpoints-12.img");
	ck_assert_int_eq(nfhad_mounts_in_image(dir), 1);
	ck_assert_int_eq(nfhad_mounts_in_image(dir), 1);
	close(dir);
	ck_assert_int_eq(nfhad_mounts_in_image(dir), -EBADF);
}

UNIT_MAIN_FIXTURE("mounts", setup, teardown, what_is_inside, nothing_is_listed,
		  ours, a_path_that_is_not_there, a_link, for_criu, images)
