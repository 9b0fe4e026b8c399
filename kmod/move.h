/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_MOVE_H
#define NFHA_MOVE_H

#include "epoch.h"

void nfha_move_begin(struct nfha_service *service, struct nfha_instance *from,
		     struct nfha_instance *to);
void nfha_move_pass(struct nfha_epoch *master, struct nfha_epoch *backup);
void nfha_move_forget(struct nfha_service *service,
		      const struct nfha_instance *instance,
		      struct nfha_instance *instead);
bool nfha_move_waits(const struct nfha_instance *instance);
bool nfha_move_is_busy(const struct nfha_instance *from,
		       const struct nfha_instance *to);
struct nfha_instance *nfha_move_owner(struct nfha_instance *instance,
				      struct nfha_origin from,
				      struct sk_buff *skb);

/* When nothing waits any more, order is kept without it; with the lock held. */
static inline void nfha_move_end(struct nfha_epoch *epoch)
{
	if (unlikely(epoch->steered) && !epoch->plugged && !epoch->log.busy &&
	    !epoch->log.at.chunk)
		epoch->steered = false;
}

#endif /* NFHA_MOVE_H */
