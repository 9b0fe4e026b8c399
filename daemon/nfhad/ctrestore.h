/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTRESTORE_H
#define NFHAD_CTRESTORE_H

struct nfhad_instance;

/**
 * nfhad_ctrestore_load - make a namespace's connections from an image
 * @instance: whose namespace; it gets no packets
 * @dir: the image
 *
 * For a job; when it returns, the calling process is in that namespace. The image
 * is read first, and refused without a trace; what fails later leaves the namespace
 * without connections and without rules.
 *
 * Return: 0, -EBADMSG, or a negative errno, with a line in the log.
 */
int nfhad_ctrestore_load(const struct nfhad_instance *instance, int dir);

/**
 * nfhad_ctrestore_clean - leave no connection and no rule in a namespace
 * @instance: whose namespace
 *
 * For a job, as above.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_ctrestore_clean(const struct nfhad_instance *instance);

#endif /* NFHAD_CTRESTORE_H */
