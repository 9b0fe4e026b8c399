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
 * @own: not in this process namespace; 0: in any
 * @daemon: not this one, whatever namespace it looks into just now
 * @found: how many, in this round
 */
struct hunt {
	ino_t net;
	ino_t own;
	pid_t daemon;
	unsigned int found;
};

static bool is_stray(pid_t pid, const struct hunt *hunt)
{
	ino_t net, its;

	return pid != hunt->daemon &&
	       !nfhad_proc_namespace(pid, "net", &net) && net == hunt->net &&
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

/* Who may not look at process 1 may end nothing beside it either. */
static int check_namespace(ino_t netns)
{
	ino_t own, init = 0;
	int ret;

	nfhad_proc_namespace(1, "net", &init);
	ret = nfhad_proc_namespace(0, "net", &own);
	if (!ret && (netns == own || netns == init))
		ret = -EPERM;
	return ret;
}

static int hunt_all(const char *netns, ino_t own)
{
	struct hunt hunt = { .own = own, .daemon = getppid() };
	unsigned int i;
	int ret;

	ret = hunt_namespace(netns, &hunt.net);
	ret = ret ?: check_namespace(hunt.net);
	for (i = 0; !ret && i < ROUNDS; i++) {
		hunt.found = 0;
		ret = nfhad_proc_walk(on_process, &hunt);
		if (!ret && !hunt.found)
			return 0;
	}
	return ret ?: -EBUSY;
}

int nfhad_stray_kill(const char *netns)
{
	ino_t own;
	int ret = nfhad_proc_namespace(0, "pid", &own);

	return ret ?: hunt_all(netns, own);
}

int nfhad_stray_kill_all(const char *netns)
{
	return hunt_all(netns, 0);
}
