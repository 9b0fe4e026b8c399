/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "internal.h"

/*
 * In place of the kernel: what the library sends is kept, and what a test has
 * queued is received, a datagram for each call.
 */

#define FAMILY 0x1234

struct nfha *transport_open(void);
void transport_close(struct nfha *h);

/* libmnl's functions, as the linker wraps them. */
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket,
				 const void *data, size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *data,
				   size_t size);
int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket);

/* What was sent last. */
const struct nlmsghdr *sent(void);
size_t sent_length(void);
unsigned int sends(void);
const struct nlattr *sent_attr(uint16_t type);

/* Datagrams of answers: begin, messages, end. */
void datagram_begin(void);
struct nlmsghdr *message_begin(uint16_t type, uint8_t cmd, uint32_t seq);
struct nlmsghdr *last_message(void);
void message_ack(uint32_t seq, int error, const char *text);
void message_done(uint32_t seq, int error, const char *text);
void message_echo(uint32_t seq, uint8_t cmd);
void datagram_end(void);
void datagram_error(int error);

#endif /* TRANSPORT_H */
