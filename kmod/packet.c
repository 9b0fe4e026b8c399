// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet's way, from top to bottom: nfha_packet_hook() at the end of this
 * file is where it comes in.
 */

#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "input.h"
#include "packet.h"
#include "service.h"
#include "watch.h"
#include "xmit.h"

/* An owner that is none: the packet is not for the service. */
#define TO_HOST 0xfffe

static unsigned int drop(struct sk_buff *skb)
{
	kfree_skb(skb);
	return NF_STOLEN;
}

static struct nfha_origin origin_of(const struct nfha_port *port)
{
	return (struct nfha_origin) {
		.side = port->side,
		.detour = port->detour,
	};
}

static void count_rate(struct nfha_service *service, u16 id,
		       unsigned int packets)
{
	this_cpu_add(service->rate->packets[id / NFHA_LOAD_PART_IDS], packets);
}

static u16 range_owner(const struct nfha_service *service, u16 id)
{
	const struct nfha_map *map = rcu_dereference(service->map);

	return map ? nfha_map_owner(map, id) : NFHA_NO_OWNER;
}

/* Onto the wire to the instance. */
static __always_inline unsigned int reach(struct nfha_service *service,
					  struct nfha_instance *instance,
					  struct nfha_origin from,
					  struct sk_buff *skb)
{
	struct nfha_port *out;

	if (unlikely(!nfha_instance_is_served(instance))) {
		NFHA_COUNT(service, DROP_DOWN, nfha_skb_packets(skb));
		return drop(skb);
	}
	if (unlikely(from.detour && instance->remote)) {
		NFHA_COUNT(service, DROP_LOOP, nfha_skb_packets(skb));
		return drop(skb);
	}
	out = rcu_dereference(instance->port[from.side]);
	if (unlikely(!out)) {
		NFHA_COUNT(service, DROP_NO_PORT, nfha_skb_packets(skb));
		return drop(skb);
	}
	nfha_xmit(skb, out);
	return NF_STOLEN;
}

/* To the instance, if there is one, on the side that the packet came from;
 * with recovery, by its log, and perhaps to its backup.
 */
static __always_inline unsigned int hand_over(struct nfha_service *service,
					      struct nfha_instance *instance,
					      struct nfha_origin from,
					      struct sk_buff *skb)
{
	if (unlikely(!instance)) {
		NFHA_COUNT(service, DROP_NO_OWNER, nfha_skb_packets(skb));
		return drop(skb);
	}
	nfha_latency_input(&instance->latency, service->one_armed, from.side,
			   skb);
	if (unlikely(rcu_access_pointer(instance->epoch))) {
		instance = nfha_input_take(instance, from, skb);
		if (!instance)
			return NF_STOLEN;
	}
	return reach(service, instance, from, skb);
}

static unsigned int deliver(struct nfha_service *service, u16 owner,
			    struct nfha_origin from, struct sk_buff *skb)
{
	return hand_over(service, nfha_service_instance(service, owner), from,
			 skb);
}

/* Out of the first external port of a side. */
static unsigned int leave(struct nfha_service *service, unsigned int side,
			  struct sk_buff *skb)
{
	struct nfha_port *out = rcu_dereference(service->out[side]);

	if (unlikely(!out)) {
		NFHA_COUNT(service, DROP_NO_PORT, nfha_skb_packets(skb));
		return drop(skb);
	}
	nfha_xmit(skb, out);
	return NF_STOLEN;
}

/* Non-IP and multicast have no flow. */
static unsigned int control(struct nfha_port *port, struct sk_buff *skb)
{
	struct nfha_service *service = port->service;
	struct nfha_origin from = origin_of(port);

	switch (READ_ONCE(service->set.control)) {
	case NFHA_CONTROL_HOST:
		NFHA_COUNT(service, UNMATCHED, nfha_skb_packets(skb));
		return NF_ACCEPT;
	case NFHA_CONTROL_BYPASS:
		NFHA_COUNT(service, BYPASSED, nfha_skb_packets(skb));
		return leave(service, !port->side, skb);
	default:
		NFHA_COUNT(service, CONTROL, nfha_skb_packets(skb));
		return deliver(service, range_owner(service, 0), from, skb);
	}
}

static u16 flow_flags(const struct nfha_packet *pkt, unsigned int left_end)
{
	return pkt->swapped == left_end ? 0 : NFHA_FLOW_FIRST_RIGHT;
}

