// SPDX-License-Identifier: GPL-2.0-or-later
/* Events as they come, and what is said when some were lost. */

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

static int keep(const struct nfha_event *event, void *data)
{
	*(struct nfha_event *)data = *event;
	return 1;
}

START_TEST(threshold)
{
	struct nfha_event event;
	struct nlmsghdr *nlh;

	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_THRESHOLD_NTF, 0);
	mnl_attr_put_strz(nlh, NFHA_A_EVENT_SERVICE, "s");
	mnl_attr_put_u32(nlh, NFHA_A_EVENT_EXCEPTIONS, 5);
	mnl_attr_put_u32(nlh, NFHA_A_EVENT_THRESHOLD, 6);
	datagram_end();
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 1);
	ck_assert_uint_eq(event.cmd, NFHA_CMD_THRESHOLD_NTF);
	ck_assert_str_eq(event.service, "s");
	ck_assert_str_eq(event.instance, "");
	ck_assert_uint_eq(event.exceptions, 5);
	ck_assert_uint_eq(event.threshold, 6);
}

START_TEST(drain)
{
	struct nfha_event event;
	struct nlmsghdr *nlh;

	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_DRAIN_NTF, 0);
	mnl_attr_put_strz(nlh, NFHA_A_EVENT_SERVICE, "s");
	mnl_attr_put_strz(nlh, NFHA_A_EVENT_INSTANCE, "A");
	mnl_attr_put_u32(nlh, NFHA_A_EVENT_FLOWS, 9);
	mnl_attr_put_u32(nlh, NFHA_A_EVENT_DRAIN_END, NFHA_DRAIN_END_DEADLINE);
	datagram_end();
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 1);
	ck_assert_str_eq(event.instance, "A");
	ck_assert_uint_eq(event.flows, 9);
	ck_assert_uint_eq(event.drain_end, NFHA_DRAIN_END_DEADLINE);
}

START_TEST(port)
{
	struct nfha_event event;
	struct nlmsghdr *nlh;

	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_PORT_NTF, 0);
	mnl_attr_put_strz(nlh, NFHA_A_EVENT_SERVICE, "s");
	mnl_attr_put_strz(nlh, NFHA_A_EVENT_IFNAME, "eth0");
	mnl_attr_put_u32(nlh, NFHA_A_EVENT_SIDE, NFHA_SIDE_RIGHT);
	mnl_attr_put_u32(nlh, NFHA_A_EVENT_PORT_EVENT,
			 NFHA_PORT_EVENT_CARRIER_BACK);
	datagram_end();
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 1);
	ck_assert_str_eq(event.ifname, "eth0");
	ck_assert_uint_eq(event.side, NFHA_SIDE_RIGHT);
	ck_assert_uint_eq(event.port_event, NFHA_PORT_EVENT_CARRIER_BACK);
}

START_TEST(objects)
{
	struct nfha_event event;
	struct nlmsghdr *nlh;

	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_INSTANCE_SET_NTF, 0);
	mnl_attr_put_strz(nlh, NFHA_A_INSTANCE_SERVICE, "s");
	mnl_attr_put_strz(nlh, NFHA_A_INSTANCE_NAME, "A");
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_STATE, NFHA_STATE_DOWN);
	datagram_end();
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 1);
	ck_assert_str_eq(event.instance, "A");
	ck_assert_uint_eq(event.state, NFHA_STATE_DOWN);
	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_MAP_SET_NTF, 0);
	mnl_attr_put_strz(nlh, NFHA_A_MAP_SERVICE, "s");
	mnl_attr_put_u32(nlh, NFHA_A_MAP_GENERATION, 12);
	datagram_end();
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 1);
	ck_assert_uint_eq(event.generation, 12);
	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_SERVICE_DEL_NTF, 0);
	mnl_attr_put_strz(nlh, NFHA_A_SERVICE_NAME, "s");
	datagram_end();
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 1);
	ck_assert_uint_eq(event.cmd, NFHA_CMD_SERVICE_DEL_NTF);
	ck_assert_str_eq(event.service, "s");
}

static void overload_come(uint32_t level, const char *reason)
{
	struct nlmsghdr *nlh;

	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_OVERLOAD_NTF, 0);
	mnl_attr_put_strz(nlh, NFHA_A_EVENT_SERVICE, "s");
	mnl_attr_put_strz(nlh, NFHA_A_EVENT_INSTANCE, "A");
	mnl_attr_put_u32(nlh, NFHA_A_EVENT_OVERLOAD_LEVEL, level);
	if (reason)
		mnl_attr_put_strz(nlh, NFHA_A_EVENT_OVERLOAD_REASON, reason);
	datagram_end();
}

START_TEST(overload)
{
	struct nfha_event event;
	char reason[100];

	overload_come(NFHA_OVERLOAD_LEVEL_UNDERLOADED, "queue is 90% full");
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 1);
	ck_assert_uint_eq(event.cmd, NFHA_CMD_OVERLOAD_NTF);
	ck_assert_str_eq(event.service, "s");
	ck_assert_str_eq(event.instance, "A");
	ck_assert_uint_eq(event.overload_level,
			  NFHA_OVERLOAD_LEVEL_UNDERLOADED);
	ck_assert_str_eq(event.overload_reason, "queue is 90% full");
	overload_come(NFHA_OVERLOAD_LEVEL_OVERLOADED, NULL);
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 1);
	ck_assert_uint_eq(event.overload_level, NFHA_OVERLOAD_LEVEL_OVERLOADED);
	ck_assert_str_eq(event.overload_reason, "");
	/* A newer kernel may have longer ones. */
	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = 0;
	overload_come(NFHA_OVERLOAD_LEVEL_NORMAL, reason);
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 1);
	ck_assert_uint_eq(event.overload_level, NFHA_OVERLOAD_LEVEL_NORMAL);
	ck_assert_uint_eq(strlen(event.overload_reason), NFHA_REASON_MAX);
}

START_TEST(lost_events_are_said)
{
	struct nfha_event event;

	datagram_error(ENOBUFS);
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), -ENOBUFS);
}

START_TEST(other_families_are_left_out)
{
	struct nfha_event event = { .cmd = 99 };

	datagram_begin();
	message_begin(FAMILY + 1, NFHA_CMD_DRAIN_NTF, 0);
	datagram_end();
	ck_assert_int_eq(nfha_event_read(h, 0, keep, &event), 0);
	ck_assert_uint_eq(event.cmd, 99);
}

UNIT_MAIN_FIXTURE("event", setup, teardown, threshold, drain, port, objects,
		  overload, lost_events_are_said, other_families_are_left_out)
