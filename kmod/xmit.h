/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_XMIT_H
#define NFHA_XMIT_H

#include "port.h"

void nfha_xmit(struct sk_buff *skb, struct nfha_port *port);

#endif /* NFHA_XMIT_H */
