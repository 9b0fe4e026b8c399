// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/nfha.h>
#include <string.h>

#include "message.h"
#include "mutation.h"

static struct nlmsghdr *header_of(struct message *message)
{
	return (struct nlmsghdr *)message->bytes;
}

/* The header is right, whatever comes behind it. */
static void header_write(struct message *message, const struct spec_command *command,
			 uint16_t family, uint32_t seq)
{
	struct nlmsghdr *nlh = header_of(message);
	struct genlmsghdr *genl = NLMSG_DATA(nlh);

	memset(nlh, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (command->is_dump)
		nlh->nlmsg_flags |= NLM_F_DUMP;
	nlh->nlmsg_seq = seq;
	genl->cmd = command->cmd;
	genl->version = NFHA_FAMILY_VERSION;
	message->length = NLMSG_HDRLEN + GENL_HDRLEN;
}

static void attributes_write(struct message *message, const struct tree *tree)
{
	message->length += tree_write(tree, message->bytes + message->length,
				      sizeof(message->bytes) - message->length);
	header_of(message)->nlmsg_len = message->length;
}

/* By the rules of netlink itself, which the module has no say in. */
static void answer_expect(struct message *message)
{
	uint16_t flags = header_of(message)->nlmsg_flags;

	message->is_answered = (flags & NLM_F_ACK) ||
		((flags & NLM_F_REQUEST) && (flags & NLM_F_DUMP) == NLM_F_DUMP &&
		 header_of(message)->nlmsg_type >= NLMSG_MIN_TYPE);
}

void message_make(struct message *message, struct author *author, enum message_kind kind,
		  const struct spec_command *command, uint16_t family, uint32_t seq)
{
	message->kind = kind;
	message->is_certain = kind != MESSAGE_HOSTILE;
	message->command = spec_command_index(command->cmd, command->is_dump);
	author_write(author, command);
	header_write(message, command, family, seq);
	if (kind == MESSAGE_MUTATED && dice_percent(&author->dice, 80))
		mutation_tree(&author->dice, &author->tree, spec_set(command->set));
	attributes_write(message, &author->tree);
	if (kind == MESSAGE_MUTATED && dice_percent(&author->dice, 40))
		mutation_header(&author->dice, message);
	if (kind == MESSAGE_MUTATED && dice_percent(&author->dice, 20))
		mutation_bytes(&author->dice, message);
	if (kind == MESSAGE_HOSTILE)
		mutation_hostile(&author->dice, message, family);
	message->is_answered = false;
	if (message->is_certain)
		answer_expect(message);
}
