// SPDX-License-Identifier: GPL-2.0-or-later
/* What processes use, in real ones and made-up control groups. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "cputime.h"
#include "descriptors.h"
#include "proc.h"
#include "tree.h"
#include "unit.h"
#include "usage.h"
#include "workers.h"
#include "wraps.h"

#define CPU NFHAD_MEASURE_BIT(NFHAD_MEASURE_CPU)
#define PRESSURE NFHAD_MEASURE_BIT(NFHAD_MEASURE_PRESSURE)

static struct nfhad_cputime *tree;
static uint64_t now;

static char top[64];
static int root;
static const char *path_of_worker;
static struct nfhad_usage *usage;
static struct nfhad_reading reading;

/* In place of the real one: the test is one place and its workers another. */
int __wrap_nfhad_cgroup_of(pid_t pid, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s",
		 pid == getpid() ? "/daemon" : path_of_worker);
	return 0;
}

/* How often files of processes were read, and children looked for. */
static int times_read;
static int times_walked;

int __wrap_nfhad_proc_time(int fd, uint64_t *ticks)
{
	times_read++;
	return __real_nfhad_proc_time(fd, ticks);
}

int __wrap_nfhad_proc_family(pid_t first, pid_t *pids, size_t max, size_t *count)
{
	times_walked++;
	return __real_nfhad_proc_family(first, pids, max, count);
}

static uint64_t start_of(pid_t pid)
{
	struct nfhad_proc_stat stat;

	ck_assert_int_eq(nfhad_proc_stat(pid, &stat), 0);
	return stat.start;
}

static void write_file(const char *path, const char *text)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void make_group(const char *name, pid_t pid, uint64_t cpu)
{
	char path[64], text[64];

	mkdirat(root, name, 0700);
	snprintf(path, sizeof(path), "%s/cgroup.procs", name);
	snprintf(text, sizeof(text), "%d\n", pid);
	write_file(path, text);
	snprintf(path, sizeof(path), "%s/cgroup.stat", name);
	write_file(path, "nr_descendants 0\n");
	snprintf(path, sizeof(path), "%s/cpu.stat", name);
	snprintf(text, sizeof(text), "usage_usec %ju\n", (uintmax_t)cpu);
	write_file(path, text);
	snprintf(path, sizeof(path), "%s/cpu.pressure", name);
	write_file(path, "some avg10=0.00 total=777\n");
}

static void setup(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(pipe2(workers[i].to, O_CLOEXEC), 0);
		ck_assert_int_eq(pipe2(workers[i].from, O_CLOEXEC), 0);
	}
	workers[0].pid = start_worker(0);
	ck_assert_int_eq(nfhad_cputime_open(workers[0].pid,
					    start_of(workers[0].pid), &tree), 0);
	snprintf(top, sizeof(top), "/tmp/nfha-usage.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	root = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_group("vnf", workers[0].pid, 5000);
	path_of_worker = "/vnf";
	ck_assert_int_eq(nfhad_usage_open(root, workers[0].pid,
					  start_of(workers[0].pid), &usage), 0);
	now = SECOND;
}

static void teardown(void)
{
	int status;

	nfhad_usage_close(usage);
	nfhad_cputime_close(tree);
	tell(0, 'q');
	waitpid(workers[0].pid, &status, 0);
	close(root);
	ck_assert_int_eq(nfhad_tree_remove(AT_FDCWD, top), 0);
}

static uint64_t time_of_tree(void)
{
	uint64_t us;

	ck_assert_int_eq(nfhad_cputime_read(tree, now, &us), 0);
	return us;
}

#define ASSERT_BURNT(us, times)						\
do {									\
	ck_assert_uint_ge((us), (times) * BURN_US - SLACK_US);		\
	ck_assert_uint_le((us), (times) * BURN_US + SLACK_US);		\
} while (0)

#define ASSERT_IDLE(us) ck_assert_uint_le((us), SLACK_US)

START_TEST(time_of_a_process)
{
	uint64_t before;

	tell(0, 'b');
	/* What it had used when it was found does not count. */
	ck_assert_uint_eq(time_of_tree(), 0);
	tell(0, 'b');
	before = time_of_tree();
	ASSERT_BURNT(before, 1);
	ASSERT_IDLE(time_of_tree() - before);
	tell(0, 'b');
	ASSERT_BURNT(time_of_tree(), 2);
}

