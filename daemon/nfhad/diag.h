/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_DIAG_H
#define NFHAD_DIAG_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct nfhad_diag_socket - what the kernel tells of a socket
 * @family: AF_PACKET, AF_UNIX, AF_INET, AF_INET6
 * @inode: the number that fstat() gives, too
 * @peer: unix: the inode of what it is connected to, or 0
 * @ring: packet: has a ring that its owner maps
 * @queued: bytes that wait to be read; of a listening socket, connections
 */
struct nfhad_diag_socket {
	int family;
	uint32_t inode;
	uint32_t peer;
	bool ring;
	uint32_t queued;
};

typedef void (*nfhad_diag_fn)(const struct nfhad_diag_socket *socket,
			      void *data);

/**
 * nfhad_diag_open - ask about the sockets of a network namespace
 * @netns: its name below /run/netns
 *
 * Return: a descriptor for the functions below, or a negative errno.
 */
int nfhad_diag_open(const char *netns);

/**
 * nfhad_diag_ask - one question, and all answers to it
 * @diag: descriptor
 * @type: SOCK_DIAG_BY_FAMILY or SOCK_DESTROY
 * @flags: NLM_F_DUMP or NLM_F_ACK
 * @request: what follows the header
 * @size: of that
 * @fn: told of each answer
 * @data: for @fn
 *
 * Return: 0 or a negative errno.
 */
int nfhad_diag_ask(int diag, uint16_t type, uint16_t flags,
		   const void *request, size_t size, mnl_cb_t fn, void *data);

/**
 * nfhad_diag_packet - all packet sockets
 * @diag: descriptor
 * @fn: told of each
 * @data: for @fn
 *
 * Return: 0 or a negative errno.
 */
int nfhad_diag_packet(int diag, nfhad_diag_fn fn, void *data);

/* As nfhad_diag_packet(), all Unix sockets. */
int nfhad_diag_unix(int diag, nfhad_diag_fn fn, void *data);

/**
 * nfhad_diag_queued - does anything wait that a checkpoint would lose?
 * @diag: descriptor
 *
 * That is packets in packet, UDP and raw sockets, and connections that nobody has
 * accepted yet.
 *
 * Return: 1, 0, or a negative errno.
 */
int nfhad_diag_queued(int diag);

#endif /* NFHAD_DIAG_H */
