// SPDX-License-Identifier: GPL-2.0-or-later
/* What the daemon says, for people. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "unit.h"

/* As it is printed. */
static const char *printed(const char *status)
{
	static char text[4096];
	struct json_object *o = json_tokener_parse(status);
	FILE *file = tmpfile();
	int out = dup(STDOUT_FILENO);
	size_t n;

	ck_assert_ptr_nonnull(o);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	status_print(o);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = 0;
	fclose(file);
	json_object_put(o);
	return text;
}

START_TEST(flags_are_shown)
{
	const char *text = printed("{\"version\": \"1\", \"host\": \"h\", \"timeUs\": 1,"
		"\"services\": [{\"name\": \"db\", \"instances\": ["
		"{\"name\": \"A\", \"state\": \"unprotected\", \"epoch\": {\"committed\": 7,"
		" \"flags\": [\"exposed\", \"unattended\"], \"hold\": {\"packets\": 3}}},"
		"{\"name\": \"B\", \"state\": \"idle\"}]}]}");

	ck_assert_ptr_nonnull(strstr(text, " held flags\n"));
	ck_assert_ptr_nonnull(strstr(text, " 3 exposed unattended\n"));
	ck_assert_ptr_nonnull(strstr(text, " -\n"));
}

UNIT_MAIN("status", flags_are_shown)
