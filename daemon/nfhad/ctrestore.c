// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections are put into a namespace. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctflow.h"
#include "ctimage.h"
#include "ctnet.h"
#include "ctrequest.h"
#include "ctrestore.h"
#include "ctrules.h"
#include "driver.h"
#include "far.h"
#include "instance.h"
#include "portion.h"

/* Answers to so many requests have room in a receive buffer. */
#define BATCH 128U

/**
 * struct restore - a namespace that connections are put into
 * @instance: whose it is
 * @carry: what is put there, beside what it has; NULL: all, in place of what it has
 * @fd: socket in it
 * @seq: number of the last request
 * @requests: how many are in @buffer
 * @len: used of @buffer
 * @entry: what each request is about
 * @error: what each request has come to
 * @buffer: requests
 */
struct restore {
	const struct nfhad_instance *instance;
	const struct nfhad_carry *carry;
	int fd;
	uint32_t seq;
	size_t requests;
	size_t len;
	const struct nfhad_ctentry *entry[BATCH];
	int error[BATCH];
	uint32_t buffer[NFHAD_CTNET_BYTES / 4];
};

static void take_answers(struct restore *r, const void *data, size_t len)
{
	const struct nlmsghdr *nlh = data;
	const struct nlmsgerr *answer;
	uint32_t number;
	int left = (int)len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		number = nlh->nlmsg_seq - (r->seq - (uint32_t)r->requests + 1);
		if (nlh->nlmsg_type != NLMSG_ERROR || number >= r->requests ||
		    mnl_nlmsg_get_payload_len(nlh) < sizeof(*answer))
			continue;
		answer = mnl_nlmsg_get_payload(nlh);
		r->error[number] = answer->error;
	}
}

/* The kernel has answered all when it has taken them. */
static int exchange(struct restore *r)
{
	static uint32_t data[NFHAD_CTNET_BYTES / sizeof(uint32_t)];
	ssize_t n;
	size_t i;

	for (i = 0; i < r->requests; i++)
		r->error[i] = -EIO;
	if (r->len && send(r->fd, r->buffer, r->len, 0) < 0)
		return -errno;
	for (;;) {
		n = recv(r->fd, data, sizeof(data), 0);
		if (n < 0)
			break;
		take_answers(r, data, (size_t)n);
	}
	return errno == EAGAIN ? 0 : -errno;
}

static void begin_batch(struct restore *r)
{
	r->requests = 0;
	r->len = 0;
}

static bool is_full(const struct restore *r)
{
	return r->requests == BATCH ||
	       sizeof(r->buffer) - r->len < NFHAD_CTREQUEST_BYTES;
}

/* Where the next request is made. */
static void *tail(struct restore *r)
{
	return (char *)r->buffer + r->len;
}

/* Adds the request that was made there. */
static void add(struct restore *r, const struct nlmsghdr *nlh,
		const struct nfhad_ctentry *entry)
{
	r->entry[r->requests++] = entry;
	r->len += NLMSG_ALIGN(nlh->nlmsg_len);
}

static int flush(struct restore *r)
{
	int ret;

	begin_batch(r);
	add(r, nfhad_ctrequest_flush(tail(r), NFHAD_CT_EXPECTATION, ++r->seq),
	    NULL);
	add(r, nfhad_ctrequest_flush(tail(r), NFHAD_CT_CONNECTION, ++r->seq),
	    NULL);
	ret = exchange(r);
	if (!ret)
		ret = r->error[0] ? r->error[0] : r->error[1];
	return ret;
}

/* By its flow ID, so that whoever else has it is wrong. */
static bool is_portion(const struct nfhad_carry *carry,
		       const struct nfhad_ctentry *entry)
{
	struct nfha_flow flow;

	return !nfhad_ctflow_of(entry, &flow) &&
	       nfhad_portion_has(carry->portion, &flow);
}

static bool is_meant(const struct restore *r, const struct nfhad_ctentry *entry)
{
	const struct nfhad_carry *carry = r->carry;

	return !carry || (entry->change > carry->since &&
			  (carry->portion->all || is_portion(carry, entry)));
}

