// SPDX-License-Identifier: GPL-2.0-or-later
/* Control groups. */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cgroup.h"
#include "proc.h"
#include "tree.h"

/* No file of the kernel's that is read here is as long as that. */
#define TEXT_MAX 4096

/* Of so many groups, those below it counted in, one instance is made at most. */
#define GROUPS_MAX 64

static bool is_version_2(int fd)
{
	struct statfs st;

	return !fstatfs(fd, &st) && st.f_type == CGROUP2_SUPER_MAGIC;
}

int nfhad_cgroup_root(void)
{
	static const char *const places[] = {
		"/sys/fs/cgroup", "/sys/fs/cgroup/unified", NULL,
	};
	const char *const *place;

	for (place = places; *place; place++) {
		int fd = nfhad_tree_open(AT_FDCWD, *place);

		if (fd >= 0 && is_version_2(fd))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -ENOENT;
}

int nfhad_cgroup_parse(const char *text, char path[PATH_MAX])
{
	static const char mark[] = "0::";
	size_t length;

	while (strncmp(text, mark, sizeof(mark) - 1) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return -ENOENT;
		text++;
	}
	text += sizeof(mark) - 1;
	length = strcspn(text, "\n");
	if (*text != '/' || text[length] != '\n' || length >= PATH_MAX)
		return -EPROTO;
	memcpy(path, text, length);
	path[length] = '\0';
	return 0;
}

int nfhad_cgroup_of(pid_t pid, char path[PATH_MAX])
{
	char name[32], text[2 * PATH_MAX];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	n = nfhad_proc_read(name, text, sizeof(text));
	if (n < 0)
		return n == -ENOENT ? -ESRCH : n;
	return nfhad_cgroup_parse(text, path);
}

/* The next name of a path, which is cut; NULL: that was the last. */
static char *next_name(char **path)
{
	char *name;

	do {
		name = strsep(path, "/");
	} while (name && !*name);
	return name;
}

static int open_dir(int root, const char *path)
{
	char copy[PATH_MAX], *rest = copy, *name;
	int dir, next;

	if (*path != '/' || strlen(path) >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, path, strlen(path) + 1);
	dir = nfhad_tree_open(root, ".");
	while (dir >= 0 && (name = next_name(&rest))) {
		next = strcmp(name, ".") != 0 && strcmp(name, "..") != 0 ?
			       nfhad_tree_open(dir, name) : -EINVAL;
		close(dir);
		dir = next;
	}
	return dir;
}

/* A descriptor or -1. */
static int open_file(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

int nfhad_cgroup_open(int root, const char *path, struct nfhad_cgroup *group)
{
	int dir = open_dir(root, path);

	*group = (struct nfhad_cgroup){ -1, -1, -1 };
	if (dir < 0)
		return dir;
	group->dir = dir;
	group->cpu = open_file(dir, "cpu.stat");
	group->pressure = open_file(dir, "cpu.pressure");
	return 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void nfhad_cgroup_close(struct nfhad_cgroup *group)
{
	close_one(&group->pressure);
	close_one(&group->cpu);
	close_one(&group->dir);
}

bool nfhad_cgroup_is(const struct nfhad_cgroup *a, const struct nfhad_cgroup *b)
{
	struct stat st_a, st_b;

	return !fstat(a->dir, &st_a) && !fstat(b->dir, &st_b) &&
	       st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

/* A text of one piece, or a negative errno. */
static int read_text(int fd, char text[TEXT_MAX])
{
	ssize_t n = pread(fd, text, TEXT_MAX - 1, 0);

	if (n < 0)
		return errno == EOPNOTSUPP ? -ENODATA : -errno;
	text[n] = '\0';
	if (n == TEXT_MAX - 1 || strlen(text) != (size_t)n)
		return -EPROTO;
	return 0;
}

/* A number and nothing else up to the end of the line. */
static int number_at(const char *text, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EPROTO;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || *end != '\n' ? -EPROTO : 0;
}

/* Behind the key of the line that begins so. */
static int number_of(int fd, const char *begin, const char *key, uint64_t *value)
{
	char text[TEXT_MAX], *line, *end;
	int ret;

	if (fd < 0)
		return -ENODATA;
	ret = read_text(fd, text);
	if (ret)
		return ret;
	for (line = text; (end = strchr(line, '\n')); line = end + 1) {
		if (strncmp(line, begin, strlen(begin)) != 0)
			continue;
		line = strstr(line + strlen(begin), key);
		if (!line || line > end)
			break;
		return number_at(line + strlen(key), value);
	}
	return -EPROTO;
}

int nfhad_cgroup_cpu(const struct nfhad_cgroup *group, uint64_t *us)
{
	return number_of(group->cpu, "usage_usec ", "", us);
}

int nfhad_cgroup_pressure(const struct nfhad_cgroup *group, uint64_t *us)
{
	return number_of(group->pressure, "some ", "total=", us);
}

/**
 * struct search - for processes that are in groups
 * @pids: sorted
 * @count: how many
 * @found: how many of them so far
 * @groups: how many have been looked at
 */
struct search {
	const pid_t *pids;
	size_t count;
	size_t found;
	unsigned int groups;
};

static int by_pid(const void *a, const void *b)
{
	const pid_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static int search_pid(struct search *search, pid_t pid)
{
	if (!bsearch(&pid, search->pids, search->count, sizeof(pid), by_pid))
		return -ESTALE;
	search->found++;
	return 0;
}

static int search_procs(struct search *search, int dir)
{
	int fd = open_file(dir, "cgroup.procs"), ret = 0;
	FILE *file;
	pid_t pid;

	if (fd < 0)
		return -errno;
	file = fdopen(fd, "re");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	while (!ret && fscanf(file, "%d", &pid) == 1)
		ret = search_pid(search, pid);
	if (!ret && !feof(file))
		ret = ferror(file) ? -EIO : -EPROTO;
	fclose(file);
	return ret;
}

static int search_below(int dir, const char *name, void *data);

static int search_group(struct search *search, int dir)
{
	uint64_t below;
	int ret, fd;

	if (++search->groups > GROUPS_MAX)
		return -E2BIG;
	ret = search_procs(search, dir);
	if (ret)
		return ret;
	fd = open_file(dir, "cgroup.stat");
	ret = number_of(fd, "nr_descendants ", "", &below);
	close_one(&fd);
	/* Nearly none has any, and then its files need not be gone through. */
	if (!ret && below)
		ret = nfhad_tree_each(dir, search_below, search);
	return ret;
}

static int search_below(int dir, const char *name, void *data)
{
	int ret, child = nfhad_tree_open(dir, name);

	if (child < 0)
		return 0;
	ret = search_group(data, child);
	close(child);
	return ret;
}

int nfhad_cgroup_holds(const struct nfhad_cgroup *group, pid_t *pids,
		       size_t count)
{
	struct search search = { .pids = pids, .count = count };
	int ret;

	qsort(pids, count, sizeof(*pids), by_pid);
	ret = search_group(&search, group->dir);
	if (!ret && search.found != count)
		ret = -ESTALE;
	return ret;
}

bool nfhad_cgroup_is_populated(int dir)
{
	int ret, fd = open_file(dir, "cgroup.events");
	uint64_t populated;

	ret = number_of(fd, "populated ", "", &populated);
	close_one(&fd);
	return !ret && populated;
}
