// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/netlink.h>
#include <linux/nfha.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

/* Seeds of those who talk in one round. */
#define STREAMS 64

/* What removes much is seldom, or there would be nothing that others could find. */
static unsigned int weight_of(const struct spec_command *command)
{
	switch (command->cmd) {
	case NFHA_CMD_SERVICE_DEL:
		return 1;
	case NFHA_CMD_INSTANCE_DEL:
	case NFHA_CMD_FAILOVER:
	case NFHA_CMD_FLOW_DEL:
		return 4;
	case NFHA_CMD_INSTANCE_NEW:
	case NFHA_CMD_SERVICE_NEW:
	case NFHA_CMD_MAP_SET:
	case NFHA_CMD_FLOW_NEW:
		return 16;
	default:
		return 8;
	}
}

static const struct spec_command *command_choose(struct talk *talk)
{
	uint64_t sum = 0, at;
	size_t i;

	for (i = 0; i < spec_commands(); i++)
		sum += weight_of(spec_command(i));
	at = dice_below(&talk->author.dice, sum);
	for (i = 0; at >= weight_of(spec_command(i)); i++)
		at -= weight_of(spec_command(i));
	return spec_command(i);
}

struct talk *talk_new(const struct plan *plan, uint64_t stream)
{
	struct talk *talk = calloc(1, sizeof(*talk));

	if (!talk)
		return NULL;
	talk->plan = plan;
	author_begin(&talk->author, plan->seed, plan->round * STREAMS + stream);
	return talk;
}

static enum message_kind kind_choose(struct dice *dice, struct talk_mix mix)
{
	unsigned int at = dice_below(dice, 100);

	if (at < mix.mutated)
		return MESSAGE_MUTATED;
	return at < mix.mutated + mix.hostile ? MESSAGE_HOSTILE : MESSAGE_VALID;
}

/* Behind a hostile one the kernel may not find another one. */
static bool batch_add(struct talk *talk, struct channel *channel, struct talk_mix mix)
{
	enum message_kind kind = kind_choose(&talk->author.dice, mix);
	struct message *message = &talk->message;
	uint32_t seq = ++channel->seq;

	message_make(message, &talk->author, kind, command_choose(talk), channel->family,
		     seq);
	if (message->length > sizeof(talk->batch) - talk->length)
		return false;
	memcpy(talk->batch + talk->length, message->bytes, message->length);
	talk->length += message->length;
	if (kind != MESSAGE_HOSTILE && NLMSG_ALIGN(talk->length) <= sizeof(talk->batch))
		talk->length = NLMSG_ALIGN(talk->length);
	channel_expect(channel, message, seq);
	return kind != MESSAGE_HOSTILE;
}

void talk_run(struct talk *talk, struct channel *channel, struct talk_mix mix,
	      unsigned int messages)
{
	while (messages) {
		unsigned int some = 1 + dice_below(&talk->author.dice, CHANNEL_PENDING);
		bool more = true;

		if (some > messages)
			some = messages;
		messages -= some;
		talk->length = 0;
		while (more && some--)
			more = batch_add(talk, channel, mix);
		if (talk->plan->is_control && channel->pendings)
			channel->pending[0].answers = 1;
		channel_send(channel, talk->batch, talk->length);
		if (channel_settle(channel))
			return;
	}
}
