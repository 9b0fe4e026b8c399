/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CRIU_DATA_H
#define NFHAD_CRIU_DATA_H

#include "criu.h"
#include "driver.h"
#include "process.h"

/* Between the two halves of the driver for process trees; nobody else's. */

/* How CRIU's images call the network namespace, which is no part of them. */
#define NFHAD_CRIU_NETNS "vnf"

/**
 * struct nfhad_criu_data - what the driver knows of an instance
 * @instance: the instance
 * @spare: a criu that waits for the next save, or NULL
 * @ahead: a criu that waits for a load, of one without a mount namespace that is left
 *	stopped, or NULL
 * @ahead_netns: inode of the network namespace that it has
 * @ahead_us: when it was started, monotonic
 * @criu: the one at work, or NULL
 * @save: what it makes, or NULL
 * @load: what it loads, or NULL
 * @begun: the input of @save is plugged
 * @cut: the epoch of @save is closed
 * @drain: timer between looks at the queues, or NULL
 * @drain_end: until when
 * @diag: to look at the queues, or -1
 * @directory: where @save may leave something, see leftover.h, or negative
 * @previous: number of the newest image that was dumped whole; pages count as dirty
 *	since then, and not since any other. 0: none
 * @failures: saves that have failed in a row
 * @root: first process of what is being restored, while it is, or NULL
 * @load_error: why @load has failed, while it is cleaned up after
 * @touched_us: when its listeners were, see nfhad_listener_touch(); monotonic
 */
struct nfhad_criu_data {
	struct nfhad_instance *instance;
	struct nfhad_criu *spare;
	struct nfhad_criu *ahead;
	ino_t ahead_netns;
	uint64_t ahead_us;
	struct nfhad_criu *criu;
	struct nfhad_save *save;
	struct nfhad_load *load;
	bool begun;
	bool cut;
	sd_event_source *drain;
	uint64_t drain_end;
	int diag;
	int directory;
	uint64_t previous;
	unsigned int failures;
	struct nfhad_process *root;
	int load_error;
	uint64_t touched_us;
};

/* The data of an instance, made if there is none; NULL: no memory. */
struct nfhad_criu_data *nfhad_criu_data(struct nfhad_instance *instance);

struct sd_event *nfhad_criu_event(const struct nfhad_criu_data *data);

/* The program. */
const char *nfhad_criu_program(const struct nfhad_criu_data *data);

/* As in struct nfhad_driver. */
void nfhad_criu_expect(struct nfhad_instance *instance,
		       const struct nfhad_image *image);
int nfhad_criu_load(struct nfhad_load *load);
void nfhad_criu_load_cancel(struct nfhad_load *load);
int nfhad_criu_resume(struct nfhad_instance *instance);

#endif /* NFHAD_CRIU_DATA_H */
