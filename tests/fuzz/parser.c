// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser of the module, as it is, on packets of all kinds and layouts. An input is a
 * frame, and seven bytes that decide by chance.
 */

#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>

#include "fuzz.h"
#include <linux/nfha.h>

#include "match.h"
#include "packet.h"
#include "peer.h"

#define FRAME_MAX 66000
/* So much of a packet is quoted: all that may be in front of its ports, and they. */
#define QUOTE_MAX 20000
#define TAGS_MAX 2
#define PADDING 64

/* Bits of the last byte. */
#define CHANCE_GSO 1
#define CHANCE_TAG 2
#define CHANCE_LEFT 4
#define CHANCE_SENDER 8

/**
 * struct chance - what an input decides
 * @flags: CHANCE_*
 * @layout: of the packet, when it is cut
 * @length: of the packet, when its end is cut off
 * @bits: of prefixes
 * @port: of a match
 */
struct chance {
	u8 flags;
	u16 layout;
	u16 length;
	u8 bits;
	u8 port;
};

/**
 * struct view - what the parser says of a packet, as far as it is defined
 * @verdict: of it
 * @pkt: zero where nothing is promised
 */
struct view {
	enum nfha_verdict verdict;
	struct nfha_packet pkt;
};

static const siphash_key_t secret = { { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } };

static void view_take(struct view *view, enum nfha_verdict verdict,
		      const struct nfha_packet *pkt)
{
	bool fragment = verdict == NFHA_PARSE_FRAGMENT;

	memset(view, 0, sizeof(*view));
	view->verdict = verdict;
	if (verdict != NFHA_PARSE_FLOW && !fragment)
		return;
	memcpy(&view->pkt.key, &pkt->key, nfha_key_len(&pkt->key));
	view->pkt.swapped = pkt->swapped;
	view->pkt.icmp_error = pkt->icmp_error;
	view->pkt.first_fragment = pkt->first_fragment;
	view->pkt.tcp = pkt->tcp;
	if (fragment || pkt->first_fragment)
		view->pkt.frag_id = pkt->frag_id;
	if (!pkt->tcp)
		return;
	view->pkt.tcp_seq = pkt->tcp_seq;
	view->pkt.tcp_end = pkt->tcp_end;
	view->pkt.tcp_ack = pkt->tcp_ack;
}

static bool view_same(const struct view *a, const struct view *b)
{
	const struct nfha_packet *p = &a->pkt, *q = &b->pkt;

	return a->verdict == b->verdict && nfha_key_equal(&p->key, &q->key) &&
	       p->swapped == q->swapped && p->icmp_error == q->icmp_error &&
	       p->first_fragment == q->first_fragment && p->tcp == q->tcp &&
	       p->tcp_seq == q->tcp_seq && p->tcp_end == q->tcp_end &&
	       p->tcp_ack == q->tcp_ack && p->frag_id == q->frag_id;
}

/* A tag that the driver took off is not in the payload. */
static void untag(struct sk_buff *skb)
{
	const struct vlan_hdr *tag = (const struct vlan_hdr *)skb->data;

	if (!eth_type_vlan(skb->protocol) || skb_headlen(skb) < sizeof(*tag))
		return;
	skb->protocol = tag->h_vlan_encapsulated_proto;
	skb->data += sizeof(*tag);
	skb->len -= sizeof(*tag);
}

/* What was in the result before makes no difference. */
static void parse(struct view *view, const struct sk_buff *skb)
{
	struct nfha_packet pkt;
	struct view again;

	memset(&pkt, 0x5a, sizeof(pkt));
	view_take(view, nfha_parse(skb, &pkt), &pkt);
	memset(&pkt, 0xa5, sizeof(pkt));
	view_take(&again, nfha_parse(skb, &pkt), &pkt);
	must(view_same(view, &again));
}

static void look(struct view *view, const u8 *frame, size_t size, u16 layout, u8 flags)
{
	struct packet packet;

	packet_make(&packet, frame, size, layout);
	packet.skb.gso = flags & CHANCE_GSO;
	if (flags & CHANCE_TAG)
		untag(&packet.skb);
	parse(view, &packet.skb);
	packet_free(&packet);
}

