// SPDX-License-Identifier: GPL-2.0-or-later
/* The web server, by a client that reads and writes bytes. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "config.h"
#include "decision.h"
#include "http.h"
#include "loop.h"
#include "metrics.h"
#include "plenty.h"
#include "said.h"
#include "spaces.h"
#include "status.h"
#include "text.h"
#include "unit.h"
#include "wraps.h"

#define PORT 9640
#define ANSWER_MAX (2 << 20)
#define PATIENCE_S 60

/* What a status line and a header are, in an answer. */
#define OK "HTTP/1.1 200 OK\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static struct nfhad nfhad;
static struct nfhad_http_config config = { .address = "127.0.0.1", .port = PORT };
static char answer[ANSWER_MAX];
static size_t length;
static unsigned int written;

/* Instead of status.c. */
struct json_object *nfhad_status_json(struct nfhad *d)
{
	(void)d;
	return json_tokener_parse("{\"services\":[{\"name\":\"a/b\"}]}");
}

int __wrap_nfhad_metrics_write(const struct nfhad *d, struct nfhad_text *text)
{
	written++;
	return __real_nfhad_metrics_write(d, text);
}

static void setup(void)
{
	ck_assert(world_make());
	nfhad.event = loop_open();
	signal(SIGPIPE, SIG_IGN);
	nfhad.decisions = nfhad_decisions_new();
	plenty_make(&nfhad, 2);
	ck_assert_int_eq(nfhad_http_open(&nfhad, &config, &nfhad.http), 0);
	ck_assert_ptr_nonnull(nfhad.http);
}

static void teardown(void)
{
	nfhad_http_close(nfhad.http);
	nfhad_decisions_free(nfhad.decisions);
	sd_event_unref(nfhad.event);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void turn(void)
{
	ck_assert_int_ge(sd_event_run(nfhad.event, 5000), 0);
}

/* Of a @slow one, the kernel takes next to nothing before it is read. */
static int client_of(bool slow)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int bytes = 4096, segment = 536;

	if (slow) {
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes,
					    sizeof(bytes)), 0);
		ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment,
					    sizeof(segment)), 0);
	}
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static int client(void)
{
	return client_of(false);
}

static void tell(int fd, const char *request)
{
	ck_assert_int_eq(write(fd, request, strlen(request)),
			 (ssize_t)strlen(request));
}

/* Reads until the connection ends, or the answer has a text; false: neither in time. */
static bool hear(int fd, const char *text, double seconds)
{
	double end = now() + seconds;
	ssize_t n;

	length = 0;
	answer[0] = 0;
	while (now() < end) {
		turn();
		n = read(fd, answer + length, sizeof(answer) - length - 1);
		if (n < 0)
			ck_assert(errno == EAGAIN || errno == ECONNRESET);
		if (!n || (n < 0 && errno == ECONNRESET))
			return !text;
		length += n > 0 ? n : 0;
		answer[length] = 0;
		if (text && strstr(answer, text))
			return true;
	}
	return false;
}

static void ask(const char *request)
{
	int fd = client();

	tell(fd, request);
	ck_assert(hear(fd, NULL, PATIENCE_S));
	close(fd);
}

static const char *body(void)
{
	const char *end = strstr(answer, "\r\n\r\n");

	ck_assert_ptr_nonnull(end);
	return end + 4;
}

static bool begins(const char *with)
{
	return !strncmp(answer, with, strlen(with));
}

static bool has_header(const char *line)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "\r\n%s\r\n", line);
	return memmem(answer, body() - answer, whole, strlen(whole));
}

static void check_path(const char *path, const char *type, const char *inside)
{
	char request[256], header[128];

	snprintf(request, sizeof(request), GET("%s"), path);
	ask(request);
	ck_assert_msg(begins(OK), "%s: %.200s", path, answer);
	snprintf(header, sizeof(header), "Content-Type: %s", type);
	ck_assert_msg(has_header(header), "%s: %.200s", path, answer);
	ck_assert(has_header("X-Content-Type-Options: nosniff"));
	ck_assert(has_header("Cache-Control: no-store"));
	ck_assert_ptr_nonnull(strstr(answer,
				     "\r\nContent-Security-Policy: default-src 'none'; "));
	snprintf(header, sizeof(header), "Content-Length: %zu", strlen(body()));
	ck_assert_msg(has_header(header), "%s: %.200s", path, answer);
	ck_assert_msg(strstr(body(), inside), "%s: %.200s", path, answer);
}

