// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, neighbours and routes of instances. */

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/route.h>
#include <string.h>

#include "links.h"
#include "links_private.h"
#include "said.h"
#include "value.h"

#define OR_REPLACE (NLM_F_CREATE | NLM_F_REPLACE)

/* Clones have the same address: nobody is to be asked whether it is in use. */
static int address_add(struct nl_sock *sock, int index, const char *prefix)
{
	struct rtnl_addr *address = rtnl_addr_alloc();
	struct nl_addr *local = NULL;
	int ret;

	ret = nl_addr_parse(prefix, AF_UNSPEC, &local);
	if (!address)
		ret = -NLE_NOMEM;
	if (!ret) {
		rtnl_addr_set_ifindex(address, index);
		ret = rtnl_addr_set_local(address, local);
		rtnl_addr_set_flags(address, IFA_F_NODAD);
	}
	ret = ret ?: rtnl_addr_add(sock, address, OR_REPLACE);
	nl_addr_put(local);
	rtnl_addr_put(address);
	return ret;
}

static int neighbour_add(struct nl_sock *sock, int index,
			 const struct nfhad_neighbour_config *config)
{
	struct rtnl_neigh *neighbour = rtnl_neigh_alloc();
	struct nl_addr *address = NULL, *mac = NULL;
	uint8_t bytes[6];
	int ret;

	ret = nl_addr_parse(config->address, AF_UNSPEC, &address);
	if (!ret && !nfhad_value_mac(config->mac, bytes))
		mac = nl_addr_build(AF_LLC, bytes, sizeof(bytes));
	if (!neighbour || (!ret && !mac))
		ret = -NLE_NOMEM;
	if (!ret) {
		rtnl_neigh_set_ifindex(neighbour, index);
		rtnl_neigh_set_lladdr(neighbour, mac);
		rtnl_neigh_set_state(neighbour, NUD_PERMANENT);
		ret = rtnl_neigh_set_dst(neighbour, address);
	}
	ret = ret ?: rtnl_neigh_add(sock, neighbour, OR_REPLACE);
	nl_addr_put(address);
	nl_addr_put(mac);
	rtnl_neigh_put(neighbour);
	return ret;
}

static int family_of(const struct nfhad_route_config *config)
{
	return strchr(config->to ?: config->via, ':') ? AF_INET6 : AF_INET;
}

/* Of the route itself: where to, and by whom. */
static int route_fill(struct rtnl_route *route, struct rtnl_nexthop *hop,
		      const struct nfhad_route_config *config)
{
	struct nl_addr *to = NULL, *via = NULL;
	int ret, family = family_of(config);

	ret = nl_addr_parse(config->to ?: "default", family, &to);
	if (!ret && config->via)
		ret = nl_addr_parse(config->via, family, &via);
	if (!ret) {
		rtnl_route_set_family(route, family);
		if (family == AF_INET && !via)
			rtnl_route_set_scope(route, RT_SCOPE_LINK);
		ret = rtnl_route_set_dst(route, to);
	}
	if (via)
		rtnl_route_nh_set_gateway(hop, via);
	nl_addr_put(to);
	nl_addr_put(via);
	return ret;
}

static int route_add(struct nl_sock *sock, int index,
		     const struct nfhad_route_config *config)
{
	struct rtnl_route *route = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	int ret = -NLE_NOMEM;

	if (route && hop) {
		rtnl_route_nh_set_ifindex(hop, index);
		ret = route_fill(route, hop, config);
		rtnl_route_add_nexthop(route, hop);
		hop = NULL;
		ret = ret ?: rtnl_route_add(sock, route, OR_REPLACE);
	}
	if (hop)
		rtnl_route_nh_free(hop);
	rtnl_route_put(route);
	return ret;
}

static int refused(const struct nfhad_link *link, const char *what,
		   const char *name, int error, char *said)
{
	nfhad_said(said, "device %s in the namespace cannot have the %s %s: %s",
		   link->name, what, name, nl_geterror(error));
	return nfhad_links_errno(error);
}

static int settle(struct nl_sock *netns, int index, const struct nfhad_link *link,
		  char *said)
{
	const struct nfhad_port_config *port = link->port;
	char **shared;
	size_t n;
	int ret;

	ret = link->own ? address_add(netns, index, link->own) : 0;
	if (ret)
		return refused(link, "address", link->own, ret, said);
	for (shared = port->addresses; shared && *shared; shared++) {
		ret = address_add(netns, index, *shared);
		if (ret)
			return refused(link, "address", *shared, ret, said);
	}
	for (n = 0; n < port->neighbours; n++) {
		ret = neighbour_add(netns, index, &port->neighbour[n]);
		if (ret)
			return refused(link, "neighbour",
				       port->neighbour[n].address, ret, said);
	}
	return 0;
}

int nfhad_links_settle(struct nl_sock *netns, const struct nfhad_link *link,
		       char *said)
{
	int index = nfhad_links_index(netns, link->name);

	return index < 0 ? index : settle(netns, index, link, said);
}

int nfhad_links_route(struct nl_sock *netns, const struct nfhad_link *link,
		      char *said)
{
	int ret, index = nfhad_links_index(netns, link->name);
	size_t n;

	for (n = 0; index >= 0 && n < link->port->routes; n++) {
		const struct nfhad_route_config *route = &link->port->route[n];

		ret = route_add(netns, index, route);
		if (ret)
			return refused(link, "route to", route->to ?: "default",
				       ret, said);
	}
	return index < 0 ? index : 0;
}
