// SPDX-License-Identifier: GPL-2.0-only

#include <linux/ctype.h>
#include <linux/etherdevice.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>

#include "parse.h"
#include "selftest.h"

/*
 * A TCP segment in IPv4, to be spoilt
 */
struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
	u8 data[10];
} __packed;

static struct frame frame_make(void)
{
	struct frame f = {
		.eth = { .h_dest = { 2, 0, 0, 0, 0, 1 },
			 .h_proto = htons(ETH_P_IP) },
		.ip = { .version = 4, .ihl = 5, .protocol = IPPROTO_TCP,
			.saddr = htonl(0x0a000002), .daddr = htonl(0x0a000001),
			.tot_len = htons(sizeof(f) - sizeof(f.eth)) },
		.tcp = { .source = htons(1234), .dest = htons(80), .doff = 5,
			 .ack = 1, .seq = htonl(1000) },
	};

	return f;
}

/* A frame as the hook gets it, with its first bytes in the linear part and the
 * others in a page. Who reads on behind the linear part finds rubbish.
 */
static struct sk_buff *skb_make(const void *frame, unsigned int len,
				unsigned int linear)
{
	struct sk_buff *skb = alloc_skb(len + NET_IP_ALIGN, GFP_KERNEL);
	struct page *page = NULL;

	if (skb && linear < len)
		page = alloc_page(GFP_KERNEL);
	if (!skb || (linear < len && !page)) {
		kfree_skb(skb);
		return NULL;
	}
	skb_reserve(skb, NET_IP_ALIGN);
	memset(skb->data, 0xa5, skb_tailroom(skb));
	skb_put_data(skb, frame, linear);
	if (page) {
		memcpy(page_address(page), frame + linear, len - linear);
		skb_add_rx_frag(skb, 0, page, 0, len - linear, PAGE_SIZE);
	}
	skb_reset_mac_header(skb);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);
	return skb;
}

/* What the parser leaves as it was is not what anybody expects. */
static int parse_split(const void *frame, unsigned int len,
		       unsigned int linear, struct nfha_packet *pkt)
{
	struct sk_buff *skb = skb_make(frame, len, linear);
	int verdict;

	if (!skb)
		return -ENOMEM;
	memset(pkt, 0xa5, sizeof(*pkt));
	verdict = nfha_parse(skb, pkt);
	kfree_skb(skb);
	return verdict;
}

static int parse(const void *frame, unsigned int len, struct nfha_packet *pkt)
{
	return parse_split(frame, len, len, pkt);
}

static bool whole_is_read(void)
{
	struct frame f = frame_make();
	struct nfha_packet pkt;

	return parse(&f, sizeof(f), &pkt) == NFHA_PARSE_FLOW && pkt.swapped &&
	       pkt.key.port[0] == htons(80) && pkt.key.port[1] == htons(1234) &&
	       pkt.tcp == NFHA_TCP_ACK && pkt.tcp_seq == 1000 &&
	       pkt.tcp_end == 1010;
}

/* Ethernet pads; what is behind the packet is no part of it. */
static bool padding_is_left_out(void)
{
	struct frame f = frame_make();
	struct nfha_packet pkt;

	f.ip.tot_len = htons(sizeof(f.ip) + sizeof(f.tcp));
	return parse(&f, sizeof(f), &pkt) == NFHA_PARSE_FLOW &&
	       pkt.tcp_end == 1000;
}

static bool parts_are_malformed(void)
{
	struct frame f = frame_make();
	struct nfha_packet pkt;
	unsigned int len;

	for (len = ETH_HLEN; len < sizeof(f); len++)
		if (parse(&f, len, &pkt) != NFHA_PARSE_MALFORMED)
			return false;
	return true;
}

static bool lies_are_malformed(void)
{
	struct nfha_packet pkt;
	struct frame f;
	int i;

	for (i = 0; i < 6; i++) {
		f = frame_make();
		switch (i) {
		case 0:
			f.ip.version = 5;
			break;
		case 1:
			f.ip.ihl = 4;
			break;
		case 2:
			f.ip.ihl = 15;
			break;
		case 3:
			f.ip.tot_len = htons(19);
			break;
		case 4:
			f.ip.tot_len = htons(sizeof(f));
			break;
		case 5:
			f.tcp.doff = 4;
			break;
		}
		if (parse(&f, sizeof(f), &pkt) != NFHA_PARSE_MALFORMED)
			return false;
	}
	return true;
}

