// SPDX-License-Identifier: GPL-2.0-only

#include <linux/jiffies.h>
#include <linux/slab.h>

#include "fragment.h"
#include "map.h"
#include "queue.h"

/* Held fragments of one packet; the smallest a packet of 64 KiB is cut into by
 * an MTU of 1,280 are 53.
 */
#define PIECES_MAX	64

/**
 * struct nfha_fragment - one packet in pieces
 * @on_bucket: in its bucket
 * @on_known: in the list of entries that hold nothing, if @known
 * @key: addresses and protocol, no ports
 * @id: identification
 * @known: @owner is valid
 * @owner: where the first fragment went
 * @expires: jiffies
 * @held: pieces that wait for the first
 */
struct nfha_fragment {
	struct hlist_node on_bucket;
	struct list_head on_known;
	struct nfha_key key;
	__be32 id;
	bool known;
	u16 owner;
	u32 expires;
	struct sk_buff_head held;
};

static struct kmem_cache *cache;

/* The first fragment has ports and the later ones do not; with IPv6 not even
 * the protocol is the same.
 */
static void key_reduce(struct nfha_key *key, const struct nfha_packet *pkt)
{
	*key = pkt->key;
	key->port[0] = 0;
	key->port[1] = 0;
	if (key->family == 6)
		key->proto = 0;
}

static struct hlist_head *bucket_of(struct nfha_fragments *frags,
				    const siphash_key_t *secret,
				    const struct nfha_key *key, __be32 id)
{
	u64 hash = nfha_key_hash(key, secret);

	return &frags->bucket[siphash_2u64(hash, (__force u32)id, secret) %
			      NFHA_FRAGMENT_BUCKETS];
}

static struct nfha_fragment *find(struct hlist_head *bucket,
				  const struct nfha_key *key, __be32 id)
{
	struct nfha_fragment *frag;

	hlist_for_each_entry(frag, bucket, on_bucket)
		if (frag->id == id && nfha_key_equal(&frag->key, key))
			return frag;
	return NULL;
}

static void drop_entry(struct nfha_fragments *frags, struct nfha_fragment *frag)
{
	hlist_del(&frag->on_bucket);
	list_del(&frag->on_known);
	WRITE_ONCE(frags->count, frags->count - 1);
	kmem_cache_free(cache, frag);
}

/* All pieces of most packets have passed long before their time is over, so an
 * old entry gives way. Those that hold something are bounded by their bytes.
 */
static bool make_room(struct nfha_fragments *frags)
{
	if (frags->count < NFHA_FRAGMENTS_MAX)
		return true;
	if (list_empty(&frags->known))
		return false;
	drop_entry(frags, list_first_entry(&frags->known, struct nfha_fragment,
					   on_known));
	return true;
}

static struct nfha_fragment *create(struct nfha_fragments *frags,
				    struct hlist_head *bucket,
				    const struct nfha_key *key, __be32 id,
				    u32 expires)
{
	struct nfha_fragment *frag;

	if (!make_room(frags))
		return NULL;
	frag = kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!frag)
		return NULL;
	frag->key = *key;
	frag->id = id;
	frag->expires = expires;
	__skb_queue_head_init(&frag->held);
	INIT_LIST_HEAD(&frag->on_known);
	hlist_add_head(&frag->on_bucket, bucket);
	WRITE_ONCE(frags->count, frags->count + 1);
	return frag;
}

static enum nfha_fragment_fate ask(struct nfha_fragments *frags,
				   struct hlist_head *bucket,
				   const struct nfha_key *key, __be32 id,
				   struct sk_buff **skb, u32 expires, u16 *owner)
{
	struct nfha_fragment *frag = find(bucket, key, id);

	if (frag && frag->known) {
		*owner = frag->owner;
		return NFHA_FRAGMENT_KNOWN;
	}
	if (frags->bytes + (*skb)->truesize > NFHA_FRAGMENT_BYTES_MAX ||
	    (frag && skb_queue_len(&frag->held) >= PIECES_MAX))
		return NFHA_FRAGMENT_NO_ROOM;
	/* An entry that holds nothing would only take a first fragment's place. */
	*skb = nfha_queue_own(*skb);
	if (!*skb || frags->bytes + (*skb)->truesize > NFHA_FRAGMENT_BYTES_MAX)
		return NFHA_FRAGMENT_NO_ROOM;
	if (!frag)
		frag = create(frags, bucket, key, id, expires);
	if (!frag)
		return NFHA_FRAGMENT_NO_ROOM;
	frags->bytes += (*skb)->truesize;
	__skb_queue_tail(&frag->held, *skb);
	return NFHA_FRAGMENT_HELD;
}

/**
 * nfha_fragment_ask - where does a fragment go that is not the first?
 * @frags: the service's table
 * @secret: the service's key
 * @pkt: the fragment, parsed
 * @skb: the fragment; taken over if it is held, its control buffer kept; NULL afterwards if
 *	nobody could keep it and there was no memory for a copy
 * @expires: until when to wait, jiffies
 * @owner: set if the answer is KNOWN
 *
 * Context: softirq.
 * Return: enum nfha_fragment_fate.
 */
