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
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "ctnet.h"
#include "ctrequest.h"
#include "ctrules.h"
#include "ctwatch.h"
#include "instance.h"
#include "nfhad.h"

/* Messages that are received at a time. */
#define BATCH 64
#define MESSAGE_BYTES 8192
/* Batches that are read before others in the loop have their turn. */
#define TURN 8
/* No event of the kernel's takes less of a receive buffer. */
#define EVENT_BYTES_MIN 512
/* Connections that are asked for at a time, and how often. */
#define QUESTIONS 64
#define TICK_US 50000
/* Nothing was heard of it for so long. */
#define SILENT_US 10000000ULL

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

/* Where messages are received: nothing of them is kept. */
static char message[BATCH][MESSAGE_BYTES] __attribute__((aligned(8)));

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* How many messages have come: their lengths are in @len. */
static int receive(int fd, unsigned int *len)
{
	struct mmsghdr msgs[BATCH] = { 0 };
	struct iovec iov[BATCH];
	int n, i;

	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec) { message[i], MESSAGE_BYTES };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		/* As good as lost. */
		if (msgs[i].msg_hdr.msg_flags & MSG_TRUNC)
			return -ENOBUFS;
		len[i] = msgs[i].msg_len;
	}
	return n;
}

static int learn(struct nfhad_ctwatch *w, const struct nlmsghdr *nlh,
		 bool whole)
{
	uint8_t subsystem = NFNL_SUBSYS_ID(nlh->nlmsg_type);
	uint8_t type = NFNL_MSG_TYPE(nlh->nlmsg_type);
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	struct nfhad_ctattrs attrs;
	enum nfhad_ctkind kind;
	bool gone;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*nfg))
		return 0;
	if (subsystem == NFNL_SUBSYS_CTNETLINK)
		kind = NFHAD_CT_CONNECTION;
	else if (subsystem == NFNL_SUBSYS_CTNETLINK_EXP)
		kind = NFHAD_CT_EXPECTATION;
	else
		return 0;
	if (nfhad_ctattrs_parse(kind, nfg->nfgen_family,
				mnl_nlmsg_get_payload_offset(nlh, sizeof(*nfg)),
				mnl_nlmsg_get_payload_len(nlh) - sizeof(*nfg),
				&attrs))
		return -EBADMSG;
	gone = kind == NFHAD_CT_CONNECTION ? type == IPCTNL_MSG_CT_DELETE :
					     type == IPCTNL_MSG_EXP_DELETE;
	if (!gone)
		return nfhad_ctstate_learn(w->state, &attrs, whole);
	nfhad_ctstate_forget(w->state, &attrs);
	return 0;
}

