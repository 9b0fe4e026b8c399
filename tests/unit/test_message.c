// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests and answers: what goes out comes back in, and what is refused is said. */

#include <arpa/inet.h>
#include <netinet/in.h>

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

/* The kernel agrees to the next request. */
static void agree(void)
{
	datagram_begin();
	message_ack(h->seq + 1, 0, NULL);
	datagram_end();
}

/* It answers the next request with the attributes of the last one. */
static void echo(uint8_t cmd)
{
	datagram_begin();
	message_echo(h->seq + 1, cmd);
	message_ack(h->seq + 1, 0, NULL);
	datagram_end();
}

static void check_header(uint8_t cmd, uint16_t flags)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(sent());

	ck_assert_uint_eq(sent()->nlmsg_type, FAMILY);
	ck_assert_uint_eq(sent()->nlmsg_flags,
			  NLM_F_REQUEST | NLM_F_ACK | flags);
	ck_assert_uint_eq(sent()->nlmsg_len, sent_length());
	ck_assert_uint_eq(genl->cmd, cmd);
	ck_assert_uint_eq(genl->version, NFHA_FAMILY_VERSION);
}

static size_t sent_size(uint16_t type)
{
	const struct nlattr *attr = sent_attr(type);

	ck_assert_ptr_nonnull(attr);
	return mnl_attr_get_payload_len(attr);
}

static struct nfha_service service_full(void)
{
	struct nfha_service s = {
		.set = ~UINT64_C(0),
		.name = "a-service-with-31-characters-ok",
		.key = { 1, 2, 3, [15] = 0xff },
		.affinity = NFHA_AFFINITY_SOURCE, .policy = NFHA_POLICY_ALWAYS,
		.control = NFHA_CONTROL_BYPASS,
		.tracking = NFHA_TRACKING_IMPORTED,
		.prefix4 = 24, .prefix6 = 56, .learn = true,
		.threshold = UINT32_MAX, .flows_max = 1, .imported_max = 2048,
		.timeout = { 0, 1, 2, 3, 4, 5, 6, NFHA_TIMEOUT_MAX },
		.match = { .family = 6, .address = { 0x20, 1, [15] = 9 },
			   .prefix_len = 64, .proto = IPPROTO_UDP,
			   .has_port = true, .port = 53 },
		.ports = 3,
		.port = {
			{ .side = NFHA_SIDE_LEFT, .ifname = "fifteen-letters" },
			{ .side = NFHA_SIDE_RIGHT, .ifindex = 7, .has_mac = true,
			  .mac = { 2, 0, 0, 0, 0, 1 } },
			{ .side = NFHA_SIDE_RIGHT, .ifname = "d", .detour = true },
		},
	};

	return s;
}

START_TEST(service_comes_back)
{
	struct nfha_service out = service_full(), in;

	agree();
	ck_assert_int_eq(nfha_service_new(h, &out), 0);
	check_header(NFHA_CMD_SERVICE_NEW, 0);
	echo(NFHA_CMD_SERVICE_GET);
	memset(&in, 0xa5, sizeof(in));
	ck_assert_int_eq(nfha_service_get(h, out.name, &in), 0);
	check_header(NFHA_CMD_SERVICE_GET, 0);
	ck_assert_str_eq(mnl_attr_get_str(sent_attr(NFHA_A_SERVICE_NAME)),
			 out.name);
	out.set = 0;
	ck_assert_mem_eq(&in, &out, sizeof(in));
}

/* What is not set is not sent: it would overwrite what the kernel has. */
START_TEST(service_sends_what_is_set)
{
	struct nfha_service s = service_full();
	const struct nlattr *attr;
	unsigned int n = 0;

	s.set = NFHA_BIT(NFHA_A_SERVICE_THRESHOLD);
	s.ports = 0;
	agree();
	ck_assert_int_eq(nfha_service_set(h, &s), 0);
	check_header(NFHA_CMD_SERVICE_SET, 0);
	mnl_attr_for_each(attr, sent(), sizeof(struct genlmsghdr))
		n++;
	ck_assert_uint_eq(n, 2);
	ck_assert_ptr_nonnull(sent_attr(NFHA_A_SERVICE_NAME));
	ck_assert_ptr_nonnull(sent_attr(NFHA_A_SERVICE_THRESHOLD));
}

