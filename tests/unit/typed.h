/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TYPED_H
#define TYPED_H

#include <string.h>

#include "nfhactl.h"
#include "said.h"

#define TYPED_MAX 1024

/* What a line comes to. */
static struct request r;
static const struct command *typed_command;

/* Parses a line as main() does, and one word more, which may have blanks in it, if it is
 * not NULL. Returns the status; what was said is in said.
 */
static inline int typed(const char *line, const char *last)
{
	static char copy[TYPED_MAX], *words[TYPED_MAX / 2 + 2];
	char **word = words, *rest = copy;
	int ret = EXIT_USAGE;

	snprintf(copy, sizeof(copy), "%s", line);
	while ((*word = strsep(&rest, " ")))
		word++;
	*word++ = (char *)last;
	*word = NULL;
	memset(&r, 0, sizeof(r));
	word = words;
	said_begin();
	typed_command = command_find(all_commands, &word, &r);
	if (typed_command)
		ret = args_parse(typed_command, word, &r);
	said_end();
	return ret;
}

#endif /* TYPED_H */
