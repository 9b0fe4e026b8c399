// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follows the connections of a namespace: a dump, and then events. The kernel sends an
 * event before the packet that it is about leaves, so what a namespace has sent is
 * known by reading until there is nothing more.
 *
 * Not all changes have an event. Timeouts that begin again, windows, and sequence
 * numbers that a helper moves have none: connections with a helper are asked for each
 * time, and others when nothing has been heard of them for a while.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "ctask.h"
#include "ctmessage.h"
#include "ctnet.h"
#include "ctrequest.h"
#include "ctrules.h"
#include "ctwatch.h"
#include "instance.h"
#include "nfhad.h"

#define BATCH NFHAD_CTMESSAGE_BATCH
/* Batches that are read before others in the loop have their turn. */
#define TURN 8
/* Batches that are thrown away: more come in than can be read. */
#define DISCARD_MAX 4096
/* No event of the kernel's takes less of a receive buffer. */
#define EVENT_BYTES_MIN 512
/* Between two looks at connections that nothing was heard of, while there are. */
#define TICK_US 50000
/* And while there are none. */
#define IDLE_US 1000000

/**
 * enum phase - how much is known
 * @DUMP_CONNECTIONS: they are being dumped; events wait in their socket
 * @DUMP_EXPECTATIONS: now these
 * @CURRENT: all is known but what the event socket has
 * @FAILED: there are too many
 */
enum phase {
	DUMP_CONNECTIONS,
	DUMP_EXPECTATIONS,
	CURRENT,
	FAILED,
};

/**
 * struct nfhad_ctwatch - a namespace whose connections are followed
 * @instance: whose
 * @net: sockets in the namespace
 * @state: the connections
 * @phase: how much of them is known
 * @error: why it has failed; told once
 * @seq: number of the last question
 * @event: there is something on the event socket
 * @query: there is something on the query socket, while dumping
 * @tick: time to ask for silent connections
 * @fn: told when all is known
 * @data: for @fn
 */
struct nfhad_ctwatch {
	struct nfhad_instance *instance;
	struct nfhad_ctnet net;
	struct nfhad_ctstate *state;
	enum phase phase;
	int error;
	uint32_t seq;
	sd_event_source *event;
	sd_event_source *query;
	sd_event_source *tick;
	nfhad_ctwatch_fn fn;
	void *data;
};

static void say_failure(struct nfhad_ctwatch *w, int error)
{
	const char *netns = w->instance->config->netns;

	if (error == w->error)
		return;
	w->error = error;
	if (error == -ENOSPC)
		nfhad_log_instance(LOG_ERR, w->instance,
				   "more than %d connections in namespace %s: they cannot be saved",
				   NFHAD_CTSTATE_MAX, netns);
	else
		nfhad_log_instance(LOG_ERR, w->instance,
				   "connections of namespace %s are not known: %s",
				   netns, strerror(-error));
}

/* What is left of a dump has to be read before the next one can begin. */
static void fail(struct nfhad_ctwatch *w, int error)
{
	say_failure(w, error);
	w->phase = FAILED;
	sd_event_source_set_enabled(w->event, SD_EVENT_OFF);
	sd_event_source_set_enabled(w->query, SD_EVENT_ON);
	sd_event_source_set_enabled(w->tick, SD_EVENT_OFF);
	w->fn(w->data, error);
}

static int ask_all(struct nfhad_ctwatch *w, enum nfhad_ctkind kind)
{
	uint32_t buffer[64];
	const struct nlmsghdr *nlh;

	nlh = nfhad_ctrequest_dump(buffer, kind, ++w->seq);
	return send(w->net.query, nlh, nlh->nlmsg_len, 0) < 0 ? -errno : 0;
}

/*
 * A socket that has overflowed takes nothing more until it was empty, and does not say
 * so again.
 */
static int discard_events(struct nfhad_ctwatch *w)
{
	const struct nlmsghdr *message[BATCH];
	size_t batches;
	int n;

	for (batches = 0; batches < DISCARD_MAX; batches++) {
		n = nfhad_ctmessage_receive(w->net.event, message);
		if (n == -EAGAIN)
			return 0;
		if (n < 0 && n != -ENOBUFS)
			return n;
	}
	return -ENOBUFS;
}

