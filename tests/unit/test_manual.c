// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The manual of nfhactl has each word of its tables where the object is described, and
 * what the documents tell to type is understood.
 */

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "source.h"
#include "typed.h"
#include "unit.h"

static char *text;

static bool is_macro(const char *word, size_t n)
{
	return n == 2 && isupper((unsigned char)word[0]) &&
	       islower((unsigned char)word[1]);
}

/* Is the word one that is typed, after a macro Cm of the line? */
static bool line_has(const char *line, const char *word)
{
	size_t n, length = strlen(word);
	bool typed = false;

	for (line++; *line && *line != '\n'; line += n) {
		line += strspn(line, " ");
		n = strcspn(line, "\n ");
		if (is_macro(line, n))
			typed = !strncmp(line, "Cm", 2);
		else if (typed && n == length && !strncmp(line, word, n))
			return true;
	}
	return false;
}

static bool begins(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

/**
 * struct place - where in the manual the reader is
 * @objects: in the section of objects
 * @settings: in that of a service's settings
 * @object: in an item of the object
 */
struct place {
	bool objects, settings, object;
};

static void place_set(struct place *at, const char *line, const char *object)
{
	if (begins(line, ".Sh ")) {
		at->objects = begins(line, ".Sh OBJECTS\n");
		at->settings = begins(line, ".Sh SETTINGS OF A SERVICE\n");
		at->object = false;
	}
	if (begins(line, ".It ") && at->objects)
		at->object = line_has(line, object);
	if (at->settings)
		at->object = !strcmp(object, "service");
}

/* NULL is for the whole manual. */
static bool manual_has(const char *object, const char *word)
{
	struct place at = {};
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (object)
			place_set(&at, line, object);
		if (*line == '.' && (at.object || !object) &&
		    line_has(line, word))
			return true;
	}
	return false;
}

static void choices_check(const struct arg *arg)
{
	char choices[256], *one, *rest = choices;

	snprintf(choices, sizeof(choices), "%s", arg->choices);
	while ((one = strsep(&rest, " ")))
		ck_assert_msg(manual_has(NULL, one), "%s %s", arg->name, one);
}

static void command_check(const struct command *command)
{
	const struct arg *arg;

	ck_assert_msg(!command->verb ||
		      manual_has(command->object, command->verb), "%s %s",
		      command->object, command->verb);
	for (arg = command->args; arg->name; arg++) {
		if (arg->flags & ARG_POSITIONAL)
			continue;
		ck_assert_msg(manual_has(command->object, arg->name),
			      "%s %s: %s", command->object,
			      command->verb ? command->verb : "", arg->name);
		if (arg->choices && strcmp(arg->choices, "off on") != 0)
			choices_check(arg);
	}
}

START_TEST(each_word_is_in_the_manual)
{
	const struct command *const *table, *command;
	unsigned int n = 0, i;

	text = source_read("Documentation/man/nfhactl.8");
	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++)
		ck_assert_msg(manual_has("service", nfha_timeout_name(i)), "%s",
			      nfha_timeout_name(i));
	for (table = all_commands; *table; table++)
		for (command = *table; command->object; command++, n++)
			command_check(command);
	ck_assert_uint_gt(n, 25);
	free(text);
}

START_TEST(what_is_not_there_is_not_found)
{
	text = source_read("Documentation/man/nfhactl.8");
	ck_assert(manual_has("flow", "to-netns"));
	ck_assert(!manual_has("range", "to-netns"));
	ck_assert(manual_has(NULL, "to-netns"));
	ck_assert(!manual_has(NULL, "netns"));
	/* A word of the text, not one to type. */
	ck_assert(strstr(text, "\nwith IPv6\n"));
	ck_assert(!manual_has(NULL, "IPv6"));
	free(text);
}

/* What is typed ends at a comment, a way to run it, or the end of what is quoted. */
static int command_parse(char *line)
{
	char words[TYPED_MAX] = "", *word, *rest;
	size_t n;

	line[strcspn(line, "#&`\n")] = 0;
	for (word = strtok_r(line, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		if (!strcmp(word, "-j"))
			continue;
		/* Where, and not what. */
		if (!strcmp(word, "-n") || !strcmp(word, "-s")) {
			strtok_r(NULL, " ", &rest);
			continue;
		}
		n = strlen(words);
		snprintf(words + n, sizeof(words) - n, "%s%s", n ? " " : "",
			 word);
	}
	return typed(words, NULL);
}

/* How many there are. */
static unsigned int commands_check(const char *file)
{
	static const char name[] = "nfhactl ";
	char line[250], *at;
	unsigned int n = 0;

	text = source_read(file);
	for (at = text; (at = strstr(at, name)); at++) {
		bool quoted = at > text && at[-1] == '`';

		/* In a sentence it is no command. */
		if (!quoted && at > text && at[-1] != '\n' &&
		    !(at > text + 3 && !strncmp(at - 4, "    ", 4)) &&
		    !(at > text + 3 && !strncmp(at - 4, "#   ", 4)))
			continue;
		snprintf(line, sizeof(line), "%s", at + strlen(name));
		ck_assert_msg(!command_parse(line), "%s: %.60s: %s", file, at,
			      said);
		n++;
	}
	free(text);
	return n;
}

START_TEST(what_the_documents_type_is_understood)
{
	ck_assert_uint_ge(commands_check("README.md"), 15);
	ck_assert_uint_ge(commands_check("Documentation/operations.md"), 60);
	ck_assert_uint_ge(commands_check("Documentation/man/nfhactl.8"), 10);
	ck_assert_uint_ge(commands_check("Documentation/examples/nfhad.yaml"), 1);
}

UNIT_MAIN("manual", each_word_is_in_the_manual,
	  what_is_not_there_is_not_found, what_the_documents_type_is_understood)