static pid_t fork_second(void)
{
	workers[1].pid = tell(0, 'f');
	return workers[1].pid;
}

START_TEST(time_of_a_child)
{
	fork_second();
	ck_assert_uint_eq(time_of_tree(), 0);
	tell(1, 'b');
	ASSERT_BURNT(time_of_tree(), 1);
	tell(0, 'b');
	ASSERT_BURNT(time_of_tree(), 2);
}

/* Its time is its parent's then, and counts as before, not a second time. */
START_TEST(child_is_waited_for)
{
	fork_second();
	time_of_tree();
	tell(1, 'b');
	ASSERT_BURNT(time_of_tree(), 1);
	tell(1, 'q');
	tell(0, 'w');
	ASSERT_BURNT(time_of_tree(), 1);
	tell(0, 'b');
	ASSERT_BURNT(time_of_tree(), 2);
}

/* It came and went unseen. */
START_TEST(child_of_a_moment)
{
	time_of_tree();
	fork_second();
	tell(1, 'b');
	tell(1, 'q');
	tell(0, 'w');
	ASSERT_BURNT(time_of_tree(), 1);
}

/* It is found when it is looked for, and its time until then is not of that moment. */
START_TEST(child_that_comes_later)
{
	time_of_tree();
	now += NFHAD_CPUTIME_WALK_US;
	time_of_tree();
	fork_second();
	now += NFHAD_CPUTIME_WALK_US - 1;
	time_of_tree();
	tell(1, 'b');
	ASSERT_IDLE(time_of_tree());
	now++;
	ASSERT_IDLE(time_of_tree());
	tell(1, 'b');
	ASSERT_BURNT(time_of_tree(), 1);
}

/* Nothing is read that cannot have changed. */
START_TEST(tree_at_rest)
{
	int read, walked;

	time_of_tree();
	time_of_tree();
	now += NFHAD_CPUTIME_WALK_US;
	time_of_tree();
	read = times_read;
	walked = times_walked;
	now += NFHAD_CPUTIME_WALK_US;
	time_of_tree();
	now += NFHAD_CPUTIME_WALK_US;
	time_of_tree();
	ck_assert_int_eq(times_read, read);
	ck_assert_int_eq(times_walked, walked);
	tell(0, 'i');
	time_of_tree();
	ck_assert_int_gt(times_read, read);
	now += NFHAD_CPUTIME_WALK_US;
	time_of_tree();
	ck_assert_int_eq(times_walked, walked + 1);
}

/* It had its child after the last look for children, and has not run since. */
START_TEST(child_of_a_tree_at_rest)
{
	time_of_tree();
	now += NFHAD_CPUTIME_WALK_US;
	time_of_tree();
	fork_second();
	time_of_tree();
	time_of_tree();
	now += NFHAD_CPUTIME_WALK_US;
	time_of_tree();
	tell(1, 'b');
	ASSERT_BURNT(time_of_tree(), 1);
}

static bool is_gone(pid_t pid)
{
	struct nfhad_proc_stat stat;

	return nfhad_proc_stat(pid, &stat) == -ESRCH;
}

/* It takes its time with it: less than before, and never a jump. */
START_TEST(child_that_nobody_waits_for)
{
	uint64_t before;

	tell(0, 'i');
	fork_second();
	time_of_tree();
	tell(0, 'b');
	tell(1, 'b');
	before = time_of_tree();
	ASSERT_BURNT(before, 2);
	tell(1, 'q');
	while (!is_gone(workers[1].pid))
		usleep(1000);
	before = time_of_tree();
	ASSERT_BURNT(before, 1);
	tell(0, 'b');
	ASSERT_BURNT(time_of_tree() - before, 1);
}

/* More than there was since it was opened: that is nothing, and not less than that. */
START_TEST(child_takes_more_than_there_was)
{
	tell(0, 'i');
	fork_second();
	tell(1, 'b');
	time_of_tree();
	tell(1, 'q');
	while (!is_gone(workers[1].pid))
		usleep(1000);
	ck_assert_uint_eq(time_of_tree(), 0);
	tell(0, 'b');
	ASSERT_BURNT(time_of_tree(), 1);
}

