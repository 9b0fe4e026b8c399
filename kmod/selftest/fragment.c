// SPDX-License-Identifier: GPL-2.0-only

#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "fragment.h"
#include "selftest.h"

#define OWNER	7
#define SOON	((u32)-5)	/* so that the time wraps on the way */
#define LATER	5

static const siphash_key_t secret = {
	{ 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL }
};

/* The first fragment of a packet; without @first a later one. */
static struct nfha_packet piece(u8 family, u32 id, bool first)
{
	struct nfha_packet pkt = {
		.key = { .family = family, .proto = IPPROTO_UDP },
		.first_fragment = first,
		.frag_id = htonl(id),
	};

	pkt.key.v4[1] = htonl(0x0a000001);
	if (first) {
		pkt.key.port[0] = htons(53);
		pkt.key.port[1] = htons(1234);
	} else if (family == 6) {
		pkt.key.proto = 0;
	}
	return pkt;
}

static int ask_with(struct nfha_fragments *frags, const struct nfha_packet *pkt,
		    unsigned int len, bool of_reserves, u16 *owner)
{
	struct sk_buff *skb = alloc_skb(len, GFP_KERNEL);
	int fate;

	if (!skb)
		return -ENOMEM;
	skb->pfmemalloc |= of_reserves;
	fate = nfha_fragment_ask(frags, &secret, pkt, &skb, SOON, owner);
	if (fate != NFHA_FRAGMENT_HELD)
		kfree_skb(skb);
	return fate;
}

static int ask(struct nfha_fragments *frags, const struct nfha_packet *pkt,
	       unsigned int len, u16 *owner)
{
	return ask_with(frags, pkt, len, false, owner);
}

/* How many fragments have waited for this one. */
static unsigned int tell(struct nfha_fragments *frags,
			 const struct nfha_packet *pkt)
{
	struct sk_buff_head held;
	unsigned int n;

	__skb_queue_head_init(&held);
	nfha_fragment_tell(frags, &secret, pkt, OWNER, LATER, &held);
	n = skb_queue_len(&held);
	__skb_queue_purge(&held);
	return n;
}

static bool any_order_is_right(struct nfha_fragments *frags, u8 family)
{
	struct nfha_packet first = piece(family, 1, true);
	struct nfha_packet later = piece(family, 1, false);
	struct nfha_packet other = piece(family, 2, false);
	u16 owner = 0;

	return ask(frags, &later, 64, &owner) == NFHA_FRAGMENT_HELD &&
	       ask(frags, &other, 64, &owner) == NFHA_FRAGMENT_HELD &&
	       ask(frags, &later, 64, &owner) == NFHA_FRAGMENT_HELD &&
	       tell(frags, &first) == 2 && !owner &&
	       ask(frags, &later, 64, &owner) == NFHA_FRAGMENT_KNOWN &&
	       owner == OWNER && frags->count == 2 &&
	       nfha_fragments_purge(frags) == 1 && !frags->count &&
	       !frags->bytes;
}

static bool time_is_kept(struct nfha_fragments *frags)
{
	struct nfha_packet first = piece(4, 1, true);
	struct nfha_packet later = piece(4, 2, false);
	u16 owner;

	return !tell(frags, &first) &&
	       ask(frags, &later, 64, &owner) == NFHA_FRAGMENT_HELD &&
	       nfha_fragments_age(frags, SOON - 1) == 0 && frags->count == 2 &&
	       nfha_fragments_age(frags, SOON) == 1 && frags->count == 1 &&
	       nfha_fragments_age(frags, LATER - 1) == 0 && frags->count == 1 &&
	       nfha_fragments_age(frags, LATER) == 0 && !frags->count;
}

/* How many fragments are held until there is no room. */
static unsigned int fill(struct nfha_fragments *frags, unsigned int len,
			 bool same)
{
	unsigned int n;
	u16 owner;

	for (n = 0; n <= NFHA_FRAGMENTS_MAX; n++) {
		struct nfha_packet pkt = piece(4, same ? 0 : n, false);

		if (ask(frags, &pkt, len, &owner) != NFHA_FRAGMENT_HELD)
			break;
	}
	return n;
}

/* One packet cannot take all the room, and all cannot take more than there is;
 * what is not held leaves no entry.
 */
static bool held_are_bounded(struct nfha_fragments *frags)
{
	unsigned int n = fill(frags, 64, true);
	bool good = n == 64 && nfha_fragments_purge(frags) == n;

	n = fill(frags, 32768, false);
	return good && n > 1 && frags->count == n &&
	       frags->bytes <= NFHA_FRAGMENT_BYTES_MAX &&
	       nfha_fragments_purge(frags) == n && !frags->bytes;
}

static bool entries_are_bounded(struct nfha_fragments *frags)
{
	struct nfha_packet later = piece(4, NFHA_FRAGMENTS_MAX, false);
	struct nfha_packet oldest = piece(4, 0, false);
	unsigned int i;
	u16 owner;

	for (i = 0; i <= NFHA_FRAGMENTS_MAX; i++) {
		struct nfha_packet first = piece(4, i, true);

		tell(frags, &first);
	}
	return frags->count == NFHA_FRAGMENTS_MAX &&
	       ask(frags, &later, 64, &owner) == NFHA_FRAGMENT_KNOWN &&
	       ask(frags, &oldest, 64, &owner) == NFHA_FRAGMENT_HELD &&
	       frags->count == NFHA_FRAGMENTS_MAX &&
	       nfha_fragments_purge(frags) == 1 && !frags->count;
}

/* Before the module's own nfha_fragment_init(), so this one has its own. */
/* They may pass, and do not wait. */
static bool reserves_are_left(struct nfha_fragments *frags)
{
	struct nfha_packet first = piece(4, 3, true);
	struct nfha_packet later = piece(4, 3, false);
	u16 owner = 0;

	return ask_with(frags, &later, 64, true, &owner) ==
		       NFHA_FRAGMENT_NO_ROOM && !frags->count &&
	       !tell(frags, &first) &&
	       ask_with(frags, &later, 64, true, &owner) ==
		       NFHA_FRAGMENT_KNOWN && owner == OWNER &&
	       !nfha_fragments_purge(frags);
}

bool nfha_selftest_fragment(void)
{
	struct nfha_fragments *frags = kzalloc(sizeof(*frags), GFP_KERNEL);
	bool good = false;

	if (!frags || nfha_fragment_init())
		goto free;
	nfha_fragments_init(frags);
	good = any_order_is_right(frags, 4) && any_order_is_right(frags, 6) &&
	       reserves_are_left(frags) &&
	       time_is_kept(frags) && held_are_bounded(frags) &&
	       entries_are_bounded(frags);
	nfha_fragments_purge(frags);
	nfha_fragment_exit();
free:
	kfree(frags);
	return good;
}
