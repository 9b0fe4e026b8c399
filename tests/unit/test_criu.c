// SPDX-License-Identifier: GPL-2.0-or-later
/* What becomes of criu processes that nobody wants any more. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "criu.h"
#include "loop.h"
#include "proc.h"
#include "tree.h"
#include "unit.h"

#define SECOND 1000000ull

static sd_event *event;
static char root[64];
static char program[80];
static struct nfhad_criu *criu;

static void program_write(const char *text)
{
	FILE *file = fopen(program, "w");

	ck_assert_ptr_nonnull(file);
	fprintf(file, "#!/bin/sh\n%s\n", text);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(program, 0755), 0);
}

static void start(const char *text)
{
	const struct nfhad_criu_options options = {
		.program = program, .netns = -1,
	};

	program_write(text);
	ck_assert_int_eq(nfhad_criu_start(event, &options, &criu), 0);
}

static void setup(void)
{
	snprintf(root, sizeof(root), "/tmp/nfha-criu-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(program, sizeof(program), "%s/criu", root);
	event = loop_open();
}

static void teardown(void)
{
	sd_event_unref(event);
	ck_assert_int_eq(nfhad_tree_remove(AT_FDCWD, root), 0);
}

static pid_t child_of_ours(void)
{
	size_t count;
	pid_t *pids, pid;

	ck_assert_int_eq(nfhad_proc_tree(getpid(), &pids, &count), 0);
	pid = count > 1 ? pids[1] : 0;
	free(pids);
	return pid;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec / 1000;
}

/* Is there none after some time, zombies included? */
static bool ends(uint64_t within_us)
{
	uint64_t end = now() + within_us;

	while (child_of_ours() && now() < end)
		ck_assert_int_ge(sd_event_run(event, SECOND / 50), 0);
	return !child_of_ours();
}

static int on_notify(void *data, const char *point, pid_t pid)
{
	(void)data;
	(void)point;
	(void)pid;
	return 0;
}

static void on_done(void *data, int error, pid_t pid)
{
	(void)error;
	(void)pid;
	*(bool *)data = true;
}

static void ask(bool *done)
{
	const struct nfhad_criu_client client = {
		.notify = on_notify, .done = on_done, .service = "s",
		.instance = "i", .data = done,
	};
	CriuReq request = CRIU_REQ__INIT;
	CriuOpts opts = CRIU_OPTS__INIT;

	request.type = CRIU_REQ_TYPE__DUMP;
	request.opts = &opts;
	opts.images_dir_fd = -1;
	ck_assert_int_eq(nfhad_criu_request(criu, &request, &client), 0);
}

START_TEST(one_that_hears)
{
	start("read nothing <&3");
	nfhad_criu_leave(criu);
	ck_assert(ends(30 * SECOND));
}

START_TEST(one_that_does_not_hear)
{
	start("exec sleep 1000");
	nfhad_criu_leave(criu);
	ck_assert(ends(30 * SECOND));
}

/* Beside the program: that the dump has succeeded. */
static void answer_write(void)
{
	CriuResp answer = CRIU_RESP__INIT;
	uint8_t buffer[64];
	char path[80];
	size_t size;
	FILE *file;

	answer.type = CRIU_REQ_TYPE__DUMP;
	answer.success = true;
	snprintf(path, sizeof(path), "%s/answer", root);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	size = criu_resp__pack(&answer, buffer);
	ck_assert_uint_eq(fwrite(buffer, size, 1, file), 1);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(one_that_has_served_and_stays)
{
	bool done = false;

	answer_write();
	start("dd bs=16384 count=1 <&3 >/dev/null 2>&1\n"
	      "cat \"${0%/*}/answer\" >&3\n"
	      "exec sleep 1000");
	ask(&done);
	while (!done)
		ck_assert_int_ge(sd_event_run(event, SECOND), 0);
	ck_assert_int_eq(nfhad_criu_free(criu), 0);
	ck_assert_int_ne(child_of_ours(), 0);
	ck_assert(ends(30 * SECOND));
}

START_TEST(one_that_is_at_work)
{
	bool done = false;
	pid_t pid;

	start("exec sleep 1000");
	ask(&done);
	nfhad_criu_leave(criu);
	ck_assert(!ends(4 * SECOND));
	pid = child_of_ours();
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert(ends(30 * SECOND));
	ck_assert(!done);
}

/* Who may not do it goes on without. */
START_TEST(one_that_is_waited_for)
{
	int before, after;

	start("exec sleep 1000");
	before = getpriority(PRIO_PROCESS, child_of_ours());
	nfhad_criu_urge(criu);
	after = getpriority(PRIO_PROCESS, child_of_ours());
	if (geteuid())
		ck_assert_int_eq(after, before);
	else
		ck_assert_int_lt(after, before);
	nfhad_criu_leave(criu);
	ck_assert(ends(30 * SECOND));
}

UNIT_MAIN_FIXTURE("criu", setup, teardown, one_that_hears,
		  one_that_does_not_hear, one_that_has_served_and_stays,
		  one_that_is_at_work, one_that_is_waited_for)
