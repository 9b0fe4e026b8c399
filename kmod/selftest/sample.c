// SPDX-License-Identifier: GPL-2.0-only

#include <linux/ctype.h>
#include <linux/etherdevice.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/skbuff.h>

#include "sample.h"

/**
 * nfha_frame_make - a frame that nothing is wrong with
 *
 * Return: the frame, from 10.0.0.2 to 10.0.0.1.
 */
struct nfha_frame nfha_frame_make(void)
{
	struct nfha_frame f = {
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

/**
 * nfha_frame_parse - what the parser makes of a frame
 * @frame: from the Ethernet header on
 * @len: of the frame
 * @pkt: what was found
 *
 * Context: process.
 * Return: enum nfha_verdict or -ENOMEM.
 */
int nfha_frame_parse(const void *frame, unsigned int len,
		     struct nfha_packet *pkt)
{
	return parse_split(frame, len, len, pkt);
}

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

static bool has_key(const struct nfha_sample *s)
{
	return s->verdict == NFHA_PARSE_FLOW ||
	       s->verdict == NFHA_PARSE_FRAGMENT;
}

static bool is_as_said(const struct nfha_sample *s, int verdict,
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
static bool is_read(const struct nfha_sample *s, const u8 *frame,
		    unsigned int len)
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
static bool is_missed(const struct nfha_sample *s, const u8 *frame,
		      unsigned int len)
{
	struct nfha_packet pkt;
	unsigned int cut;

	if (!has_key(s))
		return true;
	for (cut = ETH_HLEN; cut < len; cut++) {
		if (nfha_frame_parse(frame, cut, &pkt) == NFHA_PARSE_MALFORMED)
			continue;
		pr_err("nfha: self-test parse: %s: cut at %u\n", s->name, cut);
		return false;
	}
	return true;
}

/**
 * nfha_samples_read - does the parser find what is in the samples?
 * @samples: @n of them; each is tried whole with every length of the linear
 *	part, and, if it has a key, with every part of its end missing
 * @n: how many
 *
 * Context: process.
 * Return: true if so; what is not, is in the log.
 */
bool nfha_samples_read(const struct nfha_sample *samples, size_t n)
{
	u8 frame[SAMPLE_MAX];
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned int len = unhex(frame, samples[i].frame);

		if (!is_read(&samples[i], frame, len) ||
		    !is_missed(&samples[i], frame, len))
			return false;
	}
	return true;
}
