// SPDX-License-Identifier: GPL-2.0-or-later
/* Network namespaces of a test's own. */

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spaces.h"

bool netns_make(const char *name)
{
	char path[64];
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd, ret;

	if (unshare(CLONE_NEWNET))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ret = ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	return !ret && !mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL);
}

bool world_make(void)
{
	return !unshare(CLONE_NEWNS) &&
	       !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", "/run", "tmpfs", 0, NULL) &&
	       !mkdir("/run/netns", 0700) && netns_make("here");
}

bool world_is_allowed(void)
{
	int status = 1;
	pid_t pid = fork();

	if (!pid)
		_exit(world_make() ? 0 : 1);
	waitpid(pid, &status, 0);
	return !status;
}

int listen_at(const char *address)
{
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(4000),
	};
	int one = 1, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(inet_pton(AF_INET6, address, &six.sin6_addr), 1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&six, sizeof(six)), 0);
	ck_assert_int_eq(listen(fd, 1000), 0);
	return fd;
}
