/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_INSPECT_H
#define NFHAD_INSPECT_H

#include "instance.h"

/**
 * nfhad_inspect - can the process tree of an instance be checkpointed?
 * @instance: the instance; its process runs
 *
 * Looks for what CRIU refuses, and for what it restores "with success" and broken. The
 * log has a line for each thing that was found: which process, which descriptor, what.
 *
 * Return: 0, -EOPNOTSUPP if something was found, -EAGAIN while a dump that was left alone
 * goes on, or a negative errno.
 */
int nfhad_inspect(const struct nfhad_instance *instance);

#endif /* NFHAD_INSPECT_H */
