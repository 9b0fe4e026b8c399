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

/* Each begins with a client's SYN of sequence number 100. */
#define HANDSHAKE \
	{ 1, S | A, 500, 0, false, EMBRYONIC }, \
	{ 0, A, 101, 0, false, ESTABLISHED }, \
	{ 1, A, 501, 10, false, ESTABLISHED }

static const struct step closes[] = {
	HANDSHAKE,
	{ 0, F | A, 101, 0, false, ESTABLISHED },
	{ 1, F | A, 511, 0, false, CLOSING },
	{ 0, A, 102, 0, false, CLOSING },
	{ 0, S | F, 9000, 0, false, CLOSING },
	{ 0, S | A, 9000, 0, false, CLOSING },
	{ 0, S, 9000, 0, true, CLOSING },
};

static const struct step is_reset[] = {
	HANDSHAKE,
	{ 0, R, 101, 0, false, CLOSING },
};

static const struct step is_refused[] = {
	{ 1, R | A, 0, 0, false, CLOSING },
};

static const struct step withstands[] = {
	HANDSHAKE,
	{ 0, S, 7777, 0, false, ESTABLISHED },
	{ 0, R, 102, 0, false, ESTABLISHED },
	{ 1, R, 0, 0, false, ESTABLISHED },
	{ 0, F | A, 0x80000000, 0, false, ESTABLISHED },
	{ 1, F | A, 0x80000000, 0, false, ESTABLISHED },
	{ 0, A, 101, 5, false, ESTABLISHED },
};

static const struct step comes_back[] = {
	HANDSHAKE,
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

static bool walk(const char *name, const struct step *step, size_t n)
{
	const struct step syn = { 0, S, 100, 0, false, EMBRYONIC };
	struct nfha_packet pkt = packet_of(&syn);
	struct nfha_flow flow = {};
	size_t i;

	nfha_flow_start(&flow, &pkt);
	for (i = 0; i < n; i++) {
		unsigned int dir;
		bool anew = false;

		pkt = packet_of(&step[i]);
		dir = nfha_flow_dir(&flow, &pkt);
		if (!nfha_flow_is_settled(&flow, &pkt, dir))
			anew = nfha_flow_update(&flow, &pkt);
		if (anew != step[i].anew || flow.state != step[i].state) {
			pr_err("nfha: self-test flow: %s: step %zu: state %u\n",
			       name, i, flow.state);
			return false;
		}
	}
	return true;
}

#define WALK(steps) walk(#steps, steps, ARRAY_SIZE(steps))

bool nfha_selftest_flow(void)
{
	return WALK(closes) && WALK(is_reset) && WALK(is_refused) &&
	       WALK(withstands) && WALK(comes_back) && WALK(stays_embryonic);
}
