/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PROBE_PRIVATE_H
#define NFHAD_PROBE_PRIVATE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "probe.h"

/* What of an echo is the sender's: identifier, number and data. */
#define NFHAD_PROBE_TOKEN 28

struct nfhad_probe_program;

/**
 * struct nfhad_probe_wire - a check by the network
 * @fd: its socket, which does not block
 * @to: whom it asks
 * @length: of @to
 * @token: what is in an echo request, and so in the reply
 */
struct nfhad_probe_wire {
	int fd;
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} to;
	socklen_t length;
	uint8_t token[NFHAD_PROBE_TOKEN];
};

/**
 * struct nfhad_probe_kind - how a check by the network is done
 * @type: of its socket
 * @protocol: the same, for IPv4
 * @protocol6: for IPv6
 * @events: what to wait for
 * @ask: begins; returns 0: it is good, -EINPROGRESS: that is not known yet, or what is
 *	wrong, a negative errno with what was tried in @what
 * @look: the same, when one of @events has come
 */
struct nfhad_probe_kind {
	int type;
	int protocol;
	int protocol6;
	uint32_t events;
	int (*ask)(struct nfhad_probe_wire *wire, const char **what);
	int (*look)(struct nfhad_probe_wire *wire, const char **what);
};

extern const struct nfhad_probe_kind nfhad_probe_tcp;
extern const struct nfhad_probe_kind nfhad_probe_icmp;

/* The namespace where it is done: a descriptor, or a negative errno. */
int nfhad_probe_netns(const struct nfhad_probe_target *target);

/**
 * nfhad_probe_program_start - ask a program, in a job
 * @event: the loop
 * @target: whom it is about; copied
 * @done: called once from the loop; the program is freed before
 * @data: for @done
 * @program: set
 *
 * Return: 0 or a negative errno.
 */
int nfhad_probe_program_start(sd_event *event,
			      const struct nfhad_probe_target *target,
			      nfhad_probe_fn done, void *data,
			      struct nfhad_probe_program **program);

/* @done is not called. NULL is none. */
void nfhad_probe_program_cancel(struct nfhad_probe_program *program);

#endif /* NFHAD_PROBE_PRIVATE_H */
