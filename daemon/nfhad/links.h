/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LINKS_H
#define NFHAD_LINKS_H

#include <stdbool.h>
#include <stddef.h>

#include "config_template.h"

/*
 * Devices, addresses and routes of instances. All of it is for jobs: they wait for the
 * kernel, and go from one namespace to another and back. What is ours is known by a mark,
 * the device's alias.
 */

struct nl_sock;

/**
 * struct nfhad_link - one of the pairs of devices of an instance
 * @mark: of all that is made for the instance
 * @device: the host's end
 * @name: the end in the namespace
 * @port: what they are to be
 * @own: an address of the instance's own with the length of its network, or NULL
 */
struct nfhad_link {
	const char *mark;
	const char *device;
	const char *name;
	const struct nfhad_port_config *port;
	const char *own;
};

/**
 * nfhad_links_open - a connection to a namespace
 * @netns: descriptor of it
 * @host: of the one that the job comes back to
 * @sock: set, to be closed with nfhad_links_close()
 *
 * Return: 0 or a negative errno.
 */
int nfhad_links_open(int netns, int host, struct nl_sock **sock);
void nfhad_links_close(struct nl_sock *sock);

/* The loopback device: up, and with a mark, by which the namespace is known as ours. */
int nfhad_links_mark(struct nl_sock *netns, const char *mark);

/* Has the loopback device this mark? */
bool nfhad_links_is_marked(struct nl_sock *netns, const char *mark);

/**
 * nfhad_links_make - make a pair of devices, if it is not there, and switch it on
 * @host: connection to the host's namespace
 * @netns: connection to that of the instance
 * @to: descriptor of the host's namespace
 * @link: the pair
 * @said: of NFHAD_SAID_MAX bytes, set on failure
 *
 * The host's end gets there with its mark, or not at all. One that is there has the name, the
 * MAC address and the mtu of the port afterwards, as far as the port has some.
 *
 * Return: 0, -EEXIST if there is something of this name that is not ours, or whose other
 * end is somewhere else; or a negative errno.
 */
int nfhad_links_make(struct nl_sock *host, struct nl_sock *netns, int to,
		     const struct nfhad_link *link, char *said);

/**
 * nfhad_links_settle - give the end in the namespace its addresses and neighbours
 * @netns: connection to it
 * @link: the pair
 * @said: set on failure
 *
 * Return: 0 or a negative errno. What is there already is right.
 */
int nfhad_links_settle(struct nl_sock *netns, const struct nfhad_link *link,
		       char *said);

/* Its routes, when all have addresses; the same. */
int nfhad_links_route(struct nl_sock *netns, const struct nfhad_link *link,
		      char *said);

/* Remove a device if it has this mark; nothing there is no error. */
int nfhad_links_remove(struct nl_sock *host, const char *device, const char *mark);

/**
 * nfhad_links_each - call a function for each device that has a mark of ours
 * @sock: connection to a namespace
 * @fn: gets the name and the mark; what is not 0 ends the walk and is returned
 * @data: for @fn
 */
int nfhad_links_each(struct nl_sock *sock,
		     int (*fn)(const char *device, const char *mark, void *data),
		     void *data);

#endif /* NFHAD_LINKS_H */