START_TEST(force_is_a_flag)
{
	agree();
	ck_assert_int_eq(nfha_service_del(h, "s", false), 0);
	ck_assert_ptr_null(sent_attr(NFHA_A_SERVICE_FORCE));
	agree();
	ck_assert_int_eq(nfha_service_del(h, "s", true), 0);
	ck_assert_uint_eq(sent_size(NFHA_A_SERVICE_FORCE), 0);
	agree();
	ck_assert_int_eq(nfha_instance_del(h, "s", "A", true), 0);
	check_header(NFHA_CMD_INSTANCE_DEL, 0);
	ck_assert_uint_eq(sent_size(NFHA_A_INSTANCE_FORCE), 0);
}

START_TEST(instance_comes_back)
{
	struct nfha_instance in, out = {
		.set = ~UINT64_C(0), .service = "s", .name = "A",
		.state = NFHA_STATE_DRAINING, .remote = true,
		.deadline_ms = 1500, .ports = 2,
		.port = { { .side = NFHA_SIDE_LEFT, .ifname = "l" },
			  { .side = NFHA_SIDE_RIGHT, .ifname = "r",
			    .has_mac = true, .mac = { 2, 3, 4, 5, 6, 7 } } },
	};

	agree();
	ck_assert_int_eq(nfha_instance_set(h, &out), 0);
	check_header(NFHA_CMD_INSTANCE_SET, 0);
	echo(NFHA_CMD_INSTANCE_GET);
	memset(&in, 0xa5, sizeof(in));
	ck_assert_int_eq(nfha_instance_get(h, "s", "A", &in), 0);
	out.set = 0;
	ck_assert_mem_eq(&in, &out, sizeof(in));
}

START_TEST(overload_is_said)
{
	char longest[NFHA_REASON_MAX + 1], longer[1000];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	agree();
	ck_assert_int_eq(nfha_instance_overload(h, "s", "A",
						NFHA_OVERLOAD_LEVEL_NORMAL,
						longest), 0);
	check_header(NFHA_CMD_INSTANCE_OVERLOAD, 0);
	ck_assert_str_eq(mnl_attr_get_str(sent_attr(NFHA_A_INSTANCE_SERVICE)),
			 "s");
	ck_assert_str_eq(mnl_attr_get_str(sent_attr(NFHA_A_INSTANCE_NAME)), "A");
	ck_assert_uint_eq(mnl_attr_get_u32(sent_attr(NFHA_A_INSTANCE_OVERLOAD_LEVEL)),
			  NFHA_OVERLOAD_LEVEL_NORMAL);
	ck_assert_str_eq(mnl_attr_get_str(sent_attr(NFHA_A_INSTANCE_OVERLOAD_REASON)),
			 longest);
	agree();
	ck_assert_int_eq(nfha_instance_overload(h, "s", "A",
						NFHA_OVERLOAD_LEVEL_OVERLOADED,
						NULL), 0);
	ck_assert_ptr_null(sent_attr(NFHA_A_INSTANCE_OVERLOAD_REASON));
	/* What is too long goes out as what the kernel finds too long. */
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	agree();
	ck_assert_int_eq(nfha_instance_overload(h, "s", "A",
						NFHA_OVERLOAD_LEVEL_OVERLOADED,
						longer), 0);
	ck_assert_uint_eq(sent_size(NFHA_A_INSTANCE_OVERLOAD_REASON),
			  NFHA_REASON_MAX + 2);
	ck_assert_ptr_null(memchr(mnl_attr_get_payload(sent_attr(NFHA_A_INSTANCE_OVERLOAD_REASON)),
				  0, NFHA_REASON_MAX + 2));
}

