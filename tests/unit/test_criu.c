// SPDX-License-Identifier: GPL-2.0-or-later
/* What criu processes answer, wrongly too, and what becomes of those nobody wants any more. */

#include <errno.h>
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
#include "said.h"
#include "tree.h"
#include "unit.h"

#define SECOND 1000000ull

/* What a program does that stands for criu: with files that are beside it. */
#define HEAR "dd bs=16384 count=1 <&3 >\"${0%/*}/heard\" 2>/dev/null\n"
#define SAY(name) "cat \"${0%/*}/" name "\" >&3\n"
#define STAY "exec sleep 1000"

/**
 * struct client - one who asks
 * @points: that were told
 * @point: the last of them
 * @pid: that was told with it
 * @refuses: the answer to each
 * @leaves: has nothing more to do with it at the first
 * @done: told of the end
 * @error: with it
 * @made: the process that was told of with it
 */
struct client {
	unsigned int points;
	char point[32];
	pid_t pid;
	int refuses;
	bool leaves;
	bool done;
	int error;
	pid_t made;
};

static sd_event *event;
static char root[64];
static char program[80];
static struct nfhad_criu *criu;
static struct client client;

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
	struct client *c = data;

	ck_assert(!c->done);
	c->points++;
	snprintf(c->point, sizeof(c->point), "%s", point);
	c->pid = pid;
	if (c->leaves)
		nfhad_criu_leave(criu);
	return c->refuses;
}

static void on_done(void *data, int error, pid_t pid)
{
	struct client *c = data;

	ck_assert(!c->done);
	c->done = true;
	c->error = error;
	c->made = pid;
}

static int ask_for(CriuReqType type)
{
	const struct nfhad_criu_client told = {
		.notify = on_notify, .done = on_done, .service = "s",
		.instance = "i", .data = &client,
	};
	CriuReq request = CRIU_REQ__INIT;
	CriuOpts opts = CRIU_OPTS__INIT;

	request.type = type;
	request.opts = &opts;
	opts.images_dir_fd = -1;
	return nfhad_criu_request(criu, &request, &told);
}

static void ask(void)
{
	ck_assert_int_eq(ask_for(CRIU_REQ_TYPE__DUMP), 0);
}

/* The error that it ends with; what is logged meanwhile is in said. */
static int answer_wait(void)
{
	uint64_t end = now() + 30 * SECOND;

	said_begin();
	while (!client.done && now() < end)
		ck_assert_int_ge(sd_event_run(event, SECOND / 50), 0);
	said_end();
	ck_assert(client.done);
	return client.error;
}

/* The end of each test with one that has answered, or has been lost. */
static void over(void)
{
	ck_assert_int_eq(nfhad_criu_free(criu), 0);
	ck_assert(ends(30 * SECOND));
}

/* Beside the program. */
static void file_write(const char *name, const void *data, size_t size)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, size, 1, file), 1);
	ck_assert_int_eq(fclose(file), 0);
}

static void message_write(const char *name, const CriuResp *message)
{
	uint8_t buffer[512];

	ck_assert_uint_le(criu_resp__get_packed_size(message), sizeof(buffer));
	file_write(name, buffer, criu_resp__pack(message, buffer));
}

static void point_write(const char *name, const char *point, pid_t pid)
{
	CriuResp message = CRIU_RESP__INIT;
	CriuNotify notify = CRIU_NOTIFY__INIT;

	message.type = CRIU_REQ_TYPE__NOTIFY;
	message.success = true;
	message.notify = &notify;
	notify.script = (char *)point;
	notify.has_pid = pid;
	notify.pid = pid;
	message_write(name, &message);
}

/* What is asked has succeeded; @pid: of what was restored, or 0. */
static void answer_write(pid_t pid)
{
	CriuResp answer = CRIU_RESP__INIT;
	CriuRestoreResp restored = CRIU_RESTORE_RESP__INIT;

	answer.type = pid ? CRIU_REQ_TYPE__RESTORE : CRIU_REQ_TYPE__DUMP;
	answer.success = true;
	restored.pid = pid;
	answer.restore = pid ? &restored : NULL;
	message_write("answer", &answer);
}

/* The last that it has heard. */
static CriuReq *last_heard(void)
{
	uint8_t buffer[4096];
	char path[80];
	CriuReq *request;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/heard", root);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	size = fread(buffer, 1, sizeof(buffer), file);
	fclose(file);
	request = criu_req__unpack(NULL, size, buffer);
	ck_assert_ptr_nonnull(request);
	return request;
}

