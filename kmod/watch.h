/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_WATCH_H
#define NFHA_WATCH_H

#include "service.h"

void nfha_watch_work(struct work_struct *work);
void nfha_watch_queue(struct nfha_service *service);
int nfha_watch_init(void);
void nfha_watch_exit(void);

/* See to it that the worker runs soon. Any context. */
static inline void nfha_watch_kick(struct nfha_service *service)
{
	if (!test_bit(NFHA_PENDING_WORK, &service->pending))
		nfha_watch_queue(service);
}

#endif /* NFHA_WATCH_H */