/* A packet without an entry: the owner of its range gets it, and the flow. */
static u16 owner_of_new(struct nfha_service *service,
			const struct nfha_packet *pkt, u64 hash,
			unsigned int left_end, unsigned int packets)
{
	u16 id = nfha_service_flow_id(service, &pkt->key, hash, left_end);
	u16 owner = range_owner(service, id);
	struct nfha_flow *flow;

	count_rate(service, id, packets);
	if (pkt->icmp_error) {
		NFHA_COUNT(service, ICMP_ERROR, packets);
		return owner;
	}
	if (service->set.tracking == NFHA_TRACKING_IMPORTED ||
	    owner == NFHA_NO_OWNER || (pkt->tcp & NFHA_TCP_RST)) {
		NFHA_COUNT(service, RANGE, packets);
		nfha_watch_kick(service);
		return owner;
	}
	flow = nfha_flowtable_add(service, pkt, hash >> 32, id, owner,
				  flow_flags(pkt, left_end));
	if (unlikely(!flow)) {
		NFHA_COUNT(service, NO_ROOM, packets);
		return owner;
	}
	NFHA_COUNT(service, NEW, 1);
	return READ_ONCE(flow->owner);
}

/* Lets the packet work on its flow. False if the flow is over and the packet
 * begins a new one.
 */
static __always_inline bool flow_pass(struct nfha_service *service,
				      struct nfha_flow *flow,
				      const struct nfha_packet *pkt,
				      unsigned int left_end,
				      unsigned int packets, unsigned int bytes)
{
	bool strays = unlikely(nfha_flow_strays(flow, left_end)) &&
		      !service->one_armed;

	if (strays ||
	    !nfha_flow_is_settled(flow, pkt, nfha_flow_dir(flow, pkt))) {
		enum nfha_pass pass = nfha_flowtable_update(service, flow, pkt,
							    left_end);

		if (pass != NFHA_PASS_ON)
			return pass == NFHA_PASS_STRAY;
	}
	nfha_flow_stamp(flow, (u32)jiffies);
	atomic64_add(packets, &flow->packets);
	atomic64_add(bytes, &flow->bytes);
	return true;
}

/* The instance that had the flow, if it is one, has been removed by force. */
static u16 owner_of_orphan(struct nfha_service *service,
			   const struct nfha_packet *pkt, u64 hash)
{
	struct nfha_flow *flow;
	u16 owner;

	flow = nfha_flowtable_find(&service->table, &pkt->key, hash >> 32);
	if (!flow)
		return NFHA_NO_OWNER;
	owner = range_owner(service, flow->id);
	nfha_flowtable_reown(service, flow, owner);
	return owner;
}

/* A switch's entry is an exception or nothing: once its flow is over, it goes. */
static void flow_over(struct nfha_service *service,
		      const struct nfha_flow *flow,
		      const struct nfha_packet *pkt, u64 hash)
{
	if (service->set.tracking == NFHA_TRACKING_IMPORTED)
		nfha_flowtable_remove(service, &pkt->key, hash >> 32, flow);
}

static u16 owner_find(struct nfha_service *service,
		      const struct nfha_packet *pkt, u64 hash,
		      unsigned int left_end, unsigned int packets,
		      unsigned int bytes)
{
	struct nfha_flow *flow;

	flow = nfha_flowtable_find(&service->table, &pkt->key, hash >> 32);
	if (unlikely(!flow))
		goto new;
	if (unlikely(pkt->icmp_error))
		NFHA_COUNT(service, ICMP_ERROR, packets);
	else if (unlikely(!flow_pass(service, flow, pkt, left_end, packets,
				     bytes)))
		goto over;
	else
		NFHA_COUNT(service, HIT, packets);
	count_rate(service, flow->id, packets);
	return READ_ONCE(flow->owner);
over:
	flow_over(service, flow, pkt, hash);
new:
	return owner_of_new(service, pkt, hash, left_end, packets);
}

static u32 fragment_expiry(const struct nfha_service *service)
{
	return (u32)jiffies +
	       READ_ONCE(service->set.timeout[NFHA_A_TIMEOUTS_FRAGMENT]) * HZ;
}

