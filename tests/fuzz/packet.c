// SPDX-License-Identifier: GPL-2.0-or-later

#include <stdlib.h>

#include "fuzz.h"
#include "packet.h"

#define PIECE_MAX 48

static u8 *part(const u8 *from, size_t size)
{
	u8 *room = malloc(size ? size : 1);

	must(room);
	memcpy(room, from, size);
	return room;
}

/* Frames of less than 1536 have their length there, and no type. */
static __be16 protocol_of(const u8 *frame)
{
	__be16 type;

	memcpy(&type, frame + 12, sizeof(type));
	return ntohs(type) >= ETH_P_802_3_MIN ? type : htons(ETH_P_802_2);
}

/* The next of the lengths that follow from a layout. */
static size_t cut(u16 *layout, size_t most)
{
	size_t n;

	*layout = *layout * 25173u + 13849u;
	n = (*layout >> 7) % (PIECE_MAX + 1);
	return n < most ? n : most;
}

void packet_make(struct packet *p, const u8 *frame, size_t size, u16 layout)
{
	const u8 *from = frame + ETH_HLEN;
	size_t left = size - ETH_HLEN;
	size_t n = layout ? cut(&layout, left) : left;
	struct sk_buff *skb = &p->skb;

	memset(p, 0, sizeof(*p));
	p->room[0] = part(frame, ETH_HLEN);
	p->room[1] = part(from, n);
	skb->mac_header = p->room[0];
	skb->data = p->room[1];
	skb->len = left;
	skb->data_len = left - n;
	skb->protocol = protocol_of(frame);
	for (from += n, left -= n; left; from += n, left -= n) {
		n = skb->pages == SHIM_PAGES - 1 ? left : cut(&layout, left);
		p->room[2 + skb->pages] = part(from, n);
		skb->page[skb->pages].data = p->room[2 + skb->pages];
		skb->page[skb->pages++].len = n;
	}
}

void packet_free(struct packet *p)
{
	size_t i;

	for (i = 0; i < sizeof(p->room) / sizeof(*p->room); i++)
		free(p->room[i]);
}
