// SPDX-License-Identifier: GPL-2.0-or-later
#include <check.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "typist.h"

#define LINE_MAX_LENGTH 4096

/* A main() of its own, which keeps its request from one run to the next. */
#define main nfhactl_main
#include "../../daemon/nfhactl/main.c"
#undef main

char typed_out[65536], typed_err[4096];

static int out = -1, err = -1;

/* At blanks, but not between quotes, which go; as a shell does it. */
static int words_cut(char *line, char **words)
{
	char *to = line;
	bool inside = false, begun = false;
	int n = 1;

	words[0] = "nfhactl";
	for (; *line; line++) {
		if (!inside && *line == ' ') {
			*to++ = 0;
			begun = false;
			continue;
		}
		if (!begun)
			words[n++] = to;
		begun = true;
		if (*line == '\'')
			inside = !inside;
		else if (!inside && *line == '\\' && line[1])
			*to++ = *++line;
		else
			*to++ = *line;
	}
	*to = 0;
	words[n] = NULL;
	return n;
}

static pid_t begin(const char *format, va_list args)
{
	static char line[LINE_MAX_LENGTH];
	static char *words[LINE_MAX_LENGTH / 2];
	pid_t pid;

	vsnprintf(line, sizeof(line), format, args);
	if (out < 0) {
		out = memfd_create("out", MFD_CLOEXEC);
		err = memfd_create("err", MFD_CLOEXEC);
	}
	ck_assert_int_eq(ftruncate(out, 0) | ftruncate(err, 0), 0);
	lseek(out, 0, SEEK_SET);
	lseek(err, 0, SEEK_SET);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	exit(nfhactl_main(words_cut(line, words), words));
}

static void text_read(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = 0;
}

void type_peek(void)
{
	text_read(out, typed_out, sizeof(typed_out));
	text_read(err, typed_err, sizeof(typed_err));
}

int type_end(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	type_peek();
	ck_assert_msg(WIFEXITED(status), "it crashed: %s", typed_err);
	return WEXITSTATUS(status);
}

pid_t type_begin(const char *format, ...)
{
	va_list args;
	pid_t pid;

	va_start(args, format);
	pid = begin(format, args);
	va_end(args);
	return pid;
}

int type(const char *format, ...)
{
	va_list args;
	pid_t pid;

	va_start(args, format);
	pid = begin(format, args);
	va_end(args);
	return type_end(pid);
}

void type_well(const char *format, ...)
{
	va_list args;
	int status;

	va_start(args, format);
	status = type_end(begin(format, args));
	va_end(args);
	ck_assert_msg(!status, "%s: status %d: %s", format, status, typed_err);
}

const char *typed_json(const char *path)
{
	static char text[1024];
	struct json_object *whole = json_tokener_parse(typed_out), *at = whole;
	char copy[256], *rest = copy, *word;

	ck_assert_msg(whole, "no JSON: %s", typed_out);
	snprintf(copy, sizeof(copy), "%s", path);
	while (at && (word = strsep(&rest, "."))) {
		if (json_object_is_type(at, json_type_array))
			at = json_object_array_get_idx(at, strtoul(word, NULL, 10));
		else if (!json_object_object_get_ex(at, word, &at))
			at = NULL;
	}
	snprintf(text, sizeof(text), "%s", at ? json_object_get_string(at) : "(none)");
	json_object_put(whole);
	return text;
}