/**
 * struct todo - connections that are to be made
 * @entry: them
 * @n: how many
 */
struct todo {
	const struct nfhad_ctentry **entry;
	size_t n;
};

static bool has_master(const struct nfhad_ctentry *entry)
{
	struct nfhad_ctattrs attrs;

	return !nfhad_ctattrs_parse(NFHAD_CT_CONNECTION, entry->family,
				    entry->attr, entry->len, &attrs) &&
	       attrs.at[CTA_TUPLE_MASTER];
}

static int todo_new(const struct restore *r, const struct nfhad_ctstate *state,
		    struct todo *todo, struct todo *later)
{
	size_t max = nfhad_ctstate_count(state, NFHAD_CT_CONNECTION) + 1;
	const struct nfhad_ctentry *entry = NULL;

	*todo = (struct todo) { calloc(max, sizeof(void *)), 0 };
	*later = (struct todo) { calloc(max, sizeof(void *)), 0 };
	if (!todo->entry || !later->entry)
		return -ENOMEM;
	while ((entry = nfhad_ctstate_all(state, NFHAD_CT_CONNECTION, entry))) {
		if (!is_meant(r, entry))
			continue;
		if (has_master(entry))
			later->entry[later->n++] = entry;
		else
			todo->entry[todo->n++] = entry;
	}
	return 0;
}

/* Of a batch; those whose master is not there go back to @todo. */
static int judge(struct restore *r, struct todo *todo, bool with_master)
{
	size_t i;

	for (i = 0; i < r->requests; i++) {
		if (with_master && r->error[i] == -ENOENT) {
			todo->entry[todo->n++] = r->entry[i];
		} else if (r->error[i] == -EEXIST && r->carry &&
			   !is_portion(r->carry, r->entry[i])) {
			continue;
		} else if (r->error[i]) {
			nfhad_log_instance(LOG_ERR, r->instance,
					   "the kernel refuses a connection: %s",
					   strerror(-r->error[i]));
			return r->error[i];
		}
	}
	return 0;
}

/* What is left of @todo afterwards belongs to a connection that is not there. */
static int make(struct restore *r, struct todo *todo, bool with_master)
{
	size_t n = todo->n, i = 0;
	int ret;

	todo->n = 0;
	while (i < n) {
		for (begin_batch(r); i < n && !is_full(r); i++) {
			const struct nlmsghdr *nlh;

			nlh = nfhad_ctrequest_connection(tail(r),
							 todo->entry[i],
							 with_master,
							 r->seq + 1);
			if (!nlh)
				return -EBADMSG;
			r->seq++;
			add(r, nlh, todo->entry[i]);
		}
		ret = exchange(r);
		if (!ret)
			ret = judge(r, todo, with_master);
		if (ret)
			return ret;
	}
	return 0;
}

/* Masters first. One that has ended, and lives on in the other alone, is lost. */
static int make_connections(struct restore *r,
			    const struct nfhad_ctstate *state)
{
	struct todo todo, later;
	size_t before;
	int ret;

	ret = todo_new(r, state, &todo, &later);
	if (!ret)
		ret = make(r, &todo, false);
	do {
		before = later.n;
		if (!ret)
			ret = make(r, &later, true);
	} while (!ret && later.n && later.n < before);
	if (!ret)
		ret = make(r, &later, false);
	free(todo.entry);
	free(later.entry);
	return ret;
}