START_TEST(map_comes_back)
{
	const struct nfha_range out[] = {
		{ 0, 32767, "A" }, { 32768, 32768, "" }, { 32769, 65535, "B" },
	};
	const struct nfha_change change = {
		.service = "s", .generation = 7,
		.set = NFHA_BIT(NFHA_A_MAP_GENERATION),
	};
	struct nfha_map *in;
	unsigned int i;

	agree();
	ck_assert_int_eq(nfha_map_set(h, &change, out, 3, NULL), 0);
	check_header(NFHA_CMD_MAP_SET, 0);
	echo(NFHA_CMD_MAP_GET);
	ck_assert_int_eq(nfha_map_get(h, "s", &in), 0);
	ck_assert_str_eq(in->service, "s");
	ck_assert_uint_eq(in->generation, 7);
	ck_assert_uint_eq(in->ranges, 3);
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(in->range[i].first, out[i].first);
		ck_assert_uint_eq(in->range[i].last, out[i].last);
		ck_assert_str_eq(in->range[i].instance, out[i].instance);
	}
	nfha_map_free(in);
}

/* The longest map fits, one that is too long is refused before it is sent. */
START_TEST(map_has_a_limit)
{
	const struct nfha_change change = { .service = "s" };
	struct nfha_range *range = calloc(65536, sizeof(*range));
	unsigned int i, before;

	ck_assert_ptr_nonnull(range);
	for (i = 0; i < 65536; i++) {
		range[i].first = i;
		range[i].last = i;
		snprintf(range[i].instance, sizeof(range[i].instance), "%s",
			 "a-name-that-has-31-characters-x");
	}
	agree();
	ck_assert_int_eq(nfha_map_set(h, &change, range, 4096, NULL), 0);
	before = sends();
	ck_assert_int_eq(nfha_map_set(h, &change, range, 65536, NULL), -E2BIG);
	ck_assert_uint_eq(sends(), before);
	free(range);
}

START_TEST(split_answers)
{
	const struct nfha_change change = {
		.service = "s", .from = "A", .to = "B", .at = 32768,
		.measure = NFHA_MEASURE_PACKETS, .first = 5,
		.policy = NFHA_POLICY_NEVER, .generation = 3,
		.set = NFHA_BIT(NFHA_A_MAP_AT) | NFHA_BIT(NFHA_A_MAP_MEASURE) |
		       NFHA_BIT(NFHA_A_MAP_FIRST) |
		       NFHA_BIT(NFHA_A_MAP_POLICY) |
		       NFHA_BIT(NFHA_A_MAP_GENERATION),
	};
	struct nfha_changed changed;
	struct nlmsghdr *nlh;

	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_SPLIT, h->seq + 1);
	mnl_attr_put_u32(nlh, NFHA_A_MAP_GENERATION, 4);
	mnl_attr_put_u32(nlh, NFHA_A_MAP_EXCEPTIONS, 1000);
	mnl_attr_put_u32(nlh, NFHA_A_MAP_MOVED, 32768);
	mnl_attr_put_u16(nlh, NFHA_A_MAP_AT, 32768);
	message_ack(h->seq + 1, 0, NULL);
	datagram_end();
	ck_assert_int_eq(nfha_split(h, &change, &changed), 0);
	check_header(NFHA_CMD_SPLIT, 0);
	ck_assert_uint_eq(changed.generation, 4);
	ck_assert_uint_eq(changed.exceptions, 1000);
	ck_assert_uint_eq(changed.moved, 32768);
	ck_assert_uint_eq(changed.at, 32768);
	ck_assert_str_eq(mnl_attr_get_str(sent_attr(NFHA_A_MAP_FROM)), "A");
	ck_assert_str_eq(mnl_attr_get_str(sent_attr(NFHA_A_MAP_TO)), "B");
	ck_assert_uint_eq(mnl_attr_get_u16(sent_attr(NFHA_A_MAP_AT)), 32768);
	ck_assert_uint_eq(mnl_attr_get_u16(sent_attr(NFHA_A_MAP_FIRST)), 5);
	ck_assert_uint_eq(mnl_attr_get_u32(sent_attr(NFHA_A_MAP_MEASURE)),
			  NFHA_MEASURE_PACKETS);
	ck_assert_uint_eq(mnl_attr_get_u32(sent_attr(NFHA_A_MAP_POLICY)),
			  NFHA_POLICY_NEVER);
	ck_assert_ptr_null(sent_attr(NFHA_A_MAP_DEADLINE_MS));
}

