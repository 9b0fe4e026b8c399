// SPDX-License-Identifier: GPL-2.0-or-later
/* An echo request is answered. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checksum.h"
#include "probe.h"

/* The same for both versions: RFC 792 and RFC 4443. */
struct echo {
	uint8_t type;
	uint8_t code;
	uint16_t checksum;
	uint8_t rest[28];
};

/* The socket is connected, so it is from the right host. */
static int wait_for_reply(int fd, const struct echo *reply, bool has_header)
{
	uint8_t packet[1500];
	size_t header;
	ssize_t n;

	for (;;) {
		n = recv(fd, packet, sizeof(packet), 0);
		if (n < 0)
			return -errno;
		header = has_header && n ? (packet[0] & 15) * 4 : 0;
		if ((size_t)n < header + sizeof(*reply))
			continue;
		if (packet[header] == reply->type &&
		    !memcmp(packet + header + offsetof(struct echo, rest),
			    reply->rest, sizeof(reply->rest)))
			return 0;
	}
}

static int exchange(int fd, uint8_t request, uint8_t reply, bool is_four,
		    const char **what)
{
	struct echo echo = { .type = request };

	*what = "random bytes";
	/* Identifier and number as well, so that no other reply is taken for ours. */
	if (getrandom(echo.rest, sizeof(echo.rest), 0) < 0)
		return -errno;
	/* For IPv6 it covers addresses, and the kernel fills it in. */
	if (is_four)
		echo.checksum = nfhad_checksum(&echo, sizeof(echo));
	*what = "send";
	if (send(fd, &echo, sizeof(echo), 0) < 0)
		return -errno;
	*what = "receive";
	echo.type = reply;
	return wait_for_reply(fd, &echo, is_four);
}

static int ping(const struct sockaddr *address, socklen_t length,
		const char **what)
{
	bool is_four = address->sa_family == AF_INET;
	int ret, fd;

	*what = "socket";
	fd = socket(address->sa_family, SOCK_RAW | SOCK_CLOEXEC,
		    is_four ? IPPROTO_ICMP : (int)IPPROTO_ICMPV6);
	if (fd < 0)
		return -errno;
	*what = "connect";
	if (connect(fd, address, length))
		ret = -errno;
	else if (is_four)
		ret = exchange(fd, ICMP_ECHO, ICMP_ECHOREPLY, true, what);
	else
		ret = exchange(fd, ICMP6_ECHO_REQUEST, ICMP6_ECHO_REPLY, false,
			       what);
	close(fd);
	return ret;
}

int nfhad_probe_icmp(const struct nfhad_check_config *check, const char **what)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	*what = "address";
	if (inet_pton(AF_INET, check->address, &four.sin_addr) == 1)
		return ping((struct sockaddr *)&four, sizeof(four), what);
	if (inet_pton(AF_INET6, check->address, &six.sin6_addr) == 1)
		return ping((struct sockaddr *)&six, sizeof(six), what);
	return -EINVAL;
}
