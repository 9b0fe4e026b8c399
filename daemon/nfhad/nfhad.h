/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_H
#define NFHAD_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

struct nfhad_api;
struct nfhad_config;
struct nfhad_decisions;
struct nfhad_http;
struct nfhad_job;
struct nfhad_kernel;
struct nfhad_meters;
struct nfhad_obituary;
struct nfhad_service;
struct nfhad_store;

/**
 * struct nfhad - the daemon
 * @event: the loop; everything runs in it
 * @config_path: the file
 * @config: what it says
 * @first: what it said when the daemon began
 * @is_usual: it was started with the usual priority
 * @lock: it is the only one
 * @store: where checkpoints go
 * @kernel: the module
 * @obituary: tells of processes that end, or NULL
 * @meters: of the services that are scaled, NULL: of none
 * @decisions: what was decided, and why
 * @api: the socket, or NULL
 * @http: metrics and a page, or NULL
 * @sweep: removes what was made for instances that are gone, or NULL
 * @services: how many
 * @service: what is protected
 */
struct nfhad {
	sd_event *event;
	const char *config_path;
	struct nfhad_config *config;
	struct nfhad_config *first;
	bool is_usual;
	int lock;
	struct nfhad_store *store;
	struct nfhad_kernel *kernel;
	struct nfhad_obituary *obituary;
	struct nfhad_meters *meters;
	struct nfhad_decisions *decisions;
	struct nfhad_api *api;
	struct nfhad_http *http;
	struct nfhad_job *sweep;
	size_t services;
	struct nfhad_service **service;
};

#endif /* NFHAD_H */
