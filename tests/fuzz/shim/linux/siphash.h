/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SHIM_SIPHASH_H
#define SHIM_SIPHASH_H

#include <linux/skbuff.h>

struct shim_siphash_key {
	u64 key[2];
};

#define siphash_key_t struct shim_siphash_key

/* Of whole words, as all keys are. SipHash-2-4, by its authors' paper. */
u64 siphash(const void *data, size_t len, const siphash_key_t *key);

static inline u64 siphash_2u64(u64 a, u64 b, const siphash_key_t *key)
{
	const u64 words[2] = { a, b };

	return siphash(words, sizeof(words), key);
}

/* Tests of the parser run on little-endian machines. */
static inline u64 le64_to_cpup(const __le64 *p)
{
	return *p;
}

#endif /* SHIM_SIPHASH_H */