/* What is said of any packet. */
static void check_key(const struct view *view)
{
	struct nfha_key key = view->pkt.key;

	must(view->verdict <= NFHA_PARSE_MALFORMED);
	if (view->verdict != NFHA_PARSE_FLOW && view->verdict != NFHA_PARSE_FRAGMENT)
		return;
	must(key.family == 4 || key.family == 6);
	must(!key.zero);
	must(!nfha_key_sort(&key));
	must(nfha_key_equal(&key, &view->pkt.key));
	must(!view->pkt.tcp || key.proto == IPPROTO_TCP);
	must(!view->pkt.icmp_error || !view->pkt.first_fragment);
	/* What the first header of a later fragment says is about the first fragment. */
	if (view->verdict == NFHA_PARSE_FRAGMENT)
		must(!key.port[0] && !key.port[1] && !view->pkt.tcp &&
		     (key.family == 4 || !key.proto) &&
		     !view->pkt.icmp_error && !view->pkt.first_fragment);
}

/* The parts of a packet that comes from the first end of @key, unless it is swapped. */
static void peer_of(const struct view *view, struct peer_flow *peer)
{
	const struct nfha_key *key = &view->pkt.key;
	unsigned int i, end;

	memset(peer, 0, sizeof(*peer));
	peer->family = key->family;
	peer->proto = key->proto;
	memcpy(peer->key, &secret, sizeof(peer->key));
	for (i = 0; i < 2; i++) {
		end = view->pkt.swapped ? !i : i;
		peer->port[i] = key->port[end];
		if (key->family == 4)
			memcpy(peer->address[i], &key->v4[end], 4);
		else
			memcpy(peer->address[i], &key->v6[end], 16);
	}
}

/* Everybody who knows the key of the service computes the same. */
static void check_flow_id(const struct view *view, u8 bits)
{
	struct nfha_key key = view->pkt.key;
	struct peer_flow peer;

	if (view->verdict != NFHA_PARSE_FLOW)
		return;
	peer_of(view, &peer);
	peer.affinity = NFHA_AFFINITY_FIVE_TUPLE;
	must(nfha_key_fold(nfha_key_hash(&key, &secret)) == peer_flow_id(&peer));
	peer.affinity = bits & 0x80 ? NFHA_AFFINITY_SOURCE : NFHA_AFFINITY_DESTINATION;
	peer.prefix4 = 1 + bits % 32;
	peer.prefix6 = 1 + bits % 128;
	nfha_key_mask(&key, (bits & 0x80 ? 0 : 1) ^ view->pkt.swapped,
		      peer.prefix4, peer.prefix6);
	must(nfha_key_fold(nfha_key_hash(&key, &secret)) == peer_flow_id(&peer));
}

/* What the parser found does not depend on where a packet is in memory. */
static void check_layouts(const struct view *whole, const u8 *frame, size_t size,
			  const struct chance *chance)
{
	u8 flags = chance->flags & ~CHANCE_TAG;
	struct view cut;

	/* With a tag in the payload, of which the skb may have one more. */
	if (chance->flags & CHANCE_TAG)
		return;
	look(&cut, frame, size, chance->layout | 1, flags);
	must(view_same(whole, &cut));
}

/* Of a packet whose end is missing the parser knows that, or does not need it. */
static void check_short(const struct view *whole, const u8 *frame, size_t size,
			const struct chance *chance)
{
	size_t length = ETH_HLEN + chance->length % (size - ETH_HLEN + 1);
	struct view part;

	if (chance->flags & (CHANCE_GSO | CHANCE_TAG))
		return;
	look(&part, frame, length, chance->layout, 0);
	must(part.verdict == NFHA_PARSE_MALFORMED || view_same(whole, &part));
}

/* Where the IP header is in a frame, and which it is if it is one. */
static size_t ip_at(const u8 *frame, size_t size, unsigned int *version)
{
	size_t at = ETH_HLEN;
	unsigned int tags = 0;
	__be16 type;

	memcpy(&type, frame + 12, sizeof(type));
	while (tags++ < TAGS_MAX && eth_type_vlan(type) && at + 4 <= size) {
		memcpy(&type, frame + at + 2, sizeof(type));
		at += 4;
	}
	*version = type == htons(ETH_P_IP) ? 4 : 6;
	return at;
}

