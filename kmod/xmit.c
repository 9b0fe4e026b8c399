// SPDX-License-Identifier: GPL-2.0-only

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <net/dst.h>
#include <net/sch_generic.h>
#include <net/xfrm.h>

#include "compat.h"
#include "service.h"
#include "xmit.h"

static bool has_egress_hooks(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_EGRESS
	if (rcu_access_pointer(dev->nf_hooks_egress))
		return true;
#endif
	return nfha_dev_has_tc_egress(dev);
}

/* Nothing that would have to be done in software before the device gets it. */
static bool is_plain(const struct sk_buff *skb, const struct net_device *dev)
{
	return !skb_is_gso(skb) && skb->ip_summed != CHECKSUM_PARTIAL &&
	       !skb_vlan_tag_present(skb) && !skb_is_nonlinear(skb) &&
	       !skb_sec_path(skb) && netif_running(dev) &&
	       netif_carrier_ok(dev) && nfha_dev_is_lltx(dev) &&
	       !netif_xmit_frozen_or_drv_stopped(netdev_get_tx_queue(dev, 0));
}

/* A device that needs no queue may have been given one. */
static bool has_queue(const struct net_device *dev)
{
	return rcu_dereference_bh(netdev_get_tx_queue(dev, 0)->qdisc)->enqueue;
}

/* Without a queue, dev_queue_xmit() has nothing to do but to look whether
 * somebody wants to see the packet, and to choose among queues.
 */
static bool can_call_directly(const struct sk_buff *skb, struct net_device *dev)
{
	return (dev->priv_flags & IFF_NO_QUEUE) &&
	       dev->real_num_tx_queues == 1 && !has_queue(dev) &&
	       is_plain(skb, dev) && !has_egress_hooks(dev) &&
	       !dev_nit_active(dev) && !dev_xmit_recursion();
}

static int direct(struct sk_buff *skb, struct net_device *dev)
{
	struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);
	netdev_tx_t ret;

	skb_set_queue_mapping(skb, 0);
	dev_xmit_recursion_inc();
	ret = netdev_start_xmit(skb, dev, txq, false);
	dev_xmit_recursion_dec();
	if (!dev_xmit_complete(ret))
		kfree_skb(skb);
	return ret;
}

static int send(struct sk_buff *skb, struct net_device *dev)
{
	if (can_call_directly(skb, dev))
		return direct(skb, dev);
	/* The queue of such a device swallows what it gets, and calls it congestion. */
	if (unlikely(!netif_running(dev) || !netif_carrier_ok(dev))) {
		kfree_skb(skb);
		return NET_XMIT_DROP;
	}
	return dev_queue_xmit(skb);
}

/* Of a GSO packet, what it will be cut into has to fit. */
static bool fits(const struct sk_buff *skb, const struct net_device *dev)
{
	unsigned int max = READ_ONCE(dev->mtu) + VLAN_HLEN;

	return skb->len <= max ||
	       (skb_is_gso(skb) && skb_gso_validate_network_len(skb, max));
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
	unsigned int packets = nfha_skb_packets(skb);
	struct net_device *dev = port->dev;
	unsigned int bytes;
	int ret;

	/* One that was kept has none, and a warning would name it. */
	skb->dev = dev;
	/* What LRO has put together cannot be taken apart again. */
	if (unlikely(!fits(skb, dev) || skb_warn_if_lro(skb))) {
		NFHA_COUNT(port->service, DROP_TOO_BIG, packets);
		kfree_skb(skb);
		return;
	}
	if (port->has_mac && unlikely(skb_cow_head(skb, skb->mac_len))) {
		NFHA_COUNT(port->service, DROP_XMIT, packets);
		kfree_skb(skb);
		return;
	}
	__skb_push(skb, skb->mac_len);
	if (port->has_mac)
		ether_addr_copy(eth_hdr(skb)->h_dest, port->mac);
	nf_reset_ct(skb);
	skb_dst_drop(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	bytes = skb->len;
	ret = send(skb, dev);
	if (likely(ret == NET_XMIT_SUCCESS || ret == NET_XMIT_CN))
		nfha_port_count_tx(port->stats, packets, bytes);
	else
		NFHA_COUNT(port->service, DROP_XMIT, packets);
}
