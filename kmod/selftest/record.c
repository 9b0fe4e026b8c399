// SPDX-License-Identifier: GPL-2.0-only

#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include "queue.h"
#include "record.h"
#include "selftest.h"

#define HEADROOM	40
#define LIMIT		(64 * PAGE_SIZE)

/* A packet of so many bytes behind the MAC header, so many of them in one piece, as
 * the hook gets it, or NULL without memory. A long one is a GSO packet.
 */
static struct sk_buff *packet(u32 linear, u32 len)
{
	struct sk_buff *skb = alloc_skb(HEADROOM + ETH_HLEN + linear,
					GFP_KERNEL);
	unsigned int i;

	if (!skb)
		return NULL;
	skb_reserve(skb, HEADROOM);
	skb_reset_mac_header(skb);
	get_random_bytes(skb_put(skb, ETH_HLEN + linear), ETH_HLEN + linear);
	__skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);
	for (i = 0; skb->len < len; i++) {
		u32 n = min_t(u32, len - skb->len, PAGE_SIZE);
		struct page *page = alloc_page(GFP_KERNEL);

		if (!page) {
			kfree_skb(skb);
			return NULL;
		}
		get_random_bytes(page_address(page), n);
		skb_add_rx_frag(skb, i, page, 0, n, PAGE_SIZE);
	}
	skb->protocol = htons(ETH_P_IP);
	skb->mark = len;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + 20;
	skb->csum_offset = 16;
	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), 7);
	if (len > ETH_DATA_LEN) {
		skb_shinfo(skb)->gso_type = SKB_GSO_TCPV4;
		skb_shinfo(skb)->gso_size = 1000;
		/* Who sends the longest does not say. */
		skb_shinfo(skb)->gso_segs = len < SZ_16K ? 3 : 0;
	}
	return skb;
}

static bool same_bytes(const struct sk_buff *a, const struct sk_buff *b)
{
	int at;

	for (at = -ETH_HLEN; at < (int)a->len; at++) {
		u8 of_a, of_b;

		if (skb_copy_bits(a, at, &of_a, 1) ||
		    skb_copy_bits(b, at, &of_b, 1) || of_a != of_b)
			return false;
	}
	return true;
}

static bool same(const struct sk_buff *a, const struct sk_buff *b)
{
	return a->len == b->len && skb_headlen(a) == skb_headlen(b) &&
	       a->mac_len == b->mac_len && a->protocol == b->protocol &&
	       a->mark == b->mark && a->ip_summed == b->ip_summed &&
	       skb_checksum_start_offset(a) == skb_checksum_start_offset(b) &&
	       a->csum_offset == b->csum_offset &&
	       skb_vlan_tag_present(b) && a->vlan_tci == b->vlan_tci &&
	       skb_mac_offset(a) == skb_mac_offset(b) &&
	       skb_network_offset(a) == skb_network_offset(b) &&
	       skb_shinfo(a)->gso_type == skb_shinfo(b)->gso_type &&
	       skb_shinfo(a)->gso_size == skb_shinfo(b)->gso_size &&
	       skb_shinfo(a)->gso_segs == skb_shinfo(b)->gso_segs &&
	       same_bytes(a, b);
}

static bool put(struct nfha_tape *tape, const struct sk_buff *skb)
{
	const struct nfha_origin from = { .side = 1, .detour = true };
	u32 size = nfha_record_size(skb);

	if (!nfha_tape_has_room(tape, size) &&
	    !nfha_tape_grow(tape, NFHA_RECORD_HEAD, size, LIMIT))
		return false;
	if (!nfha_record_write_plain(tape, skb, from, true))
		nfha_record_write(tape, skb, NULL, from, true);
	return true;
}

static bool is_next(struct nfha_spot *spot, const struct sk_buff *want)
{
	unsigned int packets;
	struct sk_buff *skb;
	bool good, again;

	nfha_tape_enter(spot);
	packets = nfha_record_packets(spot);
	skb = nfha_record_read(spot, &again);
	if (!skb)
		return false;
	good = same(want, skb) && packets == nfha_skb_packets(want) &&
	       packets == nfha_skb_packets(skb) && again && NFHA_WAIT(skb)->from.side == 1 &&
	       NFHA_WAIT(skb)->from.detour;
	kfree_skb(skb);
	return good;
}

/* Of all lengths, so that they end in many places of a page. */
static const u32 shapes[][2] = {
	{ 60, 60 }, { 61, 61 }, { 1500, 1500 }, { 3, 3 }, { 100, 9000 },
	{ 3000, 3000 }, { 66, 65000 }, { 0, 64 }, { 1, 4097 }, { 4000, 4000 },
};

static bool keep_all(struct nfha_tape *tape, struct sk_buff **skb)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		if (!skb[i] || !put(tape, skb[i]))
			return false;
	return true;
}

static void cut_until(struct nfha_tape *tape, u64 place)
{
	while (nfha_tape_cut(tape, place))
		;
}

/* Half of them are cut off, and the rest goes behind all of another tape. */
static bool run(struct nfha_tape *tape, struct nfha_tape *other,
		struct sk_buff **skb)
{
	const size_t n = ARRAY_SIZE(shapes);
	struct nfha_spot spot;
	size_t i;

