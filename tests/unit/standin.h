/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STANDIN_H
#define STANDIN_H

#include <libmnl/libmnl.h>
#include <libnfha/nfha.h>
#include <stdint.h>

/*
 * A stand-in for the module, at the library's socket: it keeps what it is told, in memory that
 * all children of a test have, and answers with that. It steers nothing and judges little; what
 * a test needs beyond that, such as flows or counters, the test puts there.
 */

#define STANDIN_ANSWER 65536

/* Empty, with a place for sockets; what is there goes with the next one. */
void standin_begin(void);
void standin_end(void);

/* Next requests of a kind, NFHA_CMD_*, fail so, with these words; 0: no more. */
void standin_refuse(uint8_t cmd, int error, const char *words);

/**
 * standin_put - an object that is there, as requests make them
 * @cmd: by which it would be made: NFHA_CMD_SERVICE_NEW, INSTANCE_NEW, FLOW_NEW, LOAD_GET or
 *	EPOCH_GET
 * @nlh: a message with its attributes
 */
void standin_put(uint8_t cmd, const struct nlmsghdr *nlh);

/* An empty message to put attributes into; the next call gives the same one. */
struct nlmsghdr *standin_message(uint8_t cmd);

/* The same, an event of an instance. */
struct nlmsghdr *standin_event(uint8_t cmd, const char *service, const char *instance);

/* So many of the next dumps by a command say that they were interrupted. */
void standin_interrupt(uint8_t cmd, unsigned int times);

/* The map of a service is nobody's. */
void standin_nobody(const char *service);

/* All who listen hear of it. */
void standin_tell(const struct nlmsghdr *nlh);

/* The same, that a drain has come to an end, enum nfha_drain_end. */
void standin_drained(const char *service, const char *instance, uint32_t end, uint32_t flows);

/* How many listen. */
unsigned int standin_listeners(void);

/* So many requests of a kind have come. */
unsigned int standin_requests(uint8_t cmd);

/* libmnl's functions, as the linker wraps them. */
struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags);
int __wrap_mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t pid);
int __wrap_mnl_socket_setsockopt(const struct mnl_socket *socket, int type, void *data,
				 socklen_t len);
int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket);
unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *socket);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *data, size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *data, size_t size);
int __wrap_mnl_socket_close(struct mnl_socket *socket);

#endif /* STANDIN_H */
