// SPDX-License-Identifier: GPL-2.0-or-later
/* The server of Varlink: what clients send, do not read, and who they are. */

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "caller.h"
#include "loop.h"
#include "socket.h"
#include "unit.h"
#include "varlink.h"

#define MEMBERS 4711
#define NOBODY 65534

static char top[64], path[96];
static struct nfhad_socket listener;
static struct nfhad_varlink *server;
static struct nfhad_varlink_limits limits;
static struct nfhad_varlink_call *kept;
static unsigned int calls, gone;

static void on_gone(void *data)
{
	(void)data;
	kept = NULL;
	gone++;
}

/* Methods: t.Echo returns what it gets, t.Keep is answered by the test, t.Who says who may. */
static void on_call(struct nfhad_varlink_call *call, void *data)
{
	const char *method = nfhad_varlink_method(call);
	struct json_object *o;

	ck_assert_ptr_eq(data, &limits);
	calls++;
	if (!strcmp(method, "t.Echo")) {
		nfhad_varlink_reply(call, json_object_get(nfhad_varlink_parameters(call)));
	} else if (!strcmp(method, "t.Keep")) {
		kept = call;
		nfhad_varlink_keep(call, on_gone, NULL);
	} else if (!strcmp(method, "t.Who")) {
		o = json_object_new_object();
		json_object_object_add(o, "may",
				       json_object_new_boolean(nfhad_varlink_may_change(call)));
		json_object_object_add(o, "uid",
				       json_object_new_int64(nfhad_varlink_uid(call)));
		nfhad_varlink_reply(call, o);
	} else {
		nfhad_varlink_error(call, "t.No", NULL);
	}
}

static void serve(void)
{
	ck_assert_int_eq(nfhad_socket_open(path, MEMBERS, &listener), 0);
	ck_assert_int_eq(nfhad_varlink_new(caller_loop, listener.fd, MEMBERS,
					   &limits, on_call, &limits, &server), 0);
}

