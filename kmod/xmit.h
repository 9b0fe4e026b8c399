/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_XMIT_H
#define NFHA_XMIT_H

#include "port.h"

void nfha_xmit(struct sk_buff *skb, struct nfha_port *port);

/* How many packets an skb stands for: GRO or a local sender may have made one of
 * several.
 */
static inline unsigned int nfha_skb_packets(const struct sk_buff *skb)
{
	return skb_is_gso(skb) ? max_t(u16, skb_shinfo(skb)->gso_segs, 1) : 1;
}

#endif /* NFHA_XMIT_H */
