/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SWEEP_H
#define NFHAD_SWEEP_H

struct nfhad;

/**
 * nfhad_sweep_begin - remove what was made for instances that are gone
 * @nfhad: the daemon, with a configuration that was just read
 *
 * In a job, and nobody waits for it. What has a mark of ours, and is not what the
 * configuration says, goes: control groups with their processes, namespaces with theirs,
 * places in the module, devices. What has none stays.
 */
void nfhad_sweep_begin(struct nfhad *nfhad);

#endif /* NFHAD_SWEEP_H */