static void setup(void)
{
	snprintf(top, sizeof(top), "/tmp/nfhad-socket.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chmod(top, 0755), 0);
	snprintf(path, sizeof(path), "%s/s", top);
	caller_loop = loop_open();
	limits = (struct nfhad_varlink_limits){
		.links = 64,
		.message = 65536,
		.queue = 262144,
		.idle_us = 60000000,
		.stuck_us = 60000000,
	};
	serve();
}

static void teardown(void)
{
	nfhad_varlink_free(server);
	nfhad_socket_close(&listener);
	ck_assert_int_eq(access(path, F_OK), -1);
	sd_event_unref(caller_loop);
	ck_assert_int_eq(rmdir(top), 0);
}

static const struct nfhad_varlink_counts *counts(void)
{
	return nfhad_varlink_counts(server);
}

#define ECHO "{\"method\":\"t.Echo\",\"parameters\":{\"n\":%d}}"
#define ECHOED "{\"parameters\":{\"n\":%d}}"

static void check_echo(int fd, int n)
{
	char want[64];
	const char *got = caller_answer(fd);

	snprintf(want, sizeof(want), ECHOED, n);
	ck_assert_ptr_nonnull(got);
	ck_assert_str_eq(got, want);
}

START_TEST(split_at_every_byte)
{
	char two[128];
	size_t at, length;
	int fd = caller_connect(path);

	length = snprintf(two, sizeof(two), ECHO, 1) + 1;
	length += snprintf(two + length, sizeof(two) - length, ECHO, 2) + 1;
	for (at = 0; at <= length; at++) {
		caller_send(fd, two, at);
		caller_settle();
		caller_send(fd, two + at, length - at);
		check_echo(fd, 1);
		check_echo(fd, 2);
	}
	close(fd);
}

START_TEST(many_at_once)
{
	static char all[65536];
	size_t length = 0;
	int n, fd = caller_connect(path);

	for (n = 0; n < 500; n++)
		length += snprintf(all + length, sizeof(all) - length, ECHO, n) + 1;
	caller_send(fd, all, length);
	for (n = 0; n < 500; n++)
		check_echo(fd, n);
	close(fd);
}

/* Of so many bytes, without its byte of zero. */
static char *padded(size_t length)
{
	static const char head[] = "{\"method\":\"t.Echo\",\"parameters\":{\"n\":5},\"x\":\"";
	char *text = malloc(length + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', length);
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + length - 2, "\"}", 3);
	return text;
}

START_TEST(longest)
{
	char *text = padded(limits.message);
	int fd = caller_connect(path);

	caller_text(fd, text);
	check_echo(fd, 5);
	caller_text(fd, text);
	check_echo(fd, 5);
	free(text);
	close(fd);
	ck_assert_uint_eq(counts()->malformed, 0);
}

START_TEST(too_long)
{
	char *text = padded(limits.message + 1);
	int fd = caller_connect(path);

	caller_text(fd, text);
	caller_ended(fd);
	free(text);
	ck_assert_uint_eq(counts()->malformed, 1);
	ck_assert_uint_eq(calls, 0);
}

static const struct {
	const char *text;
	size_t length;
} wrong[] = {
#define WRONG(text) { text, sizeof(text) }
	WRONG(""),
	WRONG("\0\0\0"),
	WRONG(" "),
	WRONG("[]"),
	WRONG("1"),
	WRONG("null"),
	WRONG("\"{}\""),
	WRONG("{"),
	WRONG("{}"),
	WRONG("{}{}"),
	WRONG("{\"method\":\"t.Echo\"} x"),
	WRONG("{'method':'t.Echo'}"),
	WRONG("{\"method\":\"t.Echo\",}"),
	WRONG("{\"method\":7}"),
	WRONG("{\"method\":null}"),
	WRONG("{\"method\":{}}"),
	WRONG("{\"method\":\"t.Echo\\u0000\"}"),
	WRONG("{\"method\":\"t.\xff\"}"),
	WRONG("{\"method\":\"t.Echo\",\"parameters\":[]}"),
	WRONG("{\"method\":\"t.Echo\",\"parameters\":\"\"}"),
	WRONG("{\"method\":\"t.Echo\",\"more\":1}"),
	WRONG("{\"method\":\"t.Echo\",\"oneway\":\"true\"}"),
	WRONG("{\"method\":\"t.Echo\",\"upgrade\":{}}"),
	WRONG("{\"method\":\"t.Echo\",\"parameters\":{\"a\":"
	      "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}}"),
};

START_TEST(what_is_no_call)
{
	size_t n;
	int fd;

	for (n = 0; n < ARRAY_SIZE(wrong); n++) {
		fd = caller_connect(path);
		caller_send(fd, wrong[n].text, wrong[n].length);
		caller_ended(fd);
		ck_assert_uint_eq(counts()->malformed, n + 1);
	}
	ck_assert_uint_eq(calls, 0);
	fd = caller_connect(path);
	ck_assert_str_eq(caller_ask(fd, "{\"method\":\"t.Echo\",\"more\":null,"
				    "\"io.x\":{},\"parameters\":null}"),
			 "{\"parameters\":{}}");
	ck_assert_str_eq(caller_ask(fd, "{\"method\":\"t.None\"}"),
			 "{\"error\":\"t.No\",\"parameters\":{}}");
	close(fd);
}

/* A job has all that the daemon has open. */
START_TEST(job_beside)
{
	int fd = caller_connect(path);
	pid_t job;

	caller_settle();
	job = fork();
	if (!job) {
		pause();
		_exit(0);
	}
	caller_text(fd, "[]");
	caller_ended(fd);
	kill(job, SIGKILL);
	ck_assert_int_eq(waitpid(job, NULL, 0), job);
}

START_TEST(oneway_has_no_answer)
{
	int fd = caller_connect(path);

	caller_text(fd, "{\"method\":\"t.Echo\",\"oneway\":true,\"more\":true}");
	caller_text(fd, "{\"method\":\"t.None\",\"oneway\":true}");
	caller_text(fd, "{\"method\":\"t.Echo\",\"parameters\":{\"n\":3}}");
	check_echo(fd, 3);
	ck_assert_uint_eq(calls, 3);
	close(fd);
}

/* They were sent, and that is all there is to it. */
START_TEST(oneway_and_gone)
{
	static const char text[] = "{\"method\":\"t.Echo\",\"oneway\":true}";
	static char all[300 * sizeof(text)];
	int n, fd = caller_connect(path);

	for (n = 0; n < 300; n++)
		memcpy(all + n * sizeof(text), text, sizeof(text));
	ck_assert_int_eq(send(fd, all, sizeof(all), 0), sizeof(all));
	close(fd);
	caller_settle();
	ck_assert_uint_eq(calls, 300);
	ck_assert_uint_eq(counts()->now, 0);
}

START_TEST(half_closed_is_answered)
{
	int fd = caller_connect(path);

	ck_assert_int_gt(send(fd, "{\"method\":\"t.Echo\"}", 20, 0), 0);
	shutdown(fd, SHUT_WR);
	ck_assert_str_eq(caller_answer(fd), "{\"parameters\":{}}");
	caller_ended(fd);
}

/* One call at a time, whatever else comes. */
START_TEST(kept_for_later)
{
	int fd = caller_connect(path);

	caller_text(fd, "{\"method\":\"t.Keep\"}");
	caller_text(fd, "{\"method\":\"t.Echo\",\"parameters\":{\"n\":1}}");
	caller_settle();
	ck_assert_uint_eq(calls, 1);
	nfhad_varlink_continue(kept, NULL);
	ck_assert_str_eq(caller_answer(fd), "{\"parameters\":{},\"continues\":true}");
	ck_assert_uint_eq(calls, 1);
	nfhad_varlink_reply(kept, NULL);
	ck_assert_str_eq(caller_answer(fd), "{\"parameters\":{}}");
	check_echo(fd, 1);
	ck_assert_uint_eq(gone, 0);
	caller_text(fd, "{\"method\":\"t.Keep\"}");
	caller_settle();
	close(fd);
	caller_settle();
	ck_assert_uint_eq(gone, 1);
	ck_assert_uint_eq(counts()->now, 0);
}

START_TEST(kept_oneway)
{
	int fd = caller_connect(path);

	caller_text(fd, "{\"method\":\"t.Keep\",\"oneway\":true}");
	caller_text(fd, "{\"method\":\"t.Echo\",\"parameters\":{\"n\":1}}");
	caller_settle();
	ck_assert_ptr_nonnull(kept);
	nfhad_varlink_reply(kept, NULL);
	check_echo(fd, 1);
	close(fd);
}

START_TEST(server_ends_first)
{
	int fd = caller_connect(path);

	caller_text(fd, "{\"method\":\"t.Keep\"}");
	caller_settle();
	nfhad_varlink_free(server);
	server = NULL;
	ck_assert_uint_eq(gone, 1);
	caller_ended(fd);
}

/* What nobody reads is not kept for ever. */
START_TEST(slow_reader)
{
	struct json_object *o;
	char *text = padded(1000);
	unsigned int n;
	int fd = caller_connect(path), other = caller_connect(path);

	caller_text(fd, "{\"method\":\"t.Keep\",\"more\":true}");
	caller_settle();
	for (n = 0; kept && n < 10000; n++) {
		o = json_object_new_object();
		json_object_object_add(o, "x", json_object_new_string(text));
		nfhad_varlink_continue(kept, o);
		caller_settle();
	}
	free(text);
	ck_assert_uint_lt(n, 2000);
	ck_assert_uint_eq(gone, 1);
	ck_assert_uint_eq(counts()->slow, 1);
	ck_assert_uint_eq(counts()->now, 1);
	ck_assert_str_eq(caller_ask(other, "{\"method\":\"t.Echo\"}"),
			 "{\"parameters\":{}}");
	close(fd);
	close(other);
}

/* The next call is not worked at before the answer to the one before is on its way. */
START_TEST(one_who_only_asks)
{
	char *text = padded(20000), *call;
	unsigned int n;
	int fd = caller_connect(path);
	ssize_t sent = 1;

	ck_assert_int_gt(asprintf(&call, "{\"method\":\"t.Echo\",\"parameters\":%s}",
				  text), 0);
	for (n = 0; sent > 0 && n < 1000; n++) {
		sent = send(fd, call, strlen(call) + 1, MSG_NOSIGNAL);
		caller_settle();
	}
	ck_assert_uint_lt(n, 1000);
	ck_assert_uint_lt(calls, 100);
	ck_assert_uint_eq(counts()->slow, 0);
	close(fd);
	caller_settle();
	ck_assert_uint_eq(counts()->now, 0);
	free(call);
	free(text);
}

START_TEST(one_too_many)
{
	int fd[64], more, n;

	for (n = 0; n < 64; n++)
		fd[n] = caller_connect(path);
	caller_settle();
	ck_assert_uint_eq(counts()->now, 64);
	more = caller_connect(path);
	caller_ended(more);
	ck_assert_uint_eq(counts()->refused, 1);
	ck_assert_str_eq(caller_ask(fd[63], "{\"method\":\"t.Echo\"}"),
			 "{\"parameters\":{}}");
	close(fd[0]);
	caller_settle();
	fd[0] = caller_connect(path);
	ck_assert_str_eq(caller_ask(fd[0], "{\"method\":\"t.Echo\"}"),
			 "{\"parameters\":{}}");
	for (n = 0; n < 64; n++)
		close(fd[n]);
	caller_settle();
	ck_assert_uint_eq(counts()->now, 0);
	ck_assert_uint_eq(counts()->total, 65);
}

START_TEST(idle)
{
	int fd;

	limits.idle_us = 20000;
	fd = caller_connect(path);
	caller_ended(fd);
	ck_assert_uint_eq(counts()->malformed, 0);
}

START_TEST(stuck_in_a_call)
{
	int fd, kept_fd;

	limits.stuck_us = 20000;
	kept_fd = caller_connect(path);
	caller_text(kept_fd, "{\"method\":\"t.Keep\"}");
	fd = caller_connect(path);
	caller_send(fd, "{", 1);
	caller_ended(fd);
	/* It is the server that is waited for here. */
	ck_assert_uint_eq(counts()->now, 1);
	nfhad_varlink_reply(kept, NULL);
	ck_assert_str_eq(caller_answer(kept_fd), "{\"parameters\":{}}");
	close(kept_fd);
}

/* Calls as somebody else; returns what is answered. */
static const char *who_as(uid_t uid, gid_t gid, const gid_t *more, size_t count)
{
	static char text[128];
	int ends[2], fd;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };

		snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (setgroups(count, more) || setgid(gid) || setuid(uid) ||
		    connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
		    send(fd, "{\"method\":\"t.Who\"}", 19, 0) != 19)
			_exit(1);
		if (recv(fd, text, sizeof(text), 0) > 0 &&
		    write(ends[1], text, sizeof(text)) > 0)
			_exit(0);
		_exit(1);
	}
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*text = 0;
	while (read(ends[0], text, sizeof(text)) < 0)
		sd_event_run(caller_loop, 10000);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return text;
}

