// SPDX-License-Identifier: LGPL-2.1-or-later

#include "internal.h"

#define PORTS_MAX 2

static int instance_send(struct nfha *h, uint8_t cmd,
			 const struct nfha_instance *instance)
{
	struct nlmsghdr *nlh = request_begin(h, cmd, 0);
	unsigned int i;

	put_name(nlh, NFHA_A_INSTANCE_SERVICE, instance->service);
	put_name(nlh, NFHA_A_INSTANCE_NAME, instance->name);
	if (instance->set & NFHA_BIT(NFHA_A_INSTANCE_STATE))
		mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_STATE, instance->state);
	if (instance->set & NFHA_BIT(NFHA_A_INSTANCE_REMOTE))
		mnl_attr_put_u8(nlh, NFHA_A_INSTANCE_REMOTE, instance->remote);
	if (instance->set & NFHA_BIT(NFHA_A_INSTANCE_DEADLINE_MS))
		mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_DEADLINE_MS,
				 instance->deadline_ms);
	if (instance->set & NFHA_BIT(NFHA_A_INSTANCE_SUCCESSOR))
		mnl_attr_put_strz(nlh, NFHA_A_INSTANCE_SUCCESSOR,
				  instance->successor);
	for (i = 0; i < instance->ports && i < PORTS_MAX; i++)
		port_put(nlh, NFHA_A_INSTANCE_PORT, &instance->port[i]);
	return request_send(h, nlh, NULL, NULL);
}

int nfha_instance_new(struct nfha *h, const struct nfha_instance *instance)
{
	return instance_send(h, NFHA_CMD_INSTANCE_NEW, instance);
}

int nfha_instance_set(struct nfha *h, const struct nfha_instance *instance)
{
	return instance_send(h, NFHA_CMD_INSTANCE_SET, instance);
}

int nfha_instance_del(struct nfha *h, const char *service, const char *name,
		      bool force)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_INSTANCE_DEL, 0);

	put_name(nlh, NFHA_A_INSTANCE_SERVICE, service);
	put_name(nlh, NFHA_A_INSTANCE_NAME, name);
	if (force)
		mnl_attr_put(nlh, NFHA_A_INSTANCE_FORCE, 0, NULL);
	return request_send(h, nlh, NULL, NULL);
}

int nfha_instance_overload(struct nfha *h, const char *service,
			   const char *name, uint32_t level, const char *reason)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_INSTANCE_OVERLOAD, 0);

	put_name(nlh, NFHA_A_INSTANCE_SERVICE, service);
	put_name(nlh, NFHA_A_INSTANCE_NAME, name);
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_OVERLOAD_LEVEL, level);
	/* Enough of one that is too long for the kernel to refuse it. */
	if (reason)
		mnl_attr_put(nlh, NFHA_A_INSTANCE_OVERLOAD_REASON,
			     strnlen(reason, NFHA_REASON_MAX + 1) + 1, reason);
	return request_send(h, nlh, NULL, NULL);
}

static void instance_get(const struct nlmsghdr *nlh, struct nfha_instance *i)
{
	const struct nlattr *tb[NFHA_A_INSTANCE_MAX + 1], *attr;

	memset(i, 0, sizeof(*i));
	parse(nlh, tb, NFHA_A_INSTANCE_MAX);
	get_name(tb[NFHA_A_INSTANCE_SERVICE], i->service, sizeof(i->service));
	get_name(tb[NFHA_A_INSTANCE_NAME], i->name, sizeof(i->name));
	i->state = get_u32(tb[NFHA_A_INSTANCE_STATE]);
	i->remote = get_u8(tb[NFHA_A_INSTANCE_REMOTE]);
	i->deadline_ms = get_u32(tb[NFHA_A_INSTANCE_DEADLINE_MS]);
	i->flows = get_u32(tb[NFHA_A_INSTANCE_FLOWS]);
	i->exceptions = get_u32(tb[NFHA_A_INSTANCE_EXCEPTIONS]);
	i->learned = get_u32(tb[NFHA_A_INSTANCE_LEARNED]);
	i->width = get_u32(tb[NFHA_A_INSTANCE_WIDTH]);
	get_name(tb[NFHA_A_INSTANCE_SUCCESSOR], i->successor,
		 sizeof(i->successor));
	i->fenced = get_u8(tb[NFHA_A_INSTANCE_FENCED]);
	i->latency_us = get_u32(tb[NFHA_A_INSTANCE_LATENCY_US]);
	i->latency_samples = get_u32(tb[NFHA_A_INSTANCE_LATENCY_SAMPLES]);
	i->latency_lost = get_u32(tb[NFHA_A_INSTANCE_LATENCY_LOST]);
	/* They follow each other. */
	attr = tb[NFHA_A_INSTANCE_PORT];
	if (!attr)
		return;
	for (; mnl_attr_ok(attr, (const char *)mnl_nlmsg_get_payload_tail(nlh) -
				 (const char *)attr);
	     attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) == NFHA_A_INSTANCE_PORT &&
		    i->ports < PORTS_MAX)
			port_get(attr, &i->port[i->ports++]);
}

static int get_answer(const struct nlmsghdr *nlh, void *data)
{
	instance_get(nlh, data);
	return 0;
}

int nfha_instance_get(struct nfha *h, const char *service, const char *name,
		      struct nfha_instance *instance)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_INSTANCE_GET, 0);

	put_name(nlh, NFHA_A_INSTANCE_SERVICE, service);
	put_name(nlh, NFHA_A_INSTANCE_NAME, name);
	return request_send(h, nlh, get_answer, instance);
}

struct dump {
	nfha_instance_fn fn;
	void *data;
};

static int dump_answer(const struct nlmsghdr *nlh, void *data)
{
	struct nfha_instance instance;
	struct dump *dump = data;

	instance_get(nlh, &instance);
	return dump->fn(&instance, dump->data);
}

int nfha_instance_dump(struct nfha *h, const char *service,
		       nfha_instance_fn fn, void *data)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_INSTANCE_GET,
					     NLM_F_DUMP);
	struct dump dump = { .fn = fn, .data = data };

	put_name(nlh, NFHA_A_INSTANCE_SERVICE, service);
	return request_send(h, nlh, dump_answer, &dump);
}
