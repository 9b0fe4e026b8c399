/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SHIM_IP_H
#define SHIM_IP_H

#include <linux/skbuff.h>
#include <linux/ip.h>

#define IP_MF		0x2000
#define IP_OFFSET	0x1fff

static inline bool ipv4_is_multicast(__be32 address)
{
	return (address & htonl(0xf0000000)) == htonl(0xe0000000);
}

static inline bool ipv4_is_lbcast(__be32 address)
{
	return address == htonl(INADDR_BROADCAST);
}

#endif /* SHIM_IP_H */
