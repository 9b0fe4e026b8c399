// SPDX-License-Identifier: GPL-2.0-or-later
/* A client of nfhad's socket: one call at a time. */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"

/* More than any answer is. */
#define ANSWER_MAX (64u << 20)
#define ROOM_MIN 4096u

struct varlink {
	int fd;
	char *in;
	size_t room;
	size_t used;
};

static int address_of(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	memcpy(address->sun_path, path, strlen(path) + 1);
	return 0;
}

int varlink_open(const char *path, struct varlink **out)
{
	struct varlink *v = calloc(1, sizeof(*v));
	struct sockaddr_un address;
	int ret;

	if (!v)
		return -ENOMEM;
	ret = address_of(path, &address);
	v->fd = ret ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!ret && (v->fd < 0 || connect(v->fd, (struct sockaddr *)&address,
					  sizeof(address))))
		ret = -errno;
	if (ret) {
		varlink_close(v);
		return ret;
	}
	*out = v;
	return 0;
}

void varlink_close(struct varlink *v)
{
	if (!v)
		return;
	if (v->fd >= 0)
		close(v->fd);
	free(v->in);
	free(v);
}

static int bytes_send(const struct varlink *v, const char *bytes, size_t length)
{
	ssize_t n;

	while (length) {
		n = send(v->fd, bytes, length, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			length -= n;
		}
	}
	return 0;
}

int varlink_call(struct varlink *v, const char *method,
		 struct json_object *parameters, bool more)
{
	struct json_object *call = json_object_new_object();
	const char *text;
	int ret;

	json_put(call, "method", method);
	json_object_object_add(call, "parameters", parameters);
	if (more)
		json_object_object_add(call, "more",
				       json_object_new_boolean(true));
	text = json_object_to_json_string_ext(call, JSON_C_TO_STRING_PLAIN);
	ret = bytes_send(v, text, strlen(text) + 1);
	json_object_put(call);
	return ret;
}

static int room_make(struct varlink *v)
{
	size_t room = v->room ? v->room * 2 : ROOM_MIN;
	char *larger;

	if (v->used < v->room)
		return 0;
	if (room > ANSWER_MAX)
		return -EMSGSIZE;
	larger = realloc(v->in, room);
	if (!larger)
		return -ENOMEM;
	v->in = larger;
	v->room = room;
	return 0;
}

static int bytes_read(struct varlink *v, int timeout_ms)
{
	struct pollfd wait = { .fd = v->fd, .events = POLLIN };
	int ret = room_make(v);
	ssize_t n;

	if (ret)
		return ret;
	ret = poll(&wait, 1, timeout_ms);
	if (ret < 0)
		return errno == EINTR ? 0 : -errno;
	if (!ret)
		return -ETIMEDOUT;
	n = recv(v->fd, v->in + v->used, v->room - v->used, 0);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	v->used += n;
	return n ? 0 : -ECONNRESET;
}

/* An answer without parameters, or with another kind of them, is none of nfhad's. */
static int answer_take(struct json_object *whole, struct answer *a)
{
	struct json_object *error = json_object_object_get(whole, "error");
	struct json_object *o = json_object_object_get(whole, "parameters");

	if (!json_object_is_type(whole, json_type_object) ||
	    !json_object_is_type(o, json_type_object) ||
	    (error && !json_object_is_type(error, json_type_string)))
		return -EBADMSG;
	*a = (struct answer){
		.whole = whole,
		.parameters = o,
		.error = error ? json_object_get_string(error) : NULL,
	};
	return 0;
}

int varlink_read(struct varlink *v, int timeout_ms, struct answer *answer)
{
	struct json_object *whole;
	char *end;
	int ret = 0;

	while (!(end = v->used ? memchr(v->in, 0, v->used) : NULL)) {
		ret = bytes_read(v, timeout_ms);
		if (ret)
			return ret;
	}
	whole = json_tokener_parse(v->in);
	v->used -= end + 1 - v->in;
	memmove(v->in, end + 1, v->used);
	ret = answer_take(whole, answer);
	if (ret)
		json_object_put(whole);
	return ret;
}
