// SPDX-License-Identifier: GPL-2.0-or-later
/* Which connections go to another instance, by their flow ID. */

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>

#include "ctflow.h"
#include "portion.h"
#include "unit.h"

static struct nfhad_portion portion;

static void set_up(void)
{
	memset(&portion, 0, sizeof(portion));
	portion.service.affinity = NFHA_AFFINITY_FIVE_TUPLE;
}

static struct nfha_flow flow_of(uint16_t sport)
{
	struct nfha_flow flow = {
		.family = 4,
		.proto = IPPROTO_TCP,
		.saddr = { 10, 0, 0, 1 },
		.daddr = { 192, 0, 2, 1 },
		.sport = sport,
		.dport = 80,
	};

	return flow;
}

START_TEST(by_flow_id)
{
	unsigned int port, in = 0;

	nfhad_portion_add(&portion, 0x8000, 0xffff);
	for (port = 1; port < 1000; port++) {
		struct nfha_flow flow = flow_of(port);
		bool is_upper = nfha_flow_id(&portion.service, &flow) >= 0x8000;

		ck_assert(nfhad_portion_has(&portion, &flow) == is_upper);
		in += is_upper;
	}
	ck_assert_uint_gt(in, 400);
	ck_assert_uint_lt(in, 600);
}

START_TEST(ends_are_included)
{
	struct nfha_flow flow = flow_of(7);
	uint16_t id = nfha_flow_id(&portion.service, &flow);

	ck_assert(!nfhad_portion_has(&portion, &flow));
	nfhad_portion_add(&portion, id, id);
	ck_assert(nfhad_portion_has(&portion, &flow));
	set_up();
	nfhad_portion_add(&portion, 0, 0xffff);
	ck_assert(nfhad_portion_has(&portion, &flow));
}

/* With an affinity for one end, the connection does not say which one that is. */
START_TEST(either_side)
{
	struct nfha_flow flow = flow_of(7);
	uint16_t left, right;

	portion.service.affinity = NFHA_AFFINITY_SOURCE;
	portion.service.prefix4 = 32;
	flow.side = NFHA_SIDE_LEFT;
	left = nfha_flow_id(&portion.service, &flow);
	flow.side = NFHA_SIDE_RIGHT;
	right = nfha_flow_id(&portion.service, &flow);
	ck_assert_uint_ne(left, right);
	nfhad_portion_add(&portion, left, left);
	ck_assert(nfhad_portion_has(&portion, &flow));
	set_up();
	nfhad_portion_add(&portion, right, right);
	portion.service.affinity = NFHA_AFFINITY_SOURCE;
	portion.service.prefix4 = 32;
	ck_assert(nfhad_portion_has(&portion, &flow));
}

static void put_tuple(struct nlmsghdr *nlh, uint16_t type, bool is_echo)
{
	struct nlattr *tuple = mnl_attr_nest_start(nlh, type), *nest;

	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put_u32(nlh, CTA_IP_V4_SRC, htonl(0x0a000001));
	mnl_attr_put_u32(nlh, CTA_IP_V4_DST, htonl(0xc0000201));
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, is_echo ? IPPROTO_ICMP : IPPROTO_TCP);
	if (is_echo) {
		mnl_attr_put_u16(nlh, CTA_PROTO_ICMP_ID, htons(77));
	} else {
		mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(1234));
		mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(80));
	}
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_nest_end(nlh, tuple);
}

static int convert(bool is_echo, struct nfha_flow *flow)
{
	static char room[1024] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	struct nfhad_ctentry *entry;
	size_t len;
	int ret;

	put_tuple(nlh, CTA_TUPLE_ORIG, is_echo);
	put_tuple(nlh, CTA_TUPLE_REPLY, is_echo);
	len = mnl_nlmsg_get_payload_len(nlh);
	entry = calloc(1, sizeof(*entry) + len);
	entry->kind = NFHAD_CT_CONNECTION;
	entry->family = AF_INET;
	entry->len = (uint16_t)len;
	memcpy(entry->attr, mnl_nlmsg_get_payload(nlh), len);
	ret = nfhad_ctflow_of(entry, flow);
	free(entry);
	return ret;
}

START_TEST(of_a_connection)
{
	static const uint8_t here[4] = { 10, 0, 0, 1 }, there[4] = { 192, 0, 2, 1 };
	struct nfha_flow flow;

	ck_assert_int_eq(convert(false, &flow), 0);
	ck_assert_uint_eq(flow.family, 4);
	ck_assert_uint_eq(flow.proto, IPPROTO_TCP);
	ck_assert_mem_eq(flow.saddr, here, 4);
	ck_assert_mem_eq(flow.daddr, there, 4);
	ck_assert_uint_eq(flow.sport, 1234);
	ck_assert_uint_eq(flow.dport, 80);
	ck_assert_int_eq(convert(true, &flow), 0);
	ck_assert_uint_eq(flow.sport, 77);
	ck_assert_uint_eq(flow.dport, 77);
}

UNIT_MAIN_FIXTURE("portion", set_up, NULL, by_flow_id, ends_are_included, either_side,
		  of_a_connection)
