// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The language of nfhactl: words, one in each line. Whatever they are, they are understood,
 * or refused in one line.
 */

#include <string.h>

#include "fuzz.h"
#include "nfhactl.h"

#define TEXT_MAX_BYTES 4096

static char said[TEXT_MAX_BYTES];
static struct request request;

static int parse(char **words)
{
	const struct command *command;

	memset(&request, 0, sizeof(request));
	command = command_find(all_commands, &words, &request);
	return command ? args_parse(command, words, &request) : EXIT_USAGE;
}

/* What goes to standard error is kept. */
static int parse_quietly(char **words)
{
	FILE *before = stderr;
	int ret;

	memset(said, 0, sizeof(said));
	stderr = fmemopen(said, sizeof(said) - 1, "w");
	must(stderr);
	ret = parse(words);
	fclose(stderr);
	stderr = before;
	return ret;
}

static void check_said(int ret)
{
	const char *p;

	must(ret == 0 || ret == EXIT_USAGE);
	if (!ret) {
		must(!*said);
		return;
	}
	must(!strncmp(said, "nfhactl: ", 9));
	for (p = said; *p && *p != '\n'; p++)
		must((unsigned char)*p >= ' ');
	must(*p == '\n' && !p[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MAX_BYTES], *words[TEXT_MAX_BYTES + 1];
	char **word = words, *rest = text;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	while ((*word = strsep(&rest, "\n")))
		word++;
	/* Without any, main() says what there is. */
	if (**words)
		check_said(parse_quietly(words));
	return 0;
}
