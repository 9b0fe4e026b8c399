// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/nfha.h>
#include <string.h>

#include "mutation.h"

/* The most that an attribute is made longer by. */
#define GROWTH_MAX 4096

/* A doubled nest is not to fill the message. */
#define TIMES_MAX 40

static void node_resize(struct dice *dice, struct tree *tree, struct node *node)
{
	static const size_t lengths[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 32, 255 };
	size_t length = lengths[dice_below(dice, ARRAY_SIZE(lengths))];

	if (dice_percent(dice, 30))
		length = node->length + dice_below(dice, 3) - 1;
	else if (dice_percent(dice, 10))
		length = dice_below(dice, GROWTH_MAX);
	if (length > TREE_BYTES - tree->bytes)
		return;
	if (length > node->length) {
		unsigned char *to = tree->data + tree->bytes;

		memcpy(to, tree->data + node->at, node->length);
		dice_fill(dice, to + node->length, length - node->length);
		node->at = tree->bytes;
		tree->bytes += length;
	}
	node->length = length;
	/* What was a nest is bytes now. */
	node->is_nest = false;
}

static void node_claim(struct dice *dice, struct node *node)
{
	static const uint16_t claims[] = { 0, 1, 2, 3, 4, 5, 8, 0x7fff, 0xfffc, 0xffff };

	if (dice_percent(dice, 50))
		node->claim = claims[dice_below(dice, ARRAY_SIZE(claims))];
	else
		node->claim = NLA_HDRLEN + node->length + dice_below(dice, 9) - 4;
	node->claim &= 0xffff;
}

/* Strings without an end among others. */
static void node_scribble(struct dice *dice, struct tree *tree, const struct node *node)
{
	static const unsigned char fills[] = { 0, 0xff, 0x80, 0x7f, 'a' };
	unsigned char *bytes = tree->data + node->at;

	if (!node->length)
		return;
	if (dice_percent(dice, 30))
		dice_fill(dice, bytes, node->length);
	else if (dice_percent(dice, 50))
		memset(bytes, fills[dice_below(dice, ARRAY_SIZE(fills))], node->length);
	else
		bytes[dice_below(dice, node->length)] ^= 1 << dice_below(dice, 8);
}

static void node_retype(struct dice *dice, struct node *node, const struct spec_set *set)
{
	switch (dice_below(dice, 4)) {
	case 0:
		node->type ^= NLA_F_NESTED;
		break;
	case 1:
		node->type ^= NLA_F_NET_BYTEORDER;
		break;
	case 2:
		node->type = dice_below(dice, set->count + 4);
		break;
	default:
		node->type = dice_u64(dice);
	}
}

/* Attributes that the specification has, where they do not belong, or none at all. */
static void node_insert(struct dice *dice, struct tree *tree, unsigned int parent,
			const struct spec_set *set)
{
	unsigned char bytes[64];
	size_t length = dice_below(dice, sizeof(bytes));
	unsigned int depth;

	dice_fill(dice, bytes, length);
	if (!dice_percent(dice, 30)) {
		tree_add(tree, parent, dice_below(dice, set->count + 3), bytes, length);
		return;
	}
	for (depth = dice_below(dice, 200); depth && parent + 1 < TREE_NODES; depth--) {
		parent = tree_nest(tree, parent, dice_below(dice, set->count + 1));
		if (parent == TREE_ROOT)
			return;
	}
}

static void node_mutate(struct dice *dice, struct tree *tree, unsigned int i,
			const struct spec_set *set)
{
	struct node *node = &tree->node[i];

	switch (dice_below(dice, 8)) {
	case 0:
		node->times = 0;
		break;
	case 1:
		node->times = 2;
		if (dice_percent(dice, 10))
			node->times = TIMES_MAX;
		break;
	case 2:
		node_resize(dice, tree, node);
		break;
	case 3:
		node_claim(dice, node);
		break;
	case 4:
		node_retype(dice, node, set);
		break;
	case 5:
		node->is_ragged = true;
		break;
	case 6:
		node_insert(dice, tree, node->is_nest ? i : TREE_ROOT, set);
		break;
	default:
		node_scribble(dice, tree, node);
	}
}

void mutation_tree(struct dice *dice, struct tree *tree, const struct spec_set *set)
{
	unsigned int times = 1 + dice_below(dice, 3);

	while (times--) {
		if (tree->nodes > 1)
			node_mutate(dice, tree, 1 + dice_below(dice, tree->nodes - 1), set);
		else
			node_insert(dice, tree, TREE_ROOT, set);
	}
}

void mutation_header(struct dice *dice, struct message *message)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)message->bytes;
	struct genlmsghdr *genl = NLMSG_DATA(nlh);

	switch (dice_below(dice, 6)) {
	case 0:
		nlh->nlmsg_flags ^= NLM_F_DUMP;
		break;
	case 1:
		nlh->nlmsg_flags ^= 1 << dice_below(dice, 16);
		break;
	case 2:
		nlh->nlmsg_flags = dice_u64(dice) | NLM_F_REQUEST;
		break;
	case 3:
		genl->cmd = dice_percent(dice, 50) ? dice_below(dice, NFHA_CMD_MAX + 2) :
						     dice_u64(dice);
		break;
	case 4:
		genl->version = dice_u64(dice);
		break;
	default:
		genl->reserved = dice_u64(dice);
	}
	message->command = spec_command_index(genl->cmd, (nlh->nlmsg_flags & NLM_F_DUMP) ==
					      NLM_F_DUMP);
}

void mutation_bytes(struct dice *dice, struct message *message)
{
	size_t first = NLMSG_HDRLEN + GENL_HDRLEN;
	unsigned int times = 1 + dice_below(dice, 4);

	while (times-- && message->length > first)
		message->bytes[first + dice_below(dice, message->length - first)] =
			dice_u64(dice);
}

/* Only what the module may get: other families are not tested, and may do as they are told. */
static void type_keep(struct dice *dice, struct message *message, uint16_t family)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)message->bytes;

	nlh->nlmsg_type = dice_percent(dice, 80) ? family : dice_below(dice, NLMSG_MIN_TYPE);
}

/* The same attributes until there is no room. */
static void message_swell(struct message *message, size_t length)
{
	size_t first = NLMSG_HDRLEN + GENL_HDRLEN, row = message->length - first;

	while (row && message->length + row <= length) {
		memcpy(message->bytes + message->length, message->bytes + first, row);
		message->length += row;
	}
	((struct nlmsghdr *)message->bytes)->nlmsg_len = message->length;
}

void mutation_hostile(struct dice *dice, struct message *message, uint16_t family)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)message->bytes;

	switch (dice_below(dice, 5)) {
	case 0:
		message->length = sizeof(*nlh) + dice_below(dice, 512);
		dice_fill(dice, message->bytes, message->length);
		break;
	case 1:
		message->length = dice_below(dice, message->length);
		break;
	case 2:
		nlh->nlmsg_len = dice_percent(dice, 50) ? dice_below(dice, 24) :
							  dice_u64(dice);
		break;
	case 3:
		message_swell(message, dice_below(dice, MESSAGE_MAX));
		break;
	default:
		message->length = NLMSG_HDRLEN + GENL_HDRLEN + dice_below(dice, 65536);
		dice_fill(dice, message->bytes + NLMSG_HDRLEN,
			  message->length - NLMSG_HDRLEN);
		nlh->nlmsg_len = message->length;
	}
	if (message->length >= sizeof(*nlh))
		type_keep(dice, message, family);
}
