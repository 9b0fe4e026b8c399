// SPDX-License-Identifier: GPL-2.0-or-later
/* Health checks and stalls, in network namespaces of their own. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "decision.h"
#include "health.h"
#include "instance.h"
#include "loop.h"
#include "nfhad.h"
#include "unit.h"
#include "spaces.h"

#define SECOND 1000000ull

static struct nfhad nfhad;
static struct nfhad_check_config checks[2];
static struct nfhad_instance_config instance_config;
static struct nfhad_service_config service_config;
static struct nfhad_service service;
static struct nfhad_instance instance;
static struct nfhad_health *health;

/* What was told last, and how often. */
static int told;
static bool is_healthy;
static char reason[600];
static bool stop_when_told;

static uint64_t packets_to;
static uint64_t packets_from;
static uint64_t packets_each;
static int traffic_error;

static void setup(void)
{
	ck_assert(world_make());
	nfhad.event = loop_open();
	nfhad.decisions = nfhad_decisions_new();
	checks[0] = (struct nfhad_check_config){
		.kind = NFHAD_CHECK_TCP,
		.address = "127.0.0.1",
		.port = 4000,
		.interval_ms = 10,
		.timeout_ms = 5000,
		.failures = 3,
		.successes = 2,
	};
	instance_config = (struct nfhad_instance_config){
		.name = "A",
		.netns = "here",
	};
	service_config = (struct nfhad_service_config){
		.name = "fw",
		.check = checks,
		.checks = 1,
	};
	service = (struct nfhad_service){
		.nfhad = &nfhad,
		.config = &service_config,
	};
	instance = (struct nfhad_instance){
		.service = &service,
		.config = &instance_config,
	};
}

static void teardown(void)
{
	nfhad_health_stop(health);
	nfhad_decisions_free(nfhad.decisions);
	sd_event_unref(nfhad.event);
}

static void on_health(struct nfhad_instance *about, bool healthy, const char *why)
{
	ck_assert_ptr_eq(about, &instance);
	ck_assert_ptr_null(strchr(why, '\n'));
	told++;
	is_healthy = healthy;
	snprintf(reason, sizeof(reason), "%s", why);
	if (!stop_when_told)
		return;
	nfhad_health_stop(health);
	health = NULL;
}

static int traffic(struct nfhad_kernel *kernel, const char *of_service,
		   const char *of_instance, uint64_t *to, uint64_t *from)
{
	ck_assert_ptr_eq(kernel, nfhad.kernel);
	ck_assert_str_eq(of_service, "fw");
	ck_assert_str_eq(of_instance, "A");
	packets_to += packets_each;
	*to = packets_to;
	*from = packets_from;
	return traffic_error;
}

static void begin(void)
{
	ck_assert_int_eq(nfhad_health_start(&instance, traffic, on_health,
					    &health),
			 0);
	ck_assert_ptr_nonnull(health);
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec / 1000;
}

static void run_for(uint64_t us)
{
	uint64_t end = now_us() + us, now;

	while ((now = now_us()) < end)
		sd_event_run(nfhad.event, end - now);
}

static void wait_until_told(int times)
{
	uint64_t end = now_us() + 20 * SECOND;

	while (told < times && now_us() < end)
		sd_event_run(nfhad.event, SECOND / 10);
	ck_assert_int_eq(told, times);
}

START_TEST(nothing_to_check)
{
	service_config.checks = 0;
	ck_assert_int_eq(nfhad_health_start(&instance, traffic, on_health,
					    &health),
			 0);
	ck_assert_ptr_null(health);
	nfhad_health_pause(health);
	nfhad_health_resume(health);
}

START_TEST(tcp_in_its_namespace)
{
	int fd = listen_at("::");

	begin();
	run_for(SECOND / 5);
	ck_assert_int_eq(told, 0);
	close(fd);
	wait_until_told(1);
	ck_assert(!is_healthy);
	ck_assert_str_eq(reason,
			 "tcp 127.0.0.1: connect: Connection refused, 3 in a row");
	fd = listen_at("::");
	wait_until_told(2);
	ck_assert(is_healthy);
	close(fd);
}

