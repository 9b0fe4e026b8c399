// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Says which flow IDs flows have, and who owns their ranges, without asking the
 * kernel for each: what a switch or a traffic generator has to know.
 *
 * usage: owner NETNS SERVICE <FLOWS
 *
 * A flow is a line: left or right, the side of the sender; the number of the
 * protocol; its address and port; the other end's address and port.
 */

#include <arpa/inet.h>
#include <libnfha/nfha.h>
#include <stdio.h>
#include <string.h>

static int flow_parse(const char *line, struct nfha_flow *flow)
{
	char side[6], from[40], to[40];
	int family;

	memset(flow, 0, sizeof(*flow));
	if (sscanf(line, "%5s %hhu %39s %hu %39s %hu", side, &flow->proto, from,
		   &flow->sport, to, &flow->dport) != 6)
		return -1;
	flow->family = strchr(from, ':') ? 6 : 4;
	family = flow->family == 6 ? AF_INET6 : AF_INET;
	flow->side = strcmp(side, "right") ? NFHA_SIDE_LEFT : NFHA_SIDE_RIGHT;
	return inet_pton(family, from, flow->saddr) == 1 &&
	       inet_pton(family, to, flow->daddr) == 1 ? 0 : -1;
}

static const char *owner(const struct nfha_map *map, uint16_t id)
{
	unsigned int i;

	for (i = 0; i < map->ranges; i++)
		if (id >= map->range[i].first && id <= map->range[i].last)
			return map->range[i].instance;
	return "";
}

static int answer(const struct nfha_service *service,
		  const struct nfha_map *map)
{
	struct nfha_flow flow;
	char line[256];
	uint16_t id;

	while (fgets(line, sizeof(line), stdin)) {
		if (flow_parse(line, &flow)) {
			fprintf(stderr, "owner: not a flow: %s", line);
			return 1;
		}
		id = nfha_flow_id(service, &flow);
		printf("%u %s\n", id, owner(map, id));
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct nfha_service service;
	struct nfha_map *map = NULL;
	struct nfha *h = NULL;
	int ret;

	if (argc != 3) {
		fprintf(stderr, "usage: owner NETNS SERVICE <FLOWS\n");
		return 2;
	}
	ret = nfha_open(&h, argv[1]);
	if (!ret)
		ret = nfha_service_get(h, argv[2], &service);
	if (!ret)
		ret = nfha_map_get(h, argv[2], &map);
	if (ret)
		fprintf(stderr, "owner: %s\n", strerror(-ret));
	else
		ret = answer(&service, map);
	nfha_map_free(map);
	nfha_close(h);
	return ret != 0;
}
