/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CLEANING_H
#define NFHAD_CLEANING_H

struct nfhad_instance;

/**
 * nfhad_cleaning_start - make an instance that is not needed any more idle
 * @instance: failed, and its log handed on; or a standby, or one that was
 *	never active. Nothing if it is being cleaned.
 *
 * Ends all TCP connections in its namespace, and all processes in it that are in a
 * process namespace of their own, lets the driver remove what it has there, and makes a
 * fenced instance anew in the kernel. nfhad_instance_idle() is called at the end; or
 * nfhad_recovery_cleaned(), of one that has the log of a recovery: its place in the
 * kernel stays as it is.
 * What cannot be cleaned is tried again, and said.
 */
void nfhad_cleaning_start(struct nfhad_instance *instance);

/* The first process has ended. */
void nfhad_cleaning_exited(struct nfhad_instance *instance);

/* The daemon ends, or is not concerned with the instance any more. */
void nfhad_cleaning_stop(struct nfhad_instance *instance);

#endif /* NFHAD_CLEANING_H */
