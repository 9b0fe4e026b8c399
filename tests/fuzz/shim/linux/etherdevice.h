/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SHIM_ETHERDEVICE_H
#define SHIM_ETHERDEVICE_H

#include <linux/skbuff.h>

static inline const struct ethhdr *eth_hdr(const struct sk_buff *skb)
{
	return (const struct ethhdr *)skb->mac_header;
}

static inline bool is_multicast_ether_addr(const u8 *address)
{
	return address[0] & 1;
}

#endif /* SHIM_ETHERDEVICE_H */