/* Events that come meanwhile are read afterwards: the last word is theirs. */
static int dump(struct nfhad_ctwatch *w)
{
	int ret;

	ret = discard_events(w);
	if (!ret)
		ret = ask_all(w, NFHAD_CT_CONNECTION);
	if (ret)
		return ret;
	nfhad_ctstate_sweep(w->state);
	w->phase = DUMP_CONNECTIONS;
	sd_event_source_set_enabled(w->event, SD_EVENT_OFF);
	sd_event_source_set_enabled(w->query, SD_EVENT_ON);
	sd_event_source_set_enabled(w->tick, SD_EVENT_OFF);
	return 0;
}

static int tick_in(struct nfhad_ctwatch *w, uint64_t us)
{
	int ret;

	ret = sd_event_source_set_time_relative(w->tick, us);
	return ret < 0 ? ret : sd_event_source_set_enabled(w->tick,
							   SD_EVENT_ONESHOT);
}

static int dump_done(struct nfhad_ctwatch *w)
{
	if (w->phase == DUMP_CONNECTIONS) {
		w->phase = DUMP_EXPECTATIONS;
		return ask_all(w, NFHAD_CT_EXPECTATION);
	}
	nfhad_ctstate_swept(w->state);
	w->phase = CURRENT;
	w->error = 0;
	sd_event_source_set_enabled(w->event, SD_EVENT_ON);
	sd_event_source_set_enabled(w->query, SD_EVENT_OFF);
	tick_in(w, TICK_US);
	w->fn(w->data, 0);
	return 0;
}

/* A part of a dump. */
static int take_part(struct nfhad_ctwatch *w, const void *data, size_t len)
{
	const struct nlmsghdr *nlh = data;
	const struct nlmsgerr *answer;
	int left = (int)len, ret = 0;

	for (; mnl_nlmsg_ok(nlh, left) && !ret;
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != w->seq)
			continue;
		if (nlh->nlmsg_type == NLMSG_DONE)
			return dump_done(w);
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			answer = mnl_nlmsg_get_payload(nlh);
			return answer->error ? answer->error : -EIO;
		}
		ret = nfhad_ctmessage_learn(w->state, nlh, true);
	}
	return ret;
}

static int on_query(sd_event_source *source, int fd, uint32_t revents,
		    void *data)
{
	static uint32_t part[NFHAD_CTNET_BYTES / 4];
	struct nfhad_ctwatch *w = data;
	ssize_t n;
	int ret;

	(void)source;
	(void)revents;
	n = recv(fd, part, sizeof(part), MSG_DONTWAIT);
	if ((n < 0 && errno == EAGAIN) || w->phase == FAILED)
		return 0;
	ret = n < 0 ? -errno : take_part(w, part, (size_t)n);
	if (ret)
		fail(w, ret);
	return 0;
}

/* Events did not find room in their socket. */
static int dump_again(struct nfhad_ctwatch *w)
{
	int ret;

	nfhad_log_instance(LOG_WARNING, w->instance,
			   "events of connections were lost; looking at all of them");
	ret = dump(w);
	return ret ? ret : -EAGAIN;
}

/*
 * Up to so many batches, or until there is nothing more. That events were lost is
 * said before the next one is given, so a short batch does not mean that all is well.
 */
