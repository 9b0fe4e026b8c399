// SPDX-License-Identifier: GPL-2.0-only

#include <linux/kernel.h>
#include <linux/string.h>

#include "flow.h"
#include "selftest.h"

#define F NFHA_TCP_FIN
#define S NFHA_TCP_SYN
#define R NFHA_TCP_RST
#define A NFHA_TCP_ACK

/*
 * struct step - a packet, and what it makes of the flow
 * @dir: 0 from the client
 * @tcp: flags
 * @seq: sequence number
 * @len: payload
 * @anew: a new flow begins
 * @state: enum nfha_flow_state after it
 */
struct step {
	u8 dir;
	u8 tcp;
	u32 seq;
	u32 len;
	bool anew;
	u8 state;
};

#define EMBRYONIC	NFHA_FLOW_STATE_EMBRYONIC
#define ESTABLISHED	NFHA_FLOW_STATE_ESTABLISHED
#define CLOSING		NFHA_FLOW_STATE_CLOSING

/* After a client's SYN of sequence number 100, with which all begins. */
static const struct step handshake[] = {
	{ 1, S | A, 500, 0, false, EMBRYONIC },
	{ 0, A, 101, 0, false, ESTABLISHED },
	{ 1, A, 501, 10, false, ESTABLISHED },
};

static const struct step closes[] = {
	{ 0, F | A, 101, 0, false, ESTABLISHED },
	{ 1, F | A, 511, 0, false, CLOSING },
	{ 0, A, 102, 0, false, CLOSING },
	{ 0, S | F, 9000, 0, false, CLOSING },
	{ 0, S | A, 9000, 0, false, CLOSING },
	{ 0, S, 9000, 0, true, CLOSING },
};

static const struct step is_reset[] = {
	{ 0, R, 101, 0, false, CLOSING },
};

static const struct step is_refused[] = {
	{ 1, R | A, 0, 0, false, CLOSING },
};

static const struct step withstands[] = {
	{ 0, S, 7777, 0, false, ESTABLISHED },
	{ 0, R, 102, 0, false, ESTABLISHED },
	{ 1, R, 0, 0, false, ESTABLISHED },
	{ 0, F | A, 0x80000000, 0, false, ESTABLISHED },
	{ 1, F | A, 0x80000000, 0, false, ESTABLISHED },
	{ 0, A, 101, 5, false, ESTABLISHED },
};

static const struct step comes_back[] = {
	{ 0, F | A, 101, 0, false, ESTABLISHED },
	{ 1, F | A, 511, 0, false, CLOSING },
	{ 1, A, 511, 0, false, CLOSING },
	{ 1, A, 511, 20, false, ESTABLISHED },
	{ 0, S, 1, 0, false, ESTABLISHED },
};

static const struct step stays_embryonic[] = {
	{ 0, S, 100, 0, false, EMBRYONIC },
	{ 0, A, 101, 5, false, EMBRYONIC },
};

static struct nfha_packet packet_of(const struct step *step)
{
	struct nfha_packet pkt = {
		.key = { .proto = IPPROTO_TCP, .family = 4 },
		.swapped = step->dir,
		.tcp = step->tcp,
		.tcp_seq = step->seq,
		.tcp_end = step->seq + step->len + !!(step->tcp & S) +
			   !!(step->tcp & F),
	};

	return pkt;
}

static bool steps_agree(const char *name, struct nfha_flow *flow,
			const struct step *step, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct nfha_packet pkt = packet_of(&step[i]);
		unsigned int dir = nfha_flow_dir(flow, &pkt);
		bool anew = false;

		if (!nfha_flow_is_settled(flow, &pkt, dir))
			anew = nfha_flow_update(flow, &pkt);
		if (anew != step[i].anew || flow->state != step[i].state) {
			pr_err("nfha: self-test flow: %s: step %zu: state %u\n",
			       name, i, flow->state);
			return false;
		}
	}
	return true;
}

/*
 * struct walk - a flow from its beginning
 * @name: for the log
 * @established: its handshake comes before the steps
 * @step: @steps of them
 */
static const struct walk {
	const char *name;
	bool established;
	const struct step *step;
	size_t steps;
} walks[] = {
	{ "closes", true, closes, ARRAY_SIZE(closes) },
	{ "is reset", true, is_reset, ARRAY_SIZE(is_reset) },
	{ "is refused", false, is_refused, ARRAY_SIZE(is_refused) },
	{ "withstands", true, withstands, ARRAY_SIZE(withstands) },
	{ "comes back", true, comes_back, ARRAY_SIZE(comes_back) },
	{ "stays embryonic", false, stays_embryonic,
	  ARRAY_SIZE(stays_embryonic) },
};

static bool walk(const struct walk *w)
{
	const struct step syn = { 0, S, 100, 0, false, EMBRYONIC };
	struct nfha_packet pkt = packet_of(&syn);
	struct nfha_flow flow = {};

	nfha_flow_start(&flow, &pkt);
	if (w->established && !steps_agree(w->name, &flow, handshake,
					   ARRAY_SIZE(handshake)))
		return false;
	return steps_agree(w->name, &flow, w->step, w->steps);
}

/*
 * struct side - a packet of one end, and the side that it comes in on
 * @swapped: it is of the key's second end
 * @right: it comes in on the right
 * @strays: its end is not there
 * @turns: it becomes the first of the flow
 * @established: so the flow is, after it
 */
static const struct side {
	bool swapped;
	bool right;
	bool strays;
	bool turns;
	bool established;
} sides[] = {
	/* Of a flow that begins with the first end on the left. */
	{ false, false, false, false, false },
	{ true, false, true, true, false },
	{ false, false, true, true, false },
	{ true, true, false, false, true },
	{ true, false, true, false, true },
	{ false, true, true, false, true },
	{ false, false, false, false, true },
};

static bool side_agrees(struct nfha_flow *flow, const struct side *side)
{
	struct nfha_packet pkt = {
		.key = { .proto = IPPROTO_UDP, .family = 4 },
		.swapped = side->swapped,
	};
	unsigned int left_end = side->right ? !side->swapped : side->swapped;
	bool strays = nfha_flow_strays(flow, left_end);
	bool turns = strays && nfha_flow_turn(flow, &pkt, left_end);

	if (!strays)
		(void)nfha_flow_update(flow, &pkt);
	return strays == side->strays && turns == side->turns &&
	       !(turns && nfha_flow_strays(flow, left_end)) &&
	       (flow->state == ESTABLISHED) == side->established;
}

static bool is_on_its_side(void)
{
	struct nfha_packet pkt = { .key = { .proto = IPPROTO_UDP } };
	struct nfha_flow flow = {};
	size_t i;

	nfha_flow_start(&flow, &pkt);
	for (i = 0; i < ARRAY_SIZE(sides); i++) {
		if (!side_agrees(&flow, &sides[i])) {
			pr_err("nfha: self-test flow: side %zu\n", i);
			return false;
		}
	}
	/* What was learned stays, and an import never strays. */
	flow.state = EMBRYONIC;
	flow.flags = NFHA_FLOW_LEARNED;
	if (!nfha_flow_strays(&flow, 1) || nfha_flow_turn(&flow, &pkt, 1))
		return false;
	flow.flags = NFHA_FLOW_IMPORTED;
	return !nfha_flow_strays(&flow, 1);
}

bool nfha_selftest_flow(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(walks); i++)
		if (!walk(&walks[i]))
			return false;
	return is_on_its_side();
}
