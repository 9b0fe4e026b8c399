/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/nfha.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_NFHA_GEN_H
#define _LINUX_NFHA_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/nfha.h>

/* Common nested types */
extern const struct nla_policy nfha_match_nl_policy[NFHA_A_MATCH_PORT + 1];
extern const struct nla_policy nfha_port_nl_policy[NFHA_A_PORT_TX_DROPPED + 1];
extern const struct nla_policy nfha_range_nl_policy[NFHA_A_RANGE_INSTANCE + 1];
extern const struct nla_policy nfha_timeouts_nl_policy[NFHA_A_TIMEOUTS_FRAGMENT + 1];

/* Ops table for nfha */
extern const struct genl_split_ops nfha_nl_ops[30];

int nfha_nl_map_get_start(struct netlink_callback *cb);

int nfha_nl_service_new_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_service_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int nfha_nl_instance_new_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_instance_set_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_instance_del_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_instance_get_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_instance_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int nfha_nl_map_set_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_map_get_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_map_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nfha_nl_split_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_merge_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_flow_new_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_flow_del_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nfha_nl_load_get_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_load_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nfha_nl_epoch_begin_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_epoch_cut_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_epoch_commit_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_epoch_abort_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_epoch_get_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_epoch_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nfha_nl_failover_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_epoch_alive_doit(struct sk_buff *skb, struct genl_info *info);
int nfha_nl_instance_overload_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	NFHA_NLGRP_EVENTS,
};

#endif /* _LINUX_NFHA_GEN_H */
