// SPDX-License-Identifier: GPL-2.0-only

#include <linux/kernel.h>

#include "sample.h"
#include "selftest.h"

static bool whole_is_read(void)
{
	struct nfha_frame f = nfha_frame_make();
	struct nfha_packet pkt;

	return nfha_frame_parse(&f, sizeof(f), &pkt) == NFHA_PARSE_FLOW &&
	       pkt.swapped &&
	       pkt.key.port[0] == htons(80) && pkt.key.port[1] == htons(1234) &&
	       pkt.tcp == NFHA_TCP_ACK && pkt.tcp_seq == 1000 &&
	       pkt.tcp_end == 1010;
}

/* Ethernet pads; what is behind the packet is no part of it. */
static bool padding_is_left_out(void)
{
	struct nfha_frame f = nfha_frame_make();
	struct nfha_packet pkt;

	f.ip.tot_len = htons(sizeof(f.ip) + sizeof(f.tcp));
	return nfha_frame_parse(&f, sizeof(f), &pkt) == NFHA_PARSE_FLOW &&
	       pkt.tcp_end == 1000;
}

static bool fragments_are_told(void)
{
	struct nfha_frame f = nfha_frame_make();
	struct nfha_packet pkt;

	f.ip.id = htons(77);
	f.ip.frag_off = htons(0x2000);
	if (nfha_frame_parse(&f, sizeof(f), &pkt) != NFHA_PARSE_FLOW ||
	    !pkt.first_fragment || pkt.frag_id != htonl(77))
		return false;
	f.ip.frag_off = htons(10);
	return nfha_frame_parse(&f, sizeof(f), &pkt) == NFHA_PARSE_FRAGMENT &&
	       !pkt.key.port[0];
}

static bool multicast_is_control(void)
{
	struct nfha_frame f = nfha_frame_make();
	struct nfha_packet pkt;

	f.ip.daddr = htonl(0xe0000001);
	if (nfha_frame_parse(&f, sizeof(f), &pkt) != NFHA_PARSE_CONTROL)
		return false;
	f = nfha_frame_make();
	f.eth.h_dest[0] = 1;
	return nfha_frame_parse(&f, sizeof(f), &pkt) == NFHA_PARSE_CONTROL;
}

/* 10.0.0.2 sends to 10.0.0.1, or the same in IPv6. One line for a header. */
static const struct nfha_sample samples[] = {
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
};

bool nfha_selftest_parse(void)
{
	return whole_is_read() && padding_is_left_out() &&
	       fragments_are_told() && multicast_is_control() &&
	       nfha_samples_read(samples, ARRAY_SIZE(samples));
}
