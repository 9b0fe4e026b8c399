// SPDX-License-Identifier: GPL-2.0-or-later
/* A connection is accepted. */

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "probe_private.h"

/*
 * Asked once more, the kernel says what has become of it. Who listens at an address of
 * the same host has answered by then.
 */
static int look(struct nfhad_probe_wire *wire, const char **what)
{
	*what = "connect";
	if (!connect(wire->fd, &wire->to.any, wire->length))
		return 0;
	return errno == EALREADY ? -EINPROGRESS : -errno;
}

static int ask(struct nfhad_probe_wire *wire, const char **what)
{
	int ret = look(wire, what);

	return ret == -EINPROGRESS ? look(wire, what) : ret;
}

const struct nfhad_probe_kind nfhad_probe_tcp = {
	.type = SOCK_STREAM,
	.events = EPOLLOUT,
	.ask = ask,
	.look = look,
};
