// SPDX-License-Identifier: GPL-2.0-or-later

#include <arpa/inet.h>
#include <libnfha/nfha.h>
#include <string.h>

#include "peer.h"

uint16_t peer_flow_id(const struct peer_flow *peer)
{
	struct nfha_service service = {
		.affinity = peer->affinity,
		.prefix4 = peer->prefix4,
		.prefix6 = peer->prefix6,
	};
	struct nfha_flow flow = {
		.side = NFHA_SIDE_LEFT,
		.family = peer->family,
		.proto = peer->proto,
		.sport = ntohs(peer->port[0]),
		.dport = ntohs(peer->port[1]),
	};

	memcpy(service.key, peer->key, sizeof(service.key));
	memcpy(flow.saddr, peer->address[0], sizeof(flow.saddr));
	memcpy(flow.daddr, peer->address[1], sizeof(flow.daddr));
	return nfha_flow_id(&service, &flow);
}
