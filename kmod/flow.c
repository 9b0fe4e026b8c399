// SPDX-License-Identifier: GPL-2.0-only

#include <linux/compiler.h>

#include "flow.h"

/* A FIN this far from the next sequence number may be out of order; one that
 * is farther away is old or forged.
 */
#define FIN_WINDOW	65536

/* Farther ahead, a segment cannot belong to the connection (RFC 7323). */
#define DATA_WINDOW	BIT(30)

static void flag_set(struct nfha_flow *flow, u16 flag)
{
	WRITE_ONCE(flow->flags, flow->flags | flag);
}

/**
 * nfha_flow_start - begin with a flow's first packet
 * @flow: key and other flags are in place
 * @pkt: the packet
 *
 * Context: any; the flow is not linked, or its stripe's lock is held.
 */
void nfha_flow_start(struct nfha_flow *flow, const struct nfha_packet *pkt)
{
	WRITE_ONCE(flow->state, NFHA_FLOW_STATE_EMBRYONIC);
	if (pkt->swapped)
		flag_set(flow, NFHA_FLOW_FIRST_SWAPPED);
	if (pkt->key.proto != IPPROTO_TCP)
		return;
	flow->seq[0] = pkt->tcp_end;
	flow->seq[1] = 0;
	flag_set(flow, NFHA_FLOW_SEQ(0));
}

/* True if the segment brings something that was not there before. */
static bool seq_advance(struct nfha_flow *flow, const struct nfha_packet *pkt,
			unsigned int dir)
{
	u32 ahead = pkt->tcp_end - flow->seq[dir];

	if (!(flow->flags & NFHA_FLOW_SEQ(dir))) {
		WRITE_ONCE(flow->seq[dir], pkt->tcp_end);
		flag_set(flow, NFHA_FLOW_SEQ(dir));
		return false;
	}
	if (!ahead || ahead >= DATA_WINDOW)
		return false;
	WRITE_ONCE(flow->seq[dir], pkt->tcp_end);
	return true;
}

/* A RST ends a connection if it is exactly the next segment (RFC 5961, section
 * 3.2), or if it refuses a SYN (RFC 9293, section 3.10.7.3).
 */
static void take_rst(struct nfha_flow *flow, const struct nfha_packet *pkt,
		     unsigned int dir)
{
	bool refusal = dir == 1 &&
		       flow->state == NFHA_FLOW_STATE_EMBRYONIC &&
		       (pkt->tcp & NFHA_TCP_ACK);

	if (refusal || ((flow->flags & NFHA_FLOW_SEQ(dir)) &&
			pkt->tcp_seq == flow->seq[dir]))
		WRITE_ONCE(flow->state, NFHA_FLOW_STATE_CLOSING);
}

static void take_fin(struct nfha_flow *flow, const struct nfha_packet *pkt,
		     unsigned int dir)
{
	s32 away = pkt->tcp_seq - flow->seq[dir];

	if ((flow->flags & NFHA_FLOW_SEQ(dir)) && away > FIN_WINDOW)
		return;
	if ((flow->flags & NFHA_FLOW_SEQ(dir)) && away < -FIN_WINDOW)
		return;
	seq_advance(flow, pkt, dir);
	flag_set(flow, NFHA_FLOW_FIN(dir));
	if ((flow->flags & NFHA_FLOW_FIN(0)) &&
	    (flow->flags & NFHA_FLOW_FIN(1)))
		WRITE_ONCE(flow->state, NFHA_FLOW_STATE_CLOSING);
}

/* An established connection has been heard from both ends, and the first has
 * answered what the second said.
 */
static void take_segment(struct nfha_flow *flow, const struct nfha_packet *pkt,
			 unsigned int dir)
{
	bool is_new = seq_advance(flow, pkt, dir);

	if (flow->state == NFHA_FLOW_STATE_CLOSING && is_new) {
		/* So it was not the end. */
		WRITE_ONCE(flow->flags,
			   flow->flags & ~(NFHA_FLOW_FIN(0) | NFHA_FLOW_FIN(1)));
		WRITE_ONCE(flow->state, NFHA_FLOW_STATE_ESTABLISHED);
	} else if (flow->state == NFHA_FLOW_STATE_EMBRYONIC && dir == 0 &&
		   (flow->flags & NFHA_FLOW_REPLIED) &&
		   (pkt->tcp & NFHA_TCP_ACK)) {
		WRITE_ONCE(flow->state, NFHA_FLOW_STATE_ESTABLISHED);
	}
}

/* Moves nothing: a SYN may be forged, and a lost one is sent again. */
static bool take_syn(struct nfha_flow *flow, const struct nfha_packet *pkt,
		     unsigned int dir)
{
	if (!(pkt->tcp & NFHA_TCP_ACK))
		return flow->state == NFHA_FLOW_STATE_CLOSING &&
		       !(pkt->tcp & NFHA_TCP_FIN);
	if (dir == 1 && flow->state == NFHA_FLOW_STATE_EMBRYONIC) {
		seq_advance(flow, pkt, dir);
		flag_set(flow, NFHA_FLOW_REPLIED);
	}
	return false;
}

/**
 * nfha_flow_update - let a packet change the state of its flow
 * @flow: the flow
 * @pkt: a packet of it
 *
 * Nothing that can be sent without having seen the connection ends it, or
 * moves it to another instance.
 *
 * Context: any; the stripe's lock is held.
 * Return: true if the flow is over and the packet begins a new one.
 */
bool nfha_flow_update(struct nfha_flow *flow, const struct nfha_packet *pkt)
{
	unsigned int dir = nfha_flow_dir(flow, pkt);

	if (pkt->key.proto != IPPROTO_TCP) {
		if (dir == 1) {
			flag_set(flow, NFHA_FLOW_REPLIED);
			WRITE_ONCE(flow->state, NFHA_FLOW_STATE_ESTABLISHED);
		}
		return false;
	}
	if (pkt->tcp & NFHA_TCP_RST) {
		take_rst(flow, pkt, dir);
		return false;
	}
	if (pkt->tcp & NFHA_TCP_SYN)
		return take_syn(flow, pkt, dir);
	if (dir == 1)
		flag_set(flow, NFHA_FLOW_REPLIED);
	if (pkt->tcp & NFHA_TCP_FIN)
		take_fin(flow, pkt, dir);
	else
		take_segment(flow, pkt, dir);
	return false;
}
