/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_API_H
#define NFHAD_API_H

struct nfhad;
struct nfhad_api;
struct nfhad_api_config;
struct nfhad_varlink_counts;

/**
 * nfhad_api_open - answer at a socket
 * @d: the daemon; with a loop and decisions
 * @config: which, and whose
 *
 * What is asked is in io.nfha.daemon.varlink.
 *
 * Return: 0, and @d has it; or a negative errno, logged.
 */
int nfhad_api_open(struct nfhad *d, const struct nfhad_api_config *config);

/* The socket is removed. NULL is fine. */
void nfhad_api_close(struct nfhad_api *api);

const struct nfhad_varlink_counts *nfhad_api_counts(const struct nfhad_api *api);

#endif /* NFHAD_API_H */
