// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of commands and arguments are the only description of the language:
 * parser, help and completion all read them.
 */

#include <stdlib.h>
#include <string.h>

#include "nfhactl.h"

int bad_value(const struct request *r, const struct arg *arg, const char *word,
	      const char *expected)
{
	fprintf(stderr, "nfhactl: %s: %s: \"%s\" is not valid, expected %s\n",
		r->command, arg->name, word, expected ? expected : arg->value);
	return EXIT_USAGE;
}

/* Length of the word in a list that begins here. */
static size_t word_length(const char *list)
{
	return strcspn(list, " ");
}

int choice_index(const char *choices, const char *word)
{
	size_t len = strlen(word);
	int i = 0, found = -1;

	while (*choices) {
		size_t n = word_length(choices);

		if (n == len && !strncmp(choices, word, n))
			return i;
		if (len && n > len && !strncmp(choices, word, len))
			found = found == -1 ? i : -2;
		choices += n + strspn(choices + n, " ");
		i++;
	}
	return found;
}

/* Whole words first, then beginnings that only one word has. */
static const struct arg *keyword_find(const struct arg *args, const char *word)
{
	const struct arg *arg, *found = NULL;
	size_t len = strlen(word);

	for (arg = args; arg->name; arg++) {
		if (arg->flags & ARG_POSITIONAL)
			continue;
		if (!strcmp(arg->name, word))
			return arg;
		if (len && !strncmp(arg->name, word, len)) {
			if (found)
				return NULL;
			found = arg;
		}
	}
	return found;
}