START_TEST(who_may_change)
{
	static gid_t many[200];
	gid_t n;

	for (n = 0; n < ARRAY_SIZE(many); n++)
		many[n] = 10000 + n;
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_str_eq(who_as(0, 0, NULL, 0),
			 "{\"parameters\":{\"may\":true,\"uid\":0}}");
	ck_assert_str_eq(who_as(NOBODY, NOBODY, NULL, 0),
			 "{\"parameters\":{\"may\":false,\"uid\":65534}}");
	ck_assert_str_eq(who_as(NOBODY, MEMBERS, NULL, 0),
			 "{\"parameters\":{\"may\":true,\"uid\":65534}}");
	ck_assert_str_eq(who_as(NOBODY, NOBODY, many, ARRAY_SIZE(many)),
			 "{\"parameters\":{\"may\":false,\"uid\":65534}}");
	many[199] = MEMBERS;
	ck_assert_str_eq(who_as(NOBODY, NOBODY, many, ARRAY_SIZE(many)),
			 "{\"parameters\":{\"may\":true,\"uid\":65534}}");
}

static void check_mode(mode_t mode, gid_t group)
{
	struct stat stat;

	ck_assert_int_eq(lstat(path, &stat), 0);
	ck_assert(S_ISSOCK(stat.st_mode));
	ck_assert_uint_eq(stat.st_mode & 07777, mode);
	ck_assert_uint_eq(stat.st_uid, 0);
	ck_assert_uint_eq(stat.st_gid, group);
}

