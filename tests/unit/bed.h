/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BED_H
#define BED_H

#include <limits.h>
#include <stdbool.h>
#include <systemd/sd-event.h>
#include "store.h"

/* A store in a directory of its own, for one test. */
extern char top[64];
extern char directory[PATH_MAX];
extern struct nfhad_store_config config;
extern sd_event *event;
extern struct nfhad_store *store;

/* Of one storing. */
struct result {
	bool done;
	int error;
};

/* In the directory of an instance. */
struct names {
	size_t shown;
	size_t hidden;
};

void bed_setup(void);
void bed_teardown(void);
void store_begin(void);
void store_again(void);

void file_write(int dir, const char *name, const char *text, size_t size);

/* A checkpoint of service fw with two files, 19 bytes together. */
struct nfhad_image *image_begin(const char *instance);
int image_finish(struct nfhad_image *image, uint64_t epoch);

/* The same, and it has to succeed; returns its number. */
uint64_t image_add(const char *instance, uint64_t epoch);

void on_stored(void *data, int error);
int wait_for(struct result *result);

/* Epoch of the newest that is what was stored; 0: there is none. */
uint64_t newest_good(const char *instance);

int place_dir(const char *instance);
struct names names_of(const char *instance);

/* What is removed goes in a job: waits for so many names, and none hidden. */
void wait_for_names(const char *instance, size_t shown);

#endif /* BED_H */
