// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of the log. */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "unit.h"

static int lines;

static void setup(void)
{
	unsetenv("JOURNAL_STREAM");
	unsetenv("SYSTEMD_EXEC_PID");
	lines = memfd_create("log", MFD_CLOEXEC);
	ck_assert_int_ge(dup2(lines, STDERR_FILENO), 0);
}

/* All that has been said since the last time. */
static const char *text(void)
{
	static char buffer[8192];
	off_t n = lseek(lines, 0, SEEK_END);

	ck_assert_int_lt(n, (off_t)sizeof(buffer));
	ck_assert_int_eq(pread(lines, buffer, n, 0), n);
	buffer[n] = 0;
	ck_assert_int_eq(ftruncate(lines, 0), 0);
	lseek(lines, 0, SEEK_SET);
	return buffer;
}

START_TEST(lines_say_whom_they_are_about)
{
	nfhad_log_open(false);
	nfhad_log(LOG_ERR, NULL, NULL, "number %d", 7);
	ck_assert_str_eq(text(), "nfhad: number 7\n");
	nfhad_log(LOG_INFO, "fw", NULL, "here");
	ck_assert_str_eq(text(), "nfhad: fw: here\n");
	nfhad_log(LOG_INFO, "fw", "A", "here");
	ck_assert_str_eq(text(), "nfhad: fw/A: here\n");
}

START_TEST(debug_is_asked_for)
{
	nfhad_log_open(false);
	nfhad_log(LOG_DEBUG, NULL, NULL, "x");
	ck_assert_str_eq(text(), "");
	nfhad_log_open(true);
	nfhad_log(LOG_DEBUG, NULL, NULL, "x");
	ck_assert_str_eq(text(), "nfhad: x\n");
}

START_TEST(one_line_whatever_is_in_it)
{
	char big[5000];
	const char *line;

	nfhad_log_open(false);
	nfhad_log(LOG_ERR, NULL, NULL, "%s", "a\nnfhad: b\r\033[2J\x7f");
	ck_assert_str_eq(text(), "nfhad: a?nfhad: b??[2J?\n");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	nfhad_log(LOG_ERR, big, big, "%s", big);
	line = text();
	ck_assert_uint_lt(strlen(line), 1200);
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
}

START_TEST(priority_for_a_service_manager)
{
	char pid[24];

	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("SYSTEMD_EXEC_PID", pid, 1);
	nfhad_log_open(false);
	nfhad_log(LOG_WARNING, NULL, NULL, "x");
	ck_assert_str_eq(text(), "<4>nfhad: x\n");
	/* Started by somebody whom it has started. */
	setenv("SYSTEMD_EXEC_PID", "1", 1);
	nfhad_log_open(false);
	nfhad_log(LOG_WARNING, NULL, NULL, "x");
	ck_assert_str_eq(text(), "nfhad: x\n");
}

START_TEST(journal_that_is_not_there)
{
	char stream[64];
	struct stat st;

	/* Of another stream. */
	setenv("JOURNAL_STREAM", "1:1", 1);
	nfhad_log_open(false);
	nfhad_log(LOG_ERR, NULL, NULL, "x");
	ck_assert_str_eq(text(), "nfhad: x\n");
	if (!access("/run/systemd/journal/socket", F_OK))
		return;
	/* Of ours, but nobody listens. */
	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)st.st_dev,
		 (unsigned long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	nfhad_log_open(false);
	nfhad_log(LOG_ERR, "fw", "A", "x");
	ck_assert_str_eq(text(), "nfhad: fw/A: x\n");
}

UNIT_MAIN_FIXTURE("log", setup, NULL, lines_say_whom_they_are_about,
		  debug_is_asked_for, one_line_whatever_is_in_it,
		  priority_for_a_service_manager, journal_that_is_not_there)
