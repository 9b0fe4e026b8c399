// SPDX-License-Identifier: GPL-2.0-or-later
/* Control groups that are made for instances, in this machine's tree of them. */

#include <errno.h>
#include <fcntl.h>
#include <said.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "descriptors.h"
#include "group.h"
#include "unit.h"

static const struct nfhad_group_config none;
static char said[NFHAD_SAID_MAX];
static char above[64], path[80];
static int root = -1;
static int descriptors;

/* Who may not, or has none, has nothing to see here. */
static bool is_possible(void)
{
	int dir = nfhad_cgroup_root();
	bool may;

	if (dir < 0)
		return false;
	may = !mkdirat(dir, above + 1, 0700) &&
	      !unlinkat(dir, above + 1, AT_REMOVEDIR);
	close(dir);
	return may;
}

static void setup(void)
{
	snprintf(above, sizeof(above), "/nfha-unit-%d", getpid());
	snprintf(path, sizeof(path), "%s/fw@A", above);
	descriptors = count_descriptors();
	root = nfhad_cgroup_root();
	ck_assert_int_ge(root, 0);
}

static void teardown(void)
{
	ck_assert_int_eq(nfhad_group_remove(path), 0);
	unlinkat(root, above + 1, AT_REMOVEDIR);
	ck_assert_int_ne(faccessat(root, above + 1, F_OK, 0), 0);
	close(root);
	ck_assert_int_eq(count_descriptors(), descriptors);
}

static int make(void)
{
	*said = 0;
	return nfhad_group_make(path, &none, said);
}

static bool is_there(const char *name)
{
	return !faccessat(root, name + 1, F_OK, 0);
}

/* A process that waits in a group. */
static pid_t process_in(const char *name)
{
	char procs[160], number[16];
	pid_t pid = fork();
	int fd;

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		pause();
		_exit(0);
	}
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", name + 1);
	fd = openat(root, procs, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	snprintf(number, sizeof(number), "%d", pid);
	ck_assert_int_gt(write(fd, number, strlen(number)), 0);
	close(fd);
	return pid;
}

START_TEST(made_and_removed)
{
	int dir;

	ck_assert_int_eq(make(), 0);
	ck_assert(is_there(path));
	dir = nfhad_group_open(path);
	ck_assert_int_ge(dir, 0);
	close(dir);
	/* Once more is no fault. */
	ck_assert_int_eq(make(), 0);
	ck_assert_int_eq(nfhad_group_remove(path), 0);
	ck_assert(!is_there(path) && is_there(above));
	ck_assert_int_eq(nfhad_group_remove(path), 0);
	ck_assert_int_lt(nfhad_group_open(path), 0);
}

/* Of an earlier life, with groups of a VNF's own in it. */
START_TEST(what_is_left_in_it_ends)
{
	char below[100], deeper[120];
	int status;
	pid_t pid;

	ck_assert_int_eq(make(), 0);
	snprintf(below, sizeof(below), "%s/vnf", path);
	snprintf(deeper, sizeof(deeper), "%s/worker", below);
	ck_assert_int_eq(mkdirat(root, below + 1, 0700), 0);
	ck_assert_int_eq(mkdirat(root, deeper + 1, 0700), 0);
	pid = process_in(deeper);
	ck_assert_int_eq(make(), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert(is_there(path) && !is_there(below));
	pid = process_in(path);
	ck_assert_int_eq(nfhad_group_remove(path), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(!is_there(path));
}

/* Neither taken, nor emptied, nor removed. */
START_TEST(somebody_elses)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(mkdirat(root, above + 1, 0700), 0);
	ck_assert_int_eq(mkdirat(root, path + 1, 0700), 0);
	pid = process_in(path);
	ck_assert_int_eq(make(), -EEXIST);
	ck_assert_ptr_nonnull(strstr(said, path));
	ck_assert_ptr_nonnull(strstr(said, "nfhad has not made it"));
	ck_assert_int_eq(nfhad_group_remove(path), 0);
	ck_assert(is_there(path));
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(unlinkat(root, path + 1, AT_REMOVEDIR), 0);
}

/* The groups above get what the limits need; which there are is the machine's affair. */
START_TEST(limits_are_set_or_said)
{
	static const struct {
		struct nfhad_group_config limits;
		const char *controller, *file, *value;
	} cases[] = {
		{ { .memory = 64 << 20 }, "memory", "memory.max", "67108864\n" },
		{ { .cpu = 50 }, "cpu", "cpu.max", "50000 100000\n" },
		{ { .processes = 7 }, "pids", "pids.max", "7\n" },
	};
	char name[128], text[64];
	unsigned int n;
	ssize_t len;
	int fd, ret;

	for (n = 0; n < ARRAY_SIZE(cases); n++) {
		*said = 0;
		ret = nfhad_group_make(path, &cases[n].limits, said);
		if (ret) {
			ck_assert_ptr_nonnull(strstr(said, cases[n].controller));
			continue;
		}
		snprintf(name, sizeof(name), "%s/%s", path + 1, cases[n].file);
		fd = openat(root, name, O_RDONLY | O_CLOEXEC);
		ck_assert_int_ge(fd, 0);
		len = read(fd, text, sizeof(text) - 1);
		ck_assert_int_gt(len, 0);
		text[len] = 0;
		close(fd);
		ck_assert_str_eq(text, cases[n].value);
	}
}

int main(void)
{
	const TTest * const tests[] = {
		made_and_removed, what_is_left_in_it_ends, somebody_elses,
		limits_are_set_or_said,
	};

	snprintf(above, sizeof(above), "/nfha-unit-%d", getpid());
	if (!is_possible()) {
		puts("1..0 # SKIP no control groups of version 2 that may be changed");
		return 4;
	}
	return suite_run(suite_of("group", setup, teardown, tests, ARRAY_SIZE(tests)));
}
