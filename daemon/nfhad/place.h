/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PLACE_H
#define NFHAD_PLACE_H

#include <linux/nfha.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>
#include "job.h"

/*
 * Inside the store: DIRECTORY/SERVICE/INSTANCE/NUMBER is a checkpoint, and a name there that
 * begins with a dot is on its way to be one (.NUMBER) or to be removed (.gone-NUMBER).
 */
#define NFHAD_PLACE_NAME_SIZE 32

/**
 * struct nfhad_entry - a checkpoint that counts
 * @older: the one before it
 * @number: names its directory
 * @bytes: of its files
 * @seal: of one that this daemon has stored, see nfhad_seal_take(), or 0
 * @users: images of it that are not put
 * @broken: cannot be loaded
 * @doomed: is not found any more, and is removed when nobody uses it
 */
struct nfhad_entry {
	struct nfhad_entry *older;
	uint64_t number;
	uint64_t bytes;
	uint64_t seal;
	unsigned int users;
	bool broken;
	bool doomed;
};

/**
 * struct nfhad_place - the checkpoints of an instance
 * @next: another instance's
 * @service: whose
 * @instance: whose
 * @dir: descriptor of the directory
 * @durable: and that it is there is on the medium
 * @last: number that was given away last
 * @newest: checkpoints that count, newest first
 * @event: the loop
 * @sweep: the job that removes what is to be removed, or NULL
 * @sweep_again: there is more since it began
 */
struct nfhad_place {
	struct nfhad_place *next;
	char service[NFHA_NAME_MAX + 1];
	char instance[NFHA_NAME_MAX + 1];
	int dir;
	bool durable;
	uint64_t last;
	struct nfhad_entry *newest;
	sd_event *event;
	struct nfhad_job *sweep;
	bool sweep_again;
};

/**
 * nfhad_place_open - the place of an instance
 * @root: descriptor of the store's directory
 * @service: whose
 * @instance: whose
 * @event: the loop
 * @place: set
 *
 * Made if it is not there. What is half-written or half-removed goes.
 *
 * Return: 0 or a negative errno; logged.
 */
int nfhad_place_open(int root, const char *service, const char *instance,
		     sd_event *event, struct nfhad_place **place);
void nfhad_place_close(struct nfhad_place *place);

/* The newest that can be found with a number below this one, or NULL. */
struct nfhad_entry *nfhad_place_find(const struct nfhad_place *place,
				     uint64_t below);

/* A checkpoint counts from now on. NULL without memory. */
struct nfhad_entry *nfhad_place_add(struct nfhad_place *place, uint64_t number,
				    uint64_t bytes);

/* It does not, and is removed as soon as nobody uses it. */
void nfhad_place_drop(struct nfhad_place *place, struct nfhad_entry *entry);

/* Somebody uses it no more. */
void nfhad_place_release(struct nfhad_place *place, struct nfhad_entry *entry);

/* Removes a directory that never counted. */
void nfhad_place_discard(struct nfhad_place *place, uint64_t number);

/* Names in the directory of the place. */
void nfhad_place_name(char *name, uint64_t number);
void nfhad_place_hidden_name(char *name, uint64_t number);

#endif /* NFHAD_PLACE_H */
