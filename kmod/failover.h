/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_FAILOVER_H
#define NFHA_FAILOVER_H

#include <linux/netlink.h>
#include <linux/types.h>

struct nfha_instance;

/**
 * struct nfha_takeover - what came of a failover
 * @committed: the epoch that the backup has to start from
 * @replayed: packets that it gets again
 * @complete: these are all since that epoch's cut
 */
struct nfha_takeover {
	u64 committed;
	u64 replayed;
	bool complete;
};

int nfha_failover(struct nfha_instance *master, struct nfha_instance *backup,
		  struct nfha_takeover *takeover,
		  struct netlink_ext_ack *extack);
int nfha_failover_fence(struct nfha_instance *instance,
			struct nfha_takeover *takeover,
			struct netlink_ext_ack *extack);
void nfha_failover_carrier(struct nfha_instance *instance);
void nfha_failover_succeed(struct nfha_instance *instance);
int nfha_failover_name(const struct nfha_instance *instance,
		       const struct nfha_instance *successor,
		       struct netlink_ext_ack *extack);
bool nfha_failover_is_fenced(const struct nfha_instance *instance);
struct nfha_instance *
nfha_failover_backup(const struct nfha_instance *instance);
void nfha_failover_forget(struct nfha_instance *instance);

#endif /* NFHA_FAILOVER_H */
