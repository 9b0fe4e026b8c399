/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_STANDBY_H
#define NFHAD_STANDBY_H

#include <stdbool.h>

struct nfhad_image;
struct nfhad_instance;
struct nfhad_loading;
struct nfhad_service;

/* The standby of a service, if its scheme is standby. 0 or -ENOMEM. */
int nfhad_standby_new(struct nfhad_service *service);
void nfhad_standby_free(struct nfhad_service *service);

/**
 * nfhad_standby_offer - there is a new checkpoint for the standby
 * @master: whose, and the newest that is stored
 * @image: the checkpoint
 * @done: called once from the loop when the standby has it, or cannot have it
 * @data: for @done
 *
 * Return: true if the commit has to wait for @done; false if there is nothing
 * to wait for (and @done is not called).
 */
bool nfhad_standby_offer(struct nfhad_instance *master,
			 struct nfhad_image *image,
			 void (*done)(void *data, int error), void *data);

/* The one that is waited for is not wanted any more; done is not called. */
void nfhad_standby_withdraw(struct nfhad_instance *master);

/**
 * nfhad_standby_idle - an instance has become idle
 * @instance: the instance
 *
 * Return: true if it is the standby, and is loaded now.
 */
bool nfhad_standby_idle(struct nfhad_instance *instance);

/* The process of an instance in state STANDBY has ended. */
void nfhad_standby_exited(struct nfhad_instance *instance);

/**
 * nfhad_standby_take - the standby is to take over
 * @service: the service
 * @image: the checkpoint that it has to have; replaced by another handle of it, which has
 *	to stay until @loading has ended
 * @loading: set if it is being loaded still, and the caller's; see nfhad_loading_pass()
 *
 * Return: a backup that has exactly this one loaded and stopped, or is about to have it,
 * and is no standby any more, or NULL.
 */
struct nfhad_instance *nfhad_standby_take(struct nfhad_service *service,
					  struct nfhad_image **image,
					  struct nfhad_loading **loading);

/**
 * nfhad_standby_dismiss - what is loaded is given up
 * @failed: for this instance, whose checkpoint is needed now
 * @of_others: also if it is that of a master that works
 *
 * The standby is cleaned, and idle then.
 *
 * Return: false if there is none that could help.
 */
bool nfhad_standby_dismiss(const struct nfhad_instance *failed, bool of_others);

#endif /* NFHAD_STANDBY_H */
