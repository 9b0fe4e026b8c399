// SPDX-License-Identifier: GPL-2.0-or-later
/* A connection is accepted. */

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

static int connect_to(const struct sockaddr *address, socklen_t length)
{
	int ret = 0, fd;

	fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, address, length))
		ret = -errno;
	close(fd);
	return ret;
}

int nfhad_probe_tcp(const struct nfhad_check_config *check, const char **what)
{
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(check->port),
	};
	struct sockaddr_in four = {
		.sin_family = AF_INET,
		.sin_port = htons(check->port),
	};

	*what = "connect";
	if (inet_pton(AF_INET, check->address, &four.sin_addr) == 1)
		return connect_to((struct sockaddr *)&four, sizeof(four));
	if (inet_pton(AF_INET6, check->address, &six.sin6_addr) == 1)
		return connect_to((struct sockaddr *)&six, sizeof(six));
	return -EINVAL;
}