static bool fragments_are_told(void)
{
	struct frame f = frame_make();
	struct nfha_packet pkt;

	f.ip.id = htons(77);
	f.ip.frag_off = htons(0x2000);
	if (parse(&f, sizeof(f), &pkt) != NFHA_PARSE_FLOW ||
	    !pkt.first_fragment || pkt.frag_id != htonl(77))
		return false;
	f.ip.frag_off = htons(10);
	return parse(&f, sizeof(f), &pkt) == NFHA_PARSE_FRAGMENT &&
	       !pkt.key.port[0];
}

static bool multicast_is_control(void)
{
	struct frame f = frame_make();
	struct nfha_packet pkt;

	f.ip.daddr = htonl(0xe0000001);
	if (parse(&f, sizeof(f), &pkt) != NFHA_PARSE_CONTROL)
		return false;
	f = frame_make();
	f.eth.h_dest[0] = 1;
	return parse(&f, sizeof(f), &pkt) == NFHA_PARSE_CONTROL;
}

/*
 * struct sample - a frame, and what is in it
 * @name: for the log
 * @frame: from the Ethernet header on, hexadecimal
 * @key: bytes of the key, hexadecimal
 *
 * The others are as in struct nfha_packet.
 */
struct sample {
	const char *name;
	const char *frame;
	int verdict;
	const char *key;
	bool swapped;
	bool icmp_error;
	bool first_fragment;
	u8 tcp;
	u32 tcp_seq;
	u32 tcp_end;
	u32 frag_id;
};

