// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a process tree cannot be checkpointed, and why. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "diag.h"
#include "inspect.h"
#include "mounts.h"
#include "netns.h"
#include "proc.h"
#include "process.h"

/* The device that taps are made with, see Documentation/admin-guide/devices.txt. */
#define TUN_DEVICE makedev(10, 200)

/**
 * struct list - numbers of sockets
 * @inodes: of each
 * @count: how many
 * @error: what went wrong while they were collected
 */
struct list {
	uint32_t *inodes;
	size_t count;
	int error;
};

/**
 * struct inspection - an instance that is looked at
 * @instance: the instance
 * @pids: its processes
 * @count: how many
 * @netns: number of its network namespace
 * @mntns: number of the mount namespace of its first process
 * @own: sockets that its processes have
 * @rings: packet sockets with rings
 * @peers: pairs: a Unix socket, and what it is connected to
 * @queues: ports of the netlink sockets that have NFQUEUEs
 * @pid: the process that is being looked at
 * @comm: its program
 * @fd: the descriptor that is being looked at, or -1
 * @findings: how many things were found
 */
struct inspection {
	const struct nfhad_instance *instance;
	pid_t *pids;
	size_t count;
	ino_t netns;
	ino_t mntns;
	struct list own;
	struct list rings;
	struct list peers;
	struct list queues;
	pid_t pid;
	char comm[64];
	int fd;
	unsigned int findings;
};

static void __attribute__((format(printf, 2, 3)))
find(struct inspection *inspection, const char *format, ...)
{
	char what[200], where[40] = "";
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (inspection->fd >= 0)
		snprintf(where, sizeof(where), ", descriptor %d",
			 inspection->fd);
	nfhad_log_instance(LOG_ERR, inspection->instance,
			   "cannot be checkpointed: process %d (%s)%s: %s",
			   inspection->pid, inspection->comm, where, what);
	inspection->findings++;
}

static void list_add(struct list *list, uint32_t inode)
{
	uint32_t *inodes;

	if (list->error)
		return;
	/* It grows whenever the count is a power of two. */
	if (!(list->count & (list->count - 1))) {
		inodes = reallocarray(list->inodes,
				      list->count ? 2 * list->count : 1,
				      sizeof(*inodes));
		if (!inodes) {
			list->error = -ENOMEM;
			return;
		}
		list->inodes = inodes;
	}
	list->inodes[list->count++] = inode;
}

static bool list_has(const struct list *list, uint32_t inode)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->inodes[i] == inode)
			return true;
	}
	return false;
}

static void add_ring(const struct nfhad_diag_socket *socket, void *data)
{
	struct inspection *inspection = data;

	if (socket->ring)
		list_add(&inspection->rings, socket->inode);
}

static void add_peer(const struct nfhad_diag_socket *socket, void *data)
{
	struct inspection *inspection = data;

	if (!socket->peer)
		return;
	list_add(&inspection->peers, socket->inode);
	list_add(&inspection->peers, socket->peer);
}

/* Netlink cannot list the queues; this file can, on all kernels. */
static int collect_queues(struct inspection *inspection)
{
	unsigned int number, port;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/net/netfilter/nfnetlink_queue",
		 inspection->pids[0]);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (fscanf(file, "%u %u %*[^\n]", &number, &port) == 2)
		list_add(&inspection->queues, port);
	fclose(file);
	return inspection->queues.error;
}

static int collect_sockets(struct inspection *inspection)
{
	int diag, ret;

	diag = nfhad_diag_open(inspection->instance->config->netns);
	if (diag < 0)
		return diag;
	ret = nfhad_diag_packet(diag, add_ring, inspection);
	if (!ret)
		ret = nfhad_diag_unix(diag, add_peer, inspection);
	close(diag);
	if (!ret)
		ret = inspection->rings.error;
	return ret ? ret : inspection->peers.error;
}

/* A descriptor of a process, to look at and to close again; or -errno. */
static int borrow(const struct inspection *inspection)
{
	int pidfd, fd;

	pidfd = pidfd_open(inspection->pid, 0);
	if (pidfd < 0)
		return -errno;
	fd = pidfd_getfd(pidfd, inspection->fd, 0);
	if (fd < 0)
		fd = -errno;
	close(pidfd);
	return fd;
}

static int option(int fd, int name)
{
	socklen_t size = sizeof(int);
	int value;

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) ? -1 : value;
}

