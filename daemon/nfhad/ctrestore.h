/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTRESTORE_H
#define NFHAD_CTRESTORE_H

struct nfhad_carry;
struct nfhad_ctstate;
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
 * nfhad_ctrestore_add - make some connections of a namespace in another one, which works
 * @carry: from whom, to whom, and which
 * @state: the connections of the first
 *
 * For a job, as above. Expectations do not go along. A connection that cannot be made, for
 * the translation of another one is in its way, fails all of it; what was made stays.
 *
 * Return: 0 or a negative errno, with a line in the log.
 */
int nfhad_ctrestore_add(const struct nfhad_carry *carry,
			const struct nfhad_ctstate *state);

/* And remove them where they have been; those that are translated stay. 0 or a negative errno. */
int nfhad_ctrestore_drop(const struct nfhad_carry *carry,
			 const struct nfhad_ctstate *state);

/**
 * nfhad_ctrestore_follow - what a translation has made of these connections goes along
 * @carry: to whom, and which
 * @state: the connections of the one that has had them
 *
 * The module pins it to whoever has taught it, by no range. For a job, in the daemon's
 * namespace.
 *
 * Return: 0 or a negative errno, with a line in the log.
 */
int nfhad_ctrestore_follow(const struct nfhad_carry *carry,
			   const struct nfhad_ctstate *state);

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
