// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A virtual machine, as far as its host sees it: a process that has taps, and passes on
 * what comes in by one of them to the other.
 *
 * usage: machine LEFT RIGHT
 */

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int tap_open(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);

	if (fd < 0)
		return -1;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (!ioctl(fd, TUNSETIFF, &request))
		return fd;
	close(fd);
	return -1;
}

/* A tap that is switched off takes nothing; so it would be with a cable. */
static void pass(int from, int to)
{
	char frame[65536];
	ssize_t n = read(from, frame, sizeof(frame));

	if (n > 0 && write(to, frame, n) < 0)
		return;
}

int main(int argc, char **argv)
{
	struct pollfd tap[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int n;

	if (argc != 3)
		return 2;
	for (n = 0; n < 2; n++) {
		tap[n].fd = tap_open(argv[n + 1]);
		if (tap[n].fd < 0)
			return 1;
	}
	puts("ready");
	fflush(stdout);
	while (poll(tap, 2, -1) > 0)
		for (n = 0; n < 2; n++)
			if (tap[n].revents & POLLIN)
				pass(tap[n].fd, tap[!n].fd);
	return 1;
}
