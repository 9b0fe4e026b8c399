// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/nfha.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "channel.h"

/* Number of the question that has no other purpose than its answer. */
#define SENTINEL 0xfffffff0

/* Nobody waits longer for an answer, seconds. */
#define PATIENCE 60

#define ROOM (512 * 1024)

/* What the module says, and what netlink says before it asks the module. */
static const int usual[] = {
	EPERM, ENOENT, E2BIG, ENOMEM, EBUSY, EEXIST, ENODEV, EINVAL, ENOSPC, ERANGE,
	EOPNOTSUPP, ENOBUFS, ESTALE, EALREADY, ECANCELED, EMSGSIZE, EAGAIN, EDQUOT,
};

static int question_send(struct channel *channel)
{
	char buffer[128] __attribute__((aligned(4)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = SENTINEL;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NFHA_FAMILY_NAME);
	return send(channel->fd, nlh, nlh->nlmsg_len, 0) < 0 ? -errno : 0;
}

static int socket_setup(int fd)
{
	struct timeval patience = { .tv_sec = PATIENCE };
	int on = 1, room = ROOM;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return -errno;
	/* As much as it gets. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return 0;
}

/* The family has one group. */
static void group_note(struct channel *channel, const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups)
		mnl_attr_for_each_nested(attr, group)
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				channel->group = mnl_attr_get_u32(attr);
}

static int family_note(const struct nlattr *attr, void *data)
{
	struct channel *channel = data;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		channel->family = mnl_attr_get_u16(attr);
	else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
		group_note(channel, attr);
	return MNL_CB_OK;
}

int channel_open(struct channel *channel, enum tally_who who, struct tally *tally,
		 struct author *author)
{
	int ret;

	*channel = (struct channel) { .who = who, .tally = tally, .author = author };
	channel->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (channel->fd < 0)
		return -errno;
	ret = socket_setup(channel->fd) ?: channel_settle(channel);
	if (!ret && !channel->family)
		ret = -ENOENT;
	if (ret)
		close(channel->fd);
	return ret;
}

void channel_close(struct channel *channel)
{
	close(channel->fd);
}

void channel_expect(struct channel *channel, const struct message *message, uint32_t seq)
{
	tally_count(&channel->tally->sent[channel->who][message->kind]);
	if (message->is_certain)
		channel->pending[channel->pendings++] = (struct pending) {
			.seq = seq,
			.command = message->command,
			.kind = message->kind,
			.is_answered = message->is_answered,
		};
}

void channel_send(struct channel *channel, const void *bytes, size_t length)
{
	if (send(channel->fd, bytes, length, 0) >= 0)
		return;
	/* What is too long, or nothing at all, has not been sent. */
	channel->pendings = 0;
	if (errno != EMSGSIZE && errno != ENODATA && errno != ENOBUFS)
		tally_fault(channel->tally, TALLY_BROKEN, "send: %s", strerror(errno));
}

static struct pending *pending_find(struct channel *channel, uint32_t seq)
{
	struct pending *pending;

	for (pending = channel->pending; pending < channel->pending + channel->pendings;
	     pending++)
		if (pending->seq == seq)
			return pending;
	return NULL;
}

/* What a request may say later. */
static void answer_note(struct channel *channel, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	size_t command = spec_command_index(genl->cmd, false);
	const struct nlattr *attr;

	if (command == spec_commands())
		return;
	mnl_attr_for_each(attr, nlh, sizeof(*genl)) {
		const struct spec_attr *spec =
			spec_attr_find(spec_set(spec_command(command)->set),
				       mnl_attr_get_type(attr));
		size_t width = spec ? spec_width(spec->type) : 0;
		uint64_t value = 0;

		if (!width || mnl_attr_get_payload_len(attr) < width)
			continue;
		memcpy(&value, mnl_attr_get_payload(attr), width);
		author_note(channel->author, spec->name, value);
	}
}

static bool is_usual(int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(usual); i++)
		if (usual[i] == error)
			return true;
	return false;
}

static const char *name_of(const struct pending *pending)
{
	return pending->command < spec_commands() ? spec_command(pending->command)->name :
						    "an unknown command";
}

static void words_judge(struct channel *channel, const struct pending *pending,
			bool is_worded)
{
	/* Of what is not well formed netlink itself says it, or says nothing. */
	if (pending->kind != MESSAGE_VALID)
		return;
	tally_count(is_worded ? &channel->tally->worded : &channel->tally->silent);
	if (!is_worded)
		tally_fault(channel->tally, TALLY_SILENT, "%s: EINVAL without a word",
			    name_of(pending));
}

