/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that nfha supports. The code elsewhere is
 * written for the newest of them.
 */

#ifndef NFHA_COMPAT_H
#define NFHA_COMPAT_H

#include <linux/netdevice.h>
#include <linux/version.h>
#include <net/genetlink.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)

/* One operation of one kind, as newer kernels describe a command's do and
 * its dump. nfha_genl_family_register() makes of them what 6.1 understands.
 */
struct genl_split_ops {
	union {
		int (*doit)(struct sk_buff *skb, struct genl_info *info);
		struct {
			int (*start)(struct netlink_callback *cb);
			int (*dumpit)(struct sk_buff *skb,
				      struct netlink_callback *cb);
		};
	};
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 flags;
};

int nfha_genl_family_register(struct genl_family *family,
			      const struct genl_split_ops *ops, size_t n);

#else

static inline int nfha_genl_family_register(struct genl_family *family,
					    const struct genl_split_ops *ops,
					    size_t n)
{
	family->split_ops = ops;
	family->n_split_ops = n;
	return genl_register_family(family);
}

#endif /* < 6.2 */

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
/* The pointer in a policy was not to const, though nothing writes there. */
#undef NLA_POLICY_FULL_RANGE
#define NLA_POLICY_FULL_RANGE(tp, _range) {		\
	.type = NLA_ENSURE_UINT_TYPE(tp),		\
	.validation_type = NLA_VALIDATE_RANGE_PTR,	\
	.range = (void *)(_range),			\
}
#endif

/* Stable kernels have it since some of their releases. The right that is asked for is the same,
 * in the namespace of the socket.
 */
#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN GENL_UNS_ADMIN_PERM
#endif

/* Attributes of the request that started a dump. */
static inline struct nlattr **nfha_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_info_dump(cb)->attrs;
#endif
}

/* False if the bytes are in the memory of a device. */
static inline bool nfha_skb_is_readable(const struct sk_buff *skb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	return true;
#else
	return skb_frags_readable(skb);
#endif
}

/* True if the device needs no lock around its transmit function. */
static inline bool nfha_dev_is_lltx(const struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	return dev->features & NETIF_F_LLTX;
#else
	return dev->lltx;
#endif
}

/* True if tc or BPF wants to see what leaves the device. */
static inline bool nfha_dev_has_tc_egress(const struct net_device *dev)
{
#if !defined(CONFIG_NET_CLS_ACT)
	return false;
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return rcu_access_pointer(dev->miniq_egress);
#else
	return rcu_access_pointer(dev->tcx_egress);
#endif
}

#endif /* NFHA_COMPAT_H */
