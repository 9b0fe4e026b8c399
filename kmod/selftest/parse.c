// SPDX-License-Identifier: GPL-2.0-only

#include <linux/etherdevice.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
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

/* The first bytes of a frame, as the hook gets them. */
static struct sk_buff *skb_make(const void *frame, unsigned int len)
{
	struct sk_buff *skb = alloc_skb(len + NET_IP_ALIGN, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reserve(skb, NET_IP_ALIGN);
	skb_put_data(skb, frame, len);
	skb_reset_mac_header(skb);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);
	return skb;
}

static enum nfha_verdict parse(const void *frame, unsigned int len,
			       struct nfha_packet *pkt)
{
	struct sk_buff *skb = skb_make(frame, len);
	enum nfha_verdict verdict;

	if (!skb)
		return NFHA_PARSE_CONTROL;
	verdict = nfha_parse(skb, pkt);
	kfree_skb(skb);
	return verdict;
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

bool nfha_selftest_parse(void)
{
	return whole_is_read() && padding_is_left_out() &&
	       parts_are_malformed() && lies_are_malformed() &&
	       fragments_are_told() && multicast_is_control();
}
