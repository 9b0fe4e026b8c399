// SPDX-License-Identifier: LGPL-2.1-or-later

#include "internal.h"

void port_put(struct nlmsghdr *nlh, uint16_t type,
	      const struct nfha_port *port)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u32(nlh, NFHA_A_PORT_SIDE, port->side);
	if (port->ifname[0])
		put_name(nlh, NFHA_A_PORT_IFNAME, port->ifname);
	if (port->ifindex)
		mnl_attr_put_u32(nlh, NFHA_A_PORT_IFINDEX, port->ifindex);
	if (port->has_mac)
		mnl_attr_put(nlh, NFHA_A_PORT_MAC, sizeof(port->mac),
			     port->mac);
	if (port->detour)
		mnl_attr_put_u8(nlh, NFHA_A_PORT_DETOUR, 1);
	mnl_attr_nest_end(nlh, nest);
}

void port_get(const struct nlattr *nest, struct nfha_port *port)
{
	const struct nlattr *tb[NFHA_A_PORT_MAX + 1];

	memset(port, 0, sizeof(*port));
	parse_nested(nest, tb, NFHA_A_PORT_MAX);
	port->side = get_u32(tb[NFHA_A_PORT_SIDE]);
	port->ifindex = get_u32(tb[NFHA_A_PORT_IFINDEX]);
	get_name(tb[NFHA_A_PORT_IFNAME], port->ifname, sizeof(port->ifname));
	port->has_mac = attr_has(tb[NFHA_A_PORT_MAC], sizeof(port->mac));
	if (port->has_mac)
		memcpy(port->mac, mnl_attr_get_payload(tb[NFHA_A_PORT_MAC]),
		       sizeof(port->mac));
	port->detour = get_u8(tb[NFHA_A_PORT_DETOUR]);
	port->carrier = get_u8(tb[NFHA_A_PORT_CARRIER]);
	port->rx_packets = get_u64(tb[NFHA_A_PORT_RX_PACKETS]);
	port->rx_bytes = get_u64(tb[NFHA_A_PORT_RX_BYTES]);
	port->tx_packets = get_u64(tb[NFHA_A_PORT_TX_PACKETS]);
	port->tx_bytes = get_u64(tb[NFHA_A_PORT_TX_BYTES]);
	port->tx_dropped = get_u64(tb[NFHA_A_PORT_TX_DROPPED]);
}
