/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_RELOAD_H
#define NFHAD_RELOAD_H

struct nfhad;
struct nfhad_config;

/**
 * nfhad_reload_configure - the daemon does what a configuration says
 * @nfhad: the daemon, which may have another one
 * @config: the configuration, which is the daemon's then
 *
 * Return: 0, or -ENOMEM: all is as it was.
 */
int nfhad_reload_configure(struct nfhad *nfhad, struct nfhad_config *config);

/**
 * nfhad_reload - read the file again, and do what it says
 * @nfhad: the daemon
 *
 * Return: 0; or a negative errno, and what is wrong with it is logged: all is as it was.
 */
int nfhad_reload(struct nfhad *nfhad);

/* Be concerned with no service any more. */
void nfhad_reload_end(struct nfhad *nfhad);

#endif /* NFHAD_RELOAD_H */
