// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/siphash.h>

static u64 rotated(u64 x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static void rounds(u64 *a, u64 *b, u64 *c, u64 *d, unsigned int n)
{
	for (; n; n--) {
		*a += *b;
		*c += *d;
		*b = rotated(*b, 13) ^ *a;
		*d = rotated(*d, 16) ^ *c;
		*a = rotated(*a, 32);
		*c += *b;
		*a += *d;
		*b = rotated(*b, 17) ^ *c;
		*d = rotated(*d, 21) ^ *a;
		*c = rotated(*c, 32);
	}
}

u64 siphash(const void *data, size_t len, const siphash_key_t *key)
{
	u64 a = key->key[0] ^ 0x736f6d6570736575;
	u64 b = key->key[1] ^ 0x646f72616e646f6d;
	u64 c = key->key[0] ^ 0x6c7967656e657261;
	u64 d = key->key[1] ^ 0x7465646279746573;
	size_t i;
	u64 word;

	for (i = 0; i <= len; i += sizeof(word)) {
		word = (u64)len << 56;
		if (i < len)
			memcpy(&word, (const u8 *)data + i, sizeof(word));
		d ^= word;
		rounds(&a, &b, &c, &d, 2);
		a ^= word;
	}
	c ^= 0xff;
	rounds(&a, &b, &c, &d, 4);
	return a ^ b ^ c ^ d;
}
