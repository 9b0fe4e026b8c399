/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_KEY_H
#define NFHA_KEY_H

#include <linux/in6.h>
#include <linux/kernel.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <linux/types.h>

#define NFHA_KEY_LEN_V4 16
#define NFHA_KEY_LEN_V6 40

/**
 * struct nfha_key - what makes a flow, the same in both directions
 * @port: ports, or the identifier of an ICMP query twice
 * @proto: IPPROTO_*
 * @family: 4 or 6, as in the first four bits of the packet
 * @zero: so that the bytes that are hashed are all defined
 * @v4: addresses; the lower end comes first
 * @v6: the same for IPv6
 *
 * Everything in network order. These bytes are part of the contract: every
 * host that has a service's SipHash key gets the same flow ID from them. An
 * IPv4 key is the first NFHA_KEY_LEN_V4 bytes, and a flow stores no more.
 */
struct nfha_key {
	__be16 port[2];
	u8 proto;
	u8 family;
	__be16 zero;
	union {
		__be32 v4[2];
		struct in6_addr v6[2];
	};
} __aligned(8);

static inline size_t nfha_key_len(const struct nfha_key *key)
{
	return key->family == 4 ? NFHA_KEY_LEN_V4 : NFHA_KEY_LEN_V6;
}

/* @b is the caller's own. @a may be a flow's that ends while it is read, with no room for
 * more than an IPv4 key: its family must not be asked again.
 */
static inline bool nfha_key_equal(const struct nfha_key *a,
				  const struct nfha_key *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;

	if ((x[0] ^ y[0]) | (x[1] ^ y[1]))
		return false;
	return b->family == 4 || !memcmp(&x[2], &y[2], NFHA_KEY_LEN_V6 - 16);
}

/* SipHash-2-4 of the key; byte order of the host does not matter. */
static inline u64 nfha_key_hash(const struct nfha_key *key,
				const siphash_key_t *secret)
{
	const __le64 *word = (const __le64 *)key;

	if (likely(key->family == 4))
		return siphash_2u64(le64_to_cpup(word), le64_to_cpup(word + 1),
				    secret);
	return siphash(key, NFHA_KEY_LEN_V6, secret);
}

/* The flow ID of a hash; its 64 bits all take part. */
static inline u16 nfha_key_fold(u64 hash)
{
	u32 x = lower_32_bits(hash) ^ upper_32_bits(hash);

	return (x ^ (x >> 16)) & 0xffff;
}

bool nfha_key_sort(struct nfha_key *key);
void nfha_key_mask(struct nfha_key *key, unsigned int end, u8 prefix4,
		   u8 prefix6);

#endif /* NFHA_KEY_H */
