// SPDX-License-Identifier: LGPL-2.1-or-later

#include <arpa/inet.h>

#include "internal.h"

/* Imports that are under way at a time; their answers fit into the socket. */
#define BATCH 256

static void flow_put(struct nlmsghdr *nlh, const struct nfha_flow *flow)
{
	size_t len = flow->family == 4 ? 4 : 16;

	mnl_attr_put(nlh, NFHA_A_FLOW_SADDR, len, flow->saddr);
	mnl_attr_put(nlh, NFHA_A_FLOW_DADDR, len, flow->daddr);
	mnl_attr_put_u8(nlh, NFHA_A_FLOW_PROTO, flow->proto);
	mnl_attr_put_u16(nlh, NFHA_A_FLOW_SPORT, htons(flow->sport));
	mnl_attr_put_u16(nlh, NFHA_A_FLOW_DPORT, htons(flow->dport));
}

static void address_get(const struct nlattr *attr, uint8_t *address)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	if (len)
		memcpy(address, mnl_attr_get_payload(attr), len > 16 ? 16 : len);
}

static void flow_get(const struct nlmsghdr *nlh, struct nfha_flow *flow)
{
	const struct nlattr *tb[NFHA_A_FLOW_MAX + 1];

	memset(flow, 0, sizeof(*flow));
	parse(nlh, tb, NFHA_A_FLOW_MAX);
	get_name(tb[NFHA_A_FLOW_INSTANCE], flow->instance,
		 sizeof(flow->instance));
	if (tb[NFHA_A_FLOW_SADDR])
		flow->family =
			mnl_attr_get_payload_len(tb[NFHA_A_FLOW_SADDR]) == 4 ?
			4 : 6;
	address_get(tb[NFHA_A_FLOW_SADDR], flow->saddr);
	address_get(tb[NFHA_A_FLOW_DADDR], flow->daddr);
	flow->proto = get_u8(tb[NFHA_A_FLOW_PROTO]);
	flow->sport = ntohs(get_u16(tb[NFHA_A_FLOW_SPORT]));
	flow->dport = ntohs(get_u16(tb[NFHA_A_FLOW_DPORT]));
	flow->side = get_u32(tb[NFHA_A_FLOW_SIDE]);
	flow->flow_id = get_u16(tb[NFHA_A_FLOW_FLOW_ID]);
	flow->state = get_u32(tb[NFHA_A_FLOW_STATE]);
	flow->flags = get_u32(tb[NFHA_A_FLOW_FLAGS]);
	flow->idle_ms = get_u32(tb[NFHA_A_FLOW_IDLE_MS]);
	flow->expires_ms = get_u32(tb[NFHA_A_FLOW_EXPIRES_MS]);
	flow->packets = get_u64(tb[NFHA_A_FLOW_PACKETS]);
	flow->bytes = get_u64(tb[NFHA_A_FLOW_BYTES]);
	flow->cursor = get_u32(tb[NFHA_A_FLOW_CURSOR]);
}

static void import_put(struct nlmsghdr *nlh, const char *service,
		       const char *instance, const struct nfha_flow *flow)
{
	put_name(nlh, NFHA_A_FLOW_SERVICE, service);
	put_name(nlh, NFHA_A_FLOW_INSTANCE, instance);
	flow_put(nlh, flow);
	mnl_attr_put_u32(nlh, NFHA_A_FLOW_SIDE, flow->side);
}

int nfha_flow_new(struct nfha *h, const char *service, const char *instance,
		  const struct nfha_flow *flow)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_FLOW_NEW, 0);

	import_put(nlh, service, instance, flow);
	return request_send(h, nlh, NULL, NULL);
}

/* Puts requests one behind the other into the buffer. */
static size_t batch_fill(struct nfha *h, const char *service,
			 const char *instance, const struct nfha_flow *flow,
			 size_t flows)
{
	size_t i, len = 0;

	for (i = 0; i < flows; i++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(h->out + len);
		struct genlmsghdr *genl;

		nlh->nlmsg_type = h->family;
		nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
		nlh->nlmsg_seq = ++h->seq;
		genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
		genl->cmd = NFHA_CMD_FLOW_NEW;
		genl->version = NFHA_FAMILY_VERSION;
		import_put(nlh, service, instance, &flow[i]);
		len += MNL_ALIGN(nlh->nlmsg_len);
	}
	h->out_length = len;
	return len;
}

