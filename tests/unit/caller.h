/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CALLER_H
#define CALLER_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

/*
 * A client that shares the server's thread: while it waits the server's loop turns.
 */
#define CALLER_ROOM 1048576
#define CALLER_TURNS 3000

static sd_event *caller_loop;

static inline int caller_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
				 sizeof(address)), 0);
	return fd;
}

/* All that there is to do is done. */
static inline void caller_settle(void)
{
	while (sd_event_run(caller_loop, 0) > 0)
		;
}

static inline void caller_send(int fd, const char *bytes, size_t length)
{
	int turns = CALLER_TURNS;
	ssize_t n;

	while (length && turns--) {
		n = send(fd, bytes, length, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return;
		if (n > 0) {
			bytes += n;
			length -= n;
		}
		sd_event_run(caller_loop, n > 0 ? 0 : 10000);
	}
	ck_assert_uint_eq(length, 0);
}

/* With its byte of zero. */
static inline void caller_text(int fd, const char *text)
{
	caller_send(fd, text, strlen(text) + 1);
}

/* The next answer, valid until the next call; NULL if the connection has ended. */
static inline const char *caller_answer(int fd)
{
	static char text[CALLER_ROOM];
	size_t used = 0;
	int turns = CALLER_TURNS;
	ssize_t n;

	while (turns--) {
		n = recv(fd, text + used, 1, 0);
		if (!n || (n < 0 && errno != EAGAIN))
			return NULL;
		if (n < 0) {
			sd_event_run(caller_loop, 10000);
			continue;
		}
		if (!text[used])
			return text;
		turns++;
		ck_assert_uint_lt(++used, sizeof(text));
	}
	ck_abort_msg("no answer, and the connection has not ended");
	return NULL;
}

static inline const char *caller_ask(int fd, const char *text)
{
	caller_text(fd, text);
	return caller_answer(fd);
}

static inline void caller_ended(int fd)
{
	ck_assert_ptr_null(caller_answer(fd));
	close(fd);
}

#endif /* CALLER_H */
