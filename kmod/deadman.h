/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_DEADMAN_H
#define NFHA_DEADMAN_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct nfha_epoch;
struct nfha_instance;
struct nfha_service;

/**
 * struct nfha_deadman - who looks after an instance's epochs, if anybody does
 * @seen: jiffies, when the last sign of life came; or the plug of one that is unattended
 * @unattended: none has come for as long as the service allows
 * @undone: the plug was opened for that; whoever has begun the epoch is to know
 *
 * Guarded by struct nfha_epoch.lock.
 */
struct nfha_deadman {
	unsigned long seen;
	bool unattended;
	bool undone;
};

void nfha_deadman_work(struct work_struct *work);
void nfha_deadman_start(struct nfha_service *service);
void nfha_deadman_begun(struct nfha_epoch *epoch);
void nfha_deadman_cut(struct nfha_epoch *epoch);
void nfha_deadman_alive(struct nfha_instance *instance);
void nfha_deadman_alive_all(struct nfha_service *service);

#endif /* NFHA_DEADMAN_H */