/**
 * struct acks - answers to a batch
 * @first: sequence number of its first request
 * @answered: how many answers have come
 * @bad: index of the first request that failed
 * @error: why it did
 */
struct acks {
	unsigned int first;
	size_t answered;
	size_t bad;
	int error;
};

static void ack_take(struct nfha *h, const struct nlmsghdr *nlh,
		     struct acks *acks)
{
	size_t i = nlh->nlmsg_seq - acks->first;
	int error;

	if (nlh->nlmsg_type != NLMSG_ERROR || i >= BATCH)
		return;
	acks->answered++;
	/* What is said about the first that failed stands. */
	if (acks->error)
		return;
	error = answer_error(h, nlh);
	if (!error)
		return;
	acks->bad = i;
	acks->error = error;
}

static int batch_send(struct nfha *h, size_t len, size_t flows,
		      struct acks *acks)
{
	if (mnl_socket_sendto(h->socket, h->out, len) < 0)
		return -errno;
	while (acks->answered < flows) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)h->in;
		int left = mnl_socket_recvfrom(h->socket, h->in,
					       sizeof(h->in));

		if (left < 0)
			return -errno;
		for (; message_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			ack_take(h, nlh, acks);
	}
	return 0;
}

int nfha_flow_import(struct nfha *h, const char *service, const char *instance,
		     const struct nfha_flow *flow, size_t flows, size_t *done)
{
	h->error[0] = 0;
	*done = 0;
	while (*done < flows) {
		size_t n = flows - *done > BATCH ? BATCH : flows - *done;
		struct acks acks = { .first = h->seq + 1 };
		size_t len = batch_fill(h, service, instance, flow + *done, n);
		int ret = batch_send(h, len, n, &acks);

		if (ret)
			return ret;
		if (acks.error) {
			*done += acks.bad;
			return acks.error;
		}
		*done += n;
	}
	return 0;
}

static int count_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFHA_A_FLOW_MAX + 1];
	uint32_t *count = data;

	parse(nlh, tb, NFHA_A_FLOW_MAX);
	*count = get_u32(tb[NFHA_A_FLOW_COUNT]);
	return 0;
}

int nfha_flow_del(struct nfha *h, const char *service,
		  const struct nfha_flow *flow, const char *instance,
		  uint32_t flags, uint32_t *count)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_FLOW_DEL, 0);
	uint32_t ignored;

	put_name(nlh, NFHA_A_FLOW_SERVICE, service);
	if (flow)
		flow_put(nlh, flow);
	put_name(nlh, NFHA_A_FLOW_INSTANCE, instance);
	if (flags)
		mnl_attr_put_u32(nlh, NFHA_A_FLOW_FLAGS, flags);
	return request_send(h, nlh, count_answer, count ? count : &ignored);
}

static int get_answer(const struct nlmsghdr *nlh, void *data)
{
	flow_get(nlh, data);
	return 0;
}

int nfha_flow_get(struct nfha *h, const char *service, struct nfha_flow *flow)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_FLOW_GET, 0);

	put_name(nlh, NFHA_A_FLOW_SERVICE, service);
	flow_put(nlh, flow);
	return request_send(h, nlh, get_answer, flow);
}

struct dump {
	nfha_flow_fn fn;
	void *data;
};

static int dump_answer(const struct nlmsghdr *nlh, void *data)
{
	struct dump *dump = data;
	struct nfha_flow flow;

	flow_get(nlh, &flow);
	return dump->fn(&flow, dump->data);
}

int nfha_flow_dump(struct nfha *h, const char *service,
		   const struct nfha_flow_filter *filter, nfha_flow_fn fn,
		   void *data)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_FLOW_GET, NLM_F_DUMP);
	struct dump dump = { .fn = fn, .data = data };

	put_name(nlh, NFHA_A_FLOW_SERVICE, service);
	if (filter) {
		put_name(nlh, NFHA_A_FLOW_INSTANCE, filter->instance);
		if (filter->exceptions_only)
			mnl_attr_put(nlh, NFHA_A_FLOW_EXCEPTIONS_ONLY, 0, NULL);
		if (filter->cursor)
			mnl_attr_put_u32(nlh, NFHA_A_FLOW_CURSOR,
					 filter->cursor);
	}
	return request_send(h, nlh, dump_answer, &dump);
}
