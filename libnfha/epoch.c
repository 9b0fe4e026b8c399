// SPDX-License-Identifier: LGPL-2.1-or-later

#include "internal.h"

static struct nlmsghdr *epoch_begin(struct nfha *h, uint8_t cmd,
				    const char *service, const char *instance)
{
	struct nlmsghdr *nlh = request_begin(h, cmd, 0);

	put_name(nlh, NFHA_A_EPOCH_SERVICE, service);
	put_name(nlh, NFHA_A_EPOCH_INSTANCE, instance);
	return nlh;
}

static int number_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFHA_A_EPOCH_MAX + 1];
	uint64_t *epoch = data;

	parse(nlh, tb, NFHA_A_EPOCH_MAX);
	if (epoch)
		*epoch = get_u64(tb[NFHA_A_EPOCH_EPOCH]);
	return 0;
}

int nfha_epoch_begin(struct nfha *h, const char *service, const char *instance,
		     uint64_t *epoch)
{
	return request_send(h, epoch_begin(h, NFHA_CMD_EPOCH_BEGIN, service,
					   instance), number_answer, epoch);
}

int nfha_epoch_cut(struct nfha *h, const char *service, const char *instance,
		   uint64_t *epoch)
{
	return request_send(h, epoch_begin(h, NFHA_CMD_EPOCH_CUT, service,
					   instance), number_answer, epoch);
}

int nfha_epoch_commit(struct nfha *h, const char *service,
		      const char *instance, uint64_t epoch)
{
	struct nlmsghdr *nlh = epoch_begin(h, NFHA_CMD_EPOCH_COMMIT, service,
					   instance);

	mnl_attr_put_u64(nlh, NFHA_A_EPOCH_EPOCH, epoch);
	return request_send(h, nlh, number_answer, NULL);
}

int nfha_epoch_abort(struct nfha *h, const char *service, const char *instance,
		     uint64_t *epoch)
{
	struct nlmsghdr *nlh = epoch_begin(h, NFHA_CMD_EPOCH_ABORT, service,
					   instance);

	if (epoch && *epoch)
		mnl_attr_put_u64(nlh, NFHA_A_EPOCH_EPOCH, *epoch);
	return request_send(h, nlh, number_answer, epoch);
}

int nfha_epoch_alive(struct nfha *h, const char *service, const char *instance)
{
	return request_send(h, epoch_begin(h, NFHA_CMD_EPOCH_ALIVE, service,
					   instance), NULL, NULL);
}

static void queue_get(const struct nlattr *nest, struct nfha_queue *queue)
{
	const struct nlattr *tb[NFHA_A_QUEUE_MAX + 1];

	parse_nested(nest, tb, NFHA_A_QUEUE_MAX);
	queue->packets = get_u64(tb[NFHA_A_QUEUE_PACKETS]);
	queue->bytes = get_u64(tb[NFHA_A_QUEUE_BYTES]);
	queue->limit = get_u64(tb[NFHA_A_QUEUE_LIMIT]);
	queue->oldest_ms = get_u32(tb[NFHA_A_QUEUE_OLDEST_MS]);
	queue->packets_high = get_u64(tb[NFHA_A_QUEUE_PACKETS_HIGH]);
	queue->bytes_high = get_u64(tb[NFHA_A_QUEUE_BYTES_HIGH]);
	queue->total = get_u64(tb[NFHA_A_QUEUE_TOTAL]);
	queue->dropped = get_u64(tb[NFHA_A_QUEUE_DROPPED]);
}

