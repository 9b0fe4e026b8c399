// SPDX-License-Identifier: GPL-2.0-or-later
/* A connection of Varlink: bytes become messages, and messages bytes. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "retry.h"
#include "socket.h"
#include "varlink_private.h"

#define ROOM_MIN 4096u

/* The first byte of zero in what was read, or NULL. */
static char *message_end(const struct nfhad_varlink_link *l)
{
	return l->in_used ? memchr(l->in, 0, l->in_used) : NULL;
}

static bool sends(const struct nfhad_varlink_link *l)
{
	return !l->deaf && l->out_used > l->out_sent;
}

/* Can the next call be looked at? */
static bool is_ready(const struct nfhad_varlink_link *l)
{
	return !l->call && !sends(l) && message_end(l);
}

static bool is_full(const struct nfhad_varlink_link *l)
{
	return l->in_used > l->varlink->limits->message;
}

static enum wait wait_of(const struct nfhad_varlink_link *l)
{
	if (sends(l))
		return WAIT_READ;
	if (l->call || is_ready(l))
		return WAIT_NONE;
	return l->in_used ? WAIT_REST : WAIT_CALL;
}

/* Whoever sends a byte now and then has no more time for a call than others. */
static void wait_set(struct nfhad_varlink_link *l, bool progress)
{
	const struct nfhad_varlink_limits *limits = l->varlink->limits;
	enum wait wait = wait_of(l);

	if (wait == l->wait && !progress)
		return;
	l->wait = wait;
	sd_event_source_set_time_relative(l->timer, wait == WAIT_CALL ?
						    limits->idle_us :
						    limits->stuck_us);
	sd_event_source_set_enabled(l->timer, wait == WAIT_NONE ?
						      SD_EVENT_OFF :
						      SD_EVENT_ONESHOT);
}

/* One can always write to a socket that nothing waits in: what has been read already is
 * looked at in the next turn.
 */
static void watch(struct nfhad_varlink_link *l, bool progress)
{
	uint32_t events = 0;

	if (!l->end && !is_full(l))
		events |= EPOLLIN;
	if (sends(l) || is_ready(l))
		events |= EPOLLOUT;
	sd_event_source_set_io_events(l->source, events);
	wait_set(l, progress);
}

static void slow(struct nfhad_varlink_link *l)
{
	if (nfhad_retry_is_said(++l->varlink->counts.slow))
		nfhad_log(LOG_WARNING, NULL, NULL,
			  "socket: a client of uid %u does not read what it asked for, and is disconnected, number %u so far",
			  (unsigned int)l->uid, l->varlink->counts.slow);
}

static void malformed(struct nfhad_varlink_link *l, const char *what)
{
	if (nfhad_retry_is_said(++l->varlink->counts.malformed))
		nfhad_log(LOG_WARNING, NULL, NULL,
			  "socket: a client of uid %u sends %s, and is disconnected, number %u so far",
			  (unsigned int)l->uid, what,
			  l->varlink->counts.malformed);
}

static int room_make(struct nfhad_varlink_link *l)
{
	size_t most = l->varlink->limits->message + 1;
	size_t room = l->in_room ? l->in_room * 2 : ROOM_MIN;
	char *larger;

	if (l->in_used < l->in_room)
		return 0;
	room = room < most ? room : most;
	larger = realloc(l->in, room);
	if (!larger)
		return -ENOMEM;
	l->in = larger;
	l->in_room = room;
	return 0;
}

