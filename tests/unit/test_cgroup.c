// SPDX-License-Identifier: GPL-2.0-or-later
/* Control groups, in a made-up tree of directories. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "descriptors.h"
#include "tree.h"
#include "unit.h"

#define STAT "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n"
#define PRESSURE "some avg10=1.50 avg60=0.20 avg300=0.01 total=7654321\n" \
	"full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n"

static char top[64];
static int root;
static struct nfhad_cgroup group;
static int descriptors;

static void write_bytes(const char *path, const char *text, size_t length)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, length), length);
	close(fd);
}

static void write_file(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

static void setup(void)
{
	snprintf(top, sizeof(top), "/tmp/nfha-cgroup.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	root = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(root, 0);
	ck_assert_int_eq(mkdirat(root, "slice", 0700), 0);
	ck_assert_int_eq(mkdirat(root, "slice/vnf", 0700), 0);
	write_file("slice/vnf/cpu.stat", STAT);
	write_file("slice/vnf/cpu.pressure", PRESSURE);
	write_file("slice/vnf/cgroup.procs", "30\n10\n20\n");
	write_file("slice/vnf/cgroup.stat",
		   "nr_descendants 0\nnr_dying_descendants 1\n");
	descriptors = count_descriptors();
}

static void teardown(void)
{
	nfhad_cgroup_close(&group);
	ck_assert_int_eq(count_descriptors(), descriptors);
	close(root);
	ck_assert_int_eq(nfhad_tree_remove(AT_FDCWD, top), 0);
}

static void begin(void)
{
	ck_assert_int_eq(nfhad_cgroup_open(root, "/slice/vnf", &group), 0);
}

static const struct {
	const char *text;
	int ret;
	const char *path;
} texts[] = {
	{ "0::/\n", 0, "/" },
	{ "0::/system.slice/a b.service\n", 0, "/system.slice/a b.service" },
	{ "9:name=systemd:/x\n4:memory:/0::/y\n0::/z\n", 0, "/z" },
	{ "0::/a\n0::/b\n", 0, "/a" },
	{ "", -ENOENT, "" },
	{ "9:name=systemd:/x\n", -ENOENT, "" },
	{ "10::/x\n", -ENOENT, "" },
	{ "0:cpu:/x\n", -ENOENT, "" },
	{ "0::/cut", -EPROTO, "" },
	{ "0::\n", -EPROTO, "" },
	{ "0::relative\n", -EPROTO, "" },
};

START_TEST(parse)
{
	char path[PATH_MAX] = "";

	ck_assert_int_eq(nfhad_cgroup_parse(texts[_i].text, path),
			 texts[_i].ret);
	ck_assert_str_eq(path, texts[_i].path);
}

START_TEST(parse_what_is_too_long)
{
	char text[2 * PATH_MAX], path[PATH_MAX];

	memset(text, 'x', sizeof(text));
	text[0] = '0';
	text[1] = ':';
	text[2] = ':';
	text[3] = '/';
	/* As long as can be, and one more. */
	memcpy(text + 3 + PATH_MAX - 1, "\n", 2);
	ck_assert_int_eq(nfhad_cgroup_parse(text, path), 0);
	ck_assert_uint_eq(strlen(path), PATH_MAX - 1);
	memcpy(text + 3 + PATH_MAX - 1, "x\n", 3);
	ck_assert_int_eq(nfhad_cgroup_parse(text, path), -EPROTO);
}

/* A child is where its parent is, and when it is gone it is nowhere. */
START_TEST(of_a_process)
{
	char own[PATH_MAX], its[PATH_MAX];
	int ret, pipes[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		close(pipes[1]);
		_exit(read(pipes[0], own, 1));
	}
	ret = nfhad_cgroup_of(getpid(), own);
	ck_assert(!ret || ret == -ENOENT);
	ck_assert_int_eq(nfhad_cgroup_of(pid, its), ret);
	if (!ret)
		ck_assert_str_eq(own, its);
	close(pipes[0]);
	close(pipes[1]);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(nfhad_cgroup_of(pid, its), -ESRCH);
}

