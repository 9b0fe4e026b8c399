/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_RECORD_H
#define NFHA_RECORD_H

#include <linux/jiffies.h>

#include "queue.h"
#include "tape.h"

/**
 * struct nfha_record - a packet on a tape
 * @list: the packet itself, if it is a list of packets, or NULL
 * @since: jiffies
 * @len: bytes that follow, from the MAC header on
 * @linear: how many of them were in one piece
 * @gso_type: as in struct skb_shared_info, like the next two
 * @gso_size: the same
 * @gso_segs: the same
 * @headroom: in front of the MAC header; all offsets in @headers count from there
 * @queue: skb->queue_mapping
 * @mac_len: length of the MAC header
 * @from: where it came in
 * @got: the instance has got it, or whoever had the log before
 * @headers: what a copy of a packet takes over
 */
struct nfha_record {
	struct sk_buff *list;
	unsigned long since;
	u32 len;
	u32 linear;
	u32 gso_type;
	u16 gso_size;
	u16 gso_segs;
	u16 headroom;
	u16 queue;
	u8 mac_len;
	struct nfha_origin from;
	bool got;
	u8 headers[sizeof_field(struct sk_buff, headers)] __aligned(8);
};

#define NFHA_RECORD_HEAD ALIGN(sizeof(struct nfha_record), NFHA_TAPE_ALIGN)

bool nfha_record_is_true(const struct sk_buff *skb);
void nfha_record_write(struct nfha_tape *tape, const struct sk_buff *skb,
		       struct sk_buff *list, struct nfha_origin from,
		       bool got);
struct sk_buff *nfha_record_read(struct nfha_spot *spot, bool *again);

/* Bytes that it takes on a tape. */
static inline u32 nfha_record_size(const struct sk_buff *skb)
{
	return NFHA_RECORD_HEAD + nfha_tape_pad(skb->mac_len + skb->len);
}

static inline unsigned long nfha_record_since(const struct nfha_spot *spot)
{
	return ((const struct nfha_record *)nfha_tape_at(spot))->since;
}

/* As nfha_skb_packets() of the packet. */
static inline unsigned int nfha_record_packets(const struct nfha_spot *spot)
{
	const struct nfha_record *rec = nfha_tape_at(spot);

	if (rec->list)
		return nfha_skb_packets(rec->list);
	return rec->gso_size ? nfha_gso_packets(rec->gso_segs, rec->gso_size,
						rec->len - rec->mac_len) : 1;
}

/* What is said of a packet, but for how it is divided. */
static __always_inline void nfha_record_describe(struct nfha_record *rec,
						 const struct sk_buff *skb,
						 u32 len,
						 struct nfha_origin from,
						 bool got)
{
	rec->since = jiffies;
	rec->len = len;
	rec->headroom = skb_headroom(skb) - skb->mac_len;
	rec->queue = skb->queue_mapping;
	rec->mac_len = skb->mac_len;
	rec->from = from;
	rec->got = got;
	memcpy(rec->headers, &skb->headers, sizeof(rec->headers));
}

/**
 * nfha_record_write_plain - write a packet, if that is simple
 * @tape: the tape
 * @skb: the packet
 * @from: where it came in
 * @got: the instance gets it now
 *
 * Almost always a packet is in one piece, and there is room for it in one piece.
 * That is done for each packet, so it is done in the caller.
 *
 * Context: any; the tape's lock.
 * Return: false if it is not so, and the packet has not been written.
 */
static __always_inline bool
nfha_record_write_plain(struct nfha_tape *tape, const struct sk_buff *skb,
			struct nfha_origin from, bool got)
{
	u32 len = skb->mac_len + skb->len;
	u32 size = NFHA_RECORD_HEAD + nfha_tape_pad(len);
	struct nfha_record *rec;

	if (unlikely(skb_is_nonlinear(skb) || skb_is_gso(skb) ||
		     !nfha_tape_has_room(tape, size)))
		return false;
	rec = nfha_tape_take(tape, size);
	rec->list = NULL;
	rec->linear = len;
	rec->gso_type = 0;
	rec->gso_size = 0;
	rec->gso_segs = 0;
	nfha_record_describe(rec, skb, len, from, got);
	memcpy((void *)rec + NFHA_RECORD_HEAD, skb->data - skb->mac_len, len);
	return true;
}

#endif /* NFHA_RECORD_H */
