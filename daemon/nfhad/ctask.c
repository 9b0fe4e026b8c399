// SPDX-License-Identifier: GPL-2.0-or-later
/* What has no event is asked for. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <time.h>

#include "ctask.h"
#include "ctmessage.h"
#include "ctnet.h"
#include "ctrequest.h"

/* Connections that are asked for at a time. */
#define QUESTIONS NFHAD_CTMESSAGE_BATCH
/* Nothing was heard of it for so long. */
#define SILENT_NS 10000000000ULL

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
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
	uint32_t buffer[NFHAD_CTNET_BYTES / 4];
};

/* What is not there any more is forgotten. */
static int take_answer(const struct nlmsghdr *nlh,
		       const struct nfhad_ctattrs *asked,
		       struct nfhad_ctstate *state)
{
	const struct nlmsgerr *answer;

	if (nlh->nlmsg_type != NLMSG_ERROR)
		return nfhad_ctmessage_learn(state, nlh, true);
	answer = mnl_nlmsg_get_payload(nlh);
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*answer) ||
	    answer->error != -ENOENT)
		return -EIO;
	nfhad_ctstate_forget(state, asked);
	return 0;
}

/* The kernel has answered when it has taken the questions. */
static int take_answers(int fd, const struct questions *q,
			struct nfhad_ctstate *state)
{
	const struct nlmsghdr *message[NFHAD_CTMESSAGE_BATCH];
	uint32_t number;
	int n, i, ret;

	while ((n = nfhad_ctmessage_receive(fd, message)) > 0) {
		for (i = 0; i < n; i++) {
			number = message[i]->nlmsg_seq - q->first;
			if (number >= q->n)
				continue;
			ret = take_answer(message[i], &q->asked[number], state);
			if (ret)
				return ret;
		}
	}
	return n == -EAGAIN ? 0 : n;
}

static void add_question(struct questions *q, uint32_t *seq,
			 const struct nfhad_ctentry *entry)
{
	const struct nlmsghdr *nlh;
	const void *key;

	nlh = nfhad_ctrequest_get((char *)q->buffer + q->len, entry, ++*seq);
	key = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	if (nfhad_ctattrs_parse(NFHAD_CT_GONE, entry->family, key, entry->key,
				&q->asked[q->n]))
		return;
	q->asked[q->n].kind = NFHAD_CT_CONNECTION;
	q->asked[q->n].id = entry->id;
	if (!q->n)
		q->first = *seq;
	q->n++;
	q->len += NLMSG_ALIGN(nlh->nlmsg_len);
}

static int ask(int fd, const struct questions *q, struct nfhad_ctstate *state)
{
	if (!q->n)
		return 0;
	if (send(fd, q->buffer, q->len, 0) < 0)
		return -errno;
	return take_answers(fd, q, state);
}

static bool has_room(const struct questions *q)
{
	return q->n < QUESTIONS && sizeof(q->buffer) - q->len >= NFHAD_CTREQUEST_BYTES;
}

int nfhad_ctask_silent(int fd, uint32_t *seq, struct nfhad_ctstate *state,
		       bool *more)
{
	static struct questions q;
	const struct nfhad_ctentry *entry = NULL;
	uint64_t until = now_ns() - SILENT_NS;

	q.n = 0;
	q.len = 0;
	while (has_room(&q) &&
	       (entry = nfhad_ctstate_silent(state, until, entry)))
		add_question(&q, seq, entry);
	*more = entry;
	return ask(fd, &q, state);
}

/* Who has answered has been heard of since. */
int nfhad_ctask_helped(int fd, uint32_t *seq, struct nfhad_ctstate *state)
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
		       (entry = nfhad_ctstate_helped(state, until, entry)))
			add_question(&q, seq, entry);
		ret = ask(fd, &q, state);
		asked += q.n;
		/* Who does not answer is asked for ever. */
		if (asked > 2UL * NFHAD_CTSTATE_MAX)
			return -EIO;
	} while (!ret && entry);
	return ret;
}