enum nfha_fragment_fate
nfha_fragment_ask(struct nfha_fragments *frags, const siphash_key_t *secret,
		  const struct nfha_packet *pkt, struct sk_buff **skb,
		  u32 expires, u16 *owner)
{
	enum nfha_fragment_fate fate;
	struct hlist_head *bucket;
	struct nfha_key key;

	key_reduce(&key, pkt);
	bucket = bucket_of(frags, secret, &key, pkt->frag_id);
	spin_lock_bh(&frags->lock);
	fate = ask(frags, bucket, &key, pkt->frag_id, skb, expires, owner);
	spin_unlock_bh(&frags->lock);
	return fate;
}

/**
 * nfha_fragment_tell - remember where a first fragment goes
 * @frags: the service's table
 * @secret: the service's key
 * @pkt: the first fragment, parsed
 * @owner: where it goes
 * @expires: until when to remember, jiffies
 * @held: gets the fragments that have waited, which the caller sends after it
 *
 * Without memory the later fragments wait in vain, and are counted then.
 *
 * Context: softirq.
 */
void nfha_fragment_tell(struct nfha_fragments *frags,
			const siphash_key_t *secret,
			const struct nfha_packet *pkt, u16 owner, u32 expires,
			struct sk_buff_head *held)
{
	struct nfha_fragment *frag;
	struct hlist_head *bucket;
	struct nfha_key key;
	struct sk_buff *skb;

	key_reduce(&key, pkt);
	bucket = bucket_of(frags, secret, &key, pkt->frag_id);
	spin_lock_bh(&frags->lock);
	frag = find(bucket, &key, pkt->frag_id);
	if (!frag)
		frag = create(frags, bucket, &key, pkt->frag_id, expires);
	if (frag) {
		frag->known = true;
		list_move_tail(&frag->on_known, &frags->known);
		frag->owner = owner;
		frag->expires = expires;
		skb_queue_walk(&frag->held, skb)
			frags->bytes -= skb->truesize;
		skb_queue_splice_init(&frag->held, held);
	}
	spin_unlock_bh(&frags->lock);
}

static void remove(struct nfha_fragments *frags, struct nfha_fragment *frag,
		   struct sk_buff_head *lost)
{
	struct sk_buff *skb;

	skb_queue_walk(&frag->held, skb)
		frags->bytes -= skb->truesize;
	skb_queue_splice_tail_init(&frag->held, lost);
	drop_entry(frags, frag);
}

static unsigned int sweep(struct nfha_fragments *frags, bool all, u32 now)
{
	struct sk_buff_head lost;
	unsigned int i, packets = 0;
	struct sk_buff *skb;

	__skb_queue_head_init(&lost);
	spin_lock_bh(&frags->lock);
	for (i = 0; frags->count && i < NFHA_FRAGMENT_BUCKETS; i++) {
		struct nfha_fragment *frag;
		struct hlist_node *next;

		hlist_for_each_entry_safe(frag, next, &frags->bucket[i],
					  on_bucket)
			if (all || (s32)(now - frag->expires) >= 0)
				remove(frags, frag, &lost);
	}
	spin_unlock_bh(&frags->lock);
	while ((skb = __skb_dequeue(&lost))) {
		packets += nfha_skb_packets(skb);
		kfree_skb(skb);
	}
	return packets;
}

/**
 * nfha_fragments_age - forget packets whose time is over
 * @frags: the service's table
 * @now: jiffies
 *
 * Context: process.
 * Return: how many packets were dropped that were held.
 */
unsigned int nfha_fragments_age(struct nfha_fragments *frags, u32 now)
{
	return READ_ONCE(frags->count) ? sweep(frags, false, now) : 0;
}

/**
 * nfha_fragments_purge - forget all packets
 * @frags: the service's table
 *
 * Context: process.
 * Return: how many packets were dropped that were held.
 */
unsigned int nfha_fragments_purge(struct nfha_fragments *frags)
{
	return sweep(frags, true, 0);
}

/**
 * nfha_fragments_disown - let later fragments of an instance's packets go nowhere
 * @frags: the service's table
 * @owner: index of an instance that no packet finds any more
 *
 * Context: process.
 */
void nfha_fragments_disown(struct nfha_fragments *frags, u16 owner)
{
	struct nfha_fragment *frag;

	spin_lock_bh(&frags->lock);
	list_for_each_entry(frag, &frags->known, on_known)
		if (frag->owner == owner)
			frag->owner = NFHA_NO_OWNER;
	spin_unlock_bh(&frags->lock);
}

/**
 * nfha_fragments_init - make an empty table
 * @frags: zeroed
 *
 * Context: any.
 */
void nfha_fragments_init(struct nfha_fragments *frags)
{
	spin_lock_init(&frags->lock);
	INIT_LIST_HEAD(&frags->known);
}

int nfha_fragment_init(void)
{
	cache = kmem_cache_create("nfha_fragment", sizeof(struct nfha_fragment),
				  0, 0, NULL);
	return cache ? 0 : -ENOMEM;
}

void nfha_fragment_exit(void)
{
	kmem_cache_destroy(cache);
}
