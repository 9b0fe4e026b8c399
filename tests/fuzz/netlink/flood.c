// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/netlink.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "flood.h"

#define SOCKETS 24

/* Nanoseconds between two steps. */
#define PAUSE 500000

static int socket_make(struct dice *dice, uint32_t group)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	int room = dice_below(dice, 16384), strict = dice_percent(dice, 50);

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict, sizeof(strict));
	if (dice_percent(dice, 30))
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	return fd;
}

static const struct spec_command *dump_choose(struct dice *dice)
{
	const struct spec_command *command;

	do
		command = spec_command(dice_below(dice, spec_commands()));
	while (!command->is_dump);
	return command;
}

/* A dump begins, goes on a little, or is left alone. */
static void socket_use(struct talk *talk, int fd, uint16_t family)
{
	struct dice *dice = &talk->author.dice;
	char buffer[8192];

	if (dice_percent(dice, 50)) {
		message_make(&talk->message, &talk->author, MESSAGE_VALID, dump_choose(dice),
			     family, 1);
		/* No room for an answer is what this is about. */
		if (send(fd, talk->message.bytes, talk->message.length, 0) < 0)
			return;
	}
	while (dice_percent(dice, 40))
		if (recv(fd, buffer, dice_below(dice, sizeof(buffer)), 0) < 0)
			break;
}

void flood_run(struct talk *talk)
{
	struct tally *tally = talk->plan->tally;
	struct timespec pause = { .tv_nsec = PAUSE };
	struct channel channel;
	int fd[SOCKETS], i;

	if (channel_open(&channel, TALLY_ROOT, tally, NULL)) {
		tally_fault(tally, TALLY_BROKEN, "no connection for a flood");
		return;
	}
	for (i = 0; i < SOCKETS; i++)
		fd[i] = socket_make(&talk->author.dice, channel.group);
	while (!__atomic_load_n(&tally->stop, __ATOMIC_RELAXED)) {
		i = dice_below(&talk->author.dice, SOCKETS);
		socket_use(talk, fd[i], channel.family);
		if (dice_percent(&talk->author.dice, 5)) {
			close(fd[i]);
			fd[i] = socket_make(&talk->author.dice, channel.group);
		}
		nanosleep(&pause, NULL);
	}
	for (i = 0; i < SOCKETS; i++)
		close(fd[i]);
	channel_close(&channel);
}
