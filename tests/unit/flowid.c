// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library's flow ID, against figures of another implementation
 * (tests/kselftest/lib/bench.py); the module's self-test has the same.
 */

#include <arpa/inet.h>
#include <libnfha/nfha.h>
#include <stdio.h>
#include <string.h>

#define ID_UDP4	16700
#define ID_TCP6	32156

static int number, failed;

static void check(int good, const char *text)
{
	number++;
	failed += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", number, text);
}

static struct nfha_flow flow(int family, const char *from, uint16_t sport,
			     const char *to, uint16_t dport, uint8_t proto)
{
	struct nfha_flow f = {
		.family = family, .proto = proto, .sport = sport,
		.dport = dport, .side = NFHA_SIDE_LEFT,
	};

	inet_pton(family == 4 ? AF_INET : AF_INET6, from, f.saddr);
	inet_pton(family == 4 ? AF_INET : AF_INET6, to, f.daddr);
	return f;
}

static struct nfha_flow back(struct nfha_flow f)
{
	struct nfha_flow r = f;

	memcpy(r.saddr, f.daddr, 16);
	memcpy(r.daddr, f.saddr, 16);
	r.sport = f.dport;
	r.dport = f.sport;
	r.side = !f.side;
	return r;
}

int main(void)
{
	struct nfha_service s = { .prefix4 = 24, .prefix6 = 64 };
	struct nfha_flow v4 = flow(4, "10.0.0.1", 1000, "10.0.0.2", 53, 17);
	struct nfha_flow v6 = flow(6, "2001:db8::1", 1234, "2001:db8::2", 80, 6);
	struct nfha_flow near = flow(4, "10.0.0.77", 9, "192.0.2.1", 10, 6);
	struct nfha_flow far = flow(4, "10.0.1.1", 1000, "10.0.0.2", 53, 17);
	struct nfha_flow r4 = back(v4), r6 = back(v6), rn = back(near);
	unsigned int affinity;
	int i;

	printf("TAP version 13\n1..8\n");
	for (i = 0; i < NFHA_KEY_LEN; i++)
		s.key[i] = i;
	check(nfha_flow_id(&s, &v4) == ID_UDP4, "IPv4");
	check(nfha_flow_id(&s, &v6) == ID_TCP6, "IPv6");
	for (affinity = 0; affinity <= NFHA_AFFINITY_DESTINATION; affinity++) {
		s.affinity = affinity;
		check(nfha_flow_id(&s, &v4) == nfha_flow_id(&s, &r4) &&
		      nfha_flow_id(&s, &v6) == nfha_flow_id(&s, &r6),
		      "the same in both directions");
	}
	s.affinity = NFHA_AFFINITY_SOURCE;
	check(nfha_flow_id(&s, &v4) == nfha_flow_id(&s, &near) &&
	      nfha_flow_id(&s, &v4) == nfha_flow_id(&s, &rn),
	      "one prefix, one flow ID, whatever else differs");
	check(nfha_flow_id(&s, &v4) != nfha_flow_id(&s, &far),
	      "another prefix, another flow ID (control)");
	return failed != 0;
}
