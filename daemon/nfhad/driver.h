/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_DRIVER_H
#define NFHAD_DRIVER_H

#include <stdbool.h>
#include "instance.h"
#include "store.h"

struct nfhad_job;
struct nfhad_portion;

/**
 * struct nfhad_save - a checkpoint that is being made
 * @instance: whose
 * @image: where its files go
 * @parent: the newest that is stored, or NULL: for what is incremental
 * @begin: plugs the input (epoch-begin). A driver calls it once at most, when
 *	what comes in would get lost from here on. 0 or a negative errno.
 * @cut: closes the epoch (epoch-cut) and opens the plug. To be called exactly
 *	once, at the instant that the state stands for: whatever the instance has sent
 *	before is covered by the files, and nothing that it sends before it
 *	goes on is not. 0 or a negative errno; then the save has failed.
 * @done: the files are written, or it has failed; called once, from the
 *	loop. -EOWNERDEAD: and the instance cannot be trusted any more.
 *
 * Made by checkpoint.c, which plugs and aborts what a driver leaves open when it fails.
 */
struct nfhad_save {
	struct nfhad_instance *instance;
	struct nfhad_image *image;
	const struct nfhad_image *parent;
	int (*begin)(struct nfhad_save *save);
	int (*cut)(struct nfhad_save *save);
	void (*done)(struct nfhad_save *save, int error);
};

/**
 * struct nfhad_load - a checkpoint that is being loaded
 * @instance: the backup
 * @image: the checkpoint
 * @stop: do not let it run until nfhad_driver.resume
 * @urgent: a service that has failed waits for it
 * @done: loaded, or failed and nothing is left of it; called once, from the
 *	loop
 */
struct nfhad_load {
	struct nfhad_instance *instance;
	const struct nfhad_image *image;
	bool stop;
	bool urgent;
	void (*done)(struct nfhad_load *load, int error);
};

/**
 * struct nfhad_carry - state of some flows that another instance is to have, too
 * @from: whose; it works, with the driver attached
 * @to: who gets it; the same
 * @portion: which flows
 * @since: the driver's: what @to has got of @from already; 0: nothing
 * @until: the driver's: what it has when this is done
 * @job: the driver's: at it, or NULL
 * @done: it has it, or has failed; called once, from the loop
 *
 * Carried a second time, only what has changed goes. What @to has of those flows already
 * is replaced.
 */
struct nfhad_carry {
	struct nfhad_instance *from;
	struct nfhad_instance *to;
	const struct nfhad_portion *portion;
	uint64_t since;
	uint64_t until;
	struct nfhad_job *job;
	void (*done)(struct nfhad_carry *carry, int error);
};

/**
 * struct nfhad_driver - a way to save and load the state of a VNF
 * @name: as in the configuration
 * @begin: what an instance has to have that begins to live without a checkpoint; runs in a
 *	job, outside of its namespace; or NULL
 * @attach: an instance is alive and is to be protected from now on. Refuses, with the
 *	reason in the log, what would be restored "with success" and broken. -EAGAIN:
 *	what was left alone at a detach is still at it, and will not be for long.
 * @detach: it is not any more; ends what @attach and @save have begun
 * @save: makes a checkpoint; NULL: there are none, and the module needs no recovery
 * @cancel: gives a save up that takes too long; its @done is not called.
 *	-EOWNERDEAD: and the instance cannot be trusted any more.
 * @prepare: to be done to a saved image off the critical path, see
 *	nfhad_image_store(); or NULL
 * @expect: a checkpoint counts that the instance, which is idle, may have to be made
 *	from: begins what would take time then. Called at each; the image stays until
 *	it returns. Without an image nothing of that is wanted any more. Or NULL.
 * @load: makes an instance from a checkpoint
 * @resume: lets an instance run that has been loaded with @stop
 * @unload: removes what a load has made, or what a failed instance has left in
 *	its namespace (processes are killed by then); runs in a job; or NULL
 * @carry: gives the state of some flows of an instance to another one; NULL: that of
 *	single flows cannot be told from the rest
 * @carry_end: no more is carried; one that is being carried is given up, and its done not
 *	called
 * @follow: what the module does not know by its range to belong to flows that @carry has
 *	carried goes with them; their ranges have gone. It begins, and done is called
 * @drop: what @carry has carried is no affair of nfhad_carry.from any more; it begins, and
 *	done is called
 *
 * A driver has its data in nfhad_instance.driver_data.
 */
struct nfhad_driver {
	const char *name;
	int (*begin)(struct nfhad_instance *instance);
	int (*attach)(struct nfhad_instance *instance);
	void (*detach)(struct nfhad_instance *instance);
	int (*save)(struct nfhad_save *save);
	int (*cancel)(struct nfhad_save *save);
	int (*prepare)(struct nfhad_image *image, void *parent);
	void (*expect)(struct nfhad_instance *instance,
		       const struct nfhad_image *image);
	int (*load)(struct nfhad_load *load);
	void (*load_cancel)(struct nfhad_load *load);
	int (*resume)(struct nfhad_instance *instance);
	int (*unload)(void *instance);
	int (*carry)(struct nfhad_carry *carry);
	void (*carry_end)(struct nfhad_carry *carry);
	int (*follow)(struct nfhad_carry *carry);
	int (*drop)(struct nfhad_carry *carry);
};

extern const struct nfhad_driver nfhad_driver_criu;
extern const struct nfhad_driver nfhad_driver_conntrack;
extern const struct nfhad_driver nfhad_driver_exec;
extern const struct nfhad_driver nfhad_driver_none;

#endif /* NFHAD_DRIVER_H */