static int unknown_word(const struct command *command, const struct request *r,
			const char *word)
{
	const struct arg *arg;

	fprintf(stderr, "nfhactl: %s: \"%s\" is not an argument, expected",
		r->command, word);
	for (arg = command->args; arg->name; arg++)
		if (!(arg->flags & ARG_POSITIONAL))
			fprintf(stderr, " %s", arg->name);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

static int args_missing(const struct command *command, const struct request *r,
			uint64_t seen)
{
	const struct arg *arg;

	for (arg = command->args; arg->name; arg++) {
		if (!(arg->flags & ARG_REQUIRED) ||
		    (seen & NFHA_BIT(arg - command->args)))
			continue;
		fprintf(stderr, "nfhactl: %s: %s is missing, expected %s\n",
			r->command, arg->name, arg->value);
		return EXIT_USAGE;
	}
	return 0;
}

static const struct arg *positional_next(const struct command *command,
					 uint64_t seen)
{
	const struct arg *arg;

	for (arg = command->args; arg->name; arg++)
		if ((arg->flags & ARG_POSITIONAL) &&
		    (!(seen & NFHA_BIT(arg - command->args)) ||
		     (arg->flags & ARG_MANY)))
			return arg;
	return NULL;
}

static int value_take(const struct arg *arg, const char *word,
		      struct request *r)
{
	if (arg->choices && choice_index(arg->choices, word) < 0)
		return bad_value(r, arg, word, arg->choices);
	return arg->take(r, arg, word);
}

int args_parse(const struct command *command, char **words, struct request *r)
{
	uint64_t seen = 0;
	int ret;

	for (; *words; words++) {
		const struct arg *arg = positional_next(command, seen);

		if (!arg || (seen & NFHA_BIT(arg - command->args)) ||
		    !(arg->flags & ARG_REQUIRED)) {
			const struct arg *keyword =
				keyword_find(command->args, *words);

			if (keyword)
				arg = keyword;
		}
		if (!arg)
			return unknown_word(command, r, *words);
		if ((seen & NFHA_BIT(arg - command->args)) &&
		    !(arg->flags & ARG_MANY)) {
			fprintf(stderr, "nfhactl: %s: %s is given twice\n",
				r->command, arg->name);
			return EXIT_USAGE;
		}
		if (!(arg->flags & (ARG_POSITIONAL | ARG_FLAG)) && !*++words) {
			fprintf(stderr,
				"nfhactl: %s: %s needs a value, expected %s\n",
				r->command, arg->name, arg->value);
			return EXIT_USAGE;
		}
		ret = value_take(arg, *words, r);
		if (ret)
			return ret;
		seen |= NFHA_BIT(arg - command->args);
	}
	return args_missing(command, r, seen);
}

/* The object that a word means, if it is one: first of its commands. */
static const struct command *object_find(const struct command *const *tables,
					 const char *word)
{
	const struct command *found = NULL, *command;
	size_t len = strlen(word);

	for (; *tables; tables++) {
		for (command = *tables; command->object; command++) {
			if (!strcmp(command->object, word))
				return command;
			if (!len || strncmp(command->object, word, len))
				continue;
			if (found && strcmp(found->object, command->object))
				return NULL;
			if (!found)
				found = command;
		}
	}
	return found;
}

static const struct command *verb_find(const struct command *const *tables,
				       const char *object, const char *word)
{
	const struct command *found = NULL, *command;
	size_t len = strlen(word);

	for (; *tables; tables++) {
		for (command = *tables; command->object; command++) {
			if (strcmp(command->object, object) || !command->verb)
				continue;
			if (!strcmp(command->verb, word))
				return command;
			if (!len || strncmp(command->verb, word, len))
				continue;
			if (found)
				return NULL;
			found = command;
		}
	}
	return found;
}

static void objects_list(const struct command *const *tables, FILE *to)
{
	const char *last = "";
	const struct command *command;

	for (; *tables; tables++) {
		for (command = *tables; command->object; command++) {
			if (strcmp(last, command->object))
				fprintf(to, " %s", command->object);
			last = command->object;
		}
	}
}

static void verbs_list(const struct command *const *tables, const char *object,
		       FILE *to)
{
	const struct command *command;

	for (; *tables; tables++)
		for (command = *tables; command->object; command++)
			if (!strcmp(command->object, object) && command->verb)
				fprintf(to, " %s", command->verb);
}

/* Advances *words past what names the command. */
const struct command *command_find(const struct command *const *tables,
				   char ***words, struct request *r)
{
	const struct command *command = object_find(tables, **words);
	const char *object;
	static char name[64];

	if (!command) {
		fprintf(stderr, "nfhactl: \"%s\" is not an object, expected",
			**words);
		objects_list(tables, stderr);
		fputc('\n', stderr);
		return NULL;
	}
	object = command->object;
	r->command = object;
	++*words;
	if (!command->verb)
		return command;
	/* As with ip, an object alone is shown. */
	command = verb_find(tables, object, **words ? **words : "show");
	if (!command) {
		fprintf(stderr,
			"nfhactl: %s: \"%s\" is not a command, expected",
			object, **words ? **words : "");
		verbs_list(tables, object, stderr);
		fputc('\n', stderr);
		return NULL;
	}
	if (**words)
		++*words;
	snprintf(name, sizeof(name), "%s %s", object, command->verb);
	r->command = name;
	return command;
}

static void command_help(const struct command *command, FILE *to)
{
	const struct arg *arg;

	fprintf(to, "  %s%s%s", command->object, command->verb ? " " : "",
		command->verb ? command->verb : "");
	for (arg = command->args; arg->name; arg++) {
		bool optional = !(arg->flags & ARG_REQUIRED);

		fprintf(to, " %s", optional ? "[" : "");
		if (!(arg->flags & ARG_POSITIONAL))
			fprintf(to, "%s%s", arg->name,
				arg->flags & ARG_FLAG ? "" : " ");
		if (!(arg->flags & ARG_FLAG))
			fputs(arg->value, to);
		fprintf(to, "%s%s", optional ? "]" : "",
			arg->flags & ARG_MANY ? "..." : "");
	}
	fprintf(to, "\n      %s\n", command->help);
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

static void choices_print(const char *choices)
{
	while (*choices) {
		size_t n = word_length(choices);

		printf("%.*s\n", (int)n, choices);
		choices += n + strspn(choices + n, " ");
	}
}

/* What can come after these words, a line for each. */
void complete(const struct command *const *tables, char **words)
{
	const struct command *command;
	const struct arg *arg, *last = NULL;

	if (!*words) {
		const struct command *const *table;
		const char *said = "";

		for (table = tables; *table; table++) {
			for (command = *table; command->object; command++) {
				if (strcmp(said, command->object))
					puts(command->object);
				said = command->object;
			}
		}
		return;
	}
	command = object_find(tables, *words++);
	if (!command)
		return;
	if (command->verb && !*words) {
		const char *object = command->object;

		for (; *tables; tables++)
			for (command = *tables; command->object; command++)
				if (!strcmp(command->object, object))
					puts(command->verb);
		return;
	}
	if (command->verb)
		command = verb_find(tables, command->object, *words++);
	if (!command)
		return;
	for (; *words; words++)
		last = last && !(last->flags & ARG_FLAG) ? NULL :
		       keyword_find(command->args, *words);
	if (last && !(last->flags & ARG_FLAG)) {
		if (last->choices)
			choices_print(last->choices);
		return;
	}
	for (arg = command->args; arg->name; arg++)
		if (!(arg->flags & ARG_POSITIONAL))
			puts(arg->name);
}
