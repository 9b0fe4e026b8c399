// SPDX-License-Identifier: GPL-2.0-or-later
/* What /proc knows of processes. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc.h"

/* Reads as much as fits; the kernel gives short files in one piece. */
ssize_t nfhad_proc_read(const char *path, char *text, size_t size)
{
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		n = -errno;
	else
		text[n] = '\0';
	close(fd);
	return n;
}

int nfhad_proc_pidfile(int fd, pid_t *pid)
{
	char text[32] = "", *end;
	ssize_t n;
	long value;

	n = pread(fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return n ? -errno : -ENODATA;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || (*end && *end != '\n') || value < 2 ||
	    value > INT_MAX)
		return -EINVAL;
	*pid = (pid_t)value;
	return 0;
}

static ssize_t read_of(pid_t pid, const char *name, char *text, size_t size)
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	n = nfhad_proc_read(path, text, size);
	return n == -ENOENT ? -ESRCH : n;
}

int nfhad_proc_stat(pid_t pid, struct nfhad_proc_stat *stat)
{
	char text[1024], *open, *close;
	ssize_t n;

	n = read_of(pid, "stat", text, sizeof(text));
	if (n < 0)
		return n;
	/* A program may have any name, with parentheses, too. */
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close)
		return -EPROTO;
	*close = '\0';
	snprintf(stat->comm, sizeof(stat->comm), "%s", open + 1);
	if (sscanf(close + 1,
		   " %c %*d %*d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lu",
		   &stat->state, &stat->session, &stat->flags,
		   &stat->start) != 4)
		return -EPROTO;
	return 0;
}

int nfhad_proc_namespace(pid_t pid, const char *kind, ino_t *inode)
{
	struct stat st;
	char path[48];

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	else
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	if (stat(path, &st))
		return errno == ENOENT ? -ESRCH : -errno;
	*inode = st.st_ino;
	return 0;
}

int nfhad_proc_status(pid_t pid, const char *key, long *value)
{
	char text[8192], *line, *save, *number;
	size_t length = strlen(key);
	ssize_t n;

	n = read_of(pid, "status", text, sizeof(text));
	if (n < 0)
		return n;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, key, length) != 0 || line[length] != ':')
			continue;
		number = strrchr(line, '\t');
		*value = strtol(number ? number : line + length + 1, NULL, 10);
		return 0;
	}
	return -ENOENT;
}

int nfhad_proc_time(int fd, uint64_t *ticks)
{
	/* User and system time, its own and its children's, from field 14 on. */
	const int first = 14, values = 4;
	char text[1024], *at;
	ssize_t n;
	int i;

	n = pread(fd, text, sizeof(text) - 1, 0);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	at = strrchr(text, ')');
	for (i = 2; at && i < first; i++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EPROTO;
	*ticks = 0;
	for (i = 0; i < values; i++) {
		if (*at != ' ' || at[1] < '0' || at[1] > '9')
			return -EPROTO;
		*ticks += strtoull(at + 1, &at, 10);
	}
	return 0;
}

/* A list of processes; it grows up to @max. */
struct list {
	pid_t *pids;
	size_t count;
	size_t room;
	size_t max;
};

static int list_add(struct list *list, pid_t pid)
{
	pid_t *pids;

	if (list->count == list->max)
		return -E2BIG;
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 16;
		pids = reallocarray(list->pids, list->room, sizeof(*pids));
		if (!pids)
			return -ENOMEM;
		list->pids = pids;
	}
	list->pids[list->count++] = pid;
	return 0;
}

/* The children that a thread has made. One that is gone has none. */
static int list_children(struct list *list, pid_t pid, const char *thread)
{
	char path[64];
	int ret = 0;
	FILE *file;
	pid_t child;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/children", pid,
		 thread);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	while (!ret && fscanf(file, "%d", &child) == 1)
		ret = list_add(list, child);
	fclose(file);
	return ret;
}

static int list_descendants(struct list *list, pid_t pid)
{
	struct dirent *entry;
	char path[32];
	int ret = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	while (!ret && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			ret = list_children(list, pid, entry->d_name);
	}
	closedir(dir);
	return ret;
}

static int list_family(struct list *list, pid_t root)
{
	struct nfhad_proc_stat stat;
	size_t i;
	int ret;

	ret = nfhad_proc_stat(root, &stat);
	if (!ret)
		ret = list_add(list, root);
	for (i = 0; !ret && i < list->count; i++)
		ret = list_descendants(list, list->pids[i]);
	return ret;
}

int nfhad_proc_tree(pid_t root, pid_t **pids, size_t *count)
{
	struct list list = { .max = NFHAD_PROC_MAX };
	int ret;

	ret = list_family(&list, root);
	if (ret) {
		free(list.pids);
		return ret;
	}
	*pids = list.pids;
	*count = list.count;
	return 0;
}

int nfhad_proc_family(pid_t root, pid_t *pids, size_t max, size_t *count)
{
	struct list list = { .pids = pids, .room = max, .max = max };
	int ret;

	ret = list_family(&list, root);
	*count = list.count;
	return ret;
}

int nfhad_proc_walk(int (*fn)(pid_t pid, void *data), void *data)
{
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			ret = fn(atoi(entry->d_name), data);
	}
	closedir(dir);
	return ret;
}
