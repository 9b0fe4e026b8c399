/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SHIM_IF_VLAN_H
#define SHIM_IF_VLAN_H

#include <linux/skbuff.h>

struct vlan_hdr {
	__be16 h_vlan_TCI;
	__be16 h_vlan_encapsulated_proto;
};

static inline bool eth_type_vlan(__be16 type)
{
	return type == htons(ETH_P_8021Q) || type == htons(ETH_P_8021AD);
}

#endif /* SHIM_IF_VLAN_H */
