// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VNF on a packet socket: sends back what it gets, with the addresses of the frame
 * exchanged and its count in the first four bytes behind the header.
 *
 * usage: reflector DEVICE
 */

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of experiments, IEEE 802 local 1: nobody else sends it. */
#define TYPE 0x88b5

static int open_device(const char *name)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(TYPE),
		.sll_ifindex = if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(TYPE));

	if (fd < 0 || !address.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

static void turn(uint8_t *frame, uint32_t count)
{
	uint8_t address[ETH_ALEN];

	memcpy(address, frame, ETH_ALEN);
	memcpy(frame, frame + ETH_ALEN, ETH_ALEN);
	memcpy(frame + ETH_ALEN, address, ETH_ALEN);
	count = htonl(count);
	memcpy(frame + ETH_HLEN, &count, sizeof(count));
}

int main(int argc, char **argv)
{
	uint8_t frame[2048];
	uint32_t count = 0;
	ssize_t n;
	int fd;

	if (argc != 2)
		return 2;
	fd = open_device(argv[1]);
	if (fd < 0)
		return 1;
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		n = read(fd, frame, sizeof(frame));
		if (n < (ssize_t)(ETH_HLEN + sizeof(count)))
			continue;
		turn(frame, ++count);
		if (write(fd, frame, n) != n)
			return 1;
	}
}