/* 10.0.0.2 sends to 10.0.0.1, or the same in IPv6. One line for a header. */
static const struct sample samples[] = {
	{
		.name = "tcp with options",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000038 004d0000 40060000 0a000002 0a000001\n"
			 "04d20050 000003e8 00000007 80180200 00000000 01010101 01010101 01010101\n"
			 "64617461\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "005004d2 06040000 0a000001 0a000002\n",
		.swapped = true,
		.tcp = 0x18,
		.tcp_seq = 1000,
		.tcp_end = 1004,
	},
	{
		.name = "ip options",
		.frame = "02000000 00010200 00000002 0800\n"
			 "47000030 004d0000 40060000 0a000002 0a000001 01010101 01010101\n"
			 "04d20050 000003e8 00000007 50020200 00000000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "005004d2 06040000 0a000001 0a000002\n",
		.swapped = true,
		.tcp = 0x02,
		.tcp_seq = 1000,
		.tcp_end = 1001,
	},
	{
		.name = "udp",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000020 004d0000 40110000 0a000001 0a000002\n"
			 "04d20035 000c0000\n"
			 "64617461\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "04d20035 11040000 0a000001 0a000002\n",
	},
	{
		.name = "sctp",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000020 004d0000 40840000 0a000002 0a000001\n"
			 "04d20035 000c0000\n"
			 "64617461\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "003504d2 84040000 0a000001 0a000002\n",
		.swapped = true,
	},
	{
		.name = "gre",
		.frame = "02000000 00010200 00000002 0800\n"
			 "4500001c 004d0000 402f0000 0a000002 0a000001\n"
			 "00000000 00000000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 2f040000 0a000001 0a000002\n",
		.swapped = true,
	},
	{
		.name = "icmp echo",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000020 004d0000 40010000 0a000002 0a000001\n"
			 "08000000 12340001\n"
			 "64617461\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "12341234 01040000 0a000001 0a000002\n",
		.swapped = true,
	},
	{
		.name = "icmp router advertisement",
		.frame = "02000000 00010200 00000002 0800\n"
			 "4500001c 004d0000 40010000 0a000002 0a000001\n"
			 "09000000 00000000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 01040000 0a000001 0a000002\n",
		.swapped = true,
	},
	{
		.name = "udp header cut off",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000018 004d0000 40110000 0a000002 0a000001\n"
			 "04d20035\n",
		.verdict = NFHA_PARSE_MALFORMED,
	},
	{
		.name = "tcp data offset behind the end",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000028 004d0000 40060000 0a000002 0a000001\n"
			 "04d20050 000003e8 00000007 f0100200 00000000\n",
		.verdict = NFHA_PARSE_MALFORMED,
	},
	{
		.name = "two tags",
		.frame = "02000000 00010200 00000002 88a8\n"
			 "00058100\n"
			 "00060800\n"
			 "4500001c 004d0000 40110000 0a000002 0a000001\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "003504d2 11040000 0a000001 0a000002\n",
		.swapped = true,
	},
	{
		.name = "three tags",
		.frame = "02000000 00010200 00000002 88a8\n"
			 "00058100\n"
			 "00068100\n"
			 "00070800\n"
			 "4500001c 004d0000 40110000 0a000002 0a000001\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_CONTROL,
	},
	{
		.name = "arp",
		.frame = "02000000 00010200 00000002 0806\n"
			 "00000000 00000000 00000000 00000000 00000000 00000000 00000000\n",
		.verdict = NFHA_PARSE_CONTROL,
	},
	{
		.name = "broadcast frame",
		.frame = "ffffffff ffff0200 00000002 0800\n"
			 "4500001c 004d0000 40110000 0a000002 0a000001\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_CONTROL,
	},
	{
		.name = "multicast",
		.frame = "02000000 00010200 00000002 0800\n"
			 "4500001c 004d0000 40110000 0a000002 e0000005\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_CONTROL,
	},
	{
		.name = "limited broadcast",
		.frame = "02000000 00010200 00000002 0800\n"
			 "4500001c 004d0000 40110000 0a000002 ffffffff\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_CONTROL,
	},
	{
		.name = "ipv6 multicast",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00081140 20010db8 00000000 00000000 00000002 ff020000 00000000\n"
			 "00000000 00000001\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_CONTROL,
	},
	{
		.name = "error quotes udp",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000038 004d0000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "450005dc 004d0000 40110000 0a000002 0a000001\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "003504d2 11040000 0a000001 0a000002\n",
		.icmp_error = true,
	},
	{
		.name = "error quotes 8 bytes of tcp",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000038 004d0000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "450005dc 004d0000 40060000 0a000002 0a000001\n"
			 "04d20050 000003e8\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "005004d2 06040000 0a000001 0a000002\n",
		.icmp_error = true,
	},
	{
		.name = "error quotes ip options",
		.frame = "02000000 00010200 00000002 0800\n"
			 "4500003c 004d0000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "460005e0 004d0000 40060000 0a000002 0a000001 01010101\n"
			 "04d20050 000003e8\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "005004d2 06040000 0a000001 0a000002\n",
		.icmp_error = true,
	},
	{
		.name = "error quotes echo",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000038 004d0000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "450005dc 004d0000 40010000 0a000002 0a000001\n"
			 "08000000 00770000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00770077 01040000 0a000001 0a000002\n",
		.icmp_error = true,
	},
	{
		.name = "quote too short",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000028 004d0000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "4500001c 004d0000 40110000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 01040000 0a000002 c0000209\n",
		.swapped = true,
	},
	{
		.name = "quote without ports",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000031 004d0000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "450005dc 004d0000 40110000 0a000002 0a000001\n"
			 "04\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 01040000 0a000002 c0000209\n",
		.swapped = true,
	},
	{
		.name = "error quotes an error",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000038 004d0000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "450005dc 004d0000 40010000 0a000002 0a000001\n"
			 "03000000 00000000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 01040000 0a000002 c0000209\n",
		.swapped = true,
	},
	{
		.name = "error quotes a later fragment",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000038 004d0000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "450005dc 004d0010 40110000 0a000002 0a000001\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 01040000 0a000002 c0000209\n",
		.swapped = true,
	},
	{
		.name = "error quotes a short first fragment",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000031 004d0000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "450005dc 004d2000 40110000 0a000002 0a000001\n"
			 "04\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 01040000 0a000002 c0000209\n",
		.swapped = true,
	},
	{
		.name = "error in pieces",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000038 004d2000 40010000 c0000209 0a000002\n"
			 "03010000 00000000\n"
			 "450005dc 004d0000 40110000 0a000002 0a000001\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 01040000 0a000002 c0000209\n",
		.swapped = true,
		.first_fragment = true,
		.frag_id = 0x4d,
	},
	{
		.name = "error to a multicast address",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000038 004d0000 40010000 c0000209 e0000005\n"
			 "03010000 00000000\n"
			 "450005dc 004d0000 40110000 0a000002 0a000001\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_CONTROL,
	},
	{
		.name = "first fragment",
		.frame = "02000000 00010200 00000002 0800\n"
			 "45000024 004d2000 40110000 0a000002 0a000001\n"
			 "04d20035 00080000\n"
			 "64617461 64617461\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "003504d2 11040000 0a000001 0a000002\n",
		.swapped = true,
		.first_fragment = true,
		.frag_id = 0x4d,
	},
	{
		.name = "first fragment cut off",
		.frame = "02000000 00010200 00000002 0800\n"
			 "4500001c 004d2000 40060000 0a000002 0a000001\n"
			 "04d20050 000003e8\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 06040000 0a000001 0a000002\n",
		.swapped = true,
		.first_fragment = true,
		.frag_id = 0x4d,
	},
	{
		.name = "later fragment",
		.frame = "02000000 00010200 00000002 0800\n"
			 "4500001c 004d2002 40110000 0a000002 0a000001\n"
			 "64617461 64617461\n",
		.verdict = NFHA_PARSE_FRAGMENT,
		.key = "00000000 11040000 0a000001 0a000002\n",
		.swapped = true,
		.frag_id = 0x4d,
	},
	{
		.name = "ipv6 tcp",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00180640 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "04d20050 000003e8 00000007 50110200 00000000\n"
			 "64617461\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "005004d2 06060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
		.tcp = 0x11,
		.tcp_seq = 1000,
		.tcp_end = 1005,
	},
	{
		.name = "ipv6 extension headers",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00280040 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "2b000000 00000000\n"
			 "3c010000 00000000 00000000 00000000\n"
			 "11000000 00000000\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "003504d2 11060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
	},
	{
		.name = "ipv6 authentication",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00203340 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "11040000 00000000 00000000 00000000 00000000 00000000\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "003504d2 11060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
	},
	{
		.name = "ipv6 esp",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00083240 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "00000000 00000000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 32060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
	},
	{
		.name = "ipv6 nothing",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00003b40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 3b060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
	},
	{
		.name = "ipv6 eight extension headers",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00483c40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "3c000000 00000000 3c000000 00000000 3c000000 00000000 3c000000 00000000\n"
			 "3c000000 00000000 3c000000 00000000 3c000000 00000000\n"
			 "11000000 00000000\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "003504d2 11060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
	},
	{
		.name = "ipv6 nine extension headers",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00503c40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "3c000000 00000000 3c000000 00000000 3c000000 00000000 3c000000 00000000\n"
			 "3c000000 00000000 3c000000 00000000 3c000000 00000000 3c000000 00000000\n"
			 "11000000 00000000\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_MALFORMED,
	},
	{
		.name = "ipv6 extension header behind the end",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00103c40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "11090000 00000000\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_MALFORMED,
	},
	{
		.name = "ipv6 first fragment",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00102c40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "11000001 deadbeef\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "003504d2 11060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
		.first_fragment = true,
		.frag_id = 0xdeadbeef,
	},
	{
		.name = "ipv6 later fragment",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00102c40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "3c000008 deadbeef\n"
			 "64617461 64617461\n",
		.verdict = NFHA_PARSE_FRAGMENT,
		.key = "00000000 00060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
		.frag_id = 0xdeadbeef,
	},
	{
		.name = "ipv6 atomic fragment",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00102c40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "11000000 deadbeef\n"
			 "04d20035 00080000\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "003504d2 11060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
	},
	{
		.name = "ipv6 echo",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00083a40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "80000000 12340001\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "12341234 3a060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.swapped = true,
	},
	{
		.name = "ipv6 error",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 00403a40 20010db8 00090000 00000000 00000009 20010db8 00000000\n"
			 "00000000 00000002\n"
			 "02000000 00000000\n"
			 "60000000 05783c40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "06000000 00000000\n"
			 "04d20050 000003e8\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "005004d2 06060000 20010db8 00000000 00000000 00000001 20010db8 00000000\n"
		       "00000000 00000002\n",
		.icmp_error = true,
	},
	{
		.name = "ipv6 error quotes a later fragment",
		.frame = "02000000 00010200 00000002 86dd\n"
			 "60000000 003c3a40 20010db8 00090000 00000000 00000009 20010db8 00000000\n"
			 "00000000 00000002\n"
			 "01000000 00000000\n"
			 "60000000 05782c40 20010db8 00000000 00000000 00000002 20010db8 00000000\n"
			 "00000000 00000001\n"
			 "11000028 deadbeef\n"
			 "64617461\n",
		.verdict = NFHA_PARSE_FLOW,
		.key = "00000000 3a060000 20010db8 00000000 00000000 00000002 20010db8 00090000\n"
		       "00000000 00000009\n",
		.swapped = true,
	},
};

