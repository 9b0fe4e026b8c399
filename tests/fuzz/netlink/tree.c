// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/netlink.h>
#include <string.h>

#include "tree.h"

/**
 * struct row - where attributes are put
 * @to: begins here
 * @size: room that there is
 * @length: what is taken
 */
struct row {
	unsigned char *to;
	size_t size;
	size_t length;
};

void tree_clear(struct tree *tree)
{
	memset(&tree->node[TREE_ROOT], 0, sizeof(tree->node[TREE_ROOT]));
	tree->nodes = 1;
	tree->bytes = 0;
}

static unsigned int node_add(struct tree *tree, unsigned int parent, uint16_t type)
{
	unsigned int i = tree->nodes;
	struct node *above = &tree->node[parent];

	if (i == TREE_NODES)
		return TREE_ROOT;
	tree->nodes++;
	tree->node[i] = (struct node) { .type = type, .times = 1, .claim = -1 };
	if (above->last)
		tree->node[above->last].next = i;
	else
		above->first = i;
	above->last = i;
	return i;
}

unsigned int tree_add(struct tree *tree, unsigned int parent, uint16_t type,
		      const void *data, size_t length)
{
	unsigned int i;

	if (length > TREE_BYTES - tree->bytes)
		return TREE_ROOT;
	i = node_add(tree, parent, type);
	if (i == TREE_ROOT)
		return i;
	tree->node[i].at = tree->bytes;
	tree->node[i].length = length;
	if (length)
		memcpy(tree->data + tree->bytes, data, length);
	tree->bytes += length;
	return i;
}

unsigned int tree_nest(struct tree *tree, unsigned int parent, uint16_t type)
{
	unsigned int i = node_add(tree, parent, type | NLA_F_NESTED);

	if (i != TREE_ROOT)
		tree->node[i].is_nest = true;
	return i;
}

/* False if there is no room. */
static bool row_put(struct row *row, const void *data, size_t length)
{
	if (length > row->size - row->length)
		return false;
	if (data)
		memcpy(row->to + row->length, data, length);
	else
		memset(row->to + row->length, 0, length);
	row->length += length;
	return true;
}

static bool node_write(const struct tree *tree, const struct node *node, struct row *row);

static bool nodes_write(const struct tree *tree, unsigned int i, struct row *row)
{
	for (; i; i = tree->node[i].next) {
		unsigned int times;

		for (times = 0; times < tree->node[i].times; times++)
			if (!node_write(tree, &tree->node[i], row))
				return false;
	}
	return true;
}

static bool node_write(const struct tree *tree, const struct node *node, struct row *row)
{
	struct nlattr attr = { .nla_type = node->type };
	size_t begin = row->length, length;
	bool fits = row_put(row, &attr, sizeof(attr));

	if (fits && node->is_nest)
		fits = nodes_write(tree, node->first, row);
	else if (fits)
		fits = row_put(row, tree->data + node->at, node->length);
	length = row->length - begin;
	if (!fits || length > UINT16_MAX) {
		row->length = begin;
		return false;
	}
	attr.nla_len = node->claim < 0 ? length : (size_t)node->claim;
	memcpy(row->to + begin, &attr, sizeof(attr));
	return node->is_ragged || row_put(row, NULL, NLA_ALIGN(length) - length);
}

size_t tree_write(const struct tree *tree, void *to, size_t size)
{
	struct row row = { .to = to, .size = size };

	nodes_write(tree, tree->node[TREE_ROOT].first, &row);
	return row.length;
}
