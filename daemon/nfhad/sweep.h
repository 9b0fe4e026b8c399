/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SWEEP_H
#define NFHAD_SWEEP_H

struct nfhad;

/**
 * nfhad_sweep_begin - remove what was made for instances that are gone
 * @nfhad: the daemon, with a configuration that was just read
 *
 * In a job, and nobody waits for it; that of an earlier configuration ends. What has a mark
 * of ours, and is not what the configuration says, goes: namespaces with their processes,
 * places in the module, devices; and control groups with theirs, if it has no such instance.
 * What has none stays. If those who are gone had all ranges, one that works gets them.
 */
void nfhad_sweep_begin(struct nfhad *nfhad);

/* Ends it, if it is under way. */
void nfhad_sweep_stop(struct nfhad *nfhad);

#endif /* NFHAD_SWEEP_H */
