// SPDX-License-Identifier: GPL-2.0-only

#include <linux/in.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "latency.h"

/*
 * While a packet is out, all that come out have to be looked at; so they are for
 * a fifth of the time at most, if none of those that are looked for comes.
 * Nanoseconds of LIMIT are no more than 32 bits.
 */
#define PERIOD	(HZ / 10)
#define LIMIT	(HZ / 2)
#define PAUSE	(2 * HZ)

/**
 * nfha_latency_init - begin to measure
 * @latency: of an instance, all zero
 */
void nfha_latency_init(struct nfha_latency *latency)
{
	spin_lock_init(&latency->lock);
	latency->due = jiffies;
}

static u32 tcp_payload(const struct nfha_packet *pkt)
{
	return pkt->tcp_end - pkt->tcp_seq - !!(pkt->tcp & NFHA_TCP_SYN) -
	       !!(pkt->tcp & NFHA_TCP_FIN);
}

/* Whether it would be known again: to what has no data no server answers, and
 * many of those that have no sequence number of their own are alike.
 */
static bool is_suitable(const struct nfha_packet *pkt, bool one_armed)
{
	if (pkt->icmp_error || pkt->first_fragment)
		return false;
	if (pkt->key.proto != IPPROTO_TCP)
		return true;
	return one_armed ? tcp_payload(pkt) : pkt->tcp_end != pkt->tcp_seq;
}

/* Several may have become one, or one several: the first byte tells. */
static bool is_forwarded(const struct nfha_latency *latency,
			 const struct nfha_packet *pkt, unsigned int len)
{
	const struct nfha_packet *in = &latency->pkt;

	if (in->key.proto != pkt->key.proto)
		return false;
	if (in->key.proto == IPPROTO_TCP)
		return in->tcp_seq - pkt->tcp_seq <
			       pkt->tcp_end - pkt->tcp_seq &&
		       in->tcp_ack == pkt->tcp_ack;
	return len == latency->len && in->swapped == pkt->swapped &&
	       nfha_key_equal(&in->key, &pkt->key);
}

static bool is_answer(const struct nfha_latency *latency,
		      const struct nfha_packet *pkt)
{
	const struct nfha_packet *in = &latency->pkt;

	if (in->swapped == pkt->swapped || !nfha_key_equal(&in->key, &pkt->key))
		return false;
	return in->key.proto != IPPROTO_TCP ||
	       (tcp_payload(pkt) && (pkt->tcp & NFHA_TCP_ACK) &&
		(s32)(pkt->tcp_ack - in->tcp_end) >= 0);
}

static bool is_same(const struct nfha_latency *latency, bool one_armed, u8 side,
		    const struct nfha_packet *pkt, unsigned int len)
{
	if (one_armed)
		return is_answer(latency, pkt);
	return side != latency->side && is_forwarded(latency, pkt, len);
}

static void give_up(struct nfha_latency *latency)
{
	WRITE_ONCE(latency->is_out, false);
	WRITE_ONCE(latency->due, jiffies + PAUSE);
	WRITE_ONCE(latency->lost, latency->lost + 1);
}

static void came_out(struct nfha_latency *latency)
{
	u32 ns = min_t(u64, ktime_get_ns() - latency->at, U32_MAX);

	if (latency->samples)
		ns = latency->ns - latency->ns / 4 + ns / 4;
	WRITE_ONCE(latency->ns, ns);
	WRITE_ONCE(latency->samples, latency->samples + 1);
	WRITE_ONCE(latency->is_out, false);
	WRITE_ONCE(latency->due, jiffies + PERIOD);
}

/**
 * nfha_latency_take - take a packet that goes in for a sample
 * @latency: of the instance; due
 * @one_armed: of the service
 * @side: where it came in, enum nfha_side
 * @skb: the packet, data at the network header
 *
 * One that is still out is given up.
 *
 * Context: softirq.
 */
void nfha_latency_take(struct nfha_latency *latency, bool one_armed, u8 side,
		       const struct sk_buff *skb)
{
	spin_lock(&latency->lock);
	if (time_before(jiffies, latency->due)) {
		/* Another CPU was faster. */
	} else if (latency->is_out) {
		give_up(latency);
	} else if (nfha_parse(skb, &latency->pkt) != NFHA_PARSE_FLOW ||
		   !is_suitable(&latency->pkt, one_armed)) {
		WRITE_ONCE(latency->due, jiffies + 1);
	} else {
		latency->side = side;
		latency->len = skb->len;
		latency->at = ktime_get_ns();
		WRITE_ONCE(latency->is_out, true);
		WRITE_ONCE(latency->due, jiffies + LIMIT);
	}
	spin_unlock(&latency->lock);
}

/**
 * nfha_latency_look - is a packet that comes out the one that is looked for?
 * @latency: of the instance; one is out
 * @one_armed: of the service
 * @side: where it comes out, enum nfha_side
 * @skb: the packet, data at the network header
 *
 * Almost all are others, so that is guessed before the lock is taken: a sample that is
 * taken meanwhile is not in the instance yet.
 *
 * Context: softirq.
 */
void nfha_latency_look(struct nfha_latency *latency, bool one_armed, u8 side,
		       const struct sk_buff *skb)
{
	struct nfha_packet pkt;
	bool is_flow, guess;

	is_flow = nfha_parse(skb, &pkt) == NFHA_PARSE_FLOW && !pkt.icmp_error;
	/* A guess, which is made again under the lock. */
	guess = is_flow && data_race(is_same(latency, one_armed, side, &pkt, skb->len));
	if (!guess && time_before(jiffies, READ_ONCE(latency->due)))
		return;
	spin_lock(&latency->lock);
	if (latency->is_out && time_after_eq(jiffies, latency->due))
		give_up(latency);
	else if (latency->is_out && is_flow &&
		 is_same(latency, one_armed, side, &pkt, skb->len))
		came_out(latency);
	spin_unlock(&latency->lock);
}

/**
 * nfha_latency_read - tell what was measured
 * @latency: of an instance
 * @sum: filled in
 *
 * Context: any.
 */
void nfha_latency_read(const struct nfha_latency *latency,
		       struct nfha_latency_sum *sum)
{
	sum->us = READ_ONCE(latency->ns) / NSEC_PER_USEC;
	sum->samples = READ_ONCE(latency->samples);
	sum->lost = READ_ONCE(latency->lost);
}
