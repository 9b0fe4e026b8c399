/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_AUTHOR_H
#define FUZZ_AUTHOR_H

#include "dice.h"
#include "spec.h"
#include "tree.h"

#define HINTS_MAX 32
#define HINT_VALUES 4

/**
 * struct hint - numbers that answers have given an attribute
 * @name: of the attribute; NULL: not used
 * @count: how many there have been
 * @value: the last ones
 */
struct hint {
	const char *name;
	unsigned int count;
	uint64_t value[HINT_VALUES];
};

/**
 * struct author - makes messages
 * @dice: all that is chance in them
 * @service: number of the service that this is about
 * @instance: number of the instance
 * @other: number of a second instance
 * @flow: number of the flow
 * @left: requests until it is about others
 * @is_wide: this request names no single flow
 * @ports: ports that this request has so far
 * @hint: what has been answered
 * @tree: the request
 */
struct author {
	struct dice dice;
	unsigned int service;
	unsigned int instance;
	unsigned int other;
	unsigned int flow;
	unsigned int left;
	bool is_wide;
	unsigned int ports;
	struct hint hint[HINTS_MAX];
	struct tree tree;
};

/** Begin. @param stream number of the one who has the author */
void author_begin(struct author *author, uint64_t seed, uint64_t stream);
/**
 * Write a request that the module may well accept, into author->tree.
 *
 * Values are what the specification allows; names are mostly of the same few objects for
 * some time.
 */
void author_write(struct author *author, const struct spec_command *command);
/** Remember what an attribute was in an answer: a later request may want to say it. */
void author_note(struct author *author, const char *name, uint64_t value);

#endif /* FUZZ_AUTHOR_H */