static void epoch_get(const struct nlmsghdr *nlh, struct nfha_epoch *e)
{
	const struct nlattr *tb[NFHA_A_EPOCH_MAX + 1];

	memset(e, 0, sizeof(*e));
	parse(nlh, tb, NFHA_A_EPOCH_MAX);
	get_name(tb[NFHA_A_EPOCH_SERVICE], e->service, sizeof(e->service));
	get_name(tb[NFHA_A_EPOCH_INSTANCE], e->instance, sizeof(e->instance));
	get_name(tb[NFHA_A_EPOCH_SUCCESSOR], e->successor,
		 sizeof(e->successor));
	get_name(tb[NFHA_A_EPOCH_BACKUP], e->backup, sizeof(e->backup));
	e->recovery = get_u32(tb[NFHA_A_EPOCH_RECOVERY]);
	e->epoch = get_u64(tb[NFHA_A_EPOCH_EPOCH]);
	e->committed = get_u64(tb[NFHA_A_EPOCH_COMMITTED]);
	e->pending = get_u32(tb[NFHA_A_EPOCH_PENDING]);
	e->flags = get_u32(tb[NFHA_A_EPOCH_FLAGS]);
	queue_get(tb[NFHA_A_EPOCH_LOG], &e->log);
	queue_get(tb[NFHA_A_EPOCH_HOLD], &e->hold);
	e->waiting = get_u64(tb[NFHA_A_EPOCH_WAITING]);
	e->unlogged = get_u64(tb[NFHA_A_EPOCH_UNLOGGED]);
	e->fenced = get_u64(tb[NFHA_A_EPOCH_FENCED]);
	e->uncommitted = get_u64(tb[NFHA_A_EPOCH_UNCOMMITTED]);
	e->replayed = get_u64(tb[NFHA_A_EPOCH_REPLAYED]);
}

static int get_answer(const struct nlmsghdr *nlh, void *data)
{
	epoch_get(nlh, data);
	return 0;
}

int nfha_epoch_get(struct nfha *h, const char *service, const char *instance,
		   struct nfha_epoch *epoch)
{
	return request_send(h, epoch_begin(h, NFHA_CMD_EPOCH_GET, service,
					   instance), get_answer, epoch);
}

struct dump {
	nfha_epoch_fn fn;
	void *data;
};

static int dump_answer(const struct nlmsghdr *nlh, void *data)
{
	struct nfha_epoch epoch;
	struct dump *dump = data;

	epoch_get(nlh, &epoch);
	return dump->fn(&epoch, dump->data);
}

int nfha_epoch_dump(struct nfha *h, const char *service, nfha_epoch_fn fn,
		    void *data)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_EPOCH_GET,
					     NLM_F_DUMP);
	struct dump dump = { .fn = fn, .data = data };

	put_name(nlh, NFHA_A_EPOCH_SERVICE, service);
	return request_send(h, nlh, dump_answer, &dump);
}

static int takeover_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFHA_A_EPOCH_MAX + 1];
	struct nfha_takeover *takeover = data;

	parse(nlh, tb, NFHA_A_EPOCH_MAX);
	if (!takeover)
		return 0;
	get_name(tb[NFHA_A_EPOCH_BACKUP], takeover->backup,
		 sizeof(takeover->backup));
	takeover->committed = get_u64(tb[NFHA_A_EPOCH_COMMITTED]);
	takeover->replayed = get_u64(tb[NFHA_A_EPOCH_REPLAYED]);
	takeover->complete = get_u8(tb[NFHA_A_EPOCH_COMPLETE]);
	return 0;
}

int nfha_fence(struct nfha *h, const char *service, const char *instance,
	       struct nfha_takeover *takeover)
{
	struct nlmsghdr *nlh = epoch_begin(h, NFHA_CMD_FAILOVER, service,
					   instance);

	mnl_attr_put(nlh, NFHA_A_EPOCH_FENCE_ONLY, 0, NULL);
	return request_send(h, nlh, takeover_answer, takeover);
}

int nfha_failover(struct nfha *h, const char *service, const char *instance,
		  const char *backup, struct nfha_takeover *takeover)
{
	struct nlmsghdr *nlh = epoch_begin(h, NFHA_CMD_FAILOVER, service,
					   instance);

	put_name(nlh, NFHA_A_EPOCH_BACKUP, backup);
	return request_send(h, nlh, takeover_answer, takeover);
}