START_TEST(paths)
{
	check_path("/", "text/html; charset=utf-8", "<!DOCTYPE html>");
	check_path("/page.js", "text/javascript; charset=utf-8", "\"use strict\"");
	check_path("/page.css", "text/css; charset=utf-8", ":root {");
	check_path("/metrics", "text/plain; version=0.0.4; charset=utf-8",
		   "\nnfha_service_flows{service=\"fw\"} 12345\n");
	check_path("/metrics?x=y", "text/plain; version=0.0.4; charset=utf-8",
		   "nfha_service_up");
	check_path("/status.json", "application/json",
		   "{\"services\":[{\"name\":\"a/b\"}]}\n");
	check_path("/decisions.json", "application/json", "\"decisions\":[]");
}

START_TEST(page_has_no_script_inside)
{
	ask(GET("/"));
	ck_assert_ptr_null(strstr(answer, "unsafe"));
	ck_assert_ptr_null(strstr(body(), "<script>"));
	ck_assert_ptr_null(strstr(body(), "<style"));
	ck_assert_ptr_null(strstr(body(), "style="));
	ck_assert_ptr_null(strstr(body(), "://"));
}

START_TEST(nothing_else)
{
	static const char *const requests[] = {
		GET("/metrics/"), GET("//"), GET("/index.html"),
		GET("/../../etc/passwd"), GET("/%2e%2e/etc/passwd"),
		GET("/metrics%00"), GET("/favicon.ico"), GET("/METRICS"),
	};
	size_t n;

	for (n = 0; n < ARRAY_SIZE(requests); n++) {
		ask(requests[n]);
		ck_assert_msg(begins("HTTP/1.1 404 Not Found\r\n"), "%s: %.200s",
			      requests[n], answer);
		ck_assert(has_header("X-Content-Type-Options: nosniff"));
	}
}

START_TEST(other_methods)
{
	static const char *const methods[] = {
		"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW", "get",
	};
	char request[256];
	size_t n;

	for (n = 0; n < ARRAY_SIZE(methods); n++) {
		snprintf(request, sizeof(request),
			 "%s / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
			 "Content-Length: 2\r\n\r\nab", methods[n]);
		ask(request);
		ck_assert_msg(begins("HTTP/1.1 405 Method Not Allowed\r\n"),
			      "%s: %.200s", methods[n], answer);
		ck_assert_msg(has_header("Allow: GET, HEAD"), "%.200s", answer);
	}
}

