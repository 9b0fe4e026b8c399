// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers in parts: how they end, and what a callback makes of them. */

#include "transport.h"
#include "unit.h"

static struct nfha *h;

static void setup(void)
{
	h = transport_open();
}

static void teardown(void)
{
	transport_close(h);
}

static int count_to(const struct nfha_flow *flow, void *data)
{
	unsigned int *left = data;

	(void)flow;
	return --*left ? 0 : 42;
}

static void answer_dump(unsigned int flows, int error)
{
	unsigned int i;

	datagram_begin();
	for (i = 0; i < flows; i++)
		mnl_attr_put_u32(message_begin(FAMILY, NFHA_CMD_FLOW_GET,
					       h->seq + 1),
				 NFHA_A_FLOW_CURSOR, i);
	datagram_end();
	datagram_begin();
	message_done(h->seq + 1, error, error ? "gone" : NULL);
	datagram_end();
}

START_TEST(dump_can_stop_and_the_rest_is_read)
{
	const struct nfha_flow_filter filter = { .instance = "A", .cursor = 9,
						 .exceptions_only = true };
	unsigned int left = 2;

	answer_dump(5, 0);
	ck_assert_int_eq(nfha_flow_dump(h, "s", &filter, count_to, &left), 42);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(sent()->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP);
	ck_assert_uint_eq(mnl_attr_get_u32(sent_attr(NFHA_A_FLOW_CURSOR)), 9);
	ck_assert_ptr_nonnull(sent_attr(NFHA_A_FLOW_EXCEPTIONS_ONLY));
	ck_assert_str_eq(mnl_attr_get_str(sent_attr(NFHA_A_FLOW_INSTANCE)),
			 "A");
}

START_TEST(dump_ends_with_an_error)
{
	unsigned int left = 100;

	answer_dump(3, -ENOENT);
	ck_assert_int_eq(nfha_flow_dump(h, "s", NULL, count_to, &left),
			 -ENOENT);
	ck_assert_uint_eq(left, 97);
	ck_assert_str_eq(nfha_error(h), "gone");
}

/* What is marked may be the first message of a part, or the end. */
START_TEST(dump_says_that_it_was_interrupted)
{
	unsigned int at, left;

	for (at = 0; at < 2; at++) {
		left = 100;
		datagram_begin();
		message_begin(FAMILY, NFHA_CMD_FLOW_GET, h->seq + 1);
		if (!at)
			last_message()->nlmsg_flags |= NLM_F_DUMP_INTR;
		message_begin(FAMILY, NFHA_CMD_FLOW_GET, h->seq + 1);
		datagram_end();
		datagram_begin();
		message_done(h->seq + 1, 0, NULL);
		if (at)
			last_message()->nlmsg_flags |= NLM_F_DUMP_INTR;
		datagram_end();
		ck_assert_int_eq(nfha_flow_dump(h, "s", NULL, count_to, &left), -EINTR);
		ck_assert_uint_eq(left, 98);
		ck_assert_str_eq(nfha_error(h), "what was read has changed meanwhile");
	}
	/* That is over with the next one. */
	answer_dump(2, 0);
	ck_assert_int_eq(nfha_flow_dump(h, "s", NULL, count_to, &left), 0);
	ck_assert_str_eq(nfha_error(h), "");
}

/* What else is wrong, or the callback, comes first. */
START_TEST(an_interrupted_dump_says_what_is_worse)
{
	unsigned int left = 2;

	datagram_begin();
	message_begin(FAMILY, NFHA_CMD_FLOW_GET, h->seq + 1)->nlmsg_flags |= NLM_F_DUMP_INTR;
	message_done(h->seq + 1, -ENOENT, "gone");
	datagram_end();
	ck_assert_int_eq(nfha_flow_dump(h, "s", NULL, count_to, &left), -ENOENT);
	ck_assert_str_eq(nfha_error(h), "gone");
	datagram_begin();
	message_begin(FAMILY, NFHA_CMD_FLOW_GET, h->seq + 1)->nlmsg_flags |= NLM_F_DUMP_INTR;
	message_done(h->seq + 1, 0, NULL);
	datagram_end();
	ck_assert_int_eq(nfha_flow_dump(h, "s", NULL, count_to, &left), 42);
}

UNIT_MAIN_FIXTURE("dumps", setup, teardown, dump_can_stop_and_the_rest_is_read,
		  dump_ends_with_an_error, dump_says_that_it_was_interrupted,
		  an_interrupted_dump_says_what_is_worse)
