/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_FRAGMENT_H
#define NFHA_FRAGMENT_H

#include <linux/list.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>

#include "parse.h"

#define NFHA_FRAGMENT_BUCKETS	256
#define NFHA_FRAGMENTS_MAX	4096
#define NFHA_FRAGMENT_BYTES_MAX	SZ_1M

/**
 * enum nfha_fragment_fate - what becomes of a fragment that is not the first
 * @NFHA_FRAGMENT_KNOWN: its first has passed; send it the same way
 * @NFHA_FRAGMENT_HELD: the table has the skb now
 * @NFHA_FRAGMENT_NO_ROOM: the caller still has the skb, and drops it
 */
enum nfha_fragment_fate {
	NFHA_FRAGMENT_KNOWN,
	NFHA_FRAGMENT_HELD,
	NFHA_FRAGMENT_NO_ROOM,
};

/**
 * struct nfha_fragments - packets in pieces, of one service
 * @lock: guards everything here; BH
 * @bucket: entries by addresses, protocol and identification
 * @known: entries that hold nothing, the one of longest standing first
 * @count: entries
 * @bytes: truesize of held fragments
 */
struct nfha_fragments {
	spinlock_t lock;
	struct hlist_head bucket[NFHA_FRAGMENT_BUCKETS];
	struct list_head known;
	unsigned int count;
	unsigned int bytes;
};

void nfha_fragments_init(struct nfha_fragments *frags);
enum nfha_fragment_fate
nfha_fragment_ask(struct nfha_fragments *frags, const siphash_key_t *secret,
		  const struct nfha_packet *pkt, struct sk_buff **skb,
		  u32 expires, u16 *owner);
void nfha_fragment_tell(struct nfha_fragments *frags,
			const siphash_key_t *secret,
			const struct nfha_packet *pkt, u16 owner, u32 expires,
			struct sk_buff_head *held);
unsigned int nfha_fragments_age(struct nfha_fragments *frags, u32 now);
unsigned int nfha_fragments_purge(struct nfha_fragments *frags);
void nfha_fragments_disown(struct nfha_fragments *frags, u16 owner);

int nfha_fragment_init(void);
void nfha_fragment_exit(void);

#endif /* NFHA_FRAGMENT_H */
