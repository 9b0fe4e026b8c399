// SPDX-License-Identifier: GPL-2.0-only

#include <linux/in.h>
#include <linux/kernel.h>

#include "key.h"
#include "selftest.h"

/* From tests/kselftest/lib/bench.py, which has its own SipHash. */
static const siphash_key_t secret = {
	{ 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL }
};

#define ID_UDP4	16700
#define ID_TCP6	32156

/* The bytes 0, 1, 2, ... under the key above: the vectors of SipHash's authors. */
static const struct {
	unsigned int len;
	u64 hash;
} vectors[] = {
	{ 0, 0x726fdb47dd0e0e31ULL },
	{ 1, 0x74f839c593dc67fdULL },
	{ 8, 0x93f5f5799a932462ULL },
	{ 15, 0xa129ca6149be45e5ULL },
	{ 16, 0x3f2acc7f57c29bdbULL },
};

static bool hash_is_siphash(void)
{
	u8 data[16] __aligned(8);
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i;
	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		if (siphash(data, vectors[i].len, &secret) != vectors[i].hash)
			return false;
	return nfha_key_fold(0x0001001001001000ULL) == 0x1111;
}

static struct nfha_key key4(u32 src, u16 sport, u32 dst, u16 dport, u8 proto)
{
	struct nfha_key key = {
		.port = { htons(sport), htons(dport) },
		.proto = proto,
		.family = 4,
	};

	key.v4[0] = htonl(src);
	key.v4[1] = htonl(dst);
	return key;
}

static u16 id_of(struct nfha_key key)
{
	nfha_key_sort(&key);
	return nfha_key_fold(nfha_key_hash(&key, &secret));
}

static bool ids_are_known(void)
{
	struct nfha_key v6 = {
		.port = { htons(1234), htons(80) },
		.proto = IPPROTO_TCP,
		.family = 6,
	};

	v6.v6[0].s6_addr32[0] = htonl(0x20010db8);
	v6.v6[1].s6_addr32[0] = htonl(0x20010db8);
	v6.v6[0].s6_addr[15] = 1;
	v6.v6[1].s6_addr[15] = 2;
	return id_of(key4(0x0a000001, 1000, 0x0a000002, 53, IPPROTO_UDP)) ==
	       ID_UDP4 && id_of(v6) == ID_TCP6;
}

static bool both_directions_are_one(void)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		struct nfha_key a = key4(i * 2654435761U, i, ~i, 7 * i,
					 IPPROTO_TCP);
		struct nfha_key b = key4(~i, 7 * i, i * 2654435761U, i,
					 IPPROTO_TCP);
		bool swapped = nfha_key_sort(&a);

		if (nfha_key_sort(&b) == swapped || !nfha_key_equal(&a, &b))
			return false;
		b.port[0] ^= htons(1);
		if (nfha_key_equal(&a, &b))
			return false;
	}
	return true;
}

static bool masks_cut(void)
{
	struct nfha_key a = key4(0x0a010203, 1, 0xc0a80001, 2, IPPROTO_TCP);

	nfha_key_mask(&a, 1, 20, 64);
	return a.v4[0] == htonl(0xc0a80000) && !a.v4[1] && !a.proto &&
	       !a.port[0] && !a.port[1] && a.family == 4;
}

bool nfha_selftest_key(void)
{
	return hash_is_siphash() && ids_are_known() &&
	       both_directions_are_one() && masks_cut();
}