/* The first fragment is on its way; now those that came before it. */
static void release_held(struct nfha_service *service, u16 owner,
			 struct net_device *dev, struct sk_buff_head *held)
{
	struct net *net = dev_net(dev);
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(held))) {
		skb->dev = dev_get_by_index_rcu(net, NFHA_WAIT(skb)->ifindex) ?: dev;
		if (owner == TO_HOST)
			netif_rx(skb);
		else
			deliver(service, owner, NFHA_WAIT(skb)->from, skb);
	}
}

static unsigned int first_fragment(struct nfha_port *port, u16 owner,
				   const struct nfha_packet *pkt,
				   struct sk_buff *skb)
{
	struct nfha_origin from = origin_of(port);
	struct nfha_service *service = port->service;
	struct net_device *dev = skb->dev;
	unsigned int ret = NF_ACCEPT;
	struct sk_buff_head held;

	NFHA_COUNT(service, FRAGMENT, nfha_skb_packets(skb));
	__skb_queue_head_init(&held);
	nfha_fragment_tell(&service->fragments, &service->set.key, pkt, owner,
			   fragment_expiry(service), &held);
	nfha_watch_kick(service);
	if (owner != TO_HOST)
		ret = deliver(service, owner, from, skb);
	release_held(service, owner, dev, &held);
	return ret;
}

static unsigned int later_fragment(struct nfha_port *port,
				   const struct nfha_packet *pkt,
				   struct sk_buff *skb)
{
	struct nfha_origin from = origin_of(port);
	struct nfha_service *service = port->service;
	unsigned int packets = nfha_skb_packets(skb);
	u16 owner;

	NFHA_COUNT(service, FRAGMENT, packets);
	NFHA_WAIT(skb)->from = from;
	NFHA_WAIT(skb)->ifindex = skb->dev->ifindex;
	switch (nfha_fragment_ask(&service->fragments, &service->set.key, pkt,
				  &skb, fragment_expiry(service), &owner)) {
	case NFHA_FRAGMENT_KNOWN:
		return owner == TO_HOST ? NF_ACCEPT :
					  deliver(service, owner, from, skb);
	case NFHA_FRAGMENT_HELD:
		NFHA_COUNT(service, FRAGMENT_HELD, packets);
		nfha_watch_kick(service);
		return NF_STOLEN;
	default:
		NFHA_COUNT(service, DROP_FRAGMENT, packets);
		return drop(skb);
	}
}

static unsigned int unmatched(struct nfha_port *port,
			      const struct nfha_packet *pkt,
			      struct sk_buff *skb)
{
	NFHA_COUNT(port->service, UNMATCHED, nfha_skb_packets(skb));
	if (pkt->first_fragment)
		return first_fragment(port, TO_HOST, pkt, skb);
	return NF_ACCEPT;
}

/* The input handler: from outside to an instance. */
static unsigned int input(struct nfha_port *port, struct sk_buff *skb,
			  unsigned int packets)
{
	struct nfha_origin from = origin_of(port);
	struct nfha_service *service = port->service;
	const struct nfha_match *match;
	struct nfha_instance *instance;
	enum nfha_verdict verdict;
	struct nfha_packet pkt __uninitialized;
	unsigned int left_end;
	u64 hash;
	u16 owner;

	verdict = nfha_parse(skb, &pkt);
	if (unlikely(verdict == NFHA_PARSE_CONTROL))
		return control(port, skb);
	if (unlikely(verdict == NFHA_PARSE_MALFORMED)) {
		NFHA_COUNT(service, DROP_MALFORMED, packets);
		return drop(skb);
	}
	left_end = port->side == NFHA_SIDE_LEFT ? pkt.swapped : !pkt.swapped;
	match = rcu_dereference(service->match);
	if (match && !nfha_match_packet(match, &pkt, !left_end,
					verdict == NFHA_PARSE_FLOW))
		return unmatched(port, &pkt, skb);
	if (unlikely(verdict == NFHA_PARSE_FRAGMENT))
		return later_fragment(port, &pkt, skb);

	hash = nfha_key_hash(&pkt.key, &service->set.key);
	owner = owner_find(service, &pkt, hash, left_end, packets,
			   skb->len + ETH_HLEN);
	instance = nfha_service_instance(service, owner);
	if (unlikely(!instance)) {
		owner = owner_of_orphan(service, &pkt, hash);
		instance = nfha_service_instance(service, owner);
	}
	if (unlikely(pkt.first_fragment))
		return first_fragment(port, owner, &pkt, skb);
	return hand_over(service, instance, from, skb);
}

