/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_MUTATION_H
#define FUZZ_MUTATION_H

#include "dice.h"
#include "message.h"
#include "spec.h"
#include "tree.h"

/** Make one to three attributes wrong. @param set what the outermost ones are of */
void mutation_tree(struct dice *dice, struct tree *tree, const struct spec_set *set);
/** Change flags, command, version or reserved bits; length, type and number stay. */
void mutation_header(struct dice *dice, struct message *message);
/** Change bytes behind the headers. */
void mutation_bytes(struct dice *dice, struct message *message);
/** Make bytes of a message that nobody would take for one. */
void mutation_hostile(struct dice *dice, struct message *message, uint16_t family);

#endif /* FUZZ_MUTATION_H */