START_TEST(tcp_in_another_namespace)
{
	int fd = listen_at("::");

	ck_assert(netns_make("other"));
	checks[0].netns = "other";
	begin();
	wait_until_told(1);
	ck_assert(!is_healthy);
	nfhad_health_stop(health);
	/* The check left its namespace alone, and so did we. */
	close(fd);
	fd = listen_at("::");
	checks[0].netns = "here";
	checks[0].failures = 1;
	begin();
	wait_until_told(2);
	nfhad_health_stop(health);
	checks[0].netns = "other";
	begin();
	run_for(SECOND / 5);
	ck_assert_int_eq(told, 2);
	close(fd);
}

START_TEST(tcp_of_version_6)
{
	int fd = listen_at("::1");

	checks[0].address = "::1";
	begin();
	run_for(SECOND / 5);
	ck_assert_int_eq(told, 0);
	close(fd);
	wait_until_told(1);
}

START_TEST(no_namespace)
{
	instance_config.netns = "nowhere";
	begin();
	wait_until_told(1);
	ck_assert_str_eq(reason,
			 "tcp 127.0.0.1: network namespace: No such file or directory, 3 in a row");
}

/* A namespace that somebody has put a link in the place of. */
START_TEST(namespace_that_is_a_link)
{
	int fd = listen_at("::");

	ck_assert_int_eq(symlink("here", "/run/netns/link"), 0);
	instance_config.netns = "link";
	begin();
	wait_until_told(1);
	ck_assert(!is_healthy);
	close(fd);
}

static const char *const versions[] = { "127.0.0.1", "::1" };

START_TEST(echo)
{
	checks[0].kind = NFHAD_CHECK_ICMP;
	checks[0].address = (char *)versions[_i];
	checks[0].failures = 1;
	begin();
	run_for(SECOND / 5);
	ck_assert_msg(!told, "%s", reason);
}

static const char *const nobodies[] = { "192.0.2.1", "2001:db8::1" };

START_TEST(no_echo)
{
	checks[0].kind = NFHAD_CHECK_ICMP;
	checks[0].address = (char *)nobodies[_i];
	begin();
	wait_until_told(1);
	ck_assert_ptr_nonnull(strstr(reason, "Network is unreachable"));
}

/* An address that is there and that answers nothing. */
START_TEST(echo_that_is_not_answered)
{
	int fd = open("/proc/sys/net/ipv4/icmp_echo_ignore_all",
		      O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "1", 1), 1);
	close(fd);
	checks[0].kind = NFHAD_CHECK_ICMP;
	checks[0].timeout_ms = 50;
	begin();
	wait_until_told(1);
	ck_assert_str_eq(reason,
			 "icmp 127.0.0.1: took longer than 50 ms, 3 in a row");
}

static void exec_check(const char *script)
{
	static char *command[4] = { "/bin/sh", "-c" };

	command[2] = (char *)script;
	checks[0].kind = NFHAD_CHECK_EXEC;
	checks[0].command = command;
}