static int open_again(gid_t group)
{
	struct nfhad_socket other;
	int ret = nfhad_socket_open(path, group, &other);

	if (!ret)
		nfhad_socket_close(&other);
	return ret;
}

START_TEST(place_and_mode)
{
	struct nfhad_socket other;
	char far[200];

	check_mode(0660, MEMBERS);
	ck_assert_int_eq(open_again(MEMBERS), -EADDRINUSE);
	/* Its owner has died, and left it behind. */
	close(listener.fd);
	listener.fd = -1;
	ck_assert_int_eq(nfhad_socket_open(path, NFHAD_NO_GROUP, &other), 0);
	check_mode(0600, 0);
	/* It is not the first one's any more. */
	nfhad_socket_close(&listener);
	check_mode(0600, 0);
	nfhad_socket_close(&other);
	ck_assert_int_eq(access(path, F_OK), -1);
	memset(far, 'a', sizeof(far));
	far[0] = '/';
	far[199] = 0;
	ck_assert_int_eq(nfhad_socket_open(far, NFHAD_NO_GROUP, &other),
			 -ENAMETOOLONG);
}

START_TEST(what_is_no_socket_stays)
{
	char there[128] = "";

	nfhad_socket_close(&listener);
	ck_assert_int_eq(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
	ck_assert_int_eq(open_again(NFHAD_NO_GROUP), -EADDRINUSE);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("elsewhere", path), 0);
	ck_assert_int_eq(open_again(NFHAD_NO_GROUP), -EADDRINUSE);
	ck_assert_int_eq(readlink(path, there, sizeof(there) - 1), 9);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(open_again(NFHAD_NO_GROUP), -EADDRINUSE);
	ck_assert_int_eq(rmdir(path), 0);
}

