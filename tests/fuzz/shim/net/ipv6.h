/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SHIM_IPV6_H
#define SHIM_IPV6_H

#include <linux/skbuff.h>
#include <linux/ipv6.h>

#define NEXTHDR_HOP		0
#define NEXTHDR_ROUTING		43
#define NEXTHDR_FRAGMENT	44
#define NEXTHDR_AUTH		51
#define NEXTHDR_DEST		60

#define IP6_MF		0x0001
#define IP6_OFFSET	0xfff8

#define ipv6_optlen(p)	(((p)->hdrlen + 1) << 3)
#define ipv6_authlen(p)	(((p)->hdrlen + 2) << 2)

struct frag_hdr {
	u8 nexthdr;
	u8 reserved;
	__be16 frag_off;
	__be32 identification;
};

static inline bool ipv6_addr_is_multicast(const struct in6_addr *address)
{
	return address->s6_addr[0] == 0xff;
}

/* One byte's share of a prefix. */
static inline u8 shim_mask(unsigned int i, unsigned int bits)
{
	return bits >= 8 * (i + 1) ? 0xff : bits > 8 * i ? 0xff00 >> (bits - 8 * i) : 0;
}

static inline void ipv6_addr_prefix(struct in6_addr *to, const struct in6_addr *from,
				    int bits)
{
	unsigned int i;

	for (i = 0; i < sizeof(from->s6_addr); i++)
		to->s6_addr[i] = from->s6_addr[i] & shim_mask(i, bits);
}

static inline bool ipv6_prefix_equal(const struct in6_addr *a, const struct in6_addr *b,
				     unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < sizeof(a->s6_addr); i++)
		if ((a->s6_addr[i] ^ b->s6_addr[i]) & shim_mask(i, bits))
			return false;
	return true;
}

#endif /* SHIM_IPV6_H */
