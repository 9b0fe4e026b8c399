// SPDX-License-Identifier: GPL-2.0-or-later
/* A server of Varlink: connections come. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "retry.h"
#include "varlink_private.h"

/* So long nobody is let in when there are no descriptors left. */
#define PAUSE_US 1000000ULL

static int on_pause(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_varlink *v = data;

	(void)source;
	(void)usec;
	sd_event_source_set_enabled(v->source, SD_EVENT_ON);
	return 0;
}

/* The one who waits would be told of again and again. */
static void pause_begin(struct nfhad_varlink *v)
{
	if (!nfhad_retry_later(v->event, &v->pause, PAUSE_US, on_pause, v))
		sd_event_source_set_enabled(v->source, SD_EVENT_OFF);
}

static void refuse(struct nfhad_varlink *v, int fd)
{
	close(fd);
	if (nfhad_retry_is_said(++v->counts.refused))
		nfhad_log(LOG_WARNING, NULL, NULL,
			  "socket: %u connections are all there can be, %u have been refused so far",
			  v->limits->links, v->counts.refused);
}

static int on_connection(sd_event_source *source, int fd, uint32_t events,
			 void *data)
{
	struct nfhad_varlink *v = data;
	int ret, client;

	(void)source;
	(void)events;
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
			pause_begin(v);
		return 0;
	}
	if (v->counts.now == v->limits->links) {
		refuse(v, client);
		return 0;
	}
	ret = nfhad_varlink_link_new(v, client);
	if (ret)
		nfhad_log(LOG_WARNING, NULL, NULL, "socket: a connection: %s",
			  strerror(-ret));
	return 0;
}

static int on_prepare(sd_event_source *source, void *data)
{
	struct nfhad_varlink *v = data;

	return nfhad_turn_prepare(&v->turn, source);
}

int nfhad_varlink_new(sd_event *event, int fd, gid_t group,
		      const struct nfhad_varlink_limits *limits,
		      nfhad_varlink_fn fn, void *data,
		      struct nfhad_varlink **out)
{
	struct nfhad_varlink *v = calloc(1, sizeof(*v));
	int ret;

	if (!v)
		return -ENOMEM;
	v->event = event;
	v->group = group;
	v->limits = limits;
	v->fn = fn;
	v->data = data;
	LIST_INIT(&v->links);
	ret = sd_event_add_io(event, &v->source, fd, EPOLLIN, on_connection, v);
	if (ret >= 0)
		ret = nfhad_turn_begin(&v->turn, v->source, on_prepare);
	if (ret < 0) {
		nfhad_varlink_free(v);
		return ret;
	}
	*out = v;
	return 0;
}

void nfhad_varlink_free(struct nfhad_varlink *v)
{
	struct nfhad_varlink_link *link, *next;

	if (!v)
		return;
	for (link = LIST_FIRST(&v->links); link; link = next) {
		next = LIST_NEXT(link, others);
		nfhad_varlink_link_free(link);
	}
	sd_event_source_disable_unref(v->pause);
	sd_event_source_disable_unref(v->source);
	free(v);
}

const struct nfhad_varlink_counts *
nfhad_varlink_counts(const struct nfhad_varlink *v)
{
	return &v->counts;
}
