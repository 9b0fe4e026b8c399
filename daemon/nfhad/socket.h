/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SOCKET_H
#define NFHAD_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct nfhad_socket - a Unix socket that listens
 * @fd: of it
 * @path: where it is; NULL: the service manager's, which removes it
 * @place: what is there; as long as this is open, no other file is taken for it
 */
struct nfhad_socket {
	int fd;
	char *path;
	int place;
};

/* No group of this number. */
#define NFHAD_NO_GROUP ((gid_t)-1)

/**
 * nfhad_socket_open - listen
 * @path: where, if the service manager has not handed over a socket
 * @group: that may connect, or NFHAD_NO_GROUP: root alone
 * @socket: set
 *
 * What is at the path is removed if it is a socket and nobody listens there.
 *
 * Return: 0; -EADDRINUSE if somebody does, or it is no socket; or another negative errno.
 */
int nfhad_socket_open(const char *path, gid_t group,
		      struct nfhad_socket *socket);

/* And remove it, unless it is another one now. */
void nfhad_socket_close(struct nfhad_socket *socket);

/**
 * nfhad_socket_peer - who has connected?
 * @fd: the connection
 * @group: whose members may ask for changes, too, or NFHAD_NO_GROUP
 * @uid: set
 * @may_change: set; may they?
 *
 * Return: 0 or a negative errno.
 */
int nfhad_socket_peer(int fd, gid_t group, uid_t *uid, bool *may_change);

#endif /* NFHAD_SOCKET_H */
