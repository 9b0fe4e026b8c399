/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CRIU_H
#define NFHAD_CRIU_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>
#include "rpc.pb-c.h"

/*
 * A "criu swrk" process, which serves one request. It is started before it is needed, so
 * that a request does not wait for it, and without the daemon it ends by itself: what it
 * is doing to a VNF then it brings to an end, or undoes.
 */
struct nfhad_criu;

/* The descriptor that criu has the network namespace as. */
#define NFHAD_CRIU_NETNS_FD 4

/**
 * struct nfhad_criu_options - what has to be known when criu starts
 * @program: absolute path of criu
 * @netns: descriptor that becomes its NFHAD_CRIU_NETNS_FD, or -1
 * @leave_stopped: what it restores is left stopped
 * @mounts: what it restores has a mount namespace, see nfhad_mounts_prepare()
 */
struct nfhad_criu_options {
	const char *program;
	int netns;
	bool leave_stopped;
	bool mounts;
};

/**
 * struct nfhad_criu_client - who asks
 * @notify: criu is at a point that it has a name for and waits; @pid: of the first
 *	process, or 0. 0: go on; a negative errno: give up.
 * @done: the request is served, or it has failed; called once, from the loop. @pid:
 *	of the first process of what was restored, else 0. -EOWNERDEAD: criu is gone, and
 *	has left code of its own in the process. Any other failure has undone what it did.
 *	The reason is in the log. The criu can only be freed from here on.
 * @again: it has failed before, and that has been said: errors are for debugging
 * @service: for the log
 * @instance: for the log
 * @data: for both functions
 */
struct nfhad_criu_client {
	int (*notify)(void *data, const char *point, pid_t pid);
	void (*done)(void *data, int error, pid_t pid);
	bool again;
	const char *service;
	const char *instance;
	void *data;
};

/**
 * nfhad_criu_start - start a criu that waits for a request
 * @event: the loop
 * @options: as it has to be
 * @criu: set
 *
 * A program that is not there shows when the request is made.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_criu_start(sd_event *event, const struct nfhad_criu_options *options,
		     struct nfhad_criu **criu);

/**
 * nfhad_criu_request - ask a criu that waits
 * @criu: the one
 * @request: type and options; notifications and the ways to keep out of the VNF's
 *	cgroups and networks are added
 * @client: who asks; copied
 *
 * Return: 0, or a negative errno if criu has not been asked; @done is not called then.
 */
int nfhad_criu_request(struct nfhad_criu *criu, CriuReq *request,
		       const struct nfhad_criu_client *client);

/**
 * nfhad_criu_is_ready - could it be asked?
 * @criu: the one, or NULL
 *
 * Return: false if it has been, or has ended.
 */
bool nfhad_criu_is_ready(const struct nfhad_criu *criu);

/**
 * nfhad_criu_urge - somebody waits for what a criu restores
 * @criu: one that waits for a request
 *
 * What is restored has the priority of its image at the end.
 */
void nfhad_criu_urge(const struct nfhad_criu *criu);

/**
 * nfhad_criu_free - end a criu
 * @criu: the one, or NULL; killed if it is at work, @done is not called
 *
 * Return: 0, or -EOWNERDEAD if that leaves code of criu's in a process.
 */
int nfhad_criu_free(struct nfhad_criu *criu);

/**
 * nfhad_criu_fail - what a criu is at cannot come to an end any more
 * @criu: one that is at work; killed, its last words are logged, and @done is called
 * @why: for the log
 */
void nfhad_criu_fail(struct nfhad_criu *criu, const char *why);

/**
 * nfhad_criu_leave - take no more notice of a criu
 * @criu: the one, or NULL; @done is not called
 *
 * One that is at work is not killed, and undoes what it is doing when it would have to
 * ask. One that has been ends, or is killed, and one that has not is killed.
 */
void nfhad_criu_leave(struct nfhad_criu *criu);

#endif /* NFHAD_CRIU_H */