/* The kernel does not say the zone of an expectation, but it is its master's. */
static uint16_t zone_of(const struct nfhad_ctstate *state,
			const struct nfhad_ctentry *expectation)
{
	const struct nfhad_ctentry *entry = NULL;
	const struct nlattr *tuple, *master;
	struct nfhad_ctattrs attrs;

	if (nfhad_ctattrs_parse(NFHAD_CT_EXPECTATION, expectation->family,
				expectation->attr, expectation->len, &attrs))
		return 0;
	master = attrs.at[CTA_EXPECT_MASTER];
	while ((entry = nfhad_ctstate_helped(state, UINT64_MAX, entry))) {
		if (nfhad_ctattrs_parse(NFHAD_CT_CONNECTION, entry->family,
					entry->attr, entry->len, &attrs))
			continue;
		tuple = attrs.at[CTA_TUPLE_ORIG];
		if (mnl_attr_get_payload_len(tuple) >=
		    mnl_attr_get_payload_len(master) &&
		    !memcmp(mnl_attr_get_payload(tuple),
			    mnl_attr_get_payload(master),
			    mnl_attr_get_payload_len(master)))
			return nfhad_ctattr_u16(attrs.at[CTA_ZONE], 0);
	}
	return 0;
}

/*
 * Those of a connection that is not there mean nothing. One that is refused costs
 * the connection that it stands for, and not all others.
 */
static int make_expectations(struct restore *r,
			     const struct nfhad_ctstate *state)
{
	const struct nfhad_ctentry *entry = NULL;
	uint16_t zone;
	int ret;

	while ((entry = nfhad_ctstate_all(state, NFHAD_CT_EXPECTATION,
					  entry))) {
		zone = zone_of(state, entry);
		begin_batch(r);
		add(r, nfhad_ctrequest_expectation(tail(r), entry, zone, false,
						   ++r->seq), entry);
		add(r, nfhad_ctrequest_expectation(tail(r), entry, zone, true,
						   ++r->seq), entry);
		ret = exchange(r);
		if (ret)
			return ret;
		if (r->error[0] && r->error[0] != -ENOENT)
			nfhad_log_instance(LOG_WARNING, r->instance,
					   "the kernel refuses an expectation: %s",
					   strerror(-r->error[0]));
	}
	return 0;
}

typedef bool (*which_fn)(const struct restore *r,
			 const struct nfhad_ctentry *entry);

/* Those that are not there are what they are to be. */
static int remove_batch(struct restore *r)
{
	int ret = exchange(r);
	size_t i;

	for (i = 0; !ret && i < r->requests; i++)
		if (r->error[i] != -ENOENT)
			ret = r->error[i];
	begin_batch(r);
	return ret;
}

static int remove_each(struct restore *r, const struct nfhad_ctstate *state,
		       enum nfhad_ctkind kind, which_fn is_one)
{
	const struct nfhad_ctentry *entry = NULL;
	int ret = 0;

	begin_batch(r);
	while (!ret && (entry = nfhad_ctstate_all(state, kind, entry))) {
		if (!is_one(r, entry))
			continue;
		add(r, nfhad_ctrequest_remove(tail(r), entry, ++r->seq), entry);
		if (is_full(r))
			ret = remove_batch(r);
	}
	return ret ?: remove_batch(r);
}

/* To the end of @r->fd. */
static int enter(struct restore *r, const struct nfhad_instance *instance,
		 const struct nfhad_carry *carry)
{
	int ret;

	r->instance = instance;
	r->carry = carry;
	ret = nfhad_ctnet_enter(r->instance->config->netns);
	if (ret == -ENODATA)
		nfhad_log_instance(LOG_ERR, r->instance,
				   "net.netfilter.nf_conntrack_events is 0 in namespace %s",
				   r->instance->config->netns);
	if (ret < 0)
		return ret;
	r->fd = nfhad_ctnet_socket();
	return r->fd < 0 ? r->fd : 0;
}

/* Rules first: from then on there are hooks, helpers and labels. */
static int put(struct restore *r, const struct nfhad_ctstate *state,
	       const char *rules)
{
	int ret;

	ret = flush(r);
	if (!ret)
		ret = nfhad_ctrules_load(r->instance, rules);
	if (!ret)
		ret = make_connections(r, state);
	if (!ret)
		ret = make_expectations(r, state);
	return ret;
}