START_TEST(head_is_get_without_body)
{
	char header[64];

	ask(GET("/page.js"));
	snprintf(header, sizeof(header), "Content-Length: %zu", strlen(body()));
	ask("HEAD /page.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	ck_assert(begins(OK));
	ck_assert_msg(has_header(header), "%.200s", answer);
	ck_assert_str_eq(body(), "");
	ask("HEAD /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	ck_assert(begins("HTTP/1.1 404 "));
	ck_assert_str_eq(body(), "");
}

START_TEST(body_of_a_get_is_ignored)
{
	ask("GET /status.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	    "Content-Length: 5\r\n\r\nabcde");
	ck_assert(begins(OK));
	ck_assert_ptr_nonnull(strstr(body(), "services"));
}

START_TEST(what_is_no_request)
{
	static const char *const requests[] = {
		"\r\n\r\nhello\r\n\r\n", "GET\r\n\r\n",
		"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
	};
	size_t n;
	int fd;

	for (n = 0; n < ARRAY_SIZE(requests); n++) {
		fd = client();
		tell(fd, requests[n]);
		shutdown(fd, SHUT_WR);
		ck_assert(hear(fd, NULL, PATIENCE_S));
		ck_assert_msg(!length || begins("HTTP/1.1 4") ||
			      begins("HTTP/1.0 4"), "%s: %.200s",
			      requests[n], answer);
		close(fd);
	}
	ask(GET("/"));
	ck_assert(begins(OK));
}

START_TEST(one_connection_for_many)
{
	static const char request[] = "GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n";
	int fd = client(), n;

	for (n = 0; n < 3; n++) {
		tell(fd, request);
		ck_assert(hear(fd, "services", PATIENCE_S));
	}
	/* All at once. */
	tell(fd, "GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n" GET("/page.css"));
	ck_assert(hear(fd, NULL, PATIENCE_S));
	ck_assert_ptr_nonnull(strstr(answer, "services"));
	ck_assert_ptr_nonnull(strstr(answer, ":root {"));
	close(fd);
}

static size_t decisions_count(uint64_t *last)
{
	struct json_object *o = json_tokener_parse(body()), *list, *one, *number;
	size_t n;

	ck_assert(json_object_object_get_ex(o, "startedMs", &number));
	ck_assert_uint_gt(json_object_get_uint64(number), 0);
	ck_assert(json_object_object_get_ex(o, "decisions", &list));
	n = json_object_array_length(list);
	if (n) {
		one = json_object_array_get_idx(list, n - 1);
		ck_assert(json_object_object_get_ex(one, "number", &number));
		*last = json_object_get_uint64(number);
	}
	json_object_put(o);
	return n;
}

START_TEST(decisions_after_a_number)
{
	uint64_t last;
	int n;

	for (n = 0; n < 250; n++)
		nfhad_decision_add(nfhad.decisions, "fw", "A",
				   NFHAD_ACTION_TAKE_OVER, "\"%d\"\\<\x01>", n);
	ask(GET("/decisions.json"));
	ck_assert_uint_eq(decisions_count(&last), NFHAD_ANSWER_DECISIONS);
	ck_assert_uint_eq(last, 100);
	ask(GET("/decisions.json?after=200"));
	ck_assert_uint_eq(decisions_count(&last), 50);
	ck_assert_uint_eq(last, 250);
	ck_assert_ptr_nonnull(strstr(body(),
				     "\"service\":\"fw\",\"instance\":\"A\","
				     "\"action\":\"take_over\","
				     "\"cause\":\"\\\"249\\\"\\\\<\\u0001>\"}"));
	ask(GET("/decisions.json?after=250"));
	ck_assert_uint_eq(decisions_count(&last), 0);
	ask(GET("/decisions.json?after=18446744073709551615"));
	ck_assert_uint_eq(decisions_count(&last), 0);
	ask(GET("/decisions.json?after=-1"));
	ck_assert(begins("HTTP/1.1 400 "));
	ask(GET("/decisions.json?after=18446744073709551616"));
	ck_assert(begins("HTTP/1.1 400 "));
	ask(GET("/decisions.json?after="));
	ck_assert(begins("HTTP/1.1 400 "));
}

START_TEST(headers_have_a_limit)
{
	char *request = malloc(65536);
	int fd = client();
	size_t n;

	n = snprintf(request, 65536, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
	memset(request + n, 'x', 60000);
	request[n + 60000] = 0;
	/* It may be refused before the end. */
	ck_assert_int_gt(write(fd, request, n + 60000), 0);
	ck_assert(hear(fd, NULL, PATIENCE_S));
	ck_assert_msg(!length || begins("HTTP/1.1 4"), "%.200s", answer);
	close(fd);
	free(request);
	ask(GET("/"));
	ck_assert(begins(OK));
}

START_TEST(as_many_as_there_may_be)
{
	int fd[NFHAD_HTTP_CONNECTIONS], one, n;

	for (n = 0; n < NFHAD_HTTP_CONNECTIONS; n++) {
		fd[n] = client();
		tell(fd[n], "GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n");
		ck_assert(hear(fd[n], "services", PATIENCE_S));
	}
	one = client();
	tell(one, GET("/status.json"));
	ck_assert(!hear(one, "services", 0.5));
	ck_assert_uint_eq(length, 0);
	/* Those that are there go on. */
	tell(fd[5], "GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert(hear(fd[5], "services", PATIENCE_S));
	close(fd[0]);
	ck_assert(hear(one, "services", PATIENCE_S));
	close(one);
	for (n = 1; n < NFHAD_HTTP_CONNECTIONS; n++)
		close(fd[n]);
}

START_TEST(slow_ones_are_not_waited_for)
{
	int half = client(), silent = client();
	double begin = now();

	tell(half, "GET /status.json HTTP/1.1\r\nHo");
	ask(GET("/status.json"));
	ck_assert(begins(OK));
	ck_assert(hear(half, NULL, NFHAD_HTTP_TIMEOUT + PATIENCE_S));
	ck_assert_double_ge(now() - begin, NFHAD_HTTP_TIMEOUT - 1.5);
	ck_assert(hear(silent, NULL, PATIENCE_S));
	ck_assert_uint_eq(length, 0);
	close(half);
	close(silent);
}

static bool is_refused(void)
{
	int fd = client();
	bool refused;

	tell(fd, GET("/metrics"));
	ck_assert(hear(fd, "\r\n\r\n", PATIENCE_S));
	refused = begins("HTTP/1.1 503 ");
	close(fd);
	return refused;
}

static void pass_the_time(double seconds)
{
	double end = now() + seconds;

	while (now() < end)
		turn();
}

/* Each of them holds an answer of another time. */
START_TEST(memory_has_a_limit)
{
	int fd[NFHAD_HTTP_CONNECTIONS] = { 0 }, n = 0, k;

	plenty_make(&nfhad, PLENTY_MAX);
	while (!is_refused()) {
		ck_assert_int_lt(n, NFHAD_HTTP_CONNECTIONS - 1);
		fd[n] = client_of(true);
		tell(fd[n++], GET("/metrics"));
		pass_the_time(1.1 * NFHAD_ANSWER_FRESH_US / 1e6);
	}
	printf("# %d answers are held\n", n);
	fflush(stdout);
	ck_assert_int_ge(n, NFHAD_ANSWERS_BYTES_MAX / NFHAD_ANSWER_BYTES_MAX);
	/* The others are well. */
	ask(GET("/page.js"));
	ck_assert(begins(OK));
	for (k = 0; k < n; k++)
		close(fd[k]);
	pass_the_time(1.1 * NFHAD_ANSWER_FRESH_US / 1e6);
	ck_assert(!is_refused());
}

START_TEST(who_asks_often_costs_no_more)
{
	double begin = now();
	int n;

	for (n = 0; n < 100; n++) {
		ask(GET("/metrics"));
		ck_assert(begins(OK));
	}
	ck_assert_uint_le(written, 2 + (now() - begin) * 1e6 /
				   NFHAD_ANSWER_FRESH_US);
}

static int on_other(sd_event_source *source, void *data)
{
	(void)source;
	*(bool *)data = true;
	return 0;
}

START_TEST(all_else_comes_first)
{
	sd_event_source *other = NULL;
	bool had_turn = false;
	int fd = client(), n;

	/* It is accepted, and heard. */
	for (n = 0; n < 20; n++)
		turn();
	tell(fd, GET("/metrics"));
	ck_assert_int_ge(sd_event_add_defer(nfhad.event, &other, on_other,
					    &had_turn), 0);
	while (!had_turn) {
		ck_assert_uint_eq(written, 0);
		ck_assert_int_gt(sd_event_run(nfhad.event, 5000), 0);
	}
	ck_assert_uint_eq(written, 0);
	ck_assert(hear(fd, "nfha_", PATIENCE_S));
	sd_event_source_unref(other);
	close(fd);
}

START_TEST(descriptors_are_not_inherited)
{
	int ours = client(), fd, n = 0;

	tell(ours, "GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert(hear(ours, "services", PATIENCE_S));
	for (fd = 3; fd < 1024; fd++) {
		struct sockaddr_storage name = {};
		socklen_t size = sizeof(name);

		if (getsockname(fd, (struct sockaddr *)&name, &size) ||
		    name.ss_family != AF_INET)
			continue;
		n++;
		ck_assert_msg(fcntl(fd, F_GETFD) & FD_CLOEXEC, "%d", fd);
	}
	/* The one that listens, and both ends. */
	ck_assert_int_eq(n, 3);
	close(ours);
}

START_TEST(where_it_listens)
{
	struct nfhad_http_config other = { .port = PORT };
	char other_address[64];
	struct nfhad_http *http = (void *)&other;

	ck_assert_int_eq(nfhad_http_open(&nfhad, &other, &http), 0);
	ck_assert_ptr_null(http);
	other.address = other_address;
	snprintf(other_address, sizeof(other_address), "127.0.0.1");
	said_begin();
	ck_assert_int_eq(nfhad_http_open(&nfhad, &other, &http), -EADDRINUSE);
	said_end();
	ck_assert_ptr_null(http);
	ck_assert_msg(strstr(said, "http: address 127.0.0.1, port 9640: Address already in use"),
		      "%s", said);
	snprintf(other_address, sizeof(other_address), "192.0.2.77");
	said_begin();
	ck_assert_int_eq(nfhad_http_open(&nfhad, &other, &http),
			 -EADDRNOTAVAIL);
	said_end();
	ck_assert_ptr_nonnull(strstr(said, "192.0.2.77, port 9640: "));
	snprintf(other_address, sizeof(other_address), "::1");
	ck_assert_int_eq(nfhad_http_open(&nfhad, &other, &http), 0);
	ck_assert_ptr_nonnull(http);
	nfhad_http_close(http);
	/* At once again, though a connection of before is not forgotten yet. */
	ask(GET("/"));
	nfhad_http_close(nfhad.http);
	ck_assert_int_eq(nfhad_http_open(&nfhad, &config, &nfhad.http), 0);
	ask(GET("/"));
	ck_assert(begins(OK));
}

START_TEST(it_ends_in_the_middle)
{
	int fd = client(), n;

	plenty_make(&nfhad, 100);
	tell(fd, GET("/metrics"));
	for (n = 0; n < 10; n++)
		turn();
	nfhad_http_close(nfhad.http);
	nfhad.http = NULL;
	close(fd);
}

UNIT_MAIN_FIXTURE("http", setup, teardown, paths, page_has_no_script_inside,
		  nothing_else, other_methods, head_is_get_without_body,
		  body_of_a_get_is_ignored, what_is_no_request,
		  one_connection_for_many, decisions_after_a_number,
		  headers_have_a_limit, as_many_as_there_may_be,
		  slow_ones_are_not_waited_for, memory_has_a_limit,
		  who_asks_often_costs_no_more,
		  all_else_comes_first, descriptors_are_not_inherited,
		  where_it_listens, it_ends_in_the_middle)