/* The real one, where there is one. */
START_TEST(root_of_all)
{
	int fd = nfhad_cgroup_root(), ret;

	if (fd < 0) {
		ck_assert_int_eq(fd, -ENOENT);
		return;
	}
	ret = faccessat(fd, "cgroup.procs", R_OK, 0);
	close(fd);
	ck_assert_int_eq(ret, 0);
}

static const char *const good_paths[] = {
	"/slice/vnf", "//slice///vnf/", "/slice/vnf//",
};

START_TEST(good_path)
{
	uint64_t value;

	ck_assert_int_eq(nfhad_cgroup_open(root, good_paths[_i], &group), 0);
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), 0);
}

static const struct {
	const char *path;
	int ret;
} bad_paths[] = {
	{ "", -EINVAL },
	{ "slice/vnf", -EINVAL },
	{ "/slice/../slice/vnf", -EINVAL },
	{ "/slice/vnf/..", -EINVAL },
	{ "/..", -EINVAL },
	{ "/./slice/vnf", -EINVAL },
	{ "/slice/vnf (deleted)", -ENOENT },
	{ "/link/vnf", -ENOTDIR },
	{ "/slice/link", -ENOTDIR },
	{ "/slice/vnf/cpu.stat", -ENOTDIR },
};

START_TEST(bad_path)
{
	ck_assert_int_eq(symlinkat("slice", root, "link"), 0);
	ck_assert_int_eq(symlinkat("vnf", root, "slice/link"), 0);
	ck_assert_int_eq(nfhad_cgroup_open(root, bad_paths[_i].path, &group),
			 bad_paths[_i].ret);
	ck_assert_int_eq(group.dir, -1);
	ck_assert_int_eq(group.cpu, -1);
}

START_TEST(path_that_is_too_long)
{
	char path[PATH_MAX + 1];

	memset(path, '/', PATH_MAX);
	path[PATH_MAX] = '\0';
	ck_assert_int_eq(nfhad_cgroup_open(root, path, &group), -EINVAL);
	path[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(nfhad_cgroup_open(root, path, &group), 0);
}

START_TEST(values)
{
	uint64_t value;

	begin();
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), 0);
	ck_assert_uint_eq(value, 1234567);
	ck_assert_int_eq(nfhad_cgroup_pressure(&group, &value), 0);
	ck_assert_uint_eq(value, 7654321);
}

/* Opened once: names do not matter any more, and what is written is read. */
START_TEST(descriptors_are_kept)
{
	uint64_t value;

	begin();
	write_file("slice/vnf/cpu.stat", "usage_usec 1234568\n");
	ck_assert_int_eq(renameat(root, "slice", root, "other"), 0);
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), 0);
	ck_assert_uint_eq(value, 1234568);
}

START_TEST(files_that_are_not_there)
{
	uint64_t value;

	unlinkat(root, "slice/vnf/cpu.stat", 0);
	unlinkat(root, "slice/vnf/cpu.pressure", 0);
	write_file("elsewhere", STAT);
	ck_assert_int_eq(symlinkat("../../elsewhere", root,
				   "slice/vnf/cpu.stat"), 0);
	begin();
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), -ENODATA);
	ck_assert_int_eq(nfhad_cgroup_pressure(&group, &value), -ENODATA);
}

static const char *const garbage_stats[] = {
	"", "\n", "usage_usec\n", "usage_usec \t1\n", "usage_usec x\n",
	"usage_usec 1x\n", "usage_usec 1 2\n", "usage_usec -1\n",
	"usage_usec +1\n", "usage_usec  1\n", "usage_usec 1",
	"usage_usec 18446744073709551616\n",
	"usage_usec 99999999999999999999999999999999999999\n",
	"user_usec 1\nsystem_usec 2\n", "xusage_usec 1\n", " usage_usec 1\n",
	"usage_usecs 1\n",
};

