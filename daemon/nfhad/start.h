/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_START_H
#define NFHAD_START_H

struct nfhad_instance;

/**
 * nfhad_start_begin - make an instance that nothing is known of live
 * @instance: the instance, in state UNKNOWN, or at rest
 * @why: one line, for those who ask later
 *
 * Its process is launched, after what is left in its namespace has been killed; or
 * adopted. What cannot be started is tried again, later each time, and said. One that is
 * fenced can never work: it has failed, and a backup begins in its place.
 */
void nfhad_start_begin(struct nfhad_instance *instance, const char *why);

/**
 * nfhad_start_again - make an instance live that has failed, later
 * @instance: the instance; nothing follows its process any more
 * @failures: in a row so far: it waits the longer
 */
void nfhad_start_again(struct nfhad_instance *instance, unsigned int failures);

/* The daemon is not concerned with the instance any more. */
void nfhad_start_stop(struct nfhad_instance *instance);

#endif /* NFHAD_START_H */