#define SAMPLE_MAX 256

static unsigned int unhex(u8 *to, const char *from)
{
	unsigned int n = 0;

	while (*from && n < SAMPLE_MAX) {
		if (isspace(*from)) {
			from++;
			continue;
		}
		if (hex2bin(&to[n++], from, 1))
			return 0;
		from += 2;
	}
	return n;
}

static bool has_key(const struct sample *s)
{
	return s->verdict == NFHA_PARSE_FLOW ||
	       s->verdict == NFHA_PARSE_FRAGMENT;
}

static bool is_as_said(const struct sample *s, int verdict,
		       const struct nfha_packet *pkt)
{
	u8 key[SAMPLE_MAX];
	unsigned int len;

	if (verdict != s->verdict)
		return false;
	if (!has_key(s))
		return true;
	len = unhex(key, s->key);
	if (len != nfha_key_len(&pkt->key) || memcmp(&pkt->key, key, len) ||
	    pkt->swapped != s->swapped || pkt->icmp_error != s->icmp_error ||
	    pkt->first_fragment != s->first_fragment || pkt->tcp != s->tcp)
		return false;
	if (pkt->key.proto == IPPROTO_TCP &&
	    (pkt->tcp_seq != s->tcp_seq || pkt->tcp_end != s->tcp_end))
		return false;
	return (!s->first_fragment && verdict != NFHA_PARSE_FRAGMENT) ||
	       pkt->frag_id == htonl(s->frag_id);
}

