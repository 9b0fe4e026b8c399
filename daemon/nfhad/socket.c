// SPDX-License-Identifier: GPL-2.0-or-later
/* Unix sockets: where one listens, and who connects. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "socket.h"

/* A second: to end takes no longer, unless a disk hangs. */
#define END_TRIES 50
#define END_TRY_US 20000

static int address_of(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	memcpy(address->sun_path, path, strlen(path) + 1);
	return 0;
}

static int stream_new(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	return fd;
}

/* A queue that is full is somebody's, too. */
static bool is_dead(const struct sockaddr_un *address)
{
	int ret, fd = stream_new();

	if (fd < 0)
		return false;
	ret = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	ret = ret ? -errno : 0;
	close(fd);
	return ret == -ECONNREFUSED;
}

/* Whoever works for a daemon that was killed has its sockets until it has ended, too. */
static bool is_dead_soon(const struct sockaddr_un *address)
{
	unsigned int tries = END_TRIES;

	while (!is_dead(address)) {
		if (!--tries)
			return false;
		usleep(END_TRY_US);
	}
	return true;
}

static int stale_remove(const struct sockaddr_un *address)
{
	struct stat stat;

	if (lstat(address->sun_path, &stat))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(stat.st_mode) || !is_dead_soon(address))
		return -EADDRINUSE;
	return unlink(address->sun_path) ? -errno : 0;
}

/* By a descriptor of what was bound, wherever a link may lead by now. The mode comes
 * after the group, so that nobody else's group has it meanwhile.
 */
static int group_set(int place, gid_t group)
{
	char self[32];

	if (group == NFHAD_NO_GROUP)
		return 0;
	if (fchownat(place, "", -1, group, AT_EMPTY_PATH))
		return -errno;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", place);
	return chmod(self, 0660) ? -errno : 0;
}

static int place_set(struct nfhad_socket *s, gid_t group)
{
	struct stat stat;

	s->place = open(s->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (s->place < 0 || fstat(s->place, &stat))
		return -errno;
	return S_ISSOCK(stat.st_mode) ? group_set(s->place, group) :
					-EADDRINUSE;
}

static bool is_there(const struct nfhad_socket *s)
{
	struct stat own, there;

	return s->path && !fstat(s->place, &own) && !lstat(s->path, &there) &&
	       own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

static int bind_at(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	int ret = bind(fd, (const struct sockaddr *)address, sizeof(*address));

	ret = ret ? -errno : 0;
	umask(mask);
	return ret;
}

static int own_open(const char *path, gid_t group, struct nfhad_socket *s)
{
	struct sockaddr_un address;
	int ret;

	ret = address_of(path, &address);
	ret = ret ?: stale_remove(&address);
	if (ret)
		return ret;
	s->fd = stream_new();
	if (s->fd < 0)
		return s->fd;
	s->path = strdup(path);
	ret = s->path ? bind_at(s->fd, &address) : -ENOMEM;
	ret = ret ?: place_set(s, group);
	if (!ret && listen(s->fd, SOMAXCONN))
		ret = -errno;
	if (ret)
		nfhad_socket_close(s);
	return ret;
}

/* The first one of the kind that the service manager has handed over, or -ENOENT. */
static int inherited(void)
{
	int n, fds = sd_listen_fds(0);

	for (n = 0; n < fds; n++) {
		int fd = SD_LISTEN_FDS_START + n;

		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) > 0 &&
		    !fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
			return fd;
	}
	return -ENOENT;
}

int nfhad_socket_open(const char *path, gid_t group, struct nfhad_socket *s)
{
	*s = (struct nfhad_socket){ .fd = inherited(), .place = -1 };
	return s->fd < 0 ? own_open(path, group, s) : 0;
}

void nfhad_socket_close(struct nfhad_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (is_there(s))
		unlink(s->path);
	if (s->place >= 0)
		close(s->place);
	free(s->path);
	*s = (struct nfhad_socket){ .fd = -1, .place = -1 };
}

/* The other groups of the process that has connected: asked again with more room as long
 * as there is too little.
 */
static int groups_read(int fd, gid_t **groups, size_t *count)
{
	socklen_t size = 64 * sizeof(gid_t);
	gid_t *list = NULL, *larger;
	int ret = -ERANGE;

	while (ret == -ERANGE) {
		larger = realloc(list, size);
		if (!larger) {
			free(list);
			return -ENOMEM;
		}
		list = larger;
		ret = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &size) ?
			      -errno : 0;
	}
	if (ret) {
		free(list);
		return ret;
	}
	*groups = list;
	*count = size / sizeof(gid_t);
	return 0;
}

static bool is_member(int fd, gid_t group)
{
	gid_t *groups;
	size_t n, count;
	bool is = false;

	if (groups_read(fd, &groups, &count))
		return false;
	for (n = 0; n < count; n++)
		is |= groups[n] == group;
	free(groups);
	return is;
}

int nfhad_socket_peer(int fd, gid_t group, uid_t *uid, bool *may_change)
{
	socklen_t size = sizeof(struct ucred);
	struct ucred peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return -errno;
	*uid = peer.uid;
	*may_change = !peer.uid ||
		      (group != NFHAD_NO_GROUP &&
		       (peer.gid == group || is_member(fd, group)));
	return 0;
}