	if (!keep_all(tape, skb) || !keep_all(other, skb))
		return false;
	spot = nfha_tape_first(tape);
	for (i = 0; i < n / 2; i++)
		if (!is_next(&spot, skb[i]))
			return false;
	cut_until(tape, spot.place);
	nfha_tape_join(other, tape);
	spot = nfha_tape_first(other);
	for (i = 0; i < n + n - n / 2; i++)
		if (!is_next(&spot, skb[i < n ? i : i - n + n / 2]))
			return false;
	cut_until(other, spot.place);
	return spot.place == other->end && !other->bytes && !tape->bytes &&
	       !other->last && other->base == other->end;
}

static bool is_limited(struct nfha_tape *tape)
{
	u64 before = tape->bytes;

	return !nfha_tape_grow(tape, NFHA_RECORD_HEAD, LIMIT, LIMIT) &&
	       tape->bytes == before;
}

static bool is_used_again(struct nfha_tape *tape, const struct sk_buff *skb)
{
	const struct nfha_chunk *chunk =
		list_first_entry_or_null(&tape->spare, struct nfha_chunk, list);

	return chunk && put(tape, skb) && tape->last == chunk;
}

/* Of a list there is the name only, and what it names is delivered. */
static bool is_named(struct nfha_tape *tape, struct sk_buff *skb)
{
	struct nfha_spot spot = nfha_tape_end(tape);
	struct sk_buff *list, *out = NULL;
	bool good, again = true;

	skb_shinfo(skb)->gso_size = GSO_BY_FRAGS;
	list = nfha_queue_clone(skb);
	good = nfha_queue_is_list(skb) && list &&
	       nfha_tape_has_room(tape, NFHA_RECORD_HEAD);
	if (good) {
		nfha_record_write(tape, skb, list,
				  (struct nfha_origin) {}, false);
		out = nfha_record_read(&spot, &again);
		good = out && !again && out->head == skb->head &&
		       spot.place == tape->end;
	}
	kfree_skb(out);
	kfree_skb(list);
	return good;
}

static bool packets_are_counted(void)
{
	return nfha_gso_packets(3, 1000, 9000) == 3 &&
	       nfha_gso_packets(0, 1000, 65000) == 65 &&
	       nfha_gso_packets(0, 1000, 0) == 1 &&
	       nfha_gso_packets(0, GSO_BY_FRAGS, 9000) == 1;
}

/* Headers that are said to be so far behind, of a packet in one piece of this length. */
static const struct {
	u32 linear;
	u32 transport;
	u32 csum;
	bool is_true;
} lies[] = {
	{ 1500, 20, 20, true }, { 1500, 1480, 1480, true },
	{ 60000, 20, 20, true }, { 60000, 16000, 16000, true },
	{ 60000, 40000, 20, false }, { 60000, 20, 40000, false },
	{ 60000, 16384 - ETH_HLEN - 60, 20, true },
	{ 60000, 20, 16384 - ETH_HLEN - 18, true },
#if PAGE_SIZE < SZ_16K
	{ 60000, 16384 - ETH_HLEN - 59, 20, false },
	{ 60000, 20, 16384 - ETH_HLEN - 17, false },
#endif
};

/* Its own headers are in the first piece of whatever is made of a packet. */
static bool is_judged(void)
{
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		struct sk_buff *skb = packet(lies[i].linear, lies[i].linear);

		if (!skb)
			return false;
		skb_set_transport_header(skb, lies[i].transport);
		skb->csum_start = skb_headroom(skb) + lies[i].csum;
		if (nfha_record_is_true(skb) != lies[i].is_true)
			good = false;
		skb_set_transport_header(skb, 20);
		skb->csum_start = skb_headroom(skb) + 20;
		skb->encapsulation = 1;
		skb_set_inner_transport_header(skb, lies[i].transport);
		if (lies[i].csum == 20 &&
		    nfha_record_is_true(skb) != lies[i].is_true)
			good = false;
		kfree_skb(skb);
	}
	return good;
}

/* A copy is the same packet, in the same pieces. */
static bool is_copied(void)
{
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct sk_buff *skb = packet(shapes[i][0], shapes[i][1]);
		struct sk_buff *copy = skb ? nfha_queue_copy(skb_get(skb)) : NULL;

		good &= copy && copy != skb && same(skb, copy);
		kfree_skb(copy);
		kfree_skb(skb);
	}
	return good;
}

/* A packet of the kernel's reserves is not kept, and no copy of it. */
static bool reserves_are_left(void)
{
	struct sk_buff *usual = packet(60, 60), *urgent = packet(60, 60);
	bool good;

	if (urgent)
		urgent->pfmemalloc = 1;
	good = usual && urgent;
	if (usual)
		usual = nfha_queue_own(usual);
	if (urgent)
		urgent = nfha_queue_own(urgent);
	good &= usual && !urgent;
	kfree_skb(usual);
	kfree_skb(urgent);
	return good;
}

bool nfha_selftest_record(void)
{
	struct sk_buff *skb[ARRAY_SIZE(shapes)];
	struct nfha_tape tape = {}, other = {};
	bool good;
	size_t i;

	nfha_tape_init(&tape);
	nfha_tape_init(&other);
	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		skb[i] = packet(shapes[i][0], shapes[i][1]);
	good = packets_are_counted() && run(&tape, &other, skb) && is_limited(&tape) &&
	       is_used_again(&other, skb[0]) && is_named(&other, skb[0]) &&
	       is_judged() && is_copied() && reserves_are_left();
	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		kfree_skb(skb[i]);
	nfha_tape_purge(&tape);
	nfha_tape_purge(&other);
	return good;
}