START_TEST(a_dump)
{
	CriuReq *request;

	point_write("before", "pre-dump", 0);
	point_write("inside", "network-lock", 7);
	answer_write(0);
	start(HEAR SAY("before") HEAR SAY("inside") HEAR SAY("answer"));
	ck_assert(nfhad_criu_is_ready(criu));
	ask();
	ck_assert(!nfhad_criu_is_ready(criu));
	ck_assert_int_eq(answer_wait(), 0);
	ck_assert_uint_eq(client.points, 2);
	ck_assert_str_eq(client.point, "network-lock");
	ck_assert_int_eq(client.pid, 7);
	request = last_heard();
	ck_assert_int_eq(request->type, CRIU_REQ_TYPE__NOTIFY);
	ck_assert(request->has_notify_success && request->notify_success);
	criu_req__free_unpacked(request, NULL);
	over();
}

START_TEST(a_restore)
{
	CriuReq *request;

	answer_write(77);
	start(HEAR SAY("answer"));
	ck_assert_int_eq(ask_for(CRIU_REQ_TYPE__RESTORE), 0);
	ck_assert_int_eq(answer_wait(), 0);
	ck_assert_int_eq(client.made, 77);
	/* Its own ways to the network are not taken, nor to control groups. */
	request = last_heard();
	ck_assert_int_eq(request->type, CRIU_REQ_TYPE__RESTORE);
	ck_assert(request->opts->notify_scripts);
	ck_assert_int_eq(request->opts->manage_cgroups_mode, CRIU_CG_MODE__IGNORE);
	criu_req__free_unpacked(request, NULL);
	over();
}

START_TEST(a_point_that_is_refused)
{
	CriuResp answer = CRIU_RESP__INIT;
	CriuReq *request;

	client.refuses = -EIO;
	point_write("inside", "network-lock", 0);
	answer.type = CRIU_REQ_TYPE__DUMP;
	answer.has_cr_errno = true;
	answer.cr_errno = ENOSPC;
	answer.cr_errmsg = "no room for it\nand more";
	message_write("answer", &answer);
	start(HEAR SAY("inside") HEAR SAY("answer"));
	ask();
	ck_assert_int_eq(answer_wait(), -EIO);
	ck_assert_ptr_nonnull(strstr(said, strerror(ENOSPC)));
	ck_assert_ptr_nonnull(strstr(said, "criu: no room for it\n"));
	request = last_heard();
	ck_assert(request->has_notify_success && !request->notify_success);
	criu_req__free_unpacked(request, NULL);
	over();
}

/* The last lines, and no more. */
START_TEST(one_that_says_why)
{
	start("for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo \"line $n.\"; done\n" HEAR);
	ask();
	ck_assert_int_eq(answer_wait(), -EPIPE);
	ck_assert_ptr_null(strstr(said, "line 4."));
	ck_assert_ptr_nonnull(strstr(said, "line 5."));
	ck_assert_ptr_nonnull(strstr(said, "line 12."));
	over();
}

START_TEST(one_that_dies_before)
{
	point_write("before", "pre-dump", 0);
	start(HEAR SAY("before") HEAR);
	ask();
	ck_assert_int_eq(answer_wait(), -EPIPE);
	over();
}

/* Then it may have left something in the process. */
START_TEST(one_that_dies_inside)
{
	point_write("inside", "network-lock", 0);
	start(HEAR SAY("inside") HEAR);
	ask();
	ck_assert_int_eq(answer_wait(), -EOWNERDEAD);
	ck_assert_ptr_nonnull(strstr(said, "cannot be trusted"));
	over();
}

/* What it has made itself is nobody's. */
START_TEST(one_that_dies_in_a_restore)
{
	point_write("inside", "setup-namespaces", 9);
	start(HEAR SAY("inside") HEAR);
	ck_assert_int_eq(ask_for(CRIU_REQ_TYPE__RESTORE), 0);
	ck_assert_int_eq(answer_wait(), -EPIPE);
	ck_assert_int_eq(client.pid, 9);
	over();
}

/* It is killed, too. */
START_TEST(nonsense)
{
	static const char text[] = "\377\377\377\377 no message of anybody's";

	file_write("nonsense", text, sizeof(text));
	start(HEAR SAY("nonsense") STAY);
	ask();
	ck_assert_int_eq(answer_wait(), -EPIPE);
	ck_assert_ptr_nonnull(strstr(said, "an answer that is none"));
	over();
}

START_TEST(nonsense_inside)
{
	point_write("inside", "network-lock", 0);
	file_write("nonsense", "\377\377\377", 3);
	start(HEAR SAY("inside") HEAR SAY("nonsense") STAY);
	ask();
	ck_assert_int_eq(answer_wait(), -EOWNERDEAD);
	over();
}

START_TEST(an_answer_that_is_too_long)
{
	static char text[20000];

	file_write("long", text, sizeof(text));
	start(HEAR SAY("long") STAY);
	ask();
	ck_assert_int_eq(answer_wait(), -EPIPE);
	ck_assert_ptr_nonnull(strstr(said, "too long"));
	over();
}