static struct nfha_flow flow_one(uint16_t sport)
{
	struct nfha_flow f = {
		.family = 4, .proto = IPPROTO_TCP, .saddr = { 10, 0, 0, 1 },
		.daddr = { 10, 0, 0, 2 }, .sport = sport, .dport = 80,
		.side = NFHA_SIDE_RIGHT,
	};

	return f;
}

START_TEST(flow_comes_back)
{
	struct nfha_flow out = flow_one(0x1234), in = flow_one(0x1234);

	agree();
	ck_assert_int_eq(nfha_flow_new(h, "s", "A", &out), 0);
	check_header(NFHA_CMD_FLOW_NEW, 0);
	/* Ports are big-endian on the wire. */
	ck_assert_mem_eq(mnl_attr_get_payload(sent_attr(NFHA_A_FLOW_SPORT)),
			 "\x12\x34", 2);
	ck_assert_uint_eq(sent_size(NFHA_A_FLOW_SADDR), 4);
	echo(NFHA_CMD_FLOW_GET);
	ck_assert_int_eq(nfha_flow_get(h, "s", &in), 0);
	out.instance[0] = 'A';
	ck_assert_mem_eq(&in, &out, sizeof(in));
}

/* Answers to N imports, of which some fail. */
static void answer_imports(unsigned int n, unsigned int bad, unsigned int bad2)
{
	unsigned int i;

	datagram_begin();
	for (i = 0; i < n; i++)
		message_ack(h->seq + 1 + i, i == bad ? -ENOSPC :
			    i == bad2 ? -EINVAL : 0,
			    i == bad ? "full" : i == bad2 ? "later" : NULL);
	datagram_end();
}

START_TEST(import_goes_in_batches)
{
	struct nfha_flow flow[300];
	unsigned int i, before = sends();
	size_t done;

	for (i = 0; i < 300; i++)
		flow[i] = flow_one(i);
	/* All answers are queued before the first request, so count on. */
	answer_imports(256, -1, -1);
	h->seq += 256;
	answer_imports(44, -1, -1);
	h->seq -= 256;
	ck_assert_int_eq(nfha_flow_import(h, "s", "A", flow, 300, &done), 0);
	ck_assert_uint_eq(done, 300);
	ck_assert_uint_eq(sends() - before, 2);
}

START_TEST(import_names_the_first_that_failed)
{
	struct nfha_flow flow[10];
	unsigned int i;
	size_t done;

	for (i = 0; i < 10; i++)
		flow[i] = flow_one(i);
	answer_imports(10, 4, 6);
	ck_assert_int_eq(nfha_flow_import(h, "s", "A", flow, 10, &done),
			 -ENOSPC);
	ck_assert_uint_eq(done, 4);
	ck_assert_str_eq(nfha_error(h), "full");
}

START_TEST(words_of_the_kernel)
{
	datagram_begin();
	message_ack(h->seq + 1, -EBUSY, "it has instances");
	datagram_end();
	ck_assert_int_eq(nfha_service_del(h, "s", false), -EBUSY);
	ck_assert_str_eq(nfha_error(h), "it has instances");
	/* They are gone with the next call. */
	agree();
	ck_assert_int_eq(nfha_service_del(h, "s", true), 0);
	ck_assert_str_eq(nfha_error(h), "");
}

/* Refuses the next request for what is at an offset. */
static void refuse_at(uint32_t offset)
{
	struct nlmsghdr *nlh;

	datagram_begin();
	message_ack(h->seq + 1, -ERANGE, "integer out of range");
	nlh = last_message();
	mnl_attr_put_u32(nlh, 2, offset);
	datagram_end();
}