static void inspect_unix(struct inspection *inspection, int type, ino_t inode)
{
	const struct list *peers = &inspection->peers;
	size_t i;

	for (i = 0; i < peers->count; i += 2) {
		if (peers->inodes[i] != (uint32_t)inode ||
		    list_has(&inspection->own, peers->inodes[i + 1]))
			continue;
		find(inspection,
		     "a Unix %s socket that is connected to another program%s",
		     type == SOCK_DGRAM ? "datagram" : "stream",
		     type == SOCK_DGRAM ? ", as syslog() makes it" : "");
	}
}

static void inspect_netlink(struct inspection *inspection, int fd)
{
	struct sockaddr_nl address = { 0 };
	socklen_t size = sizeof(address);

	if (option(fd, SO_PROTOCOL) == NETLINK_NETFILTER &&
	    !getsockname(fd, (struct sockaddr *)&address, &size) &&
	    list_has(&inspection->queues, address.nl_pid))
		find(inspection, "an NFQUEUE");
}

static void inspect_socket(struct inspection *inspection, ino_t inode)
{
	int fd = borrow(inspection), domain;

	/* Closed meanwhile. */
	if (fd < 0)
		return;
	domain = option(fd, SO_DOMAIN);
	switch (domain) {
	case AF_INET:
	case AF_INET6:
		break;
	case AF_UNIX:
		inspect_unix(inspection, option(fd, SO_TYPE), inode);
		break;
	case AF_PACKET:
		if (list_has(&inspection->rings, inode))
			find(inspection, "a packet socket with a ring");
		break;
	case AF_NETLINK:
		inspect_netlink(inspection, fd);
		break;
	case AF_XDP:
		find(inspection, "an AF_XDP socket");
		break;
	default:
		find(inspection, "a socket of family %d, which CRIU does not know",
		     domain);
	}
	close(fd);
}

/* What has no file behind it, by the name that the kernel gives it. */
static void inspect_anonymous(struct inspection *inspection, const char *name)
{
	static const char * const known[] = {
		"[eventfd]", "[eventpoll]", "[signalfd]", "[timerfd]",
		"inotify", "[fanotify]", "bpf-map", NULL
	};
	size_t i;

	for (i = 0; known[i]; i++) {
		if (!strcmp(name, known[i]))
			return;
	}
	if (!strcmp(name, "[io_uring]"))
		find(inspection, "an io_uring");
	else
		find(inspection, "%s, which CRIU does not know", name);
}

static void inspect_descriptor(struct inspection *inspection, int dir,
			       const char *name)
{
	static const char anonymous[] = "anon_inode:";
	char target[256];
	struct statfs fs;
	struct stat st;
	char path[64];
	ssize_t n;

	inspection->fd = strtol(name, NULL, 10);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", inspection->pid,
		 inspection->fd);
	n = readlinkat(dir, name, target, sizeof(target) - 1);
	if (n < 0 || fstatat(dir, name, &st, 0) || statfs(path, &fs))
		return;
	target[n] = '\0';
	if (S_ISSOCK(st.st_mode))
		inspect_socket(inspection, st.st_ino);
	else if (fs.f_type == NSFS_MAGIC)
		find(inspection, "a namespace that it has open (%s)", target);
	else if (S_ISCHR(st.st_mode) && st.st_rdev == TUN_DEVICE)
		find(inspection, "a tap or tun device");
	else if (!strncmp(target, anonymous, sizeof(anonymous) - 1))
		inspect_anonymous(inspection, target + sizeof(anonymous) - 1);
}

typedef void (*fd_fn)(struct inspection *inspection, int dir, const char *name);

static void walk_descriptors(struct inspection *inspection, fd_fn fn)
{
	struct dirent *entry;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", inspection->pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			fn(inspection, dirfd(dir), entry->d_name);
	}
	closedir(dir);
	inspection->fd = -1;
}

static void add_own(struct inspection *inspection, int dir, const char *name)
{
	struct stat st;

	if (!fstatat(dir, name, &st, 0) && S_ISSOCK(st.st_mode))
		list_add(&inspection->own, st.st_ino);
}

/* One of ours is there at the restore, too; of any other nobody knows. */
static void inspect_mounts(struct inspection *inspection)
{
	ino_t own, its;

	if (nfhad_proc_namespace(0, "mnt", &own) ||
	    nfhad_proc_namespace(inspection->pid, "mnt", &its))
		return;
	if (inspection->pid == inspection->pids[0])
		inspection->mntns = its;
	else if (its != inspection->mntns)
		find(inspection, "a mount namespace of its own");
	if (its != own && its == inspection->mntns &&
	    !nfhad_mounts_are_made(inspection->pid))
		find(inspection,
		     "a mount namespace that nfhad has not made, see mount-namespace in nfhad.yaml(5)");
}