/* Wherever the linear part ends. */
static bool is_read(const struct sample *s, const u8 *frame, unsigned int len)
{
	unsigned int linear;

	for (linear = ETH_HLEN; linear <= len; linear++) {
		struct nfha_packet pkt;
		int verdict = parse_split(frame, len, linear, &pkt);

		if (!is_as_said(s, verdict, &pkt)) {
			pr_err("nfha: self-test parse: %s: %u of %u linear: verdict %d\n",
			       s->name, linear, len, verdict);
			return false;
		}
	}
	return true;
}

/* A frame that lacks its end contradicts its own length. */
static bool is_missed(const struct sample *s, const u8 *frame, unsigned int len)
{
	struct nfha_packet pkt;
	unsigned int cut;

	if (!has_key(s))
		return true;
	for (cut = ETH_HLEN; cut < len; cut++) {
		if (parse(frame, cut, &pkt) == NFHA_PARSE_MALFORMED)
			continue;
		pr_err("nfha: self-test parse: %s: cut at %u\n", s->name, cut);
		return false;
	}
	return true;
}

static bool samples_are_read(void)
{
	u8 frame[SAMPLE_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		unsigned int len = unhex(frame, samples[i].frame);

		if (!is_read(&samples[i], frame, len) ||
		    !is_missed(&samples[i], frame, len))
			return false;
	}
	return true;
}

bool nfha_selftest_parse(void)
{
	return whole_is_read() && padding_is_left_out() &&
	       parts_are_malformed() && lies_are_malformed() &&
	       fragments_are_told() && multicast_is_control() &&
	       samples_are_read();
}