/* As a service manager hands it over: number 3, which is not ours to remove. */
static int take_over(int fd)
{
	struct nfhad_socket given;
	char number[16];

	dup2(fd, 3);
	snprintf(number, sizeof(number), "%d", getpid());
	setenv("LISTEN_PID", number, 1);
	setenv("LISTEN_FDS", "1", 1);
	if (nfhad_socket_open("/nowhere/at/all", NFHAD_NO_GROUP, &given) ||
	    given.fd != 3 || given.path ||
	    !(fcntl(3, F_GETFL) & O_NONBLOCK) || !(fcntl(3, F_GETFD) & FD_CLOEXEC))
		return 1;
	nfhad_socket_close(&given);
	return access(path, F_OK) ? 2 : 0;
}

START_TEST(handed_over)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(take_over(listener.fd));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

UNIT_MAIN_FIXTURE("varlink", setup, teardown, split_at_every_byte, many_at_once,
		  longest, too_long, what_is_no_call, job_beside, oneway_has_no_answer,
		  oneway_and_gone, half_closed_is_answered, kept_for_later, kept_oneway,
		  server_ends_first, slow_reader, one_who_only_asks,
		  one_too_many, idle, stuck_in_a_call, who_may_change,
		  place_and_mode, what_is_no_socket_stays, handed_over)