static void inspect_namespaces(struct inspection *inspection)
{
	const struct nfhad_instance_config *config =
		inspection->instance->config;
	ino_t own, its;

	if (!nfhad_proc_namespace(inspection->pid, "net", &its) &&
	    its != inspection->netns)
		find(inspection, "a network namespace that is not %s",
		     config->netns);
	inspect_mounts(inspection);
	if (!nfhad_proc_namespace(0, "user", &own) &&
	    !nfhad_proc_namespace(inspection->pid, "user", &its) && own != its)
		find(inspection, "a user namespace of its own");
}

/* All that can be found in a process but its descriptors. */
static void inspect_process(struct inspection *inspection)
{
	long value;

	inspect_namespaces(inspection);
	if (!nfhad_proc_status(inspection->pid, "TracerPid", &value) && value)
		find(inspection, "process %ld traces it, as a debugger does",
		     value);
	if (!nfhad_proc_status(inspection->pid, "THP_enabled", &value) && value)
		nfhad_log_instance(LOG_WARNING, inspection->instance,
				   "process %d (%s) may have huge pages: checkpoints will be large; PR_SET_THP_DISABLE switches them off",
				   inspection->pid, inspection->comm);
}

static void inspect_all(struct inspection *inspection)
{
	struct nfhad_proc_stat stat;
	size_t i;

	for (i = 0; i < inspection->count; i++) {
		inspection->pid = inspection->pids[i];
		walk_descriptors(inspection, add_own);
	}
	for (i = 0; i < inspection->count; i++) {
		inspection->pid = inspection->pids[i];
		if (nfhad_proc_stat(inspection->pid, &stat) ||
		    stat.state == 'Z')
			continue;
		memcpy(inspection->comm, stat.comm, sizeof(stat.comm));
		if (!i && stat.session != inspection->pid)
			find(inspection,
			     "it is not the leader of its session");
		inspect_process(inspection);
		walk_descriptors(inspection, inspect_descriptor);
	}
}

/* The daemon's own namespace cannot be another one at the restore. */
static int collect_namespace(struct inspection *inspection, int netns)
{
	ino_t own = 0;
	int ret;

	ret = nfhad_netns_inode(netns, &inspection->netns);
	if (!ret)
		ret = nfhad_proc_namespace(0, "net", &own);
	if (ret || own != inspection->netns)
		return ret;
	nfhad_log_instance(LOG_ERR, inspection->instance,
			   "cannot be checkpointed: %s is the network namespace of nfhad itself",
			   inspection->instance->config->netns);
	return -EOPNOTSUPP;
}

static int collect(struct inspection *inspection, pid_t root)
{
	int netns, ret;

	netns = nfhad_netns_open(inspection->instance->config->netns);
	if (netns < 0)
		return netns;
	ret = nfhad_proc_tree(root, &inspection->pids, &inspection->count);
	if (!ret)
		ret = collect_namespace(inspection, netns);
	if (!ret)
		ret = collect_sockets(inspection);
	if (!ret)
		ret = collect_queues(inspection);
	close(netns);
	return ret;
}

/* A criu that was left alone in a dump ends soon, and then there is nothing to be found. */
static bool is_dumped(pid_t root)
{
	struct nfhad_proc_stat stat;
	long tracer, parent;

	return !nfhad_proc_status(root, "TracerPid", &tracer) && tracer &&
	       !nfhad_proc_stat(tracer, &stat) &&
	       (!strcmp(stat.comm, "criu") ||
		(!nfhad_proc_status(tracer, "PPid", &parent) &&
		 parent == getpid()));
}

int nfhad_inspect(const struct nfhad_instance *instance)
{
	struct inspection inspection = { .instance = instance, .fd = -1 };
	int ret;

	if (!instance->process)
		return -ESRCH;
	if (is_dumped(nfhad_process_pid(instance->process)))
		return -EAGAIN;
	ret = collect(&inspection, nfhad_process_pid(instance->process));
	if (!ret) {
		inspect_all(&inspection);
		ret = inspection.own.error;
	}
	if (!ret && inspection.findings)
		ret = -EOPNOTSUPP;
	free(inspection.pids);
	free(inspection.own.inodes);
	free(inspection.rings.inodes);
	free(inspection.peers.inodes);
	free(inspection.queues.inodes);
	return ret;
}