static uint32_t offset_of(const struct nlattr *attr)
{
	return (const char *)attr - (const char *)sent();
}

START_TEST(refused_attribute_is_named)
{
	struct nfha_service s = service_full();
	const struct nlattr *nest;

	agree();
	ck_assert_int_eq(nfha_service_set(h, &s), 0);
	refuse_at(offset_of(sent_attr(NFHA_A_SERVICE_PREFIX4)));
	ck_assert_int_eq(nfha_service_set(h, &s), -ERANGE);
	ck_assert_str_eq(nfha_error(h), "prefix4: integer out of range");
	nest = sent_attr(NFHA_A_SERVICE_TIMEOUTS);
	refuse_at(offset_of(mnl_attr_next(mnl_attr_get_payload(nest))));
	ck_assert_int_eq(nfha_service_set(h, &s), -ERANGE);
	ck_assert_str_eq(nfha_error(h),
			 "timeout tcp-established: integer out of range");
	refuse_at(offset_of(sent_attr(NFHA_A_SERVICE_NAME)));
	ck_assert_int_eq(nfha_service_set(h, &s), -ERANGE);
	ck_assert_str_eq(nfha_error(h),
			 "name a-service-with-31-characters-ok: integer out of range");
	nest = mnl_attr_get_payload(sent_attr(NFHA_A_SERVICE_PORT));
	refuse_at(offset_of(mnl_attr_next(nest)));
	ck_assert_int_eq(nfha_service_set(h, &s), -ERANGE);
	ck_assert_str_eq(nfha_error(h),
			 "port ifname fifteen-letters: integer out of range");
	refuse_at(1000000);
	ck_assert_int_eq(nfha_service_set(h, &s), -ERANGE);
	ck_assert_str_eq(nfha_error(h), "integer out of range");
}

static uint32_t offset_in(uint16_t nest, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, sent_attr(nest))
		if (mnl_attr_get_type(attr) == type)
			return offset_of(attr);
	ck_abort();
}

/* The name that was given: of an object, or of one that has to be there. */
START_TEST(refused_name_is_said)
{
	static const struct nfha_range range = { 0, NFHA_FLOW_ID_MAX, "C" };
	const struct nfha_change change = { .service = "s", .from = "A",
					    .to = "B" };

	agree();
	ck_assert_int_eq(nfha_instance_del(h, "s", "A", false), 0);
	refuse_at(offset_of(sent_attr(NFHA_A_INSTANCE_SERVICE)));
	ck_assert_int_eq(nfha_instance_del(h, "s", "A", false), -ERANGE);
	ck_assert_str_eq(nfha_error(h), "service s: integer out of range");
	refuse_at(offset_of(sent_attr(NFHA_A_INSTANCE_NAME)));
	ck_assert_int_eq(nfha_instance_del(h, "s", "A", false), -ERANGE);
	ck_assert_str_eq(nfha_error(h), "name A: integer out of range");
	agree();
	ck_assert_int_eq(nfha_map_set(h, &change, &range, 1, NULL), 0);
	refuse_at(offset_in(NFHA_A_MAP_RANGE, NFHA_A_RANGE_INSTANCE));
	ck_assert_int_eq(nfha_map_set(h, &change, &range, 1, NULL), -ERANGE);
	ck_assert_str_eq(nfha_error(h), "range instance C: integer out of range");
	agree();
	ck_assert_int_eq(nfha_split(h, &change, NULL), 0);
	refuse_at(offset_of(sent_attr(NFHA_A_MAP_TO)));
	ck_assert_int_eq(nfha_split(h, &change, NULL), -ERANGE);
	ck_assert_str_eq(nfha_error(h), "to B: integer out of range");
}

