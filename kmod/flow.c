// SPDX-License-Identifier: GPL-2.0-only

#include <linux/slab.h>

#include "flow.h"
#include "service.h"

/* A FIN this far from the next sequence number may be out of order; one that
 * is farther away is old or forged.
 */
#define FIN_WINDOW	65536

static struct kmem_cache *cache_v4, *cache_v6;

static void flag_clear(struct nfha_flow *flow, u16 flag)
{
	WRITE_ONCE(flow->flags, flow->flags & ~flag);
}

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

/**
 * nfha_flow_turn - let a packet that strays be the first of its flow
 * @flow: the flow
 * @pkt: a packet of it, for which nfha_flow_strays() says yes
 * @left_end: which end of the key is on the left, as the packet has it
 *
 * Which of two packets is where it belongs nobody knows before one is answered
 * from the other side. The flow stays where it is, and is no more than it was.
 *
 * Context: any; the stripe's lock is held.
 * Return: false if it is known, and not as the packet has it.
 */
bool nfha_flow_turn(struct nfha_flow *flow, const struct nfha_packet *pkt,
		    unsigned int left_end)
{
	const u16 kept = NFHA_FLOW_V6 | NFHA_FLOW_MOVED;

	if (flow->state != NFHA_FLOW_STATE_EMBRYONIC ||
	    (flow->flags & (NFHA_FLOW_REPLIED | NFHA_FLOW_LEARNED)))
		return false;
	WRITE_ONCE(flow->flags, (flow->flags & kept) |
				(pkt->swapped == left_end ?
				 0 : NFHA_FLOW_FIRST_RIGHT));
	nfha_flow_start(flow, pkt);
	return true;
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
	if ((s32)ahead <= 0)
		return false;
	if (ahead > NFHA_SEQ_WINDOW) {
		flag_set(flow, NFHA_FLOW_ASK(!dir));
		return false;
	}
	WRITE_ONCE(flow->seq[dir], pkt->tcp_end);
	return true;
}

/* What one end has got, the other one has sent. That settles a doubt, if whoever
 * says so knows where the connection is.
 */
static void take_ack(struct nfha_flow *flow, const struct nfha_packet *pkt,
		     unsigned int dir)
{
	u32 off = pkt->tcp_seq - flow->seq[dir] + NFHA_SEQ_WINDOW;

	if (!(flow->flags & NFHA_FLOW_ASK(dir)) ||
	    !(flow->flags & NFHA_FLOW_SEQ(dir)) ||
	    !(pkt->tcp & NFHA_TCP_ACK) || off > 2 * NFHA_SEQ_WINDOW)
		return;
	if ((s32)(pkt->tcp_ack - flow->seq[!dir]) > 0)
		WRITE_ONCE(flow->seq[!dir], pkt->tcp_ack);
	flag_clear(flow, NFHA_FLOW_ASK(dir));
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
		flag_clear(flow, NFHA_FLOW_FIN(0) | NFHA_FLOW_FIN(1));
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
	take_ack(flow, pkt, dir);
	if (pkt->tcp & NFHA_TCP_FIN)
		take_fin(flow, pkt, dir);
	else
		take_segment(flow, pkt, dir);
	return false;
}

/**
 * nfha_flow_timeout - how long a flow may be idle
 * @service: its service
 * @flow: the flow
 *
 * Context: any.
 * Return: jiffies.
 */
u32 nfha_flow_timeout(const struct nfha_service *service,
		      const struct nfha_flow *flow)
{
	static const u8 tcp[] = {
		[NFHA_FLOW_STATE_EMBRYONIC] = NFHA_A_TIMEOUTS_TCP_EMBRYONIC,
		[NFHA_FLOW_STATE_ESTABLISHED] = NFHA_A_TIMEOUTS_TCP_ESTABLISHED,
		[NFHA_FLOW_STATE_CLOSING] = NFHA_A_TIMEOUTS_TCP_CLOSING,
	};
	unsigned int which;

	switch (flow->key.proto) {
	case IPPROTO_TCP:
		which = tcp[READ_ONCE(flow->state)];
		break;
	case IPPROTO_UDP:
		which = NFHA_A_TIMEOUTS_UDP;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		which = NFHA_A_TIMEOUTS_ICMP;
		break;
	default:
		which = NFHA_A_TIMEOUTS_OTHER;
	}
	return READ_ONCE(service->set.timeout[which]) * HZ;
}

/**
 * nfha_flow_is_exception - does another instance own the flow's range?
 * @service: its service
 * @flow: the flow
 *
 * Context: any; RCU or nfha_net.lock.
 * Return: true for an exception.
 */
bool nfha_flow_is_exception(const struct nfha_service *service,
			    const struct nfha_flow *flow)
{
	const struct nfha_map *map = nfha_service_map(service);

	return !(READ_ONCE(flow->flags) & NFHA_FLOW_LEARNED) &&
	       (!map ||
		nfha_map_owner(map, flow->id) != READ_ONCE(flow->owner));
}

/**
 * nfha_flow_alloc - make a flow that has a key and nothing else
 * @pkt: has the key
 * @hash: upper half of its SipHash
 * @gfp: how to get memory
 *
 * Context: as @gfp says.
 * Return: the flow, to be freed with nfha_flow_free(); NULL without memory.
 */
struct nfha_flow *nfha_flow_alloc(const struct nfha_packet *pkt, u32 hash,
				  gfp_t gfp)
{
	bool v6 = pkt->key.family == 6;
	struct nfha_flow *flow;

	flow = kmem_cache_alloc(v6 ? cache_v6 : cache_v4,
				gfp | __GFP_NOWARN);
	if (!flow)
		return NULL;
	flow->hash = hash;
	flow->flags = v6 ? NFHA_FLOW_V6 : 0;
	memcpy(&flow->key, &pkt->key, nfha_key_len(&pkt->key));
	return flow;
}

static void free_rcu_v4(struct rcu_head *rcu)
{
	kmem_cache_free(cache_v4, container_of(rcu, struct nfha_flow, rcu));
}

static void free_rcu_v6(struct rcu_head *rcu)
{
	kmem_cache_free(cache_v6, container_of(rcu, struct nfha_flow, rcu));
}

/**
 * nfha_flow_free - free a flow after a grace period
 * @flow: in no chain any more
 *
 * Context: any.
 */
void nfha_flow_free(struct nfha_flow *flow)
{
	call_rcu(&flow->rcu,
		 flow->flags & NFHA_FLOW_V6 ? free_rcu_v6 : free_rcu_v4);
}

/**
 * nfha_flow_cache_init - prepare to make flows
 *
 * Context: process, at load.
 * Return: 0 or -ENOMEM.
 */
int nfha_flow_cache_init(void)
{
	BUILD_BUG_ON(NFHA_FLOW_SIZE_V4 > 64);
	cache_v4 = kmem_cache_create("nfha_flow_v4", NFHA_FLOW_SIZE_V4, 0,
				     SLAB_HWCACHE_ALIGN, NULL);
	cache_v6 = kmem_cache_create("nfha_flow_v6", NFHA_FLOW_SIZE_V6, 0, 0,
				     NULL);
	if (cache_v4 && cache_v6)
		return 0;
	nfha_flow_cache_exit();
	return -ENOMEM;
}

/**
 * nfha_flow_cache_exit - undo nfha_flow_cache_init(), at unload
 *
 * Context: process; all flows are freed, and their grace periods over.
 */
void nfha_flow_cache_exit(void)
{
	kmem_cache_destroy(cache_v6);
	kmem_cache_destroy(cache_v4);
}
