/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SELF_H
#define NFHAD_SELF_H

#include <stdint.h>

/**
 * struct nfhad_self - what the daemon itself takes
 * @start_ms: when it started, since 1970
 * @cpu_us: time of processors so far
 * @resident: memory, in bytes
 * @fds: descriptors that are open
 */
struct nfhad_self {
	uint64_t start_ms;
	uint64_t cpu_us;
	uint64_t resident;
	uint64_t fds;
};

/* What cannot be read is 0. */
void nfhad_self_read(struct nfhad_self *self);

#endif /* NFHAD_SELF_H */
