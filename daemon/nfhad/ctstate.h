/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTSTATE_H
#define NFHAD_CTSTATE_H

#include "ctattr.h"

/* How many connections, and how many expectations, a namespace may have. */
#define NFHAD_CTSTATE_MAX 0x100000

/*
 * The connections of a namespace, or those in an image. What is kept of each is
 * what makes it anew; changes are numbered, so that those since some instant can
 * be found without a look at the rest.
 */
struct nfhad_ctstate;

struct nfhad_ctlink {
	struct nfhad_ctlink *next, *prev;
};

/**
 * struct nfhad_ctentry - a connection or an expectation, or that one is gone
 * @next: in its bucket
 * @changed: in the order of the last change
 * @heard: in the order of when it was last heard of
 * @helped: among those that have a helper
 * @born: the number of the change that made it
 * @change: the number of the last change
 * @heard_ns: when it was last heard of, CLOCK_MONOTONIC
 * @hash: of its key
 * @id: the kernel's
 * @sweep: see nfhad_ctstate_sweep()
 * @kind: what it is
 * @family: of its addresses
 * @key: how many of @attr identify it
 * @len: of @attr
 * @room: for @attr
 * @attr: its attributes, as nfhad_ctattrs_key() and _rest() put them
 */
struct nfhad_ctentry {
	struct nfhad_ctentry *next;
	struct nfhad_ctlink changed;
	struct nfhad_ctlink heard;
	struct nfhad_ctlink helped;
	uint64_t born;
	uint64_t change;
	uint64_t heard_ns;
	uint32_t hash;
	uint32_t id;
	uint32_t sweep;
	uint8_t kind;
	uint8_t family;
	uint16_t key;
	uint16_t len;
	uint16_t room;
	uint32_t attr[];
};

int nfhad_ctstate_new(struct nfhad_ctstate **state);
void nfhad_ctstate_free(struct nfhad_ctstate *state);

/* How many of a kind there are. */
uint32_t nfhad_ctstate_count(const struct nfhad_ctstate *state,
			     enum nfhad_ctkind kind);

/**
 * nfhad_ctstate_learn - something is said of an object
 * @state: where to keep it
 * @attrs: what is said
 * @whole: it is all that there is to say
 *
 * What an event does not say stays as it was; a new object with the addresses of an
 * old one has nothing of the old one.
 *
 * Return: 0, -ENOSPC at NFHAD_CTSTATE_MAX, -EMSGSIZE, or -ENOMEM.
 */
int nfhad_ctstate_learn(struct nfhad_ctstate *state,
			const struct nfhad_ctattrs *attrs, bool whole);

/* An object is gone; if its id is said, one with another id stays. */
void nfhad_ctstate_forget(struct nfhad_ctstate *state,
			  const struct nfhad_ctattrs *attrs);

/**
 * nfhad_ctstate_sweep - from here on, who is not heard of is gone
 * @state: the state
 *
 * nfhad_ctstate_swept() ends it and forgets them.
 */
void nfhad_ctstate_sweep(struct nfhad_ctstate *state);
void nfhad_ctstate_swept(struct nfhad_ctstate *state);

/**
 * nfhad_ctstate_base - all changes so far are known elsewhere
 * @state: the state
 *
 * Return: the number of the last one, for nfhad_ctstate_changed().
 */
uint64_t nfhad_ctstate_base(struct nfhad_ctstate *state);

/**
 * nfhad_ctstate_mark - all connections so far are going to be known to somebody else, too
 * @state: the state
 * @on: false: he does not care any more
 *
 * Those that go from here on are among the gone, until the next nfhad_ctstate_base().
 *
 * Return: the number of the last change.
 */
uint64_t nfhad_ctstate_mark(struct nfhad_ctstate *state, bool on);

/**
 * nfhad_ctstate_changed - walk what has changed since the base
 * @state: the state
 * @last: what the last call returned, or NULL to begin
 *
 * Return: a connection, or NULL at the end.
 */
const struct nfhad_ctentry *
nfhad_ctstate_changed(const struct nfhad_ctstate *state,
		      const struct nfhad_ctentry *last);

/* The same for all of a kind; NFHAD_CT_GONE: since the base. */
const struct nfhad_ctentry *
nfhad_ctstate_all(const struct nfhad_ctstate *state, enum nfhad_ctkind kind,
		  const struct nfhad_ctentry *last);

/**
 * nfhad_ctstate_silent - a connection that nothing has been heard of since
 * @state: the state
 * @until_ns: since when, CLOCK_MONOTONIC
 * @last: what the last call returned, or NULL to begin
 *
 * Return: the connection, the longest silent one first, or NULL.
 */
const struct nfhad_ctentry *
nfhad_ctstate_silent(const struct nfhad_ctstate *state, uint64_t until_ns,
		     const struct nfhad_ctentry *last);

/* The same for those that have a helper, in no order. */
const struct nfhad_ctentry *
nfhad_ctstate_helped(const struct nfhad_ctstate *state, uint64_t until_ns,
		     const struct nfhad_ctentry *last);

#endif /* NFHAD_CTSTATE_H */