START_TEST(exec_of_a_program)
{
	exec_check("test $NFHA_SERVICE/$NFHA_INSTANCE = fw/A && test ! -e /run/bad || exit 7");
	begin();
	run_for(SECOND / 5);
	ck_assert_msg(!told, "%s", reason);
	close(open("/run/bad", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	wait_until_told(1);
	ck_assert_str_eq(reason, "exec /bin/sh: exit status 7, 3 in a row");
	unlink("/run/bad");
	wait_until_told(2);
	ck_assert(is_healthy);
}

/* Who waits for the first success is told of it, once, and nobody else is. */
START_TEST(awaited)
{
	ck_assert(nfhad_health_await(NULL));
	exec_check("test -e /run/good");
	checks[1] = checks[0];
	checks[1].command = (char *[]){ "/bin/true", NULL };
	service_config.checks = 2;
	begin();
	ck_assert(!nfhad_health_await(health));
	wait_until_told(1);
	ck_assert(!is_healthy);
	close(open("/run/good", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	wait_until_told(2);
	ck_assert(is_healthy);
	ck_assert(nfhad_health_await(health));
	run_for(SECOND / 10);
	ck_assert_int_eq(told, 2);
}

/* One good result is not as many as it takes. */
START_TEST(awaited_in_a_row)
{
	exec_check("test -e /run/once && exit 1; touch /run/once");
	checks[0].failures = 1000;
	begin();
	ck_assert(!nfhad_health_await(health));
	run_for(SECOND / 5);
	ck_assert(!nfhad_health_await(health));
	ck_assert_msg(!told, "%s", reason);
}

/* It tells nothing of the instance, and somebody has to be told. */
START_TEST(exec_of_nothing)
{
	static char *command[2] = { "/nonexistent" };
	const struct nfhad_decision *said;

	exec_check("");
	checks[0].command = command;
	begin();
	while (nfhad_decision_count(nfhad.decisions, NFHAD_ACTION_REFUSE) < 3)
		run_for(SECOND / 100);
	ck_assert_msg(!told, "%s", reason);
	said = nfhad_decision_next(nfhad.decisions, 2);
	ck_assert_str_eq(said->cause,
			 "check cannot be run, 4 times in a row: /nonexistent: No such file or directory");
}

/* Neither is one that cannot be executed. */
START_TEST(exec_of_no_program)
{
	static char *command[2] = { "/run/text" };
	int fd = open(command[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	close(fd);
	exec_check("");
	checks[0].command = command;
	begin();
	while (nfhad_decision_count(nfhad.decisions, NFHAD_ACTION_REFUSE) < 3)
		run_for(SECOND / 100);
	chmod(command[0], 0700);
	while (nfhad_decision_count(nfhad.decisions, NFHAD_ACTION_REFUSE) < 5)
		run_for(SECOND / 100);
	ck_assert_msg(!told, "%s", reason);
	unlink(command[0]);
}

START_TEST(exec_ended_by_a_signal)
{
	exec_check("kill -9 $$");
	begin();
	wait_until_told(1);
	ck_assert_ptr_nonnull(strstr(reason, "by a signal"));
}

/* A process that has ended may wait for its new parent. */
static bool is_alive(int pid)
{
	char path[64], state = 'Z';
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (!stat)
		return false;
	if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(stat);
	return state != 'Z';
}

/* It is killed, with what it has started. */
START_TEST(exec_that_takes_long)
{
	uint64_t end;
	FILE *pids;
	int pid;

	exec_check("sleep 1000 & echo $! >>/run/pids; wait");
	checks[0].timeout_ms = 300;
	checks[0].failures = 1;
	begin();
	wait_until_told(1);
	ck_assert_ptr_nonnull(strstr(reason, "took longer than 300 ms"));
	nfhad_health_stop(health);
	health = NULL;
	pids = fopen("/run/pids", "re");
	ck_assert_ptr_nonnull(pids);
	ck_assert_int_eq(fscanf(pids, "%d", &pid), 1);
	fclose(pids);
	for (end = now_us() + 5 * SECOND; is_alive(pid) && now_us() < end;)
		run_for(10000);
	ck_assert(!is_alive(pid));
}

/* As often as it may fail without a consequence, and then once more. */
START_TEST(in_a_row)
{
	exec_check("read n </run/n; echo $((n + 1)) >/run/n; test $((n % 3)) = 2");
	begin();
	run_for(SECOND / 2);
	ck_assert_int_eq(told, 0);
	nfhad_health_stop(health);
	checks[0].failures = 2;
	begin();
	wait_until_told(1);
	ck_assert_ptr_nonnull(strstr(reason, "2 in a row"));
	/* One success of three is never two in a row. */
	run_for(SECOND / 2);
	ck_assert_int_eq(told, 1);
}

/* It is healthy until it is known otherwise, and not proven until it is known. */
START_TEST(proven_by_successes)
{
	uint64_t end = now_us() + 20 * SECOND;

	exec_check("test -e /run/well");
	checks[0].failures = 1000;
	checks[0].successes = 3;
	begin();
	run_for(SECOND / 2);
	ck_assert_int_eq(told, 0);
	ck_assert(!nfhad_health_is_proven(health));
	close(open("/run/well", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	while (!nfhad_health_is_proven(health) && now_us() < end)
		sd_event_run(nfhad.event, SECOND / 10);
	ck_assert(nfhad_health_is_proven(health));
	ck_assert(nfhad_health_is_proven(NULL));
}

START_TEST(told_once_for_all_checks)
{
	checks[1] = checks[0];
	checks[1].address = "127.0.0.2";
	service_config.checks = 2;
	begin();
	run_for(SECOND / 2);
	ck_assert_int_eq(told, 1);
}

START_TEST(stopped_when_told)
{
	stop_when_told = true;
	begin();
	wait_until_told(1);
	run_for(SECOND / 10);
	ck_assert_int_eq(told, 1);
}

START_TEST(not_while_frozen)
{
	checks[0].failures = 1;
	begin();
	nfhad_health_pause(health);
	run_for(SECOND / 5);
	ck_assert_int_eq(told, 0);
	nfhad_health_resume(health);
	wait_until_told(1);
}

/* The time that it was frozen is not the check's. */
START_TEST(frozen_time_does_not_count)
{
	int i;

	/* It ends after its deadline, and in time without the freeze. */
	exec_check("sleep 1");
	checks[0].timeout_ms = 800;
	checks[0].failures = 1;
	begin();
	run_for(50000);
	nfhad_health_pause(health);
	run_for(SECOND * 7 / 10);
	nfhad_health_resume(health);
	run_for(SECOND / 2);
	ck_assert_msg(!told, "%s", reason);
	nfhad_health_stop(health);
	/* And however often it is frozen, one that hangs is found. */
	exec_check("sleep 1000");
	checks[0].timeout_ms = 300;
	begin();
	for (i = 0; i < 500 && !told; i++) {
		run_for(10000);
		nfhad_health_pause(health);
		run_for(2000);
		nfhad_health_resume(health);
	}
	ck_assert_int_eq(told, 1);
}

/* What fails because of the freeze gets a second chance, and what fails gets one only. */
START_TEST(disturbed_is_done_again)
{
	exec_check("sleep 0.05; test -e /run/second || { touch /run/second; false; }");
	checks[0].failures = 1;
	begin();
	run_for(30000);
	nfhad_health_pause(health);
	nfhad_health_resume(health);
	run_for(SECOND / 5);
	ck_assert_msg(!told, "%s", reason);
	nfhad_health_stop(health);
	exec_check("sleep 0.05; false");
	begin();
	while (!told) {
		run_for(5000);
		nfhad_health_pause(health);
		nfhad_health_resume(health);
	}
	ck_assert(!is_healthy);
}

START_TEST(stalled)
{
	service_config.checks = 0;
	service_config.stall_ms = 100;
	packets_each = 5;
	begin();
	wait_until_told(1);
	ck_assert(!is_healthy);
	ck_assert_ptr_nonnull(strstr(reason,
				     "stall: input and no output for 100 ms"));
	packets_from++;
	wait_until_told(2);
	ck_assert(is_healthy);
	/* Without counters nothing is known. */
	wait_until_told(3);
	traffic_error = -ENOENT;
	packets_from++;
	run_for(SECOND / 5);
	ck_assert_int_eq(told, 3);
}

START_TEST(not_stalled_while_frozen)
{
	/* Frozen for as long as a stall takes; a busy machine is late by less. */
	service_config.checks = 0;
	service_config.stall_ms = 2000;
	packets_each = 1;
	begin();
	run_for(SECOND / 5);
	nfhad_health_pause(health);
	run_for(SECOND * 2);
	nfhad_health_resume(health);
	run_for(SECOND / 5);
	ck_assert_int_eq(told, 0);
	wait_until_told(1);
}

int main(void)
{
	const TTest * const tests[] = {
		nothing_to_check, tcp_in_its_namespace,
		tcp_in_another_namespace, tcp_of_version_6, no_namespace,
		namespace_that_is_a_link, echo_that_is_not_answered,
		exec_of_a_program, awaited, awaited_in_a_row,
		exec_of_nothing, exec_of_no_program, exec_ended_by_a_signal,
		exec_that_takes_long, in_a_row, proven_by_successes, told_once_for_all_checks,
		stopped_when_told, not_while_frozen, frozen_time_does_not_count,
		disturbed_is_done_again, stalled, not_stalled_while_frozen,
	};
	Suite *suite;
	TCase *tcase;

	if (!world_is_allowed()) {
		puts("# no namespaces: not root?");
		return 4;
	}
	suite = suite_of("health", setup, teardown, tests,
			 ARRAY_SIZE(tests));
	tcase = tcase_create("echo");
	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, echo, 0, ARRAY_SIZE(versions));
	tcase_add_loop_test(tcase, no_echo, 0, ARRAY_SIZE(nobodies));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
