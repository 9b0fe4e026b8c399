/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SHIM_SKBUFF_H
#define SHIM_SKBUFF_H

/*
 * So much of the kernel that the parser of the module can be compiled as it is, in
 * user space. What is a structure of the wire comes from the kernel's own headers for
 * programs.
 */

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define __force
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define noinline __attribute__((noinline))
#define likely(x) (x)
#define unlikely(x) (x)

#define swap(a, b)				\
	do {					\
		__typeof__(a) tmp_ = (a);	\
						\
		(a) = (b);			\
		(b) = tmp_;			\
	} while (0)

#define lower_32_bits(n) ((u32)(n))
#define upper_32_bits(n) ((u32)((u64)(n) >> 32))

struct rcu_head {
	void *next;
};

/* A packet of the kernel's may have so many pages, too. */
#define SHIM_PAGES 17

/**
 * struct sk_buff - a packet
 * @len: bytes from @data on, in the pages as well
 * @data_len: of them in the pages
 * @protocol: as the driver has found it
 * @mac_header: the Ethernet header
 * @data: the linear part
 * @pages: how many there are
 * @page: the rest, piece by piece
 * @gso: it stands for several packets
 */
struct sk_buff {
	unsigned int len;
	unsigned int data_len;
	__be16 protocol;
	const u8 *mac_header;
	const u8 *data;
	unsigned int pages;
	struct {
		const u8 *data;
		unsigned int len;
	} page[SHIM_PAGES];
	bool gso;
};

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb->gso;
}

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

static inline int shim_copy(const struct sk_buff *skb, int offset, u8 *to, int len)
{
	int head = skb_headlen(skb);
	unsigned int i;
	int n;

	if (offset > (int)skb->len - len)
		return -1;
	n = head - offset < len ? head - offset : len;
	if (n > 0) {
		memcpy(to, skb->data + offset, n);
		to += n;
		len -= n;
		offset = 0;
	} else {
		offset -= head;
	}
	for (i = 0; len && i < skb->pages; i++) {
		n = (int)skb->page[i].len - offset;
		if (n <= 0) {
			offset -= skb->page[i].len;
			continue;
		}
		n = n < len ? n : len;
		memcpy(to, skb->page[i].data + offset, n);
		to += n;
		len -= n;
		offset = 0;
	}
	return len ? -1 : 0;
}

/* A mistake that is to be found: 1 hands out memory that the packet does not have, 2
 * knows nothing of what goes from one page into the next.
 */
#ifndef PLANTED
#define PLANTED 0
#endif
#define LIE ((PLANTED) == 1)

/* With the signs that the kernel's has. */
static inline void *skb_header_pointer(const struct sk_buff *skb, int offset,
				       int len, void *buffer)
{
	if ((int)skb_headlen(skb) - offset >= len - LIE)
		return (void *)(skb->data + offset);
	if (PLANTED == 2 && offset < (int)skb_headlen(skb))
		return NULL;
	return shim_copy(skb, offset, buffer, len) ? NULL : buffer;
}

#endif /* SHIM_SKBUFF_H */
