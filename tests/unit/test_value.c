// SPDX-License-Identifier: GPL-2.0-or-later
/* Words that stand for times, addresses, ports, and lines that are flows. */

#include <netinet/in.h>
#include <string.h>

#include "nfhactl.h"
#include "unit.h"

START_TEST(numbers)
{
	static const char *const bad[] = {
		"", "-1", "+1", " 1", "1 ", "1x", "x", "256", "0x", "0x1g",
		"99999999999999999999",
	};
	uint64_t n;
	size_t i;

	ck_assert_int_eq(take_number("0", 255, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(take_number("255", 255, &n), 0);
	ck_assert_uint_eq(n, 255);
	ck_assert_int_eq(take_number("0xff", 255, &n), 0);
	ck_assert_uint_eq(n, 255);
	ck_assert_int_eq(take_number("010", 255, &n), 0);
	ck_assert_uint_eq(n, 10);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(take_number(bad[i], 255, &n), "\"%s\"", bad[i]);
}

START_TEST(times)
{
	static const struct {
		const char *word;
		uint32_t ms;
	} good[] = {
		{ "500ms", 500 }, { "10s", 10000 }, { "0s", 0 },
		{ "2m", 120000 }, { "1h", 3600000 }, { "0", 0 },
		{ "4294967295ms", UINT32_MAX },
	};
	static const char *const bad[] = {
		"", "10", "00", "1", "0x", "ms", "1d", "-1s", "1.5s", "1s2",
		"4294967296ms", "4294968s",
	};
	uint32_t ms;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		ck_assert_int_eq(take_time(good[i].word, &ms), 0);
		ck_assert_uint_eq(ms, good[i].ms);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(take_time(bad[i], &ms), "\"%s\"", bad[i]);
}

START_TEST(ends)
{
	static const char *const good[] = {
		"192.0.2.1:80", "[2001:db8::1]:443", "[::1]:0",
	};
	static const char *const bad[] = {
		"", ":80", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.256:1",
		"[2001:db8::1", "[2001:db8::1]x", "[2001:db8::1]:", "[]:1",
		"2001:db8::1:x", "host:80", "192.0.2.1:80:90",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999]:80",
	};
	uint8_t address[16], family;
	char text[64];
	uint16_t port;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		ck_assert_int_eq(take_end(good[i], address, &family, &port), 0);
		end_name(address, family, port, text, sizeof(text));
		ck_assert_str_eq(text, good[i]);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(take_end(bad[i], address, &family, &port),
			      "\"%s\"", bad[i]);
	/* Without a port, IPv6 needs no brackets. */
	ck_assert_int_eq(take_end("2001:db8::1", address, &family, &port), 0);
	ck_assert_uint_eq(family, 6);
	ck_assert_uint_eq(port, 0);
}

START_TEST(devices)
{
	static const char *const bad[] = {
		",", "a,", ",a", "a,,b", "/02:00:00:00:00:01", "a/",
		"a/02:00:00:00:00", "a/02:00:00:00:00:0g",
		"a/02:00:00:00:00:01:02", "a/ 2:00:00:00:00:01",
		"a-name-too-long-", "a,b,c,d,e",
	};
	struct nfha_port port[4];
	unsigned int n = 0;
	size_t i;

	ck_assert_int_eq(take_ports(port, &n, 4, "eth0/02:00:5e:00:00:0A,b",
				    NFHA_SIDE_RIGHT, true), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(port[0].ifname, "eth0");
	ck_assert(port[0].has_mac && !port[1].has_mac);
	ck_assert_mem_eq(port[0].mac, "\x02\x00\x5e\x00\x00\x0a", 6);
	ck_assert_str_eq(port[1].ifname, "b");
	ck_assert_uint_eq(port[1].side, NFHA_SIDE_RIGHT);
	ck_assert(port[1].detour);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		n = 0;
		ck_assert_msg(take_ports(port, &n, 4, bad[i], 0, false),
			      "\"%s\"", bad[i]);
	}
}

START_TEST(names)
{
	static const char *const bad[] = {
		"", " ", ".", "..", "-a", "_a", "a b", "a/b", "a=b", "a,b", "a\n",
		"\303\251", "a\303\251", "a*",
	};
	char name[NFHA_NAME_MAX + 1];
	size_t i;

	ck_assert_int_eq(take_name(name, "a-name-that-has-31-characters-x"), 0);
	ck_assert_int_ne(take_name(name, "a-name-that-has-32-characters-xx"), 0);
	ck_assert_int_eq(take_name(name, "0.a_B-9"), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(take_name(name, bad[i]), "\"%s\"", bad[i]);
}

static int parse_copy(const char *line, struct nfha_flow *flow)
{
	char copy[512];

	snprintf(copy, sizeof(copy), "%s", line);
	return flow_line_parse(copy, flow);
}

START_TEST(lines_of_flows)
{
	static const char *const bad[] = {
		"", "\n", "tcp", "tcp left 10.0.0.1:1", "tcp left 10.0.0.1:1 x",
		"tcp middle 10.0.0.1:1 10.0.0.2:2",
		"tcp left 10.0.0.1:1 [::1]:2",
		"tcp left 10.0.0.1:1 10.0.0.2:2 more",
		"256 left 10.0.0.1:1 10.0.0.2:2",
		"{", "{}", "[]", "{\"proto\":\"tcp\"}",
		"{\"proto\":\"tcp\",\"side\":\"left\",\"saddr\":\"10.0.0.1\",\"sport\":65536,\"daddr\":\"10.0.0.2\",\"dport\":1}",
		"{\"proto\":6,\"side\":\"left\",\"saddr\":\"10.0.0.1\",\"sport\":1,\"daddr\":\"10.0.0.2\",\"dport\":1}",
	};
	struct nfha_flow text, object;
	struct json_object *o;
	size_t i;

	ck_assert_int_eq(parse_copy("udp right [2001:db8::1]:53 [2001:db8::2]:9\n",
				    &text), 0);
	ck_assert_uint_eq(text.proto, IPPROTO_UDP);
	ck_assert_uint_eq(text.side, NFHA_SIDE_RIGHT);
	ck_assert_uint_eq(text.family, 6);
	ck_assert_uint_eq(text.sport, 53);
	ck_assert_uint_eq(text.dport, 9);
	/* What "flow show" prints as JSON is taken, too. */
	o = flow_json(&text);
	ck_assert_int_eq(parse_copy(json_object_to_json_string(o), &object), 0);
	ck_assert_mem_eq(&object, &text, sizeof(text));
	json_object_put(o);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(parse_copy(bad[i], &text), "\"%s\"", bad[i]);
}

START_TEST(json_is_escaped)
{
	struct nfha_flow flow = { .family = 4, .instance = "a\"b\\c\n\x01" };
	struct json_object *o = flow_json(&flow), *again, *instance;
	const char *text = json_object_to_json_string(o);

	ck_assert_ptr_null(strchr(text, '\n'));
	again = json_tokener_parse(text);
	instance = json_object_object_get(again, "instance");
	ck_assert_str_eq(json_object_get_string(instance), flow.instance);
	json_object_put(again);
	json_object_put(o);
}

START_TEST(what_was_typed_stays_in_one_line)
{
	char text[8];

	ck_assert_str_eq(quoted("a\nb\033[", text, sizeof(text)), "a?b?[");
	ck_assert_str_eq(quoted("0123456", text, sizeof(text)), "0123456");
	ck_assert_str_eq(quoted("01234567", text, sizeof(text)), "0123...");
}

UNIT_MAIN("value", numbers, times, ends, devices, names, lines_of_flows,
	  json_is_escaped, what_was_typed_stays_in_one_line)
