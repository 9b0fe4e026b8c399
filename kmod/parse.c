// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netdev ingress comes before all validation: nothing in a header is true
 * before it has been checked here.
 */

#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "parse.h"

/* Tags in the payload; one more may be in the skb. */
#define TAGS_MAX	2

/* A host sends four kinds at most, and each once (RFC 8200, section 4.1). */
#define EXTENSIONS_MAX	8

/* Offset of the flags in the TCP header. */
#define TCP_FLAGS_AT	13

/**
 * struct cursor - where in the packet the parser is
 * @skb: the packet
 * @at: offset of the next header from the network header
 * @end: offset after the last byte of the IP packet
 * @proto: what is at @at
 * @quoted: inside an ICMP error
 */
struct cursor {
	const struct sk_buff *skb;
	unsigned int at;
	unsigned int end;
	u8 proto;
	bool quoted;
};

/* Bytes of the packet, or NULL if the packet does not have so many. */
static const void *bytes(const struct cursor *c, unsigned int len, void *buffer)
{
	if (unlikely(c->at + len > c->end))
		return NULL;
	return skb_header_pointer(c->skb, c->at, len, buffer);
}

static void no_ports(struct nfha_packet *pkt)
{
	pkt->key.port[0] = 0;
	pkt->key.port[1] = 0;
}

static void no_sequence(struct nfha_packet *pkt)
{
	pkt->tcp = 0;
	pkt->tcp_seq = 0;
	pkt->tcp_end = 0;
	pkt->tcp_ack = 0;
}

/* No protocol with ports has a shorter header than UDP, but a quote may end
 * behind the ports.
 */
static bool parse_ports(const struct cursor *c, struct nfha_packet *pkt)
{
	__be16 buffer[sizeof(struct udphdr) / sizeof(__be16)];
	unsigned int len = c->quoted ? 2 * sizeof(__be16) : sizeof(buffer);
	const __be16 *port = bytes(c, len, buffer);

	if (!port)
		return false;
	pkt->key.port[0] = port[0];
	pkt->key.port[1] = port[1];
	return true;
}

static bool parse_tcp(const struct cursor *c, struct nfha_packet *pkt)
{
	struct tcphdr buffer;
	const struct tcphdr *th = bytes(c, sizeof(buffer), &buffer);
	unsigned int len;

	if (!th)
		return false;
	len = th->doff * 4;
	if (unlikely(len < sizeof(*th) || c->at + len > c->end))
		return false;
	pkt->key.port[0] = th->source;
	pkt->key.port[1] = th->dest;
	pkt->tcp = ((const u8 *)th)[TCP_FLAGS_AT];
	pkt->tcp_seq = ntohl(th->seq);
	pkt->tcp_ack = ntohl(th->ack_seq);
	pkt->tcp_end = pkt->tcp_seq + (c->end - c->at - len) + th->syn +
		       th->fin;
	return true;
}

static bool is_icmp_query(const struct cursor *c, u8 type)
{
	if (c->proto == IPPROTO_ICMPV6)
		return type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY;
	return type == ICMP_ECHO || type == ICMP_ECHOREPLY ||
	       (type >= ICMP_TIMESTAMP && type <= ICMP_ADDRESSREPLY);
}