static void error_judge(struct channel *channel, struct pending *pending, int error,
			bool is_worded)
{
	struct tally *tally = channel->tally;

	if (error && !is_usual(-error))
		tally_fault(tally, TALLY_ERRNO, "%s: answer %d", name_of(pending), error);
	if (pending->answers++)
		tally_fault(tally, TALLY_UNANSWERED, "%s: %u answers, the last one %d",
			    name_of(pending), pending->answers, error);
	if (pending->command < spec_commands() && error <= 0 && -error < TALLY_ERRNO_MAX)
		tally_count(&tally->answers[channel->who][pending->command][-error]);
	if (error == -EINVAL)
		words_judge(channel, pending, is_worded);
	/* A known command only: netlink itself answers some without the module. */
	if (!error && channel->who == TALLY_STRANGER && pending->kind == MESSAGE_VALID)
		tally_fault(tally, TALLY_RIGHTS, "a stranger's %s was obeyed",
			    name_of(pending));
}

static bool has_words(const struct nlmsghdr *nlh, size_t at)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return false;
	mnl_attr_for_each(attr, nlh, at)
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			return true;
	return false;
}

static void end_judge(struct channel *channel, const struct nlmsghdr *nlh)
{
	struct pending *pending = pending_find(channel, nlh->nlmsg_seq);
	const struct nlmsgerr *said = mnl_nlmsg_get_payload(nlh);
	size_t at = nlh->nlmsg_type == NLMSG_ERROR ? sizeof(*said) : sizeof(int);
	int error = 0;

	if (!pending)
		return;
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error))
		memcpy(&error, said, sizeof(error));
	if (nlh->nlmsg_type == NLMSG_ERROR && !(nlh->nlmsg_flags & NLM_F_CAPPED))
		at += said->msg.nlmsg_len - sizeof(said->msg);
	/* The number that ends a dump may be the length of its last message. */
	if (nlh->nlmsg_type == NLMSG_DONE && error > 0)
		error = 0;
	error_judge(channel, pending, error, has_words(nlh, at));
}

static void answers_judge(struct channel *channel, const void *buffer, ssize_t length,
			  bool *is_there)
{
	const struct nlmsghdr *nlh = buffer;
	int left = length;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		bool is_end = nlh->nlmsg_type == NLMSG_ERROR ||
			      nlh->nlmsg_type == NLMSG_DONE;

		if (nlh->nlmsg_seq == SENTINEL && is_end)
			*is_there = true;
		else if (nlh->nlmsg_type == GENL_ID_CTRL)
			mnl_attr_parse(nlh, sizeof(struct genlmsghdr), family_note, channel);
		else if (is_end)
			end_judge(channel, nlh);
		else if (nlh->nlmsg_type == channel->family && channel->author)
			answer_note(channel, nlh);
	}
}

static bool all_answered(const struct channel *channel)
{
	unsigned int i;

	for (i = 0; i < channel->pendings; i++)
		if (channel->pending[i].is_answered && !channel->pending[i].answers)
			return false;
	return true;
}

/* Answers are missing, and perhaps the one to the question. */
static int loss_note(struct channel *channel, bool is_there)
{
	tally_count(&channel->tally->lost);
	channel->has_lost = true;
	return is_there ? 0 : question_send(channel);
}

/* Reads until the question has its answer, and each dump its end. */
static int answers_read(struct channel *channel)
{
	static char buffer[64 * 1024] __attribute__((aligned(8)));
	bool is_there = false;
	int ret = 0;

	while (!ret && (!is_there || (!channel->has_lost && !all_answered(channel)))) {
		ssize_t length = recv(channel->fd, buffer, sizeof(buffer), 0);

		if (length >= 0)
			answers_judge(channel, buffer, length, &is_there);
		else
			ret = errno == ENOBUFS ? loss_note(channel, is_there) : -errno;
	}
	return ret;
}

static void missing_say(const struct channel *channel)
{
	unsigned int i;

	for (i = 0; i < channel->pendings; i++)
		if (channel->pending[i].is_answered && !channel->pending[i].answers)
			tally_fault(channel->tally, TALLY_UNANSWERED, "%s: no answer",
				    name_of(&channel->pending[i]));
}

int channel_settle(struct channel *channel)
{
	int ret = question_send(channel);

	if (!ret)
		ret = answers_read(channel);
	if (ret) {
		missing_say(channel);
		tally_fault(channel->tally, TALLY_UNANSWERED, "answers: %s", strerror(-ret));
	}
	channel->pendings = 0;
	channel->has_lost = false;
	return ret;
}