/* What an instance sends teaches where the answer belongs. */
static void learn(struct nfha_port *port, const struct nfha_packet *pkt,
		  u64 hash, unsigned int left_end, unsigned int packets)
{
	struct nfha_service *service = port->service;
	u16 id = nfha_service_flow_id(service, &pkt->key, hash, left_end);

	if (pkt->tcp & NFHA_TCP_RST)
		return;
	if (!nfha_flowtable_add(service, pkt, hash >> 32, id,
				port->instance->index,
				flow_flags(pkt, left_end) | NFHA_FLOW_LEARNED))
		NFHA_COUNT(service, NO_ROOM, packets);
	else
		NFHA_COUNT(service, LEARNED, 1);
}

/* The other direction of flows that come in by no external port: those of
 * a one-armed service, and those that were learned.
 */
static void observe(struct nfha_port *port, const struct sk_buff *skb,
		    unsigned int packets)
{
	struct nfha_service *service = port->service;
	struct nfha_packet pkt __uninitialized;
	struct nfha_flow *flow;
	unsigned int left_end;
	u64 hash;

	if (nfha_parse(skb, &pkt) != NFHA_PARSE_FLOW || pkt.icmp_error)
		return;
	left_end = port->side == NFHA_SIDE_LEFT ? !pkt.swapped : pkt.swapped;
	hash = nfha_key_hash(&pkt.key, &service->set.key);
	flow = nfha_flowtable_find(&service->table, &pkt.key, hash >> 32);
	if (flow && READ_ONCE(flow->owner) != port->instance->index)
		NFHA_COUNT(service, LEARN_CONFLICT, packets);
	else if (flow && !service->one_armed &&
		 !(READ_ONCE(flow->flags) & NFHA_FLOW_LEARNED))
		return;
	else if (flow && flow_pass(service, flow, &pkt, left_end, packets,
				   skb->len + skb->mac_len))
		return;
	else if (service->set.learn)
		learn(port, &pkt, hash, left_end, packets);
}

/* The output handler: from an instance to outside. */
static unsigned int output(struct nfha_port *port, struct sk_buff *skb,
			   unsigned int packets)
{
	struct nfha_epoch *epoch = rcu_dereference(port->instance->epoch);
	struct nfha_service *service = port->service;

	/* They would teach flows, too. */
	if (unlikely(READ_ONCE(port->instance->state) == NFHA_STATE_STANDBY)) {
		NFHA_COUNT(service, DROP_STANDBY, packets);
		return drop(skb);
	}
	if (unlikely(epoch && READ_ONCE(epoch->fenced)))
		goto hold;
	if (service->one_armed || service->set.learn)
		observe(port, skb, packets);
	nfha_latency_output(&port->instance->latency, service->one_armed,
			    port->side, skb);
	NFHA_COUNT(service, OUTPUT, packets);
hold:
	if (unlikely(epoch &&
		     !nfha_hold_output(epoch, port->side, &skb, packets)))
		return NF_STOLEN;
	return leave(service, port->side, skb);
}

static unsigned int steer(struct nfha_port *port, struct sk_buff *skb)
{
	const struct nfha_match *match = rcu_dereference(port->service->match);
	unsigned int packets = nfha_skb_packets(skb);

	nfha_port_count_rx(port->stats, packets, skb->len + skb->mac_len);
	if (match && !port->instance &&
	    nfha_match_excludes(match, skb, port->side == NFHA_SIDE_LEFT)) {
		NFHA_COUNT(port->service, UNMATCHED, packets);
		return NF_ACCEPT;
	}
	/* Something has redirected a packet here that is no Ethernet frame. */
	if (unlikely(skb->mac_len != ETH_HLEN)) {
		NFHA_COUNT(port->service, DROP_MALFORMED, packets);
		return drop(skb);
	}
	return port->instance ? output(port, skb, packets) :
				input(port, skb, packets);
}

