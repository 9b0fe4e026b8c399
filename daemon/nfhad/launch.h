/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LAUNCH_H
#define NFHAD_LAUNCH_H

#include <sys/types.h>
#include "config.h"

/**
 * nfhad_launch - make the first process of an instance
 * @service: of the instance, for the log; or NULL
 * @config: what to start, and where
 * @pid: set
 * @pidfd: set; a descriptor of it
 *
 * It runs the program when this returns. See nfhad_process_launch().
 *
 * Return: 0 or a negative errno; logged.
 */
int nfhad_launch(const char *service, const struct nfhad_instance_config *config,
		 pid_t *pid, int *pidfd);

#endif /* NFHAD_LAUNCH_H */
