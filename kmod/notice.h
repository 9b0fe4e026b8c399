/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_NOTICE_H
#define NFHA_NOTICE_H

#include <linux/nfha.h>
#include <linux/workqueue.h>

struct nfha_epoch;

/* Bits of struct nfha_notice.due: what is to be said, and below it what has been. */
enum nfha_notice_due {
	NFHA_DUE_OVERFLOW,	/* and enum nfha_overflow */
	NFHA_DUE_WATERMARK = NFHA_DUE_OVERFLOW +
			     NFHA_OVERFLOW_OUTPUT_RELEASED + 1,
				/* and enum nfha_event_queue */
	NFHA_DUE_UNATTENDED = NFHA_DUE_WATERMARK + NFHA_EVENT_QUEUE_HOLD + 1,
};

/**
 * struct nfha_notice - events of an instance that packets or time cause
 * @due: enum nfha_notice_due, that are to be said
 * @said: the same, that have been
 * @work: says them
 *
 * Guarded by struct nfha_epoch.lock.
 */
struct nfha_notice {
	unsigned long due;
	unsigned long said;
	struct work_struct work;
};

/* True if a queue's memory has come to so many percent of its limit. */
static inline bool nfha_notice_is_above(u64 bytes, u32 max, u8 percent)
{
	return bytes * 100 >= (u64)max * percent;
}

/* True if it has been said of a queue, enum nfha_event_queue. */
static inline bool nfha_notice_has_said(const struct nfha_notice *notice,
					u32 which)
{
	return notice->said & BIT(NFHA_DUE_WATERMARK + which);
}

void nfha_notice_init(struct nfha_notice *notice);
void nfha_notice_overflow(struct nfha_epoch *epoch, u32 what);
void nfha_notice_forget_overflow(struct nfha_epoch *epoch);
void nfha_notice_watermark(struct nfha_epoch *epoch, u32 which, bool above);
void nfha_notice_unattended(struct nfha_epoch *epoch);

#endif /* NFHA_NOTICE_H */