static int load(const struct nfhad_instance *instance,
		const struct nfhad_ctstate *state, const char *rules)
{
	static struct restore r;
	int ret;

	ret = enter(&r, instance, NULL);
	if (ret)
		return ret;
	ret = put(&r, state, rules);
	if (ret) {
		nfhad_ctrules_load(instance, "");
		flush(&r);
	}
	close(r.fd);
	return ret;
}

int nfhad_ctrestore_load(const struct nfhad_instance *instance, int dir)
{
	struct nfhad_ctstate *state;
	char *rules;
	size_t len;
	int ret;

	ret = nfhad_ctimage_read(dir, &state);
	if (ret)
		goto out;
	ret = nfhad_ctfile_read(dir, NFHAD_CTIMAGE_RULESET, &rules, &len);
	if (ret)
		goto out_state;
	ret = strlen(rules) == len ? load(instance, state, rules) : -EBADMSG;
	free(rules);
out_state:
	nfhad_ctstate_free(state);
out:
	if (ret)
		nfhad_log_instance(LOG_ERR, instance,
				   "connections are not loaded: %s",
				   strerror(-ret));
	return ret;
}

static bool is_replaced(const struct restore *r,
			const struct nfhad_ctentry *entry)
{
	return is_meant(r, entry) && is_portion(r->carry, entry);
}

int nfhad_ctrestore_add(const struct nfhad_carry *carry,
			const struct nfhad_ctstate *state)
{
	static struct restore r;
	int ret;

	ret = enter(&r, carry->to, carry);
	if (ret)
		return ret;
	ret = remove_each(&r, state, NFHAD_CT_GONE, is_meant);
	ret = ret ?: remove_each(&r, state, NFHAD_CT_CONNECTION, is_replaced);
	ret = ret ?: make_connections(&r, state);
	close(r.fd);
	return ret;
}

/* The port of a translation is taken as long as the other one has the connection. */
static bool is_left_behind(const struct restore *r,
			   const struct nfhad_ctentry *entry)
{
	return is_portion(r->carry, entry) && !nfhad_ctflow_is_translated(entry);
}

int nfhad_ctrestore_drop(const struct nfhad_carry *carry,
			 const struct nfhad_ctstate *state)
{
	static struct restore r;
	int ret;

	ret = enter(&r, carry->from, carry);
	if (ret)
		return ret;
	ret = remove_each(&r, state, NFHAD_CT_CONNECTION, is_left_behind);
	close(r.fd);
	return ret;
}

static int answers_find(const struct nfhad_carry *carry,
			const struct nfhad_ctstate *state,
			struct flows *flows)
{
	const struct nfhad_ctentry *entry = NULL;
	struct nfha_flow flow;
	int ret = 0;

	while (!ret &&
	       (entry = nfhad_ctstate_all(state, NFHAD_CT_CONNECTION, entry)))
		if (is_portion(carry, entry) && nfhad_ctflow_is_translated(entry) &&
		    !nfhad_ctflow_of_answers(entry, &flow))
			ret = flows_add(&flow, flows);
	return ret;
}

int nfhad_ctrestore_follow(const struct nfhad_carry *carry,
			   const struct nfhad_ctstate *state)
{
	const struct nfhad_instance *to = carry->to;
	struct flows flows = {};
	struct nfhad_far own = {};
	int ret;

	ret = answers_find(carry, state, &flows);
	ret = ret ?: nfhad_far_open(&own, NULL, to->service->config->name);
	ret = ret ?: nfhad_far_import(&own, to->config->name, &flows);
	if (ret)
		nfhad_log_instance(LOG_ERR, to,
				   "answers to connections that are translated go to %s still: %s",
				   carry->from->config->name, strerror(-ret));
	nfhad_far_close(&own);
	flows_free(&flows);
	return ret;
}

int nfhad_ctrestore_clean(const struct nfhad_instance *instance)
{
	static struct restore r;
	int ret, rules;

	ret = enter(&r, instance, NULL);
	if (ret)
		return ret;
	rules = nfhad_ctrules_load(instance, "");
	ret = flush(&r);
	close(r.fd);
	return ret ? ret : rules;
}
