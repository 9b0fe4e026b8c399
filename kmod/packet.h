/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_PACKET_H
#define NFHA_PACKET_H

#include <linux/netfilter.h>

#include "queue.h"

/* In place of an index; no service has so many instances. */
#define NFHA_PACKET_PIECE 0xfffd

struct nfha_instance;
struct nfha_service;

unsigned int nfha_packet_hook(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);
void nfha_packet_reach(struct nfha_instance *instance, struct nfha_origin from,
		       struct sk_buff *skb);
u16 nfha_packet_owner(struct nfha_service *service, struct nfha_origin from,
		      struct sk_buff *skb);
bool nfha_packet_has_moved(struct nfha_service *service, struct sk_buff *skb);
void nfha_packet_leave(struct nfha_service *service, u8 side,
		       struct sk_buff *skb);

#endif /* NFHA_PACKET_H */
