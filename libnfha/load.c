// SPDX-License-Identifier: LGPL-2.1-or-later

#include "internal.h"

static void load_get(const struct nlmsghdr *nlh, struct nfha_load *load)
{
	const struct nlattr *tb[NFHA_A_LOAD_MAX + 1];

	parse(nlh, tb, NFHA_A_LOAD_MAX);
	load->first = get_u16(tb[NFHA_A_LOAD_FIRST]);
	load->last = get_u16(tb[NFHA_A_LOAD_LAST]);
	load->flows = get_u32(tb[NFHA_A_LOAD_FLOWS]);
	load->packets = get_u64(tb[NFHA_A_LOAD_PACKETS]);
	load->rate = get_u32(tb[NFHA_A_LOAD_RATE]);
}

static int get_answer(const struct nlmsghdr *nlh, void *data)
{
	load_get(nlh, data);
	return 0;
}

int nfha_load_get(struct nfha *h, const char *service, uint16_t first,
		  struct nfha_load *load)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_LOAD_GET, 0);

	put_name(nlh, NFHA_A_LOAD_SERVICE, service);
	mnl_attr_put_u16(nlh, NFHA_A_LOAD_FIRST, first);
	return request_send(h, nlh, get_answer, load);
}

struct dump {
	nfha_load_fn fn;
	void *data;
};

static int dump_answer(const struct nlmsghdr *nlh, void *data)
{
	struct nfha_load load;
	struct dump *dump = data;

	load_get(nlh, &load);
	return dump->fn(&load, dump->data);
}

int nfha_load_dump(struct nfha *h, const char *service, nfha_load_fn fn,
		   void *data)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_LOAD_GET, NLM_F_DUMP);
	struct dump dump = { .fn = fn, .data = data };

	put_name(nlh, NFHA_A_LOAD_SERVICE, service);
	return request_send(h, nlh, dump_answer, &dump);
}
