// SPDX-License-Identifier: GPL-2.0-only

#include "epoch.h"
#include "netlink.h"
#include "notice.h"
#include "service.h"

/* Packets find out, and events are sent by processes. The name of an instance
 * does not change, so no other lock is needed.
 */
static void work_run(struct work_struct *work)
{
	struct nfha_epoch *epoch =
		container_of(work, struct nfha_epoch, notice.work);
	u64 bytes[NFHA_EVENT_QUEUE_HOLD + 1], open;
	unsigned long due;
	unsigned int i;

	spin_lock_bh(&epoch->lock);
	due = epoch->notice.due;
	epoch->notice.due = 0;
	open = epoch->open;
	bytes[NFHA_EVENT_QUEUE_LOG] = nfha_log_bytes(&epoch->log);
	bytes[NFHA_EVENT_QUEUE_HOLD] = epoch->hold.queue.bytes;
	spin_unlock_bh(&epoch->lock);
	for (i = NFHA_DUE_WATERMARK; i < NFHA_DUE_UNATTENDED; i++)
		if (due & BIT(i))
			nfha_event_watermark(epoch->instance,
					     i - NFHA_DUE_WATERMARK,
					     bytes[i - NFHA_DUE_WATERMARK]);
	for (i = NFHA_DUE_OVERFLOW; i < NFHA_DUE_WATERMARK; i++)
		if (due & BIT(i))
			nfha_event_overflow(epoch->instance,
					    i - NFHA_DUE_OVERFLOW, open);
	if (due & BIT(NFHA_DUE_UNATTENDED))
		nfha_event_unattended(epoch->instance, open);
}

static void say(struct nfha_epoch *epoch, unsigned int what)
{
	lockdep_assert_held(&epoch->lock);
	if ((epoch->notice.said & BIT(what)) || epoch->closed)
		return;
	epoch->notice.said |= BIT(what);
	epoch->notice.due |= BIT(what);
	schedule_work(&epoch->notice.work);
}

/**
 * nfha_notice_overflow - have it said that a limit was met
 * @epoch: the recovery of the instance
 * @what: enum nfha_overflow
 *
 * Once for each kind until the next commit.
 *
 * Context: any; the lock.
 */
void nfha_notice_overflow(struct nfha_epoch *epoch, u32 what)
{
	say(epoch, NFHA_DUE_OVERFLOW + what);
}

/**
 * nfha_notice_watermark - have it said that a queue has reached its watermark
 * @epoch: the recovery of the instance
 * @which: enum nfha_event_queue
 * @above: that it has; false if it is below
 *
 * Once, until it has been found below.
 *
 * Context: any; the lock.
 */
void nfha_notice_watermark(struct nfha_epoch *epoch, u32 which, bool above)
{
	if (above)
		say(epoch, NFHA_DUE_WATERMARK + which);
	else
		epoch->notice.said &= ~BIT(NFHA_DUE_WATERMARK + which);
}

/**
 * nfha_notice_unattended - have it said that nobody looks after an instance
 * @epoch: the recovery of the instance
 *
 * Each time; whoever calls it knows when it is over.
 *
 * Context: any; the lock.
 */
void nfha_notice_unattended(struct nfha_epoch *epoch)
{
	epoch->notice.said &= ~BIT(NFHA_DUE_UNATTENDED);
	say(epoch, NFHA_DUE_UNATTENDED);
}

/**
 * nfha_notice_forget_overflow - have it said again if a limit is met again
 * @epoch: the recovery of the instance
 *
 * Context: any; the lock.
 */
void nfha_notice_forget_overflow(struct nfha_epoch *epoch)
{
	epoch->notice.said &= ~GENMASK(NFHA_DUE_WATERMARK - 1,
				       NFHA_DUE_OVERFLOW);
}

/**
 * nfha_notice_init - begin with nothing to be said
 * @notice: zeroed, of an instance's recovery
 *
 * Context: any.
 */
void nfha_notice_init(struct nfha_notice *notice)
{
	INIT_WORK(&notice->work, work_run);
}
