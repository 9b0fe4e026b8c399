// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flow IDs: SipHash-2-4 by its reference vectors, and the key as
 * Documentation/data-plane.md lays it out. The source is included because the
 * hash itself is no one else's.
 */

#include <netinet/in.h>

#include "../../libnfha/flowid.c"
#include "unit.h"

/* Of the messages 00 01 02 ... of whole words, with the key 00 01 ... 0f. */
static const uint64_t vectors[] = {
	0x726fdb47dd0e0e31, 0x93f5f5799a932462, 0x3f2acc7f57c29bdb,
	0xb8ad50c6f649af94, 0x7127512f72f27cce, 0x0e3ea96b5304a7d0,
	0xe612a3cb9ecba951, 0xb78dbfaf3a8d83bd,
};

static struct nfha_service service_of(uint32_t affinity)
{
	struct nfha_service s = { .affinity = affinity, .prefix4 = 32,
				  .prefix6 = 128 };
	int i;

	for (i = 0; i < NFHA_KEY_LEN; i++)
		s.key[i] = i;
	return s;
}

static struct nfha_flow flow4(void)
{
	struct nfha_flow f = {
		.family = 4, .proto = IPPROTO_TCP,
		.saddr = { 192, 0, 2, 1 }, .daddr = { 198, 51, 100, 2 },
		.sport = 1234, .dport = 80, .side = NFHA_SIDE_LEFT,
	};

	return f;
}

static struct nfha_flow flow6(void)
{
	struct nfha_flow f = {
		.family = 6, .proto = IPPROTO_UDP,
		.saddr = { 0x20, 1, 0xd, 0xb8, [15] = 1 },
		.daddr = { 0x20, 1, 0xd, 0xb8, 0, 1, [15] = 2 },
		.sport = 5353, .dport = 53, .side = NFHA_SIDE_RIGHT,
	};

	return f;
}

/* The same flow, seen from its other end. */
static struct nfha_flow turned(const struct nfha_flow *f)
{
	struct nfha_flow t = *f;

	memcpy(t.saddr, f->daddr, sizeof(t.saddr));
	memcpy(t.daddr, f->saddr, sizeof(t.daddr));
	t.sport = f->dport;
	t.dport = f->sport;
	t.side = !f->side;
	return t;
}

static uint16_t fold(uint64_t hash)
{
	return hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48;
}

START_TEST(vectors_of_siphash)
{
	uint8_t key[16], data[8 * 8];
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i;
	memcpy(key, data, sizeof(key));
	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		ck_assert_uint_eq(siphash(key, data, 8 * i), vectors[i]);
}

START_TEST(key_of_a_five_tuple)
{
	const uint8_t key[] = { 1234 >> 8, 1234 & 0xff, 0, 80, IPPROTO_TCP, 4,
				0, 0, 192, 0, 2, 1, 198, 51, 100, 2 };
	struct nfha_service s = service_of(NFHA_AFFINITY_FIVE_TUPLE);
	struct nfha_flow f = flow4();

	ck_assert_uint_eq(nfha_flow_id(&s, &f),
			  fold(siphash(s.key, key, sizeof(key))));
}

START_TEST(key_of_a_three_tuple)
{
	const uint8_t key[] = { 0, 0, 0, 0, IPPROTO_TCP, 4, 0, 0,
				192, 0, 2, 1, 198, 51, 100, 2 };
	struct nfha_service s = service_of(NFHA_AFFINITY_THREE_TUPLE);
	struct nfha_flow f = flow4();

	ck_assert_uint_eq(nfha_flow_id(&s, &f),
			  fold(siphash(s.key, key, sizeof(key))));
	f.sport = 4321;
	ck_assert_uint_eq(nfha_flow_id(&s, &f),
			  fold(siphash(s.key, key, sizeof(key))));
}

START_TEST(key_of_a_prefix)
{
	uint8_t source[] = { 0, 0, 0, 0, 0, 4, 0, 0, 192, 0, 2, 0, 0, 0, 0, 0 };
	uint8_t destination[] = { 0, 0, 0, 0, 0, 4, 0, 0, 198, 48, 0, 0,
				  0, 0, 0, 0 };
	struct nfha_service s = service_of(NFHA_AFFINITY_SOURCE);
	struct nfha_flow f = flow4();

	s.prefix4 = 24;
	ck_assert_uint_eq(nfha_flow_id(&s, &f),
			  fold(siphash(s.key, source, sizeof(source))));
	s.affinity = NFHA_AFFINITY_DESTINATION;
	s.prefix4 = 12;
	ck_assert_uint_eq(nfha_flow_id(&s, &f),
			  fold(siphash(s.key, destination,
				       sizeof(destination))));
}

START_TEST(ipv6_has_forty_bytes)
{
	struct nfha_service s = service_of(NFHA_AFFINITY_FIVE_TUPLE);
	uint8_t key[40] = { 5353 >> 8, 5353 & 0xff, 0, 53, IPPROTO_UDP, 6 };
	struct nfha_flow f = flow6();

	memcpy(key + 8, f.saddr, 16);
	memcpy(key + 24, f.daddr, 16);
	ck_assert_uint_eq(nfha_flow_id(&s, &f),
			  fold(siphash(s.key, key, sizeof(key))));
}

START_TEST(both_directions_are_alike)
{
	struct nfha_flow v4 = flow4(), v6 = flow6(), t4 = turned(&v4),
			 t6 = turned(&v6);
	uint32_t affinity;

	for (affinity = 0; affinity <= NFHA_AFFINITY_DESTINATION; affinity++) {
		struct nfha_service s = service_of(affinity);

		s.prefix4 = 20;
		s.prefix6 = 44;
		ck_assert_uint_eq(nfha_flow_id(&s, &v4), nfha_flow_id(&s, &t4));
		ck_assert_uint_eq(nfha_flow_id(&s, &v6), nfha_flow_id(&s, &t6));
	}
}

/* Between equal addresses the ports tell the ends apart. */
START_TEST(ports_order_equal_addresses)
{
	struct nfha_service s = service_of(NFHA_AFFINITY_FIVE_TUPLE);
	struct nfha_flow f = flow4(), t;

	memcpy(f.daddr, f.saddr, sizeof(f.daddr));
	t = turned(&f);
	ck_assert_uint_eq(nfha_flow_id(&s, &f), nfha_flow_id(&s, &t));
}

START_TEST(flow_ids_are_spread)
{
	struct nfha_service s = service_of(NFHA_AFFINITY_FIVE_TUPLE);
	struct nfha_flow f = flow4();
	unsigned int low = 0, i;

	for (i = 0; i < 40000; i++) {
		f.sport = i;
		low += nfha_flow_id(&s, &f) < 32768;
	}
	/* Six standard deviations. */
	ck_assert_uint_gt(low, 20000 - 600);
	ck_assert_uint_lt(low, 20000 + 600);
}

UNIT_MAIN("flowid", vectors_of_siphash, key_of_a_five_tuple,
	  key_of_a_three_tuple, key_of_a_prefix, ipv6_has_forty_bytes,
	  both_directions_are_alike, ports_order_equal_addresses,
	  flow_ids_are_spread)
