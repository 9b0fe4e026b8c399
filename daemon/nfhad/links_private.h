/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LINKS_PRIVATE_H
#define NFHAD_LINKS_PRIVATE_H

/* What links.c and settle.c share. */

struct nl_sock;

/* libnl has numbers of its own for what went wrong; its sign does not matter. */
int nfhad_links_errno(int ret);

/* Of the device of this name, or -ENODEV. */
int nfhad_links_index(struct nl_sock *sock, const char *name);

#endif /* NFHAD_LINKS_PRIVATE_H */
