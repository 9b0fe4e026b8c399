// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet that is kept as bytes, and made a packet again when it is to be delivered.
 * It comes out in the shape that it had, one piece and pages behind it.
 */

#include <linux/sizes.h>

#include "queue.h"
#include "record.h"

/* What is made of a record has no more in one piece; but what is in one page has
 * come in one piece, and goes so.
 */
#define LINEAR_MAX	max_t(u32, SZ_16K, PAGE_SIZE)

/* The longest header of a transport. */
#define TRANSPORT_MAX	60

/* Bytes from the MAC header on that others read where the offsets of a packet say,
 * and do not ask whether they are in one piece.
 */
static s64 headers_end(const struct sk_buff *skb)
{
	s64 end = skb_transport_offset(skb) + TRANSPORT_MAX;

	if (skb->encapsulation)
		end = max_t(s64, end, skb_inner_transport_offset(skb) +
				      TRANSPORT_MAX);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		end = max_t(s64, end, skb_checksum_start_offset(skb) +
				      skb->csum_offset + sizeof(__sum16));
	return end + skb->mac_len;
}

/**
 * nfha_record_is_true - would what is made of a record be what was written?
 * @skb: the packet
 *
 * A sender may say that headers are anywhere in a packet, and the kernel has it so.
 *
 * Context: any.
 * Return: false if its headers are farther behind than those of any packet, and would not
 * be in the first piece any more.
 */
bool nfha_record_is_true(const struct sk_buff *skb)
{
	return skb->mac_len + skb_headlen(skb) <= LINEAR_MAX ||
	       headers_end(skb) <= LINEAR_MAX;
}

/**
 * nfha_record_write - write any packet
 * @tape: the tape, with memory for it
 * @skb: the packet, readable, for which nfha_record_is_true() says yes
 * @list: NULL; if it is a list of packets, a clone of it, which the owner of the
 *	tape keeps as long as the record
 * @from: where it came in
 * @got: the instance gets it now
 *
 * Context: any; the tape's lock.
 */
void nfha_record_write(struct nfha_tape *tape, const struct sk_buff *skb,
		       struct sk_buff *list, struct nfha_origin from,
		       bool got)
{
	struct nfha_record *rec = nfha_tape_begin(tape, NFHA_RECORD_HEAD);
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 len = list ? 0 : skb->mac_len + skb->len;

	rec->list = list;
	rec->linear = skb->mac_len + skb_headlen(skb);
	rec->gso_type = shinfo->gso_type;
	rec->gso_size = shinfo->gso_size;
	rec->gso_segs = shinfo->gso_segs;
	nfha_record_describe(rec, skb, len, from, got);
	nfha_tape_append(tape, skb, -(int)skb->mac_len, len);
}

static void pages_fill(struct sk_buff *skb, struct nfha_spot *spot)
{
	unsigned int i;

	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		nfha_tape_read(spot, skb_frag_address(frag), skb_frag_size(frag));
	}
}

/* Headers are in one piece for certain; more of it is hard to get. */
static struct sk_buff *build(const struct nfha_record *rec,
			     struct nfha_spot spot)
{
	u32 linear = min_t(u32, rec->linear, LINEAR_MAX);
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	struct sk_buff *skb = alloc_skb(rec->headroom + linear, gfp);

	if (!skb)
		return NULL;
	skb_reserve(skb, rec->headroom);
	nfha_tape_read(&spot, skb_put(skb, linear), linear);
	if (!nfha_queue_add_pages(skb, rec->len - linear, gfp)) {
		kfree_skb(skb);
		return NULL;
	}
	pages_fill(skb, &spot);
	memcpy(&skb->headers, rec->headers, sizeof(rec->headers));
	/* When it was to leave is over, and its kind alone would say otherwise. */
	skb_set_delivery_time(skb, 0, 0);
	skb->mac_len = rec->mac_len;
	skb->queue_mapping = rec->queue;
	skb_shinfo(skb)->gso_type = rec->gso_type;
	skb_shinfo(skb)->gso_size = rec->gso_size;
	skb_shinfo(skb)->gso_segs = rec->gso_segs;
	__skb_pull(skb, rec->mac_len);
	return skb;
}

/**
 * nfha_record_read - make a packet of a record
 * @spot: where the record is; behind it afterwards
 * @again: set if the instance, or whoever had the log before, has got it
 *
 * Where it came in is in its NFHA_WAIT(). From then on the instance has got it.
 *
 * Context: any; the tape's lock.
 * Return: the packet, or NULL without memory.
 */
struct sk_buff *nfha_record_read(struct nfha_spot *spot, bool *again)
{
	struct nfha_record *rec = nfha_tape_at(spot);
	struct nfha_spot data = *spot;
	struct sk_buff *skb;

	nfha_tape_read(&data, NULL, NFHA_RECORD_HEAD);
	skb = rec->list ? nfha_queue_clone(rec->list) : build(rec, data);
	nfha_tape_read(spot, NULL, NFHA_RECORD_HEAD + nfha_tape_pad(rec->len));
	*again = rec->got;
	if (!skb)
		return NULL;
	NFHA_WAIT(skb)->from = rec->from;
	rec->got = true;
	return skb;
}