START_TEST(garbage_in_cpu_stat)
{
	uint64_t value;

	write_file("slice/vnf/cpu.stat", garbage_stats[_i]);
	begin();
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), -EPROTO);
}

START_TEST(order_in_cpu_stat)
{
	uint64_t value;

	write_file("slice/vnf/cpu.stat",
		   "user_usec 1\n\nusage_usec 18446744073709551615\nusage_usec 2\n");
	begin();
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), 0);
	ck_assert_uint_eq(value, UINT64_MAX);
}

/* Longer than any, however right its beginning is; or with a hole in it. */
START_TEST(cpu_stat_that_is_too_long)
{
	char text[4096];
	uint64_t value;

	memset(text, '\n', sizeof(text));
	memcpy(text, STAT, strlen(STAT));
	write_bytes("slice/vnf/cpu.stat", text, 4094);
	begin();
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), 0);
	write_bytes("slice/vnf/cpu.stat", text, 4095);
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), -EPROTO);
	write_bytes("slice/vnf/cpu.stat", text, 4096);
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), -EPROTO);
	text[strlen(STAT)] = '\0';
	write_bytes("slice/vnf/cpu.stat", text, 200);
	ck_assert_int_eq(nfhad_cgroup_cpu(&group, &value), -EPROTO);
}

static const char *const garbage_pressures[] = {
	"", "some avg10=0.00\n", "full avg10=0.00 total=5\n",
	"some avg10=0.00 total=\n", "some avg10=0.00 total=x\n",
	"some avg10=0.00 total=1.5\n", "some\nfull total=5\n",
	"some avg10=0.00\nfull total=5\n",
	"some avg10=0.00 total=18446744073709551616\n",
};

START_TEST(garbage_in_cpu_pressure)
{
	uint64_t value;

	write_file("slice/vnf/cpu.pressure", garbage_pressures[_i]);
	begin();
	ck_assert_int_eq(nfhad_cgroup_pressure(&group, &value), -EPROTO);
}

START_TEST(same)
{
	struct nfhad_cgroup other;

	begin();
	ck_assert_int_eq(nfhad_cgroup_open(root, "/slice/vnf", &other), 0);
	ck_assert(nfhad_cgroup_is(&group, &other));
	nfhad_cgroup_close(&other);
	ck_assert_int_eq(nfhad_cgroup_open(root, "/slice", &other), 0);
	ck_assert(!nfhad_cgroup_is(&group, &other));
	nfhad_cgroup_close(&other);
}

static int holds(size_t count, pid_t a, pid_t b, pid_t c)
{
	pid_t pids[] = { a, b, c };

	return nfhad_cgroup_holds(&group, pids, count);
}

START_TEST(holds_these)
{
	begin();
	ck_assert_int_eq(holds(3, 10, 30, 20), 0);
	/* Another one, and one too few. */
	ck_assert_int_eq(holds(2, 10, 30, 0), -ESTALE);
	ck_assert_int_eq(holds(3, 10, 30, 40), -ESTALE);
	write_file("slice/vnf/cgroup.procs", "10\n20\n");
	ck_assert_int_eq(holds(3, 10, 30, 20), -ESTALE);
	write_file("slice/vnf/cgroup.procs", "");
	ck_assert_int_eq(holds(1, 10, 0, 0), -ESTALE);
}

static void make_below(const char *path, const char *procs, const char *stat)
{
	char file[64];

	ck_assert_int_eq(mkdirat(root, path, 0700), 0);
	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	write_file(file, procs);
	snprintf(file, sizeof(file), "%s/cgroup.stat", path);
	write_file(file, stat);
}

