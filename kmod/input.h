/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_INPUT_H
#define NFHA_INPUT_H

#include "queue.h"

struct nfha_epoch;
struct nfha_instance;

struct nfha_instance *nfha_input_take(struct nfha_instance *instance,
				      struct nfha_origin from,
				      struct sk_buff *skb);
void nfha_input_deliver(struct nfha_epoch *epoch, u64 end);
void nfha_input_kick(struct nfha_epoch *epoch);

#endif /* NFHA_INPUT_H */