/* One for each process, from the first to the last time. */
START_TEST(descriptors_are_kept)
{
	int n, i;

	fork_second();
	n = count_descriptors();
	for (i = 0; i < 5; i++) {
		time_of_tree();
		ck_assert_int_eq(count_descriptors(), n + 2);
		now += NFHAD_CPUTIME_WALK_US;
	}
	tell(1, 'q');
	tell(0, 'w');
	time_of_tree();
	ck_assert_int_eq(count_descriptors(), n + 1);
	nfhad_cputime_close(tree);
	tree = NULL;
	ck_assert_int_eq(count_descriptors(), n);
}

START_TEST(tree_is_gone)
{
	uint64_t us;

	time_of_tree();
	kill(workers[0].pid, SIGKILL);
	waitpid(workers[0].pid, NULL, 0);
	ck_assert_int_eq(nfhad_cputime_read(tree, now, &us), -ESRCH);
	ck_assert_int_eq(nfhad_cputime_read(tree, now, &us), -ESRCH);
}

/* Another one has its number. */
START_TEST(tree_of_another)
{
	uint64_t us;

	nfhad_cputime_close(tree);
	ck_assert_int_eq(nfhad_cputime_open(workers[0].pid,
					    start_of(workers[0].pid) + 1,
					    &tree), 0);
	ck_assert_int_eq(nfhad_cputime_read(tree, now, &us), -ESRCH);
}

START_TEST(tree_of_too_many)
{
	uint64_t us;
	int i;

	/* With the first one as many as there may be. */
	for (i = 1; i < NFHAD_CPUTIME_MAX; i++)
		tell(0, 'f');
	time_of_tree();
	tell(0, 'f');
	now += NFHAD_CPUTIME_WALK_US;
	ck_assert_int_eq(nfhad_cputime_read(tree, now, &us), -E2BIG);
}

static void read_usage(uint32_t known)
{
	nfhad_usage_read(usage, CPU | PRESSURE, now, &reading);
	ck_assert_uint_eq(reading.known, known);
	ck_assert_uint_eq(reading.usage_us, now);
	now += SECOND;
}

START_TEST(group_of_its_own)
{
	read_usage(0);
	read_usage(CPU | PRESSURE);
	ck_assert_uint_eq(reading.cpu_us, 5000);
	ck_assert_uint_eq(reading.pressure_us, 777);
	write_file("vnf/cpu.stat", "usage_usec 5001\n");
	/* Looked at again, and the same. */
	now += NFHAD_USAGE_LOOK_US;
	read_usage(CPU | PRESSURE);
	ck_assert_uint_eq(reading.cpu_us, 5001);
}

/* What others have known of the reading stays. */
START_TEST(not_all_of_a_group)
{
	read_usage(0);
	unlinkat(root, "vnf/cpu.pressure", 0);
	write_file("vnf/cpu.stat", "usage_usec x\n");
	reading.known = NFHAD_MEASURES_ALL;
	read_usage(NFHAD_MEASURES_ALL & ~CPU);
	write_file("vnf/cpu.pressure", "");
	now += NFHAD_USAGE_LOOK_US;
	read_usage(NFHAD_MEASURES_ALL & ~CPU);
	ck_assert_uint_eq(reading.pressure_us, 777);
}

START_TEST(only_what_is_wanted)
{
	uint32_t i, known[] = { 0, CPU, PRESSURE, CPU | PRESSURE };

	read_usage(0);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		reading = (struct nfhad_reading){ .known = CPU | PRESSURE };
		nfhad_usage_read(usage, known[i], now, &reading);
		ck_assert_uint_eq(reading.known, known[i]);
		ck_assert_uint_eq(reading.cpu_us, known[i] & CPU ? 5000 : 0);
	}
}

/* Then the processes say what they can. */
static void check_tree(void)
{
	read_usage(0);
	read_usage(CPU);
	ck_assert_uint_le(reading.cpu_us, SLACK_US);
	tell(0, 'b');
	read_usage(CPU);
	ASSERT_BURNT(reading.cpu_us, 1);
}

START_TEST(group_of_the_daemon)
{
	path_of_worker = "/daemon";
	make_group("daemon", workers[0].pid, 5000);
	check_tree();
}

START_TEST(group_with_others)
{
	char text[64];

	snprintf(text, sizeof(text), "%d\n%d\n", workers[0].pid, 1);
	write_file("vnf/cgroup.procs", text);
	check_tree();
}

START_TEST(group_with_a_part)
{
	fork_second();
	check_tree();
}