static int read_events(struct nfhad_ctwatch *w, size_t batches)
{
	const struct nlmsghdr *message[BATCH];
	int n, i, ret;

	while (batches--) {
		n = nfhad_ctmessage_receive(w->net.event, message);
		if (n == -EAGAIN)
			return 0;
		if (n == -ENOBUFS)
			return dump_again(w);
		if (n < 0)
			return n;
		for (i = 0; i < n; i++) {
			ret = nfhad_ctmessage_learn(w->state, message[i],
						    false);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int on_event(sd_event_source *source, int fd, uint32_t revents,
		    void *data)
{
	struct nfhad_ctwatch *w = data;
	int ret;

	(void)source;
	(void)fd;
	(void)revents;
	ret = read_events(w, TURN);
	if (ret && ret != -EAGAIN)
		fail(w, ret);
	return 0;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_ctwatch *w = data;
	bool more = false;
	int ret;

	(void)source;
	(void)usec;
	ret = nfhad_ctask_silent(w->net.query, &w->seq, w->state, &more);
	if (ret)
		fail(w, ret);
	else
		tick_in(w, more ? TICK_US : IDLE_US);
	return 0;
}

/* What the event socket has now, and not what comes while it is read. */
static size_t batches_now(struct nfhad_ctwatch *w)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t len = sizeof(info);

	if (getsockopt(w->net.event, SOL_SOCKET, SO_MEMINFO, info, &len))
		return TURN;
	return info[SK_MEMINFO_RMEM_ALLOC] / EVENT_BYTES_MIN / BATCH + 2;
}

int nfhad_ctwatch_catch_up(struct nfhad_ctwatch *w)
{
	int ret;

	if (w->phase == FAILED) {
		ret = dump(w);
		return ret ? ret : -EAGAIN;
	}
	if (w->phase != CURRENT)
		return -EAGAIN;
	ret = read_events(w, batches_now(w));
	if (!ret)
		ret = nfhad_ctask_helped(w->net.query, &w->seq, w->state);
	if (ret && ret != -EAGAIN)
		fail(w, ret);
	return ret;
}

struct nfhad_ctstate *nfhad_ctwatch_state(struct nfhad_ctwatch *w)
{
	return w->state;
}

bool nfhad_ctwatch_rules_changed(struct nfhad_ctwatch *w)
{
	const struct nlmsghdr *message[BATCH];
	bool changed = false;
	int n;

	while ((n = nfhad_ctmessage_receive(w->net.rules, message)) > 0 || n == -ENOBUFS)
		changed = true;
	return changed;
}

static int add_sources(struct nfhad_ctwatch *w)
{
	sd_event *loop = w->instance->service->nfhad->event;
	int ret;

	ret = sd_event_add_io(loop, &w->event, w->net.event, EPOLLIN, on_event,
			      w);
	if (ret >= 0)
		ret = sd_event_add_io(loop, &w->query, w->net.query, EPOLLIN,
				      on_query, w);
	if (ret >= 0)
		ret = sd_event_add_time_relative(loop, &w->tick,
						 CLOCK_MONOTONIC, TICK_US,
						 TICK_US / 2, on_tick, w);
	return ret < 0 ? ret : dump(w);
}

static int open_net(struct nfhad_ctwatch *w)
{
	const char *netns = w->instance->config->netns;
	int ret;

	ret = nfhad_ctnet_open(w->instance, nfhad_ctrules_check, &w->net);
	if (ret == -ENODATA)
		nfhad_log_instance(LOG_ERR, w->instance,
				   "net.netfilter.nf_conntrack_events is 0 in namespace %s: changes cannot be followed",
				   netns);
	else if (ret)
		nfhad_log_instance(LOG_ERR, w->instance,
				   "namespace %s: %s", netns, strerror(-ret));
	if (ret)
		return ret;
	if (w->net.connections > NFHAD_CTSTATE_MAX) {
		nfhad_log_instance(LOG_ERR, w->instance,
				   "%u connections in namespace %s are more than %u",
				   w->net.connections, netns,
				   NFHAD_CTSTATE_MAX);
		nfhad_ctnet_close(&w->net);
		return -ENOSPC;
	}
	if (w->net.events_mode != 1 && w->net.connections)
		nfhad_log_instance(LOG_NOTICE, w->instance,
				   "%u connections were made before net.netfilter.nf_conntrack_events was 1 and may be known late",
				   w->net.connections);
	return 0;
}

int nfhad_ctwatch_start(struct nfhad_instance *instance, nfhad_ctwatch_fn fn,
			void *data, struct nfhad_ctwatch **watch)
{
	struct nfhad_ctwatch *w;
	int ret;

	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->instance = instance;
	w->fn = fn;
	w->data = data;
	ret = open_net(w);
	if (ret)
		goto err_free;
	ret = nfhad_ctstate_new(&w->state);
	if (ret)
		goto err_close;
	ret = add_sources(w);
	if (ret)
		goto err_sources;
	*watch = w;
	return 0;
err_sources:
	sd_event_source_disable_unref(w->event);
	sd_event_source_disable_unref(w->query);
	sd_event_source_disable_unref(w->tick);
	nfhad_ctstate_free(w->state);
err_close:
	nfhad_ctnet_close(&w->net);
err_free:
	free(w);
	return ret;
}

void nfhad_ctwatch_stop(struct nfhad_ctwatch *w)
{
	if (!w)
		return;
	sd_event_source_disable_unref(w->event);
	sd_event_source_disable_unref(w->query);
	sd_event_source_disable_unref(w->tick);
	nfhad_ctstate_free(w->state);
	nfhad_ctnet_close(&w->net);
	free(w);
}