START_TEST(holds_below)
{
	begin();
	make_below("slice/vnf/a", "40\n", "nr_descendants 1\n");
	make_below("slice/vnf/a/b", "50\n", "nr_descendants 0\n");
	/* Not told, not looked for. */
	ck_assert_int_eq(holds(3, 10, 20, 30), 0);
	write_file("slice/vnf/cgroup.stat", "nr_descendants 2\n");
	ck_assert_int_eq(holds(3, 10, 20, 30), -ESTALE);
	write_file("slice/vnf/cgroup.procs", "10\n");
	ck_assert_int_eq(holds(3, 50, 40, 10), 0);
	ck_assert_int_eq(holds(2, 50, 10, 0), -ESTALE);
	ck_assert_int_eq(symlinkat("..", root, "slice/vnf/a/b/up"), 0);
	write_file("slice/vnf/a/b/cgroup.stat", "nr_descendants 1\n");
	ck_assert_int_eq(holds(3, 50, 40, 10), 0);
}

/* As many as somebody likes to make: they are not all gone through. */
START_TEST(holds_too_many)
{
	char path[64];
	int i;

	begin();
	write_file("slice/vnf/cgroup.stat", "nr_descendants 63\n");
	for (i = 0; i < 63; i++) {
		snprintf(path, sizeof(path), "slice/vnf/%d", i);
		make_below(path, "", "nr_descendants 0\n");
	}
	ck_assert_int_eq(holds(3, 10, 20, 30), 0);
	make_below("slice/vnf/64", "", "nr_descendants 0\n");
	ck_assert_int_eq(holds(3, 10, 20, 30), -E2BIG);
}

START_TEST(holds_cannot_be_told)
{
	begin();
	write_file("slice/vnf/cgroup.procs", "10\n20\nx\n");
	ck_assert_int_eq(holds(2, 10, 20, 0), -EPROTO);
	write_file("slice/vnf/cgroup.procs", "10\n20\n");
	unlinkat(root, "slice/vnf/cgroup.stat", 0);
	ck_assert_int_eq(holds(2, 10, 20, 0), -ENODATA);
	unlinkat(root, "slice/vnf/cgroup.procs", 0);
	ck_assert_int_eq(holds(2, 10, 20, 0), -ENOENT);
}

START_TEST(populated)
{
	int dir = nfhad_tree_open(root, "slice");

	ck_assert_int_ge(dir, 0);
	ck_assert(!nfhad_cgroup_is_populated(dir));
	write_file("slice/cgroup.events", "populated 1\nfrozen 0\n");
	ck_assert(nfhad_cgroup_is_populated(dir));
	write_file("slice/cgroup.events", "populated 0\nfrozen 1\n");
	ck_assert(!nfhad_cgroup_is_populated(dir));
	close(dir);
}

int main(void)
{
	const TTest * const tests[] = {
		parse_what_is_too_long, of_a_process, root_of_all,
		path_that_is_too_long, values, descriptors_are_kept,
		files_that_are_not_there, order_in_cpu_stat,
		cpu_stat_that_is_too_long, same,
		holds_these, holds_below, holds_too_many, holds_cannot_be_told,
		populated,
	};
	Suite *suite = suite_of("cgroup", setup, teardown, tests,
				ARRAY_SIZE(tests));
	TCase *tcase = tcase_create("each");

	group = (struct nfhad_cgroup){ -1, -1, -1 };
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, parse, 0, ARRAY_SIZE(texts));
	tcase_add_loop_test(tcase, good_path, 0, ARRAY_SIZE(good_paths));
	tcase_add_loop_test(tcase, bad_path, 0, ARRAY_SIZE(bad_paths));
	tcase_add_loop_test(tcase, garbage_in_cpu_stat, 0,
			    ARRAY_SIZE(garbage_stats));
	tcase_add_loop_test(tcase, garbage_in_cpu_pressure, 0,
			    ARRAY_SIZE(garbage_pressures));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
