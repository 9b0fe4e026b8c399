// SPDX-License-Identifier: GPL-2.0-or-later
/* What passes on a device. */

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"
#include "tap.h"

#define BUFFER (64 << 20)

int tap_open(const char *where, int type)
{
	const char *colon = strchr(where, ':');
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		/* Of one protocol only, it would come after ingress hooks. */
		.sll_protocol = htons(ETH_P_ALL),
	};
	const int size = BUFFER;
	int fd;

	if (!colon || netns_enter(where, (int)(colon - where)))
		return -1;
	at.sll_ifindex = if_nametoindex(colon + 1);
	fd = socket(AF_PACKET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (at.sll_ifindex && !bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return fd;
	close(fd);
	return -1;
}

uint64_t tap_drops(int tap)
{
	struct tpacket_stats stats = {};
	socklen_t len = sizeof(stats);

	getsockopt(tap, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	return stats.tp_drops;
}
