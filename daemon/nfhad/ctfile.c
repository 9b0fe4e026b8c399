// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of an image. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctimage.h"

/* A million connections need a third of it. */
#define BYTES_MAX 0x40000000LL

int nfhad_ctfile_open(struct nfhad_ctfile *file, int dir, const char *name)
{
	struct stat st;

	nfhad_ctfile_close(file);
	file->fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file->fd < 0 || fstat(file->fd, &st))
		return -errno;
	file->bytes = (uint64_t)st.st_size;
	return 0;
}

void nfhad_ctfile_close(struct nfhad_ctfile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

int nfhad_ctfile_link(const struct nfhad_ctfile *file, int dir,
		      const char *name)
{
	char path[32];

	if (file->fd < 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	if (linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW))
		return -errno;
	return 0;
}

int nfhad_ctfile_append(int fd, const void *data, size_t len)
{
	const char *at = data;
	ssize_t n;

	while (len) {
		n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int nfhad_ctfile_write(int dir, const char *name, const void *data, size_t len)
{
	int fd, ret;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	ret = nfhad_ctfile_append(fd, data, len);
	close(fd);
	return ret;
}

static int read_all(int fd, char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = read(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EBADMSG;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int read_open(int fd, char **data, size_t *len)
{
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > BYTES_MAX)
		return -EBADMSG;
	*len = (size_t)st.st_size;
	*data = malloc(*len + 1);
	if (!*data)
		return -ENOMEM;
	(*data)[*len] = '\0';
	ret = read_all(fd, *data, *len);
	if (ret)
		free(*data);
	return ret;
}

int nfhad_ctfile_read(int dir, const char *name, char **data, size_t *len)
{
	int fd, ret;

	/* What is not a file must not make this wait. */
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read_open(fd, data, len);
	close(fd);
	return ret;
}