static bool is_icmp_error(const struct cursor *c, u8 type)
{
	if (c->proto == IPPROTO_ICMPV6)
		return type >= ICMPV6_DEST_UNREACH && type <= ICMPV6_PARAMPROB;
	return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH ||
	       type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

static bool is_multicast(const struct nfha_packet *pkt)
{
	if (likely(pkt->key.family == 4))
		return ipv4_is_multicast(pkt->key.v4[1]) ||
		       ipv4_is_lbcast(pkt->key.v4[1]);
	return ipv6_addr_is_multicast(&pkt->key.v6[1]);
}

static bool parse_l4(struct cursor *c, struct nfha_packet *pkt);
static enum nfha_verdict parse_ipv4(struct cursor *c, struct nfha_packet *pkt);
static enum nfha_verdict parse_ipv6(struct cursor *c, struct nfha_packet *pkt);

/* The key becomes that of the packet quoted, turned round. Without enough of
 * a quote the error is a packet between its own addresses. So is one in
 * pieces, for the later pieces have only those addresses to go by.
 */
static void parse_quote(const struct cursor *outer, struct nfha_packet *pkt)
{
	struct cursor c = {
		.skb = outer->skb,
		.at = outer->at + sizeof(struct icmphdr),
		.end = outer->end,
		.quoted = true,
	};
	struct nfha_packet quote = {};
	enum nfha_verdict verdict;

	if (pkt->first_fragment || is_multicast(pkt))
		return;
	verdict = outer->proto == IPPROTO_ICMP ? parse_ipv4(&c, &quote) :
						 parse_ipv6(&c, &quote);
	if (verdict != NFHA_PARSE_FLOW)
		return;
	swap(quote.key.port[0], quote.key.port[1]);
	if (quote.key.family == 4)
		swap(quote.key.v4[0], quote.key.v4[1]);
	else
		swap(quote.key.v6[0], quote.key.v6[1]);
	pkt->key = quote.key;
	pkt->icmp_error = true;
	no_sequence(pkt);
}

static bool parse_icmp(const struct cursor *c, struct nfha_packet *pkt)
{
	struct icmphdr buffer;
	const struct icmphdr *ih = bytes(c, sizeof(buffer), &buffer);

	no_ports(pkt);
	if (!ih)
		return false;
	if (is_icmp_query(c, ih->type)) {
		pkt->key.port[0] = ih->un.echo.id;
		pkt->key.port[1] = ih->un.echo.id;
	} else if (is_icmp_error(c, ih->type)) {
		/* Nobody answers an error with an error. */
		if (c->quoted)
			return false;
		parse_quote(c, pkt);
	}
	return true;
}

static bool parse_l4(struct cursor *c, struct nfha_packet *pkt)
{
	pkt->key.proto = c->proto;
	pkt->tcp = 0;
	switch (c->proto) {
	case IPPROTO_TCP:
		/* A quote has eight bytes of it, as a rule. */
		if (c->quoted)
			return parse_ports(c, pkt);
		return parse_tcp(c, pkt);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return parse_ports(c, pkt);
	case IPPROTO_ICMP:
		if (pkt->key.family == 4)
			return parse_icmp(c, pkt);
		break;
	case IPPROTO_ICMPV6:
		if (pkt->key.family == 6)
			return parse_icmp(c, pkt);
		break;
	}
	no_ports(pkt);
	return true;
}

/* A first fragment may be too short for what follows the IP header; as a quote
 * it tells nothing then.
 */
static enum nfha_verdict parse_rest(struct cursor *c, struct nfha_packet *pkt,
				    bool more)
{
	pkt->first_fragment = more;
	if (likely(parse_l4(c, pkt)))
		return NFHA_PARSE_FLOW;
	if (!more || c->quoted)
		return NFHA_PARSE_MALFORMED;
	no_ports(pkt);
	no_sequence(pkt);
	return NFHA_PARSE_FLOW;
}

static enum nfha_verdict later_fragment(struct nfha_packet *pkt)
{
	no_ports(pkt);
	no_sequence(pkt);
	pkt->first_fragment = false;
	return NFHA_PARSE_FRAGMENT;
}

/* The end of the packet by its own account. A quote is shorter than that, and
 * a GSO packet may be longer than its header can say.
 */
static bool set_end(struct cursor *c, unsigned int len)
{
	unsigned int rest = c->end - c->at;

	if (likely(len <= rest)) {
		if (likely(!skb_is_gso(c->skb)))
			c->end = c->at + len;
		return true;
	}
	return c->quoted;
}

static enum nfha_verdict parse_ipv4(struct cursor *c, struct nfha_packet *pkt)
{
	struct iphdr buffer;
	const struct iphdr *ih = bytes(c, sizeof(buffer), &buffer);
	unsigned int len;
	u16 fragment;

	if (unlikely(!ih || ih->version != 4 || ih->ihl < 5))
		return NFHA_PARSE_MALFORMED;
	len = ntohs(ih->tot_len);
	if (unlikely(len < ih->ihl * 4 && !(skb_is_gso(c->skb) && !len)))
		return NFHA_PARSE_MALFORMED;
	if (unlikely(!set_end(c, len) || c->at + ih->ihl * 4 > c->end))
		return NFHA_PARSE_MALFORMED;
	pkt->key.proto = ih->protocol;
	pkt->key.family = 4;
	pkt->key.zero = 0;
	pkt->key.v4[0] = ih->saddr;
	pkt->key.v4[1] = ih->daddr;
	pkt->frag_id = htonl(ntohs(ih->id));
	fragment = ntohs(ih->frag_off);
	c->proto = ih->protocol;
	c->at += ih->ihl * 4;
	if (unlikely(fragment & IP_OFFSET))
		return later_fragment(pkt);
	return parse_rest(c, pkt, fragment & IP_MF);
}

/* Goes to what follows the extension headers, which takes one turn more than
 * there are of them. The verdict is FLOW if there is something to go on with.
 */
static enum nfha_verdict skip_extensions(struct cursor *c,
					 struct nfha_packet *pkt, bool *more)
{
	unsigned int i;

	for (i = 0; i <= EXTENSIONS_MAX; i++) {
		union {
			struct ipv6_opt_hdr opt;
			struct frag_hdr frag;
		} buffer;
		const struct ipv6_opt_hdr *opt;
		const struct frag_hdr *frag;

		switch (c->proto) {
		case NEXTHDR_HOP:
		case NEXTHDR_ROUTING:
		case NEXTHDR_DEST:
		case NEXTHDR_AUTH:
			opt = bytes(c, sizeof(*opt), &buffer);
			if (!opt)
				return NFHA_PARSE_MALFORMED;
			c->at += c->proto == NEXTHDR_AUTH ?
				 ipv6_authlen(opt) : ipv6_optlen(opt);
			c->proto = opt->nexthdr;
			break;
		case NEXTHDR_FRAGMENT:
			frag = bytes(c, sizeof(*frag), &buffer);
			if (!frag)
				return NFHA_PARSE_MALFORMED;
			pkt->frag_id = frag->identification;
			if (frag->frag_off & htons(IP6_OFFSET))
				return NFHA_PARSE_FRAGMENT;
			*more = frag->frag_off & htons(IP6_MF);
			c->at += sizeof(*frag);
			c->proto = frag->nexthdr;
			break;
		default:
			return c->at <= c->end ? NFHA_PARSE_FLOW :
						 NFHA_PARSE_MALFORMED;
		}
	}
	return NFHA_PARSE_MALFORMED;
}

static enum nfha_verdict parse_ipv6(struct cursor *c, struct nfha_packet *pkt)
{
	struct ipv6hdr buffer;
	const struct ipv6hdr *ih = bytes(c, sizeof(buffer), &buffer);
	enum nfha_verdict verdict;
	bool more = false;

	if (unlikely(!ih || ih->version != 6))
		return NFHA_PARSE_MALFORMED;
	pkt->key.family = 6;
	pkt->key.zero = 0;
	pkt->key.v6[0] = ih->saddr;
	pkt->key.v6[1] = ih->daddr;
	c->proto = ih->nexthdr;
	c->at += sizeof(*ih);
	if (unlikely(!set_end(c, ntohs(ih->payload_len))))
		return NFHA_PARSE_MALFORMED;
	verdict = skip_extensions(c, pkt, &more);
	/* A later fragment does not know what the first one begins with. */
	pkt->key.proto = 0;
	if (verdict == NFHA_PARSE_FRAGMENT)
		return later_fragment(pkt);
	if (unlikely(verdict != NFHA_PARSE_FLOW))
		return verdict;
	return parse_rest(c, pkt, more);
}

/* What the frame carries below the tags that are in its payload. */
static __be16 skip_tags(struct cursor *c)
{
	__be16 type = c->skb->protocol;
	unsigned int i;

	for (i = 0; i < TAGS_MAX && eth_type_vlan(type); i++) {
		struct vlan_hdr buffer;
		const struct vlan_hdr *tag = bytes(c, sizeof(buffer), &buffer);

		if (!tag)
			return 0;
		type = tag->h_vlan_encapsulated_proto;
		c->at += sizeof(*tag);
	}
	return type;
}

static __always_inline bool plain_tcp(const struct iphdr *ih, unsigned int len,
				      unsigned int end,
				      struct nfha_packet *pkt)
{
	const struct tcphdr *th = (const struct tcphdr *)(ih + 1);
	unsigned int off;

	if (len < sizeof(*ih) + sizeof(*th))
		return false;
	off = th->doff * 4;
	if (off < sizeof(*th) || sizeof(*ih) + off > end)
		return false;
	pkt->tcp = ((const u8 *)th)[TCP_FLAGS_AT];
	pkt->tcp_seq = ntohl(th->seq);
	pkt->tcp_ack = ntohl(th->ack_seq);
	pkt->tcp_end = pkt->tcp_seq + (end - sizeof(*ih) - off) + th->syn +
		       th->fin;
	return true;
}

/* The packet that is nearly every packet: IPv4 without options, whole, with TCP or
 * UDP, headers in the linear part. False leaves it to the others. Sets what a whole
 * packet of its protocol has, and leaves the rest of @pkt alone.
 */
static __always_inline bool parse_plain(const struct sk_buff *skb,
					struct nfha_packet *pkt)
{
	const struct iphdr *ih = (const struct iphdr *)skb->data;
	unsigned int len = skb_headlen(skb), end;
	const struct tcphdr *th;
	__be32 a, b;
	bool swapped;

	if (skb->protocol != htons(ETH_P_IP) ||
	    len < sizeof(*ih) + sizeof(struct udphdr) ||
	    *(const u8 *)ih != 0x45 ||
	    (ih->frag_off & htons(IP_MF | IP_OFFSET)) || skb_is_gso(skb) ||
	    is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		return false;
	end = ntohs(ih->tot_len);
	if (end > skb->len)
		return false;
	th = (const struct tcphdr *)(ih + 1);
	pkt->tcp = 0;
	if (ih->protocol == IPPROTO_TCP) {
		if (!plain_tcp(ih, len, end, pkt))
			return false;
	} else if (ih->protocol != IPPROTO_UDP ||
		   end < sizeof(*ih) + sizeof(struct udphdr)) {
		return false;
	}
	a = ih->saddr;
	b = ih->daddr;
	if (ipv4_is_multicast(b) || ipv4_is_lbcast(b))
		return false;
	swapped = ntohl(a) > ntohl(b) ||
		  (a == b && ntohs(th->source) > ntohs(th->dest));
	pkt->key.port[swapped] = th->source;
	pkt->key.port[!swapped] = th->dest;
	pkt->key.v4[swapped] = a;
	pkt->key.v4[!swapped] = b;
	pkt->key.proto = ih->protocol;
	pkt->key.family = 4;
	pkt->key.zero = 0;
	pkt->first_fragment = false;
	pkt->icmp_error = false;
	pkt->swapped = swapped;
	return true;
}

static noinline enum nfha_verdict parse_any(const struct sk_buff *skb,
					    struct nfha_packet *pkt)
{
	struct cursor c = { .skb = skb, .end = skb->len };
	enum nfha_verdict verdict;
	__be16 type;

	memset(pkt, 0, sizeof(*pkt));
	if (unlikely(is_multicast_ether_addr(eth_hdr(skb)->h_dest)))
		return NFHA_PARSE_CONTROL;
	type = skip_tags(&c);
	if (likely(type == htons(ETH_P_IP)))
		verdict = parse_ipv4(&c, pkt);
	else if (type == htons(ETH_P_IPV6))
		verdict = parse_ipv6(&c, pkt);
	else
		return type ? NFHA_PARSE_CONTROL : NFHA_PARSE_MALFORMED;
	if (unlikely(verdict == NFHA_PARSE_MALFORMED))
		return verdict;
	if (unlikely(!pkt->icmp_error && is_multicast(pkt)))
		return NFHA_PARSE_CONTROL;
	pkt->swapped = nfha_key_sort(&pkt->key);
	return verdict;
}

/**
 * nfha_parse - find out what a frame is
 * @skb: as the ingress hook has it, data at the network header
 * @pkt: filled in; what the packet's kind does not have may stay undefined
 *
 * Reads no byte that the packet does not have, and writes none to it.
 * Extension headers: RFC 8200, section 4. ICMP errors: RFC 792, RFC 4443.
 *
 * Context: softirq.
 * Return: enum nfha_verdict. @pkt->key is valid for FLOW and FRAGMENT.
 */
enum nfha_verdict nfha_parse(const struct sk_buff *skb,
			     struct nfha_packet *pkt)
{
	if (likely(parse_plain(skb, pkt)))
		return NFHA_PARSE_FLOW;
	return parse_any(skb, pkt);
}