/* Is all of a packet there, by its own account? */
static bool is_whole(const u8 *frame, size_t size)
{
	unsigned int version;
	size_t at = ip_at(frame, size, &version);
	size_t need = version == 4 ? 20 : 40;

	if (at + need > size)
		return false;
	need = version == 4 ? frame[at + 2] << 8 | frame[at + 3] :
			      40 + (frame[at + 4] << 8 | frame[at + 5]);
	return at + need <= size;
}

/* What is behind a packet is not of it: drivers pad what is short. */
static void check_padding(const struct view *whole, const u8 *frame, size_t size,
			  const struct chance *chance)
{
	struct view padded;
	u8 *more;

	if (chance->flags & (CHANCE_GSO | CHANCE_TAG) || !is_whole(frame, size))
		return;
	more = malloc(size + PADDING);
	must(more);
	memcpy(more, frame, size);
	memset(more + size, chance->bits, PADDING);
	look(&padded, more, size + PADDING, chance->layout, 0);
	free(more);
	must(view_same(whole, &padded));
}

static void swap_bytes(u8 *a, u8 *b, size_t n)
{
	for (; n; n--, a++, b++)
		swap(*a, *b);
}

static bool has_ports(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_UDPLITE || proto == IPPROTO_SCTP ||
	       proto == IPPROTO_DCCP;
}

static bool is_group(const u8 *address, unsigned int version)
{
	static const u8 all[4] = { 0xff, 0xff, 0xff, 0xff };

	if (version == 6)
		return address[0] == 0xff;
	return (address[0] & 0xf0) == 0xe0 || !memcmp(address, all, 4);
}

/* The packet of the other direction has the same key, with the sender at its other end. */
static void check_mirror(const struct view *view, const u8 *frame, size_t size)
{
	const struct nfha_key *key = &view->pkt.key;
	unsigned int version;
	size_t at = ip_at(frame, size, &version);
	size_t length = version == 4 ? 4 : 16;
	size_t source = at + (version == 4 ? 12 : 8);
	size_t ports = version == 4 ? at + (frame[at] & 0xf) * 4ul : at + 40;
	u8 proto = frame[at + (version == 4 ? 9 : 6)];
	struct view back;
	bool same;
	u8 *other;

	if (is_group(frame + source, version) || (version == 6 && proto != key->proto))
		return;
	other = malloc(size);
	must(other);
	memcpy(other, frame, size);
	swap_bytes(other + source, other + source + length, length);
	if (has_ports(proto))
		swap_bytes(other + ports, other + ports + 2, 2);
	look(&back, other, size, 0, 0);
	free(other);
	same = key->port[0] == key->port[1] &&
	       (version == 4 ? key->v4[0] == key->v4[1] :
			       !memcmp(&key->v6[0], &key->v6[1], 16));
	must(back.verdict == NFHA_PARSE_FLOW);
	must(nfha_key_equal(key, &back.pkt.key));
	must(back.pkt.swapped == (same ? view->pkt.swapped : !view->pkt.swapped));
	must(back.pkt.tcp == view->pkt.tcp && back.pkt.tcp_end == view->pkt.tcp_end);
}

/* An error about a packet, from a router on its way; returns its length. */
static size_t error_make(u8 *error, const u8 *ip, size_t length, unsigned int version)
{
	static const u8 router6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 };
	struct ipv6hdr head6 = { .version = 6, .nexthdr = IPPROTO_ICMPV6 };
	struct iphdr head4 = { .version = 4, .ihl = 5, .protocol = IPPROTO_ICMP };
	size_t head = version == 4 ? sizeof(head4) : sizeof(head6);
	u8 *at = error + ETH_HLEN;

	memset(error, 0, ETH_HLEN + head + 8);
	error[12] = version == 4 ? 0x08 : 0x86;
	error[13] = version == 4 ? 0x00 : 0xdd;
	if (version == 4) {
		head4.tot_len = htons(head + 8 + length);
		head4.saddr = htonl(0xc0000209);
		memcpy(&head4.daddr, ip + 12, 4);
		memcpy(at, &head4, head);
		at[head] = ICMP_DEST_UNREACH;
	} else {
		head6.payload_len = htons(8 + length);
		memcpy(&head6.saddr, router6, 16);
		memcpy(&head6.daddr, ip + 8, 16);
		memcpy(at, &head6, head);
		at[head] = ICMPV6_DEST_UNREACH;
	}
	memcpy(at + head + 8, ip, length);
	return ETH_HLEN + head + 8 + length;
}

