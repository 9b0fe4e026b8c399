// SPDX-License-Identifier: GPL-2.0-or-later
/* Directories, by descriptor. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

int nfhad_tree_open(int parent, const char *name)
{
	int fd = openat(parent, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

int nfhad_tree_make(int parent, const char *name)
{
	if (mkdirat(parent, name, 0700) && errno != EEXIST)
		return -errno;
	return nfhad_tree_open(parent, name);
}

int nfhad_tree_each(int dir, int (*each)(int dir, const char *name, void *data),
		    void *data)
{
	/* A descriptor of its own: the position belongs to the walk. */
	int ret = 0, fd = nfhad_tree_open(dir, ".");
	struct dirent *entry;
	DIR *stream;

	if (fd < 0)
		return fd;
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return -ENOMEM;
	}
	while (!ret) {
		errno = 0;
		entry = readdir(stream);
		if (!entry) {
			ret = -errno;
			break;
		}
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			ret = each(dir, entry->d_name, data);
	}
	closedir(stream);
	return ret;
}

static int remove_one(int dir, const char *name, void *data)
{
	(void)data;
	return nfhad_tree_remove(dir, name);
}

/* As deep as whoever made it went; the daemon itself makes one level. */
int nfhad_tree_remove(int parent, const char *name)
{
	int dir, ret;

	if (!unlinkat(parent, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	dir = nfhad_tree_open(parent, name);
	if (dir < 0)
		return dir;
	ret = nfhad_tree_each(dir, remove_one, NULL);
	close(dir);
	if (!ret && unlinkat(parent, name, AT_REMOVEDIR))
		ret = -errno;
	return ret;
}

static int read_exactly(int fd, char *text, size_t length)
{
	size_t done = 0;
	ssize_t n;

	while (done < length) {
		n = read(fd, text + done, length - done);
		if (n < 0)
			return -errno;
		if (!n)
			return -EBADMSG;
		done += n;
	}
	text[length] = 0;
	return 0;
}

static int read_file(int fd, size_t max, char **text, size_t *length)
{
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > max)
		return -EBADMSG;
	*text = malloc(st.st_size + 1);
	if (!*text)
		return -ENOMEM;
	*length = st.st_size;
	ret = read_exactly(fd, *text, *length);
	if (ret)
		free(*text);
	return ret;
}

int nfhad_tree_read(int dir, const char *name, size_t max, char **text,
		    size_t *length)
{
	int fd = openat(dir, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = read_file(fd, max, text, length);
	close(fd);
	return ret;
}

int nfhad_tree_lock(int dir, const char *name)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ret, fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			     0600);

	if (fd < 0)
		return -errno;
	if (!fcntl(fd, F_SETLK, &lock))
		return fd;
	ret = errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	close(fd);
	return ret;
}

int nfhad_tree_write(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}
