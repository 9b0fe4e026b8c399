/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTREQUEST_H
#define NFHAD_CTREQUEST_H

#include "ctstate.h"

/* Room that the longest request needs: twice NFHAD_CTATTR_BYTES is more. */
#define NFHAD_CTREQUEST_BYTES 8192UL

/*
 * Requests to ctnetlink. Each is put where @buffer points to, which has room
 * for NFHAD_CTREQUEST_BYTES, and returned there.
 */

/* Ask for all of a kind. */
struct nlmsghdr *nfhad_ctrequest_dump(void *buffer, enum nfhad_ctkind kind,
				      uint32_t seq);

/* Ask for a connection. */
struct nlmsghdr *nfhad_ctrequest_get(void *buffer,
				     const struct nfhad_ctentry *entry,
				     uint32_t seq);

/* Remove a connection. */
struct nlmsghdr *nfhad_ctrequest_remove(void *buffer,
					const struct nfhad_ctentry *entry,
					uint32_t seq);

/* Remove all of a kind. */
struct nlmsghdr *nfhad_ctrequest_flush(void *buffer, enum nfhad_ctkind kind,
				       uint32_t seq);

/**
 * nfhad_ctrequest_connection - make a connection as it was
 * @buffer: where to put the request
 * @entry: the connection
 * @with_master: it belongs to another one, which is there
 * @seq: number of the request
 *
 * Return: the request, or NULL if the connection makes no sense.
 */
struct nlmsghdr *nfhad_ctrequest_connection(void *buffer,
					    const struct nfhad_ctentry *entry,
					    bool with_master, uint32_t seq);

/**
 * nfhad_ctrequest_expectation - make an expectation as it was
 * @buffer: where to put the request
 * @entry: the expectation
 * @zone: of the connection that it belongs to
 * @is_update: it is there, and is told how long to stay, for the kernel takes no
 *	notice of that when it makes one
 * @seq: number of the request
 *
 * Return: the request.
 */
struct nlmsghdr *nfhad_ctrequest_expectation(void *buffer,
					     const struct nfhad_ctentry *entry,
					     uint16_t zone, bool is_update,
					     uint32_t seq);

#endif /* NFHAD_CTREQUEST_H */
