/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_API_PRIVATE_H
#define NFHAD_API_PRIVATE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "api.h"
#include "idl.h"
#include "socket.h"
#include "varlink.h"

#define API_INTERFACE "io.nfha.daemon"
#define API_SERVICE "org.varlink.service"
#define API_INTERFACES 2

/* Their texts, as the linker has them. */
extern const char nfha_begin[] asm("_binary_io_nfha_daemon_varlink_start");
extern const char nfha_end[] asm("_binary_io_nfha_daemon_varlink_end");
extern const char varlink_begin[] asm("_binary_org_varlink_service_varlink_start");
extern const char varlink_end[] asm("_binary_org_varlink_service_varlink_end");

/**
 * struct nfhad_api - the daemon at its socket
 * @nfhad: the daemon
 * @idl: what there is to be called
 * @socket: where
 * @varlink: answers there
 */
struct nfhad_api {
	struct nfhad *nfhad;
	struct nfhad_idl *idl[API_INTERFACES];
	struct nfhad_socket socket;
	struct nfhad_varlink *varlink;
};

/**
 * struct nfhad_api_method - what a method does
 * @name: without the interface
 * @changes: not everybody may call it
 * @streams: has several replies
 * @run: answers a call whose parameters fit
 */
struct nfhad_api_method {
	const char *name;
	bool changes;
	bool streams;
	void (*run)(struct nfhad_api *api, struct nfhad_varlink_call *call);
};

/* Those of each interface; end with one without a name. */
extern const struct nfhad_api_method nfhad_api_methods[];
extern const struct nfhad_api_method nfhad_api_service_methods[];

/* An error of org.varlink.service about something. */
void nfhad_api_error(struct nfhad_varlink_call *call, const char *name,
		     const char *key, const char *value);

#endif /* NFHAD_API_PRIVATE_H */