/* An error that quotes a packet is the flow's, and stands for the other end. */
static void check_error(const struct view *view, const u8 *frame, size_t size)
{
	static u8 error[ETH_HLEN + 40 + 8 + QUOTE_MAX];
	unsigned int version;
	size_t at = ip_at(frame, size, &version), length = size - at;
	u8 proto = view->pkt.key.proto;
	struct view quoting, mirror;

	if (is_group(frame + at + (version == 4 ? 12 : 8), version))
		return;
	length = length < QUOTE_MAX ? length : QUOTE_MAX;
	length = error_make(error, frame + at, length, version);
	look(&quoting, error, length, 0, 0);
	must(quoting.verdict == NFHA_PARSE_FLOW);
	look(&mirror, error, length, 77, 0);
	must(view_same(&quoting, &mirror));
	/* Of an error that is quoted only that. */
	if (!quoting.pkt.icmp_error) {
		must(proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6);
		return;
	}
	must(nfha_key_equal(&quoting.pkt.key, &view->pkt.key));
	must(!quoting.pkt.tcp);
	must(quoting.pkt.swapped != view->pkt.swapped ||
	     view->pkt.key.port[0] == view->pkt.key.port[1]);
}

static struct nfha_match match_of(const struct view *view, const struct chance *chance)
{
	const struct nfha_key *key = &view->pkt.key;
	unsigned int end = !!(chance->flags & CHANCE_SENDER);
	struct nfha_match match = {
		.family = key->family,
		.proto = chance->port & 1 ? key->proto : 0,
		.has_port = chance->port & 2,
		.port = key->port[end] ^ (chance->port & 4 ? 1 : 0),
	};

	match.prefix_len = chance->bits % (key->family == 4 ? 33 : 129);
	if (key->family == 6) {
		match.v6 = key->v6[end];
		match.v6.s6_addr[chance->port % 16] ^= chance->port >> 4 & 1;
		return match;
	}
	match.mask = match.prefix_len ? htonl(~0u << (32 - match.prefix_len)) : 0;
	match.v4 = (key->v4[end] ^ htonl(chance->port >> 4 & 1)) & match.mask;
	return match;
}

/* What the short way leaves out the long way does not find to be the service's. */
static void check_match(const struct view *view, const u8 *frame, size_t size,
			const struct chance *chance)
{
	bool left = chance->flags & CHANCE_LEFT, is_flow = view->verdict == NFHA_PARSE_FLOW;
	unsigned int left_end = left ? view->pkt.swapped : !view->pkt.swapped;
	struct nfha_match match;
	struct packet packet;
	bool excluded;

	if (!is_flow && view->verdict != NFHA_PARSE_FRAGMENT)
		return;
	match = match_of(view, chance);
	packet_make(&packet, frame, size, chance->layout);
	excluded = nfha_match_excludes(&match, &packet.skb, left);
	packet_free(&packet);
	if (nfha_match_packet(&match, &view->pkt, !left_end, is_flow))
		must(!excluded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .data = data, .size = size };
	struct chance chance = {
		.flags = take_u8(&in),
		.layout = take_u16(&in),
		.length = take_u16(&in),
		.bits = take_u8(&in),
		.port = take_u8(&in),
	};
	struct view view;

	if (in.size < ETH_HLEN || in.size > FRAME_MAX)
		return 0;
	look(&view, in.data, in.size, 0, chance.flags);
	check_key(&view);
	check_flow_id(&view, chance.bits);
	check_layouts(&view, in.data, in.size, &chance);
	check_short(&view, in.data, in.size, &chance);
	check_padding(&view, in.data, in.size, &chance);
	if (chance.flags & (CHANCE_GSO | CHANCE_TAG))
		return 0;
	check_match(&view, in.data, in.size, &chance);
	if (view.verdict != NFHA_PARSE_FLOW || view.pkt.icmp_error ||
	    view.pkt.first_fragment)
		return 0;
	check_mirror(&view, in.data, in.size);
	check_error(&view, in.data, in.size);
	return 0;
}
