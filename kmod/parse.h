/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_PARSE_H
#define NFHA_PARSE_H

#include <linux/skbuff.h>

#include "key.h"

/**
 * enum nfha_verdict - what a frame is, as far as steering goes
 * @NFHA_PARSE_FLOW: an IP packet of a flow, its key is complete
 * @NFHA_PARSE_FRAGMENT: not the first fragment; the key has no ports
 * @NFHA_PARSE_CONTROL: not IP, or multicast or broadcast
 * @NFHA_PARSE_MALFORMED: cut off, or lengths that contradict each other
 */
enum nfha_verdict {
	NFHA_PARSE_FLOW,
	NFHA_PARSE_FRAGMENT,
	NFHA_PARSE_CONTROL,
	NFHA_PARSE_MALFORMED,
};

/* Bits of struct nfha_packet.tcp, where they are in the TCP header. */
#define NFHA_TCP_FIN 0x01
#define NFHA_TCP_SYN 0x02
#define NFHA_TCP_RST 0x04
#define NFHA_TCP_ACK 0x10

/**
 * struct nfha_packet - what the parser found in a frame
 * @key: sorted key; valid for FLOW and FRAGMENT
 * @swapped: the sender is the second end of @key
 * @icmp_error: @key is that of the packet quoted, turned round, so that the
 *	sender of the error stands in for the end that it answers for
 * @first_fragment: more fragments of this packet follow
 * @tcp: NFHA_TCP_* bits; zero for other protocols
 * @tcp_seq: sequence number of the first byte
 * @tcp_end: sequence number after the last byte, SYN and FIN counted
 * @tcp_ack: what the sender says it has got; counts with NFHA_TCP_ACK
 * @frag_id: identification of a fragmented packet, network order
 */
struct nfha_packet {
	struct nfha_key key;
	bool swapped;
	bool icmp_error;
	bool first_fragment;
	u8 tcp;
	u32 tcp_seq;
	u32 tcp_end;
	u32 tcp_ack;
	__be32 frag_id;
};

enum nfha_verdict nfha_parse(const struct sk_buff *skb,
			     struct nfha_packet *pkt);

#endif /* NFHA_PARSE_H */
