// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that are cut off, lie about their lengths, or would get past the parser
 * as something else than they are.
 */

#include <linux/kernel.h>

#include "sample.h"
#include "selftest.h"

static bool parts_are_malformed(void)
{
	struct nfha_frame f = nfha_frame_make();
	struct nfha_packet pkt;
	unsigned int len;

	for (len = ETH_HLEN; len < sizeof(f); len++)
		if (nfha_frame_parse(&f, len, &pkt) != NFHA_PARSE_MALFORMED)
			return false;
	return true;
}

static bool lies_are_malformed(void)
{
	struct nfha_packet pkt;
	struct nfha_frame f;
	int i;

	for (i = 0; i < 6; i++) {
		f = nfha_frame_make();
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
		if (nfha_frame_parse(&f, sizeof(f), &pkt) !=
		    NFHA_PARSE_MALFORMED)
			return false;
	}
	return true;
}

/* 10.0.0.2 sends to 10.0.0.1, or the same in IPv6. One line for a header. */
static const struct nfha_sample samples[] = {
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

bool nfha_selftest_parse_hostile(void)
{
	return parts_are_malformed() && lies_are_malformed() &&
	       nfha_samples_read(samples, ARRAY_SIZE(samples));
}
