/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_TREE_H
#define FUZZ_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_NODES 2048
#define TREE_BYTES 32768
#define TREE_ROOT 0

/**
 * struct node - an attribute of a message
 * @type: as on the wire, with its flags
 * @is_nest: it has attributes in it, and no bytes
 * @is_ragged: what should round its length up is left out
 * @times: how often it is in the message
 * @claim: length that it says it has, or -1: the one it has
 * @at: where its bytes are
 * @length: how many
 * @first: first node in it, or 0
 * @last: last node in it, or 0
 * @next: next node beside it, or 0
 */
struct node {
	uint16_t type;
	bool is_nest;
	bool is_ragged;
	unsigned int times;
	int claim;
	size_t at;
	size_t length;
	unsigned int first;
	unsigned int last;
	unsigned int next;
};

/**
 * struct tree - the attributes of a message, before they are put into a row
 * @nodes: how many there are; TREE_ROOT is not an attribute
 * @node: all of them
 * @bytes: how much of @data is taken
 * @data: their bytes
 */
struct tree {
	unsigned int nodes;
	struct node node[TREE_NODES];
	size_t bytes;
	unsigned char data[TREE_BYTES];
};

/** Begin anew. */
void tree_clear(struct tree *tree);
/**
 * Add an attribute.
 * @param data its bytes, which are copied
 * @return its place, or TREE_ROOT if there is no room
 */
unsigned int tree_add(struct tree *tree, unsigned int parent, uint16_t type,
		      const void *data, size_t length);
/** Add a nest; otherwise as tree_add(). */
unsigned int tree_nest(struct tree *tree, unsigned int parent, uint16_t type);
/**
 * Put all attributes into a row.
 * @return how many bytes they take; what has no room is left out
 */
size_t tree_write(const struct tree *tree, void *to, size_t size);

#endif /* FUZZ_TREE_H */
