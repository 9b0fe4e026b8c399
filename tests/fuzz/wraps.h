/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_WRAPS_H
#define FUZZ_WRAPS_H

#include <sys/types.h>

struct json_object;
struct mnl_socket;
struct nfhad_varlink_call;

/* Functions as the linker wraps them. */
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *data,
				 size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *data,
				   size_t size);
int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket);

void __real_nfhad_varlink_reply(struct nfhad_varlink_call *call,
				struct json_object *parameters);
void __real_nfhad_varlink_error(struct nfhad_varlink_call *call, const char *name,
				struct json_object *parameters);
void __wrap_nfhad_varlink_reply(struct nfhad_varlink_call *call,
				struct json_object *parameters);
void __wrap_nfhad_varlink_error(struct nfhad_varlink_call *call, const char *name,
				struct json_object *parameters);

#endif /* FUZZ_WRAPS_H */