START_TEST(a_point_without_a_name)
{
	CriuResp message = CRIU_RESP__INIT;

	message.type = CRIU_REQ_TYPE__NOTIFY;
	message.success = true;
	message_write("nameless", &message);
	start(HEAR SAY("nameless") STAY);
	ask();
	ck_assert_int_eq(answer_wait(), -EPIPE);
	ck_assert_ptr_nonnull(strstr(said, "without a name"));
	ck_assert_uint_eq(client.points, 0);
	over();
}

START_TEST(a_program_that_is_not_there)
{
	const struct nfhad_criu_options options = {
		.program = program, .netns = -1,
	};

	snprintf(program, sizeof(program), "%s/none", root);
	ck_assert_int_eq(nfhad_criu_start(event, &options, &criu), 0);
	ck_assert(ends(30 * SECOND));
	ck_assert(!nfhad_criu_is_ready(criu));
	said_begin();
	ck_assert_int_eq(ask_for(CRIU_REQ_TYPE__DUMP), -EPIPE);
	said_end();
	ck_assert_ptr_nonnull(strstr(said, strerror(ENOENT)));
	ck_assert(!client.done);
	over();
}

/* By whoever asked it to restore: what that would make is gone. */
START_TEST(one_that_cannot_succeed)
{
	point_write("inside", "setup-namespaces", 9);
	start(HEAR SAY("inside") STAY);
	ck_assert_int_eq(ask_for(CRIU_REQ_TYPE__RESTORE), 0);
	while (!client.points)
		ck_assert_int_ge(sd_event_run(event, SECOND), 0);
	nfhad_criu_fail(criu, "there is no more to it");
	ck_assert_int_eq(answer_wait(), -EPIPE);
	over();
}

START_TEST(one_that_is_freed_inside)
{
	point_write("inside", "network-lock", 0);
	start(HEAR SAY("inside") STAY);
	ask();
	while (!client.points)
		ck_assert_int_ge(sd_event_run(event, SECOND), 0);
	ck_assert_int_eq(nfhad_criu_free(criu), -EOWNERDEAD);
	ck_assert(ends(30 * SECOND));
	ck_assert(!client.done);
}

START_TEST(one_that_is_freed_before)
{
	start(HEAR STAY);
	ask();
	ck_assert_int_eq(nfhad_criu_free(criu), 0);
	ck_assert(ends(30 * SECOND));
	ck_assert(!client.done);
}

/* Without an answer it undoes what it has done, and ends. */
START_TEST(one_that_is_left_when_it_asks)
{
	client.leaves = true;
	point_write("inside", "network-lock", 0);
	start(HEAR SAY("inside") "read nothing <&3");
	ask();
	ck_assert(ends(30 * SECOND));
	ck_assert_uint_eq(client.points, 1);
	ck_assert(!client.done);
}

START_TEST(one_that_hears)
{
	start("read nothing <&3");
	nfhad_criu_leave(criu);
	ck_assert(ends(30 * SECOND));
}

START_TEST(one_that_does_not_hear)
{
	start(STAY);
	nfhad_criu_leave(criu);
	ck_assert(ends(30 * SECOND));
}

START_TEST(one_that_has_served_and_stays)
{
	answer_write(0);
	start(HEAR SAY("answer") STAY);
	ask();
	ck_assert_int_eq(answer_wait(), 0);
	ck_assert_int_eq(nfhad_criu_free(criu), 0);
	ck_assert_int_ne(child_of_ours(), 0);
	ck_assert(ends(30 * SECOND));
}

START_TEST(one_that_is_at_work)
{
	pid_t pid;

	start(STAY);
	ask();
	nfhad_criu_leave(criu);
	ck_assert(!ends(4 * SECOND));
	pid = child_of_ours();
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert(ends(30 * SECOND));
	ck_assert(!client.done);
}

/* Who may not do it goes on without. */
START_TEST(one_that_is_waited_for)
{
	int before, after;

	start(STAY);
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

UNIT_MAIN_FIXTURE("criu", setup, teardown, a_dump, a_restore, a_point_that_is_refused,
		  one_that_says_why, one_that_dies_before, one_that_dies_inside,
		  one_that_dies_in_a_restore, nonsense, nonsense_inside,
		  an_answer_that_is_too_long, a_point_without_a_name,
		  a_program_that_is_not_there, one_that_cannot_succeed,
		  one_that_is_freed_inside, one_that_is_freed_before,
		  one_that_is_left_when_it_asks, one_that_hears,
		  one_that_does_not_hear, one_that_has_served_and_stays,
		  one_that_is_at_work, one_that_is_waited_for)
