// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The flow ID as any host computes it: SipHash-2-4 of the sorted key, folded to
 * 16 bits. Documentation/data-plane.md has the layout of the key.
 */

#include <arpa/inet.h>
#include <netinet/in.h>

#include "internal.h"

#define KEY_HEAD 8

static uint64_t rotate(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t x = 0;
	int i;

	for (i = 7; i >= 0; i--)
		x = x << 8 | p[i];
	return x;
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

/* Of whole words only: keys have no others. */
static uint64_t siphash(const uint8_t *key, const uint8_t *data, size_t len)
{
	uint64_t k0 = load_le64(key), k1 = load_le64(key + 8);
	uint64_t v[4] = {
		0x736f6d6570736575 ^ k0, 0x646f72616e646f6d ^ k1,
		0x6c7967656e657261 ^ k0, 0x7465646279746573 ^ k1,
	};
	size_t i;

	for (i = 0; i < len; i += 8)
		sip_word(v, load_le64(data + i));
	sip_word(v, (uint64_t)len << 56);
	v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void address_mask(uint8_t *address, size_t len, unsigned int bits)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned int keep = bits >= 8 * (i + 1) ? 8 :
				    bits > 8 * i ? bits - 8 * i : 0;

		address[i] &= 0xff00 >> keep;
	}
}

static void key_swap(uint8_t *key, size_t len)
{
	uint8_t tmp[16];

	memcpy(tmp, key, 2);
	memcpy(key, key + 2, 2);
	memcpy(key + 2, tmp, 2);
	memcpy(tmp, key + KEY_HEAD, len);
	memcpy(key + KEY_HEAD, key + KEY_HEAD + len, len);
	memcpy(key + KEY_HEAD + len, tmp, len);
}

/* Returns true if the ends changed places. */
static bool key_sort(uint8_t *key, size_t len)
{
	int cmp = memcmp(key + KEY_HEAD, key + KEY_HEAD + len, len);

	if (!cmp)
		cmp = memcmp(key, key + 2, 2);
	if (cmp <= 0)
		return false;
	key_swap(key, len);
	return true;
}

static void key_put(uint8_t *key, const struct nfha_flow *flow, size_t len)
{
	uint16_t sport = htons(flow->sport), dport = htons(flow->dport);

	memcpy(key, &sport, 2);
	memcpy(key + 2, &dport, 2);
	key[4] = flow->proto;
	key[5] = flow->family;
	memcpy(key + KEY_HEAD, flow->saddr, len);
	memcpy(key + KEY_HEAD + len, flow->daddr, len);
}

uint16_t nfha_flow_id(const struct nfha_service *service,
		      const struct nfha_flow *flow)
{
	size_t len = flow->family == 4 ? 4 : 16;
	uint8_t key[KEY_HEAD + 32] = {};
	bool left_is_saddr = flow->side == NFHA_SIDE_LEFT;
	bool swapped, second;
	uint64_t hash;

	key_put(key, flow, len);
	swapped = key_sort(key, len);
	if (service->affinity == NFHA_AFFINITY_THREE_TUPLE) {
		memset(key, 0, 4);
	} else if (service->affinity != NFHA_AFFINITY_FIVE_TUPLE) {
		second = swapped == left_is_saddr;
		if (service->affinity == NFHA_AFFINITY_DESTINATION)
			second = !second;
		if (second)
			key_swap(key, len);
		memset(key, 0, 5);
		address_mask(key + KEY_HEAD, len, len == 4 ? service->prefix4 :
						  service->prefix6);
		memset(key + KEY_HEAD + len, 0, len);
	}
	hash = siphash(service->key, key, KEY_HEAD + 2 * len);
	hash ^= hash >> 32;
	return (uint16_t)(hash ^ hash >> 16);
}
