// SPDX-License-Identifier: GPL-2.0-or-later
/* Help and completion, from the same tables as the parser. */

#include <string.h>

#include "nfhactl.h"

#define LINE_WIDTH	79
#define INDENT		6

/* Choices are separated by one blank. */
static void choices_print(const char *choices, char between, FILE *to)
{
	for (; *choices; choices++)
		fputc(*choices == ' ' ? between : *choices, to);
}

static void arg_write(const struct command *command, const struct arg *arg,
		      FILE *to)
{
	bool optional = !is_required(command, arg);

	fputs(optional ? "[" : "", to);
	if (!(arg->flags & ARG_POSITIONAL))
		fprintf(to, "%s%s", arg->name,
			arg->flags & ARG_FLAG ? "" : " ");
	if (arg->choices)
		choices_print(arg->choices, '|', to);
	else if (!(arg->flags & ARG_FLAG))
		fputs(arg->value, to);
	fprintf(to, "%s%s", optional ? "]" : "",
		arg->flags & ARG_MANY ? "..." : "");
}

/* Behind what is in the line already, or in a new line. */
static void arg_help(const struct command *command, const struct arg *arg,
		     size_t *column, FILE *to)
{
	char text[256] = "";
	FILE *file = fmemopen(text, sizeof(text), "w");

	if (!file)
		return;
	arg_write(command, arg, file);
	fclose(file);
	if (*column + 1 + strlen(text) > LINE_WIDTH) {
		fprintf(to, "\n%*s", INDENT, "");
		*column = INDENT;
	}
	fprintf(to, " %s", text);
	*column += 1 + strlen(text);
}

static void command_help(const struct command *command, FILE *to)
{
	const struct arg *arg;
	size_t column;

	column = fprintf(to, "  %s%s%s", command->object,
			 command->verb ? " " : "",
			 command->verb ? command->verb : "");
	for (arg = command->args; arg->name; arg++)
		arg_help(command, arg, &column, to);
	fprintf(to, "\n%*s%s\n", INDENT, "", command->help);
}

void help_print(const struct command *const *tables, const char *object,
		FILE *to)
{
	const struct command *command;

	for (; *tables; tables++)
		for (command = *tables; command->object; command++)
			if (!object || !strcmp(object, command->object))
				command_help(command, to);
}

static void words_print(const struct words *words)
{
	unsigned int i;

	for (i = 0; i < words->n; i++)
		puts(words->word[i]);
}

/* What can follow an argument: its values, or the arguments that are left. */
static void args_complete(const struct command *command, char **words)
{
	const struct arg *arg;
	uint64_t seen = 0;

	for (; *words; words++) {
		arg = arg_find(command, *words, seen);
		if (!arg)
			return;
		seen |= NFHA_BIT(arg - command->args);
		if (arg->flags & (ARG_POSITIONAL | ARG_FLAG))
			continue;
		if (!*++words) {
			choices_print(arg->choices ? arg->choices : "", '\n',
				      stdout);
			putchar('\n');
			return;
		}
	}
	for (arg = command->args; arg->name; arg++) {
		bool given = seen & NFHA_BIT(arg - command->args);

		if ((arg->flags & ARG_POSITIONAL) &&
		    (arg->flags & ARG_REQUIRED) && !given)
			return;
		if (!(arg->flags & ARG_POSITIONAL) &&
		    (!given || (arg->flags & ARG_MANY)))
			puts(arg->name);
	}
}

/* What can come after these words, a line for each. */
void complete(const struct command *const *tables, char **words)
{
	const struct command *command;
	struct words known = {};
	const char *object;

	if (!*words) {
		objects_of(tables, &known);
		words_print(&known);
		return;
	}
	object = object_find(tables, *words++);
	if (!object)
		return;
	verbs_of(tables, object, &known);
	if (known.n && !*words) {
		words_print(&known);
		return;
	}
	command = verb_find(tables, object, &words);
	if (command)
		args_complete(command, words);
}