START_TEST(group_that_is_not_there)
{
	path_of_worker = "/nowhere";
	check_tree();
}

START_TEST(no_groups)
{
	nfhad_usage_close(usage);
	ck_assert_int_eq(nfhad_usage_open(-1, workers[0].pid,
					  start_of(workers[0].pid), &usage), 0);
	check_tree();
}

/* Whenever the source is another one, nothing is known once. */
START_TEST(moved)
{
	read_usage(0);
	read_usage(CPU | PRESSURE);
	make_group("other", workers[0].pid, 900000);
	path_of_worker = "/other";
	now += NFHAD_USAGE_LOOK_US;
	read_usage(0);
	read_usage(CPU | PRESSURE);
	ck_assert_uint_eq(reading.cpu_us, 900000);
	path_of_worker = "/daemon";
	now += NFHAD_USAGE_LOOK_US;
	check_tree();
	path_of_worker = "/vnf";
	now += NFHAD_USAGE_LOOK_US;
	read_usage(0);
	read_usage(CPU | PRESSURE);
	ck_assert_uint_eq(reading.cpu_us, 5000);
}

START_TEST(looked_at_in_time)
{
	uint64_t looked = now + NFHAD_USAGE_LOOK_US;

	read_usage(0);
	now = looked;
	read_usage(CPU | PRESSURE);
	path_of_worker = "/daemon";
	now = looked + NFHAD_USAGE_LOOK_US - 1;
	read_usage(CPU | PRESSURE);
	now = looked + NFHAD_USAGE_LOOK_US;
	read_usage(0);
}

START_TEST(another_process)
{
	nfhad_usage_close(usage);
	ck_assert_int_eq(nfhad_usage_open(root, workers[0].pid,
					  start_of(workers[0].pid) + 1,
					  &usage), 0);
	read_usage(0);
	read_usage(0);
	now += NFHAD_USAGE_LOOK_US;
	read_usage(0);
}

static const char *const garbage[] = {
	"", "1 (", "1 (a) ", "1 (a) S 1 1 1 0 -1 4194304 1 2 3 4 5 6 7",
	"1 (a) S 1 1 1 0 -1 4194304 1 2 3 4 5 6 7 x 20",
	"1 (a) S 1 1 1 0 -1 4194304 1 2 3 4 5 6 7 -8 20",
};

START_TEST(garbage_in_stat)
{
	uint64_t ticks;
	int fd;

	write_file("stat", "1 (a) b) (c) S 1 1 1 0 -1 4194304 1 2 3 4 50 60 70 80 20 0 1\n");
	fd = openat(root, "stat", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(nfhad_proc_time(fd, &ticks), 0);
	ck_assert_uint_eq(ticks, 260);
	write_file("stat", garbage[_i]);
	ck_assert_int_eq(nfhad_proc_time(fd, &ticks), -EPROTO);
	close(fd);
}

START_TEST(family)
{
	pid_t pids[2];
	size_t count;

	fork_second();
	ck_assert_int_eq(nfhad_proc_family(workers[0].pid, pids, 2, &count), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(pids[0], workers[0].pid);
	ck_assert_int_eq(pids[1], workers[1].pid);
	ck_assert_int_eq(nfhad_proc_family(workers[0].pid, pids, 1, &count),
			 -E2BIG);
	kill(workers[1].pid, SIGKILL);
	tell(0, 'w');
	ck_assert_int_eq(nfhad_proc_family(workers[1].pid, pids, 2, &count),
			 -ESRCH);
}

int main(void)
{
	const TTest * const tests[] = {
		time_of_a_process, time_of_a_child, child_is_waited_for,
		child_of_a_moment, child_that_comes_later,
		tree_at_rest, child_of_a_tree_at_rest,
		child_that_nobody_waits_for, child_takes_more_than_there_was,
		descriptors_are_kept, tree_is_gone, tree_of_another,
		tree_of_too_many, group_of_its_own, not_all_of_a_group,
		only_what_is_wanted, group_of_the_daemon, group_with_others,
		group_with_a_part, group_that_is_not_there, no_groups, moved,
		looked_at_in_time, another_process, family,
	};
	Suite *suite = suite_of("usage", setup, teardown, tests,
				ARRAY_SIZE(tests));
	TCase *tcase = tcase_create("each");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, garbage_in_stat, 0, ARRAY_SIZE(garbage));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
