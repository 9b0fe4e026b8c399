/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_XMIT_H
#define NFHA_XMIT_H

#include "port.h"

void nfha_xmit(struct sk_buff *skb, struct nfha_port *port);
unsigned int nfha_skb_packets(const struct sk_buff *skb);

#endif /* NFHA_XMIT_H */
