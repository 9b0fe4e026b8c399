// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that nobody remembers. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "netns.h"
#include "proc.h"
#include "stray.h"

#define GONE_MS 5000

/* So often a new process may appear while the others are being ended. */
#define ROUNDS 100

/**
 * struct hunt - for strays
 * @net: in this network namespace
 * @own: not in this process namespace
 * @found: how many, in this round
 */
struct hunt {
	ino_t net;
	ino_t own;
	unsigned int found;
};

static bool is_stray(pid_t pid, const struct hunt *hunt)
{
	ino_t net, its;

	return !nfhad_proc_namespace(pid, "net", &net) && net == hunt->net &&
	       !nfhad_proc_namespace(pid, "pid", &its) && its != hunt->own;
}

/* The number may be another process's by now, but for the descriptor. */
static int end(pid_t pid, const struct hunt *hunt)
{
	struct pollfd pfd = { .events = POLLIN };
	int ret = 0;

	pfd.fd = pidfd_open(pid, 0);
	if (pfd.fd < 0)
		return errno == ESRCH ? 0 : -errno;
	if (is_stray(pid, hunt) &&
	    !pidfd_send_signal(pfd.fd, SIGKILL, NULL, 0) &&
	    poll(&pfd, 1, GONE_MS) != 1)
		ret = -ETIMEDOUT;
	close(pfd.fd);
	return ret;
}

static int on_process(pid_t pid, void *data)
{
	struct hunt *hunt = data;

	if (!is_stray(pid, hunt))
		return 0;
	hunt->found++;
	return end(pid, hunt);
}

static int hunt_namespace(const char *name, ino_t *inode)
{
	int ret, netns = nfhad_netns_open(name);

	if (netns < 0)
		return netns;
	ret = nfhad_netns_inode(netns, inode);
	close(netns);
	return ret;
}

int nfhad_stray_kill(const char *netns)
{
	struct hunt hunt;
	unsigned int i;
	ino_t own;
	int ret;

	ret = hunt_namespace(netns, &hunt.net);
	ret = ret ?: nfhad_proc_namespace(0, "net", &own);
	ret = ret ?: nfhad_proc_namespace(0, "pid", &hunt.own);
	if (!ret && own == hunt.net)
		return -EPERM;
	for (i = 0; !ret && i < ROUNDS; i++) {
		hunt.found = 0;
		ret = nfhad_proc_walk(on_process, &hunt);
		if (!ret && !hunt.found)
			return 0;
	}
	return ret ?: -EBUSY;
}
