// SPDX-License-Identifier: GPL-2.0-or-later
/* HTTP, for those who watch. */

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "config.h"
#include "http.h"
#include "job.h"
#include "log.h"
#include "nfhad.h"
#include "turn.h"

/* Of a connection, for its headers, both ways. */
#define CONNECTION_BYTES 16384

#define BACKLOG 128

/**
 * struct nfhad_http - a server
 * @mhd: the library's
 * @answers: what there is to be had
 * @io: watches @mhd's descriptor
 * @io_turn: of @io
 * @timer: until @mhd has something to do though nothing comes
 * @timer_turn: of @timer
 */
struct nfhad_http {
	struct MHD_Daemon *mhd;
	struct nfhad_answers *answers;
	sd_event_source *io;
	struct nfhad_turn io_turn;
	sd_event_source *timer;
	struct nfhad_turn timer_turn;
};

static enum MHD_Result answer_path(struct nfhad_http *http,
				   struct MHD_Connection *connection,
				   const char *path)
{
	const char *after = MHD_lookup_connection_value(connection,
							MHD_GET_ARGUMENT_KIND,
							"after");
	struct MHD_Response *response;
	unsigned int status;

	status = nfhad_answer_path(http->answers, path, after, &response);
	return MHD_queue_response(connection, status, response);
}

/* The first time, only the headers are there. A body is taken, and thrown away. Without
 * memory for an answer, the connection ends.
 */
static enum MHD_Result on_request(void *data, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *body,
				  size_t *body_length, void **seen)
{
	struct nfhad_http *http = data;
	struct MHD_Response *response;
	unsigned int status;

	(void)version;
	(void)body;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		status = nfhad_answer_method(http->answers, &response);
		return MHD_queue_response(connection, status, response);
	}
	if (!*seen) {
		*seen = http;
		return MHD_YES;
	}
	if (*body_length) {
		*body_length = 0;
		return MHD_YES;
	}
	return answer_path(http, connection, path);
}

/* Nothing that is known here has an escape in it. */
static size_t leave_escapes(void *data, struct MHD_Connection *connection,
			    char *text)
{
	(void)data;
	(void)connection;
	return strlen(text);
}

static void timer_set(struct nfhad_http *http)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(http->mhd, &ms) != MHD_YES) {
		sd_event_source_set_enabled(http->timer, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time_relative(http->timer, ms * 1000);
	sd_event_source_set_enabled(http->timer, SD_EVENT_ONESHOT);
}

static void run(struct nfhad_http *http)
{
	MHD_run(http->mhd);
	timer_set(http);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	run(data);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	run(data);
	return 0;
}

static int on_prepare_io(sd_event_source *source, void *data)
{
	struct nfhad_http *http = data;

	return nfhad_turn_prepare(&http->io_turn, source);
}

static int on_prepare_timer(sd_event_source *source, void *data)
{
	struct nfhad_http *http = data;

	return nfhad_turn_prepare(&http->timer_turn, source);
}

static int sources_add(struct nfhad_http *http, sd_event *event)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(http->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	int ret;

	ret = sd_event_add_io(event, &http->io, info->epoll_fd, EPOLLIN, on_io,
			      http);
	if (ret < 0)
		return ret;
	ret = sd_event_add_time(event, &http->timer, CLOCK_MONOTONIC,
				UINT64_MAX, 1000, on_timer, http);
	if (ret < 0)
		return ret;
	sd_event_source_set_enabled(http->timer, SD_EVENT_OFF);
	return nfhad_turn_begin(&http->io_turn, http->io, on_prepare_io) ?:
	       nfhad_turn_begin(&http->timer_turn, http->timer,
				on_prepare_timer);
}

/* An address that is none has been refused with the configuration. */
static socklen_t address_of(const struct nfhad_http_config *config,
			    struct sockaddr_storage *address)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, config->address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(config->port);
		return sizeof(*v4);
	}
	inet_pton(AF_INET6, config->address, &v6->sin6_addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(config->port);
	return sizeof(*v6);
}

/* Returns the socket, or a negative errno. */
static int listen_at(const struct nfhad_http_config *config)
{
	struct sockaddr_storage address;
	socklen_t size = address_of(config, &address);
	int fd, ret, on = 1;

	fd = socket(address.ss_family,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    !bind(fd, (struct sockaddr *)&address, size) &&
	    !listen(fd, BACKLOG))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/* The socket is the library's, if it begins. What it would say of clients nobody needs. */
static int begin(struct nfhad_http *http, int fd)
{
	http->mhd = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request,
				     http, MHD_OPTION_LISTEN_SOCKET, fd,
				     MHD_OPTION_CONNECTION_LIMIT,
				     (unsigned int)NFHAD_HTTP_CONNECTIONS,
				     MHD_OPTION_CONNECTION_TIMEOUT,
				     (unsigned int)NFHAD_HTTP_TIMEOUT,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				     (size_t)CONNECTION_BYTES,
				     MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes,
				     NULL,
				     MHD_OPTION_STRICT_FOR_CLIENT, 1,
				     MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
				     MHD_OPTION_END);
	if (!http->mhd)
		return -ENOMEM;
	nfhad_job_withhold(fd);
	return 0;
}

static int open_at(struct nfhad_http *http, struct nfhad *d,
		   const struct nfhad_http_config *config)
{
	int ret, fd;

	http->answers = nfhad_answers_new(d);
	if (!http->answers)
		return -ENOMEM;
	fd = listen_at(config);
	if (fd < 0)
		return fd;
	ret = begin(http, fd);
	if (ret) {
		close(fd);
		return ret;
	}
	return sources_add(http, d->event);
}

int nfhad_http_open(struct nfhad *d, const struct nfhad_http_config *config,
		    struct nfhad_http **out)
{
	struct nfhad_http *http;
	int ret;

	*out = NULL;
	if (!config->address)
		return 0;
	http = calloc(1, sizeof(*http));
	ret = http ? open_at(http, d, config) : -ENOMEM;
	if (ret) {
		nfhad_log(LOG_ERR, NULL, NULL, "http: address %s, port %u: %s",
			  config->address, config->port, strerror(-ret));
		nfhad_http_close(http);
		return ret;
	}
	*out = http;
	return 0;
}

void nfhad_http_close(struct nfhad_http *http)
{
	if (!http)
		return;
	sd_event_source_disable_unref(http->io);
	sd_event_source_disable_unref(http->timer);
	if (http->mhd) {
		nfhad_job_withhold(-1);
		MHD_stop_daemon(http->mhd);
	}
	nfhad_answers_free(http->answers);
	free(http);
}
