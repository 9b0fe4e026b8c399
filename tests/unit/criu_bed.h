/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRIU_BED_H
#define CRIU_BED_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "criu.h"
#include "driver.h"
#include "nfhad.h"
#include "process.h"

/* What the driver for process trees stands on, where a test has it in its hands. */

#define CRIUS_MAX 16

/* First process of what is restored. */
#define ROOT_PID 4711

/**
 * struct nfhad_criu - in place of the program
 * @options: it was started with
 * @client: who has asked
 * @type: what for
 * @pid: to be dumped
 * @images: descriptor of the image
 * @external: of a dump, the name of what is not part of it
 * @parent: of a dump, the descriptor of the image that it builds on; or -1
 * @root: of a restore, where its file system is; or ""
 * @auto_mounts: what is mounted from outside is found by itself
 * @asked: it has been asked
 * @urged: somebody waits for it
 * @freed: it is no more
 * @left: it is nobody's any more
 */
struct nfhad_criu {
	struct nfhad_criu_options options;
	struct nfhad_criu_client client;
	CriuReqType type;
	pid_t pid;
	int images;
	char external[64];
	int parent;
	char root[32];
	bool auto_mounts;
	bool asked;
	bool urged;
	bool freed;
	bool left;
};

/* In the order in which they were started, and the last that was asked. */
extern struct nfhad_criu crius[CRIUS_MAX];
extern unsigned int started;
extern struct nfhad_criu *asked;

/**
 * struct answers - what those say who are called
 * @start: nfhad_criu_start()
 * @request: nfhad_criu_request()
 * @free: nfhad_criu_free(), of one that there is
 * @inspect: nfhad_inspect()
 * @diag: nfhad_diag_open(), unless it is 0
 * @queued: nfhad_diag_queued(), one after the other; then the last
 * @reopen: nfhad_reopen_check()
 * @follow: nfhad_instance_follow()
 * @netns: nfhad_netns_open(), unless it is 0
 * @inode: nfhad_netns_inode()
 * @mounts: nfhad_mounts_in_image()
 */
struct answers {
	int start;
	int request;
	int free;
	int inspect;
	int diag;
	int queued[8];
	int reopen;
	int follow;
	int netns;
	ino_t inode;
	int mounts;
};

/**
 * struct calls - how often they were
 * @looks: at the queues
 * @touches: of listeners
 * @leftovers: looked for
 * @kills: of what is restored
 * @signal: the last to the instance
 * @exited: to be told when what is restored has ended
 * @data: for @exited
 */
struct calls {
	unsigned int looks;
	unsigned int touches;
	unsigned int leftovers;
	unsigned int kills;
	int signal;
	nfhad_exit_fn exited;
	void *data;
};

extern struct answers answers;
extern struct calls calls;

extern struct nfhad_config whole;
extern struct nfhad nfhad;
extern struct nfhad_service_config service_config;
extern struct nfhad_instance instance;
extern struct nfhad_image image;

/* The process of the instance. */
#define PROCESS ((struct nfhad_process *)&instance)

#endif /* CRIU_BED_H */