/* Somebody else holds the skb too, and what is sent on must be ours alone. */
static unsigned int steer_shared(struct nfha_port *port, struct sk_buff *skb)
{
	struct sk_buff *clone = skb_clone(skb, GFP_ATOMIC);

	if (!clone) {
		NFHA_COUNT(port->service, DROP_XMIT, nfha_skb_packets(skb));
		return drop(skb);
	}
	if (steer(port, clone) == NF_ACCEPT) {
		consume_skb(clone);
		return NF_ACCEPT;
	}
	consume_skb(skb);
	return NF_STOLEN;
}

/**
 * nfha_packet_reach - send a packet that has waited to an instance
 * @instance: the instance
 * @from: where it came in
 * @skb: the packet, as the hook has had it; consumed
 *
 * Context: softirq, RCU.
 */
void nfha_packet_reach(struct nfha_instance *instance, struct nfha_origin from,
		       struct sk_buff *skb)
{
	reach(instance->service, instance, from, skb);
}

/**
 * nfha_packet_owner - who has the flow of a packet that has waited?
 * @service: the service
 * @from: where it came in
 * @skb: the packet, as the hook has had it
 *
 * Nothing is counted, for the packet has passed already.
 *
 * Context: softirq, RCU.
 * Return: index of the owner, NFHA_NO_OWNER, or NFHA_PACKET_PIECE for a piece of a packet.
 */
u16 nfha_packet_owner(struct nfha_service *service, struct nfha_origin from,
		      struct sk_buff *skb)
{
	struct nfha_packet pkt __uninitialized;
	const struct nfha_flow *flow;
	enum nfha_verdict verdict;
	unsigned int left_end;
	u64 hash;
	u16 owner;

	verdict = nfha_parse(skb, &pkt);
	if (verdict == NFHA_PARSE_CONTROL)
		return range_owner(service, 0);
	if (verdict != NFHA_PARSE_FLOW || pkt.first_fragment)
		return NFHA_PACKET_PIECE;
	hash = nfha_key_hash(&pkt.key, &service->set.key);
	flow = nfha_flowtable_find(&service->table, &pkt.key, hash >> 32);
	if (flow) {
		owner = READ_ONCE(flow->owner);
		return nfha_service_instance(service, owner) ? owner :
			range_owner(service, flow->id);
	}
	left_end = from.side == NFHA_SIDE_LEFT ? pkt.swapped : !pkt.swapped;
	return range_owner(service, nfha_service_flow_id(service, &pkt.key, hash,
							 left_end));
}

/**
 * nfha_packet_has_moved - may earlier packets wait where the flow of this one was before?
 * @service: the service
 * @skb: the packet, as the hook has had it
 *
 * Context: softirq, RCU.
 * Return: false for a flow that has never moved, and for a piece of a packet, of which
 * nobody could tell later whose it is.
 */
bool nfha_packet_has_moved(struct nfha_service *service, struct sk_buff *skb)
{
	struct nfha_packet pkt __uninitialized;
	const struct nfha_flow *flow;
	u64 hash;

	/* Whoever has found the new owner finds that it is one: own_stripe(). */
	smp_rmb();
	if (nfha_parse(skb, &pkt) != NFHA_PARSE_FLOW || pkt.first_fragment)
		return false;
	hash = nfha_key_hash(&pkt.key, &service->set.key);
	flow = nfha_flowtable_find(&service->table, &pkt.key, hash >> 32);
	/* Of one without an entry nobody knows. */
	return !flow || READ_ONCE(flow->flags) & NFHA_FLOW_MOVED;
}

/**
 * nfha_packet_leave - send a packet that was held out of an external port
 * @service: the service
 * @side: enum nfha_side
 * @skb: the packet, as the hook has had it; consumed
 *
 * Context: softirq, RCU.
 */
void nfha_packet_leave(struct nfha_service *service, u8 side,
		       struct sk_buff *skb)
{
	leave(service, side, skb);
}

/**
 * nfha_packet_hook - netdev ingress hook of a device that is a port
 * @priv: the link
 * @skb: the packet, data at the network header
 * @state: not used
 *
 * Context: softirq, RCU.
 * Return: NF_STOLEN, or NF_ACCEPT for what is left to the host.
 */
unsigned int nfha_packet_hook(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct nfha_port *port = nfha_port_of(priv, skb);

	if (unlikely(!port))
		return NF_ACCEPT;
	return unlikely(skb_shared(skb)) ? steer_shared(port, skb) :
					   steer(port, skb);
}
