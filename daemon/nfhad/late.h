/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LATE_H
#define NFHAD_LATE_H

#include <stdint.h>

struct nfhad_instance;

/**
 * struct nfhad_late - checkpoints of an instance that fail
 * @failures: in a row
 * @counted_us: when the last one was committed, or they began, monotonic
 * @late: of @failures, those after the instance was late
 *
 * An instance is late when none has been committed for as long as the dead man waits. It
 * is UNPROTECTED then, and the next ones are made later each time.
 */
struct nfhad_late {
	unsigned int failures;
	uint64_t counted_us;
	unsigned int late;
};

/* Checkpoints of an instance begin. */
void nfhad_late_begin(struct nfhad_late *late);

/**
 * nfhad_late_failed - one has failed
 * @late: of the instance
 * @instance: the instance; UNPROTECTED when this returns, if it was active and is late
 * @error: why, a negative errno
 * @where: what has failed
 *
 * Said and remembered.
 */
void nfhad_late_failed(struct nfhad_late *late, struct nfhad_instance *instance,
		       int error, const char *where);

/**
 * nfhad_late_counted - one was committed
 * @late: of the instance
 * @instance: the instance; ACTIVE when this returns, if it was UNPROTECTED
 */
void nfhad_late_counted(struct nfhad_late *late, struct nfhad_instance *instance);

/* How long until the next one is made, if the instance is late; 0: it is not. */
uint64_t nfhad_late_wait_us(const struct nfhad_late *late);

#endif /* NFHAD_LATE_H */