static int receive(struct nfhad_varlink_link *l)
{
	ssize_t n;
	int ret = room_make(l);

	if (ret)
		return ret;
	n = recv(l->fd, l->in + l->in_used, l->in_room - l->in_used, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	l->end = !n;
	l->in_used += n;
	return 0;
}

static int transmit(struct nfhad_varlink_link *l)
{
	ssize_t n = send(l->fd, l->out + l->out_sent, l->out_used - l->out_sent,
			 MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	l->out_sent += n;
	if (l->out_sent < l->out_used)
		return 0;
	free(l->out);
	l->out = NULL;
	l->out_used = 0;
	l->out_sent = 0;
	return 0;
}

/* Takes the first message out of what was read. */
static int message_take(struct nfhad_varlink_link *l)
{
	char *end = message_end(l);
	size_t length = end - l->in;
	int ret;

	ret = nfhad_varlink_call_take(l, l->in, length);
	l->in_used -= length + 1;
	memmove(l->in, end + 1, l->in_used);
	return ret;
}

/* What has come is looked at also when its sender has gone: it may want no answer. */
static bool is_over(const struct nfhad_varlink_link *l)
{
	if (l->deaf && l->call)
		return true;
	return l->end && !l->call && !sends(l) && !is_ready(l);
}

/* One step; returns a negative errno if the connection is no more. */
static int step(struct nfhad_varlink_link *l, uint32_t events)
{
	int ret = 0;

	if ((events & (EPOLLIN | EPOLLHUP)) && !l->end && !is_full(l))
		ret = receive(l);
	if (!ret && sends(l) && (events & EPOLLOUT))
		ret = transmit(l);
	if (events & (EPOLLHUP | EPOLLERR))
		l->deaf = true;
	/* What was read before it broke stands. */
	if (ret && ret != -ENOMEM) {
		l->deaf = true;
		l->end = true;
		ret = 0;
	}
	if (ret)
		return ret;
	if (is_ready(l)) {
		ret = message_take(l);
		if (ret == -EBADMSG)
			malformed(l, "what is no call");
	} else if (is_full(l) && !message_end(l)) {
		malformed(l, "a call that is too long");
		ret = -EMSGSIZE;
	}
	return ret;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct nfhad_varlink_link *l = data;
	size_t in = l->in_used, left = l->out_used - l->out_sent;
	bool worse;

	(void)source;
	(void)fd;
	worse = step(l, events);
	if (worse || is_over(l)) {
		nfhad_varlink_link_free(l);
		return 0;
	}
	watch(l, l->in_used < in || l->out_used - l->out_sent < left);
	return 0;
}

static int on_prepare(sd_event_source *source, void *data)
{
	struct nfhad_varlink_link *l = data;

	return nfhad_turn_prepare(&l->turn, source);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_varlink_link *l = data;

	(void)source;
	(void)usec;
	if (l->wait == WAIT_READ)
		slow(l);
	nfhad_varlink_link_free(l);
	return 0;
}

static int out_add(struct nfhad_varlink_link *l, const char *text, size_t length)
{
	char *larger = realloc(l->out, l->out_used + length + 1);

	if (!larger)
		return -ENOMEM;
	l->out = larger;
	memcpy(l->out + l->out_used, text, length);
	l->out_used += length;
	l->out[l->out_used++] = 0;
	return 0;
}

/* This may be called from anywhere, so the loop has to find out that it is over. */
static void give_up(struct nfhad_varlink_link *l)
{
	l->deaf = true;
	l->end = true;
	shutdown(l->fd, SHUT_RDWR);
}

void nfhad_varlink_link_send(struct nfhad_varlink_link *l, const char *text,
			     size_t length)
{
	if (l->deaf)
		return;
	if (l->out_used - l->out_sent > l->varlink->limits->queue) {
		slow(l);
		give_up(l);
		return;
	}
	if (out_add(l, text, length))
		give_up(l);
	watch(l, false);
}

void nfhad_varlink_link_go_on(struct nfhad_varlink_link *l)
{
	watch(l, false);
}

static int sources_add(struct nfhad_varlink_link *l)
{
	sd_event *event = l->varlink->event;
	int ret;

	ret = sd_event_add_io(event, &l->source, l->fd, EPOLLIN, on_io, l);
	if (ret < 0)
		return ret;
	ret = nfhad_turn_begin(&l->turn, l->source, on_prepare);
	if (ret < 0)
		return ret;
	ret = sd_event_add_time(event, &l->timer, CLOCK_MONOTONIC, UINT64_MAX,
				0, on_timer, l);
	return ret < 0 ? ret : 0;
}

int nfhad_varlink_link_new(struct nfhad_varlink *v, int fd)
{
	struct nfhad_varlink_link *l = calloc(1, sizeof(*l));
	int ret;

	if (!l) {
		close(fd);
		return -ENOMEM;
	}
	l->varlink = v;
	l->fd = fd;
	LIST_INSERT_HEAD(&v->links, l, others);
	v->counts.now++;
	ret = nfhad_socket_peer(fd, v->group, &l->uid, &l->may_change);
	ret = ret ?: sources_add(l);
	if (ret) {
		nfhad_varlink_link_free(l);
		return ret;
	}
	v->counts.total++;
	watch(l, true);
	return 0;
}

/* A job that runs just now has the descriptor as well, and would keep the client waiting. */
void nfhad_varlink_link_free(struct nfhad_varlink_link *l)
{
	if (l->call)
		nfhad_varlink_call_gone(l->call);
	LIST_REMOVE(l, others);
	l->varlink->counts.now--;
	sd_event_source_disable_unref(l->timer);
	sd_event_source_disable_unref(l->source);
	shutdown(l->fd, SHUT_RDWR);
	close(l->fd);
	free(l->in);
	free(l->out);
	free(l);
}
