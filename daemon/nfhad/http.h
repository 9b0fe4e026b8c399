/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_HTTP_H
#define NFHAD_HTTP_H

struct nfhad;
struct nfhad_http;
struct nfhad_http_config;

/* More than that wait until one of them ends. */
#define NFHAD_HTTP_CONNECTIONS 64

/* A connection on which nothing goes on for so long is ended, in seconds. */
#define NFHAD_HTTP_TIMEOUT 10

/**
 * nfhad_http_open - answer those who watch: metrics, and a page
 * @d: the daemon
 * @config: where; no address: nowhere
 * @http: set; NULL without an address
 *
 * All else in the loop comes first.
 *
 * Return: 0 or a negative errno; logged.
 */
int nfhad_http_open(struct nfhad *d, const struct nfhad_http_config *config,
		    struct nfhad_http **http);

/* NULL is fine. */
void nfhad_http_close(struct nfhad_http *http);

#endif /* NFHAD_HTTP_H */
