// SPDX-License-Identifier: GPL-2.0-only

#include <linux/if_vlan.h>
#include <linux/netdevice.h>

#include "compat.h"
#include "service.h"
#include "xmit.h"

/**
 * nfha_skb_packets - how many packets an skb stands for
 * @skb: a packet, or several that GRO or a local sender made one of
 *
 * Context: any.
 * Return: 1 or more.
 */
unsigned int nfha_skb_packets(const struct sk_buff *skb)
{
	return skb_is_gso(skb) ? max_t(u16, skb_shinfo(skb)->gso_segs, 1) : 1;
}

static bool has_egress_hooks(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_EGRESS
	if (rcu_access_pointer(dev->nf_hooks_egress))
		return true;
#endif
	return nfha_dev_has_tc_egress(dev);
}

/* Without a queue, dev_queue_xmit() has nothing to do but to look whether
 * somebody wants to see the packet, and to choose among queues.
 */
static bool can_call_directly(struct net_device *dev)
{
	return (dev->priv_flags & IFF_NO_QUEUE) &&
	       dev->real_num_tx_queues == 1 && !has_egress_hooks(dev) &&
	       !dev_nit_active(dev) && !dev_xmit_recursion();
}

static bool fits(const struct sk_buff *skb, const struct net_device *dev)
{
	return skb->len <= READ_ONCE(dev->mtu) + VLAN_HLEN || skb_is_gso(skb);
}

/**
 * nfha_xmit - send a packet out of a port
 * @skb: as the ingress hook has it, data at the network header; consumed
 * @port: where to
 *
 * What cannot be sent is counted in the service.
 *
 * Context: softirq, RCU.
 */
void nfha_xmit(struct sk_buff *skb, struct nfha_port *port)
{
	struct net_device *dev = port->dev;
	int ret;

	if (unlikely(!fits(skb, dev))) {
		NFHA_COUNT(port->service, DROP_TOO_BIG, 1);
		kfree_skb(skb);
		return;
	}
	if (port->has_mac && unlikely(skb_cow_head(skb, skb->mac_len))) {
		NFHA_COUNT(port->service, DROP_XMIT, 1);
		kfree_skb(skb);
		return;
	}
	skb_push(skb, skb->mac_len);
	if (port->has_mac)
		ether_addr_copy(eth_hdr(skb)->h_dest, port->mac);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	skb->dev = dev;
	nfha_port_count_tx(port->stats, nfha_skb_packets(skb), skb->len);
	ret = can_call_directly(dev) ? dev_direct_xmit(skb, 0) :
				       dev_queue_xmit(skb);
	if (unlikely(ret != NET_XMIT_SUCCESS && ret != NET_XMIT_CN))
		NFHA_COUNT(port->service, DROP_XMIT, 1);
}