static void say_failure(struct nfhad_ctwatch *w, int error)
{
	const char *netns = w->instance->config->netns;

	if (error == w->error)
		return;
	w->error = error;
	if (error == -ENOSPC)
		nfhad_log_instance(LOG_ERR, w->instance,
				   "more than %u connections in namespace %s: they cannot be saved",
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
	char buffer[256] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;

	nlh = nfhad_ctrequest_dump(buffer, kind, ++w->seq);
	return send(w->net.query, nlh, nlh->nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Events that come meanwhile are read afterwards: the last word is theirs. */
static int dump(struct nfhad_ctwatch *w)
{
	int ret;

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
static int take_part(struct nfhad_ctwatch *w, const char *data, size_t len)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)data;
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
		ret = learn(w, nlh, true);
	}
	return ret;
}

static int on_query(sd_event_source *source, int fd, uint32_t revents,
		    void *data)
{
	static char part[NFHAD_CTNET_BYTES] __attribute__((aligned(8)));
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

/* Events were lost. */
static int lost(struct nfhad_ctwatch *w)
{
	int ret;

	nfhad_log_instance(LOG_WARNING, w->instance,
			   "events of connections were lost; looking at all of them");
	ret = dump(w);
	return ret ? ret : -EAGAIN;
}

/* Up to so many batches, or until there is nothing more. */
static int read_events(struct nfhad_ctwatch *w, size_t batches)
{
	unsigned int len[BATCH];
	int n, i, ret;

	while (batches--) {
		n = receive(w->net.event, len);
		if (n == -EAGAIN)
			return 0;
		if (n == -ENOBUFS)
			return lost(w);
		if (n < 0)
			return n;
		for (i = 0; i < n; i++) {
			const struct nlmsghdr *nlh = (void *)message[i];

			if (!mnl_nlmsg_ok(nlh, (int)len[i]))
				continue;
			ret = learn(w, nlh, false);
			if (ret)
				return ret;
		}
		if (n < BATCH)
			return 0;
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

/* What is not there any more is forgotten. */
static int take_answer(struct nfhad_ctwatch *w, const struct nlmsghdr *nlh,
		       const struct nfhad_ctattrs *asked)
{
	const struct nlmsgerr *answer;

	if (nlh->nlmsg_type != NLMSG_ERROR)
		return learn(w, nlh, true);
	answer = mnl_nlmsg_get_payload(nlh);
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*answer) ||
	    answer->error != -ENOENT)
		return -EIO;
	nfhad_ctstate_forget(w->state, asked);
	return 0;
}

static int take_answers(struct nfhad_ctwatch *w,
			const struct nfhad_ctattrs *asked, size_t n,
			uint32_t first)
{
	unsigned int len[BATCH];
	int got, i, ret;

	while ((got = receive(w->net.query, len)) > 0) {
		for (i = 0; i < got; i++) {
			const struct nlmsghdr *nlh = (void *)message[i];
			uint32_t number = nlh->nlmsg_seq - first;

			if (!mnl_nlmsg_ok(nlh, (int)len[i]) || number >= n)
				continue;
			ret = take_answer(w, nlh, &asked[number]);
			if (ret)
				return ret;
		}
	}
	return got == -EAGAIN ? 0 : got;
}

/**
 * struct questions - connections that are asked for
 * @n: how many
 * @len: used of @buffer
 * @first: number of the first one
 * @asked: what they are, in @buffer
 * @buffer: the requests
 */
struct questions {
	size_t n;
	size_t len;
	uint32_t first;
	struct nfhad_ctattrs asked[QUESTIONS];
	char buffer[QUESTIONS * 512] __attribute__((aligned(8)));
};

static void add_question(struct nfhad_ctwatch *w, struct questions *q,
			 const struct nfhad_ctentry *entry)
{
	const struct nlmsghdr *nlh;

	nlh = nfhad_ctrequest_get(q->buffer + q->len, entry, ++w->seq);
	if (nfhad_ctattrs_parse(NFHAD_CT_GONE, entry->family,
				mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg)),
				entry->key, &q->asked[q->n]))
		return;
	q->asked[q->n].kind = NFHAD_CT_CONNECTION;
	q->asked[q->n].id = entry->id;
	if (!q->n)
		q->first = w->seq;
	q->n++;
	q->len += NLMSG_ALIGN(nlh->nlmsg_len);
}

static int ask(struct nfhad_ctwatch *w, const struct questions *q)
{
	if (!q->n)
		return 0;
	if (send(w->net.query, q->buffer, q->len, 0) < 0)
		return -errno;
	return take_answers(w, q->asked, q->n, q->first);
}

static bool has_room(const struct questions *q)
{
	return q->n < QUESTIONS && sizeof(q->buffer) - q->len >= 512;
}

static int ask_silent(struct nfhad_ctwatch *w, bool *more)
{
	static struct questions q;
	const struct nfhad_ctentry *entry = NULL;
	uint64_t until = now_ns() - SILENT_US * 1000;

	q.n = 0;
	q.len = 0;
	while (has_room(&q) &&
	       (entry = nfhad_ctstate_silent(w->state, until, entry)))
		add_question(w, &q, entry);
	*more = entry;
	return ask(w, &q);
}

/* Who has answered has been heard of since. */
static int ask_helped(struct nfhad_ctwatch *w)
{
	static struct questions q;
	const struct nfhad_ctentry *entry;
	uint64_t until = now_ns();
	size_t asked = 0;
	int ret;

	do {
		q.n = 0;
		q.len = 0;
		entry = NULL;
		while (has_room(&q) &&
		       (entry = nfhad_ctstate_helped(w->state, until, entry)))
			add_question(w, &q, entry);
		ret = ask(w, &q);
		asked += q.n;
		if (asked > 2 * NFHAD_CTSTATE_MAX)
			return -EIO;
	} while (!ret && entry);
	return ret;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_ctwatch *w = data;
	bool more = false;
	int ret;

	(void)source;
	(void)usec;
	ret = ask_silent(w, &more);
	if (ret)
		fail(w, ret);
	else
		tick_in(w, more ? TICK_US : SILENT_US / 10);
	return 0;
}

/* What the event socket has now, and not what comes while it is read. */
static size_t batches_now(struct nfhad_ctwatch *w)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t len = sizeof(info);

	if (getsockopt(w->net.event, SOL_SOCKET, SO_MEMINFO, info, &len))
		return TURN;
	return info[SK_MEMINFO_RMEM_ALLOC] / EVENT_BYTES_MIN / BATCH + 1;
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
		ret = ask_helped(w);
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
	unsigned int len[BATCH];
	bool changed = false;
	int n;

	while ((n = receive(w->net.rules, len)) > 0 || n == -ENOBUFS)
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
