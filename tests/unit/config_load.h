/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "log.h"

/* Texts that become configurations, or are refused. */

static char config_file[64];
static int said;

static void config_setup(void)
{
	int fd;

	snprintf(config_file, sizeof(config_file), "/tmp/nfhad-config.XXXXXX");
	fd = mkstemp(config_file);
	ck_assert_int_ge(fd, 0);
	close(fd);
	nfhad_log_open(true);
}

static void config_teardown(void)
{
	unlink(config_file);
}

static void text_write(const char *text, size_t length)
{
	int fd = open(config_file, O_WRONLY | O_TRUNC | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, length), (ssize_t)length);
	close(fd);
}

/* Loads with the log in memory; it is to be freed. */
static char *load(const char *path, struct nfhad_config **config, int *ret)
{
	int before = dup(STDERR_FILENO);
	char *log;
	off_t n;

	said = memfd_create("log", MFD_CLOEXEC);
	dup2(said, STDERR_FILENO);
	*ret = nfhad_config_load(path, config);
	dup2(before, STDERR_FILENO);
	close(before);
	n = lseek(said, 0, SEEK_END);
	log = calloc(1, n + 1);
	ck_assert_int_eq(pread(said, log, n, 0), n);
	close(said);
	return log;
}

static inline struct nfhad_config *good(const char *text)
{
	struct nfhad_config *config = NULL;
	char *log;
	int ret;

	text_write(text, strlen(text));
	log = load(config_file, &config, &ret);
	ck_assert_msg(!ret && !*log, "%s:\n%s", text, log);
	free(log);
	return config;
}

/* @parts end with NULL; each has to be in the log, and the file's name before a line. */
static void bad(const char *text, size_t length, const char *const *parts)
{
	struct nfhad_config *config = NULL;
	char *log, prefix[80];
	int ret;

	text_write(text, length);
	log = load(config_file, &config, &ret);
	ck_assert_int_eq(ret, -EINVAL);
	ck_assert_ptr_null(config);
	snprintf(prefix, sizeof(prefix), "nfhad: %s:", config_file);
	ck_assert_msg(strstr(log, prefix), "%s", log);
	for (; *parts; parts++)
		ck_assert_msg(strstr(log, *parts), "%s\nnot in\n%s\nfor\n%s",
			      *parts, log, text);
	free(log);
}

#define BAD(text, ...)							\
	bad(text, sizeof(text) - 1, (const char *const []){ __VA_ARGS__, NULL })

#endif /* CONFIG_LOAD_H */