/* Of a text that may be anything only which it is. */
START_TEST(refused_overload_is_named)
{
	static const uint32_t level = NFHA_OVERLOAD_LEVEL_NORMAL;

	agree();
	ck_assert_int_eq(nfha_instance_overload(h, "s", "A", level, "why"), 0);
	refuse_at(offset_of(sent_attr(NFHA_A_INSTANCE_NAME)));
	ck_assert_int_eq(nfha_instance_overload(h, "s", "A", level, "why"),
			 -ERANGE);
	ck_assert_str_eq(nfha_error(h), "name A: integer out of range");
	refuse_at(offset_of(sent_attr(NFHA_A_INSTANCE_OVERLOAD_LEVEL)));
	ck_assert_int_eq(nfha_instance_overload(h, "s", "A", level, "why"),
			 -ERANGE);
	ck_assert_str_eq(nfha_error(h), "level: integer out of range");
	refuse_at(offset_of(sent_attr(NFHA_A_INSTANCE_OVERLOAD_REASON)));
	ck_assert_int_eq(nfha_instance_overload(h, "s", "A", level, "why"),
			 -ERANGE);
	ck_assert_str_eq(nfha_error(h), "reason: integer out of range");
}

/* A request that was given up may still be answered. */
START_TEST(late_answers_are_not_ours)
{
	datagram_begin();
	message_ack(h->seq - 5, -EPERM, "late");
	datagram_end();
	agree();
	ck_assert_int_eq(nfha_service_del(h, "s", false), 0);
	ck_assert_str_eq(nfha_error(h), "");
}

/* A newer kernel has longer names and more attributes. */
START_TEST(answers_of_a_newer_kernel)
{
	struct nfha_instance in;
	struct nlmsghdr *nlh;
	char name[80];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_INSTANCE_GET, h->seq + 1);
	mnl_attr_put_strz(nlh, NFHA_A_INSTANCE_NAME, name);
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_MAX + 9, 1);
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_FLOWS, 77);
	message_ack(h->seq + 1, 0, NULL);
	datagram_end();
	ck_assert_int_eq(nfha_instance_get(h, "s", "A", &in), 0);
	ck_assert_uint_eq(strlen(in.name), NFHA_NAME_MAX);
	ck_assert_uint_eq(in.flows, 77);
}

START_TEST(load_comes_in)
{
	struct nfha_load load;
	struct nlmsghdr *nlh;

	datagram_begin();
	nlh = message_begin(FAMILY, NFHA_CMD_LOAD_GET, h->seq + 1);
	mnl_attr_put_u16(nlh, NFHA_A_LOAD_FIRST, 256);
	mnl_attr_put_u16(nlh, NFHA_A_LOAD_LAST, 511);
	mnl_attr_put_u32(nlh, NFHA_A_LOAD_FLOWS, 3);
	mnl_attr_put_u64(nlh, NFHA_A_LOAD_PACKETS, UINT64_C(1) << 40);
	mnl_attr_put_u32(nlh, NFHA_A_LOAD_RATE, 12);
	message_ack(h->seq + 1, 0, NULL);
	datagram_end();
	ck_assert_int_eq(nfha_load_get(h, "s", 300, &load), 0);
	ck_assert_uint_eq(load.first, 256);
	ck_assert_uint_eq(load.last, 511);
	ck_assert_uint_eq(load.flows, 3);
	ck_assert_uint_eq(load.packets, UINT64_C(1) << 40);
	ck_assert_uint_eq(load.rate, 12);
	ck_assert_uint_eq(mnl_attr_get_u16(sent_attr(NFHA_A_LOAD_FIRST)), 300);
}

START_TEST(connection_breaks)
{
	datagram_error(ENOBUFS);
	ck_assert_int_eq(nfha_service_del(h, "s", false), -ENOBUFS);
}

UNIT_MAIN_FIXTURE("message", setup, teardown, service_comes_back,
		  service_sends_what_is_set, force_is_a_flag,
		  instance_comes_back, overload_is_said, map_comes_back, map_has_a_limit,
		  split_answers, flow_comes_back, import_goes_in_batches,
		  import_names_the_first_that_failed,
		  words_of_the_kernel, refused_attribute_is_named, refused_name_is_said,
		  refused_overload_is_named, late_answers_are_not_ours, answers_of_a_newer_kernel,
		  load_comes_in, connection_breaks)
