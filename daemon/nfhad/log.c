// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the log goes. */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The place that is said would be this file for all messages. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "log.h"

/* A line, with what stands before the message. */
#define LINE_MAX_BYTES 1024

static struct {
	bool debug;
	bool journal;
	bool priority;
} to;

/* To send to one that is not there is no error to libsystemd, and lost. */
static bool journal_is_there(void)
{
	return !access("/run/systemd/journal/socket", W_OK);
}

/* JOURNAL_STREAM says which device and inode the journal's stream has. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[64];

	if (!stream || fstat(STDERR_FILENO, &st))
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	return !strcmp(stream, own);
}

/* It is inherited by processes that the service manager did not start. */
static bool started_by_manager(void)
{
	const char *pid = getenv("SYSTEMD_EXEC_PID");
	char own[24];

	snprintf(own, sizeof(own), "%ld", (long)getpid());
	return pid && !strcmp(pid, own);
}

void nfhad_log_open(bool debug)
{
	to.debug = debug;
	to.journal = stderr_is_journal() && journal_is_there();
	to.priority = started_by_manager();
}

/* What came from outside could end a line and begin one of its own. */
static void make_one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static int journal_send(int priority, const char *service, const char *instance,
			const char *message)
{
	char text[4][LINE_MAX_BYTES + 16];
	struct iovec iov[5];
	int i, n = 0;

	snprintf(text[n++], sizeof(text[0]), "MESSAGE=%s", message);
	snprintf(text[n++], sizeof(text[0]), "PRIORITY=%d", priority);
	if (service)
		snprintf(text[n++], sizeof(text[0]), "NFHA_SERVICE=%s", service);
	if (instance)
		snprintf(text[n++], sizeof(text[0]), "NFHA_INSTANCE=%s",
			 instance);
	for (i = 0; i < n; i++)
		iov[i] = (struct iovec){ text[i], strlen(text[i]) };
	iov[n++] = (struct iovec){ (void *)"SYSLOG_IDENTIFIER=nfhad",
				   strlen("SYSLOG_IDENTIFIER=nfhad") };
	return sd_journal_sendv(iov, n);
}

/* In one write, so that the lines of jobs do not mix with others. */
static void line_send(int priority, const char *service, const char *instance,
		      const char *message)
{
	char line[LINE_MAX_BYTES + 128], before[8] = "";
	int n;

	if (to.priority)
		snprintf(before, sizeof(before), "<%d>", priority & 7);
	n = snprintf(line, sizeof(line), "%snfhad: %.40s%s%.40s%s%s\n", before,
		     service ? service : "", instance ? "/" : "",
		     instance ? instance : "", service || instance ? ": " : "",
		     message);
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

void nfhad_log(int priority, const char *service, const char *instance,
	       const char *format, ...)
{
	char message[LINE_MAX_BYTES];
	va_list args;

	if (priority >= LOG_DEBUG && !to.debug)
		return;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	make_one_line(message);
	if (to.journal &&
	    journal_send(priority, service, instance, message) >= 0)
		return;
	line_send(priority, service, instance, message);
}
