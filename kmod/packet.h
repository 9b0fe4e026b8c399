/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_PACKET_H
#define NFHA_PACKET_H

#include <linux/netfilter.h>

unsigned int nfha_packet_hook(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);

#endif /* NFHA_PACKET_H */
