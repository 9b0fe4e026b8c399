// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of commands and arguments are the only description of the language:
 * parser, help and completion all read them.
 */

#include <string.h>

#include "nfhactl.h"

#define CHOICES_MAX 256

const struct command *const all_commands[] = {
	service_commands, instance_commands, range_commands, split_commands,
	flow_commands, transfer_commands, stats_commands, monitor_commands,
	top_commands, epoch_commands, save_commands, daemon_commands, NULL
};

int bad_value(const struct request *r, const struct arg *arg, const char *word,
	      const char *expected)
{
	char text[QUOTED_MAX];

	if ((arg->flags & ARG_SECRET) && *word)
		word = "...";
	fprintf(stderr, "nfhactl: %s: %s: \"%s\" is not valid, expected %s\n",
		r->command, arg->name, quoted(word, text, sizeof(text)),
		expected ? expected : arg->value);
	return EXIT_USAGE;
}

/* Choices are separated by one blank. The words are in @text afterwards. */
static void choices_split(const char *choices, struct words *words, char *text,
			  size_t size)
{
	char *one;

	snprintf(text, size, "%s", choices);
	while ((one = strsep(&text, " ")))
		words_add(words, one);
}

int choice_index(const char *choices, const char *word)
{
	struct words words = {};
	char text[CHOICES_MAX];

	choices_split(choices, &words, text, sizeof(text));
	return words_find(&words, word);
}

int bad_word(const struct request *r, const struct arg *arg, const char *word,
	     const struct words *known)
{
	char where[QUOTED_MAX];

	snprintf(where, sizeof(where), "%s: %s", r->command, arg->name);
	words_refuse(known, where, word, "valid");
	return EXIT_USAGE;
}

static bool is_seen(const struct command *command, const struct arg *arg,
		    uint64_t seen)
{
	return seen & NFHA_BIT(arg - command->args);
}

bool is_required(const struct command *command, const struct arg *arg)
{
	return (arg->flags & ARG_REQUIRED) ||
	       ((arg->flags & ARG_FOR_ADD) && !strcmp(command->verb, "add"));
}

static void keywords(const struct command *command, struct words *words)
{
	const struct arg *arg;

	for (arg = command->args; arg->name; arg++)
		if (!(arg->flags & ARG_POSITIONAL))
			words_add(words, arg->name);
}

static const struct arg *keyword_find(const struct command *command,
				      const char *word)
{
	struct words words = {};
	const struct arg *arg;
	int i;

	keywords(command, &words);
	i = words_find(&words, word);
	if (i < 0)
		return NULL;
	arg = command->args;
	while (strcmp(arg->name, words.word[i]) != 0)
		arg++;
	return arg;
}

/* An object that is named, and nothing of it, is not set. */
static int settings_missing(const struct command *command,
			    const struct request *r, uint64_t seen)
{
	struct words known = {};
	const struct arg *arg;
	unsigned int i;

	if (!command->verb || strcmp(command->verb, "set") != 0)
		return 0;
	for (arg = command->args; arg->name; arg++) {
		if (is_required(command, arg))
			continue;
		if (is_seen(command, arg, seen))
			return 0;
		words_add(&known, arg->name);
	}
	fprintf(stderr, "nfhactl: %s: nothing is set, expected", r->command);
	for (i = 0; i < known.n; i++)
		fprintf(stderr, " %s", known.word[i]);
	fputs("\n", stderr);
	return EXIT_USAGE;
}

int service_missing(const struct request *r)
{
	if (!r->instance.name[0] || r->service.name[0])
		return 0;
	fprintf(stderr, "nfhactl: %s: service is missing, expected SERVICE\n",
		r->command);
	return EXIT_USAGE;
}

static int args_missing(const struct command *command, const struct request *r,
			uint64_t seen)
{
	const struct arg *arg;

	for (arg = command->args; arg->name; arg++) {
		if (!is_required(command, arg) || is_seen(command, arg, seen))
			continue;
		fprintf(stderr, "nfhactl: %s: %s is missing, expected %s\n",
			r->command, arg->name, arg->value);
		return EXIT_USAGE;
	}
	return settings_missing(command, r, seen);
}

static const struct arg *positional_next(const struct command *command,
					 uint64_t seen)
{
	const struct arg *arg;

	for (arg = command->args; arg->name; arg++)
		if ((arg->flags & ARG_POSITIONAL) &&
		    (!is_seen(command, arg, seen) || (arg->flags & ARG_MANY)))
			return arg;
	return NULL;
}

/* A positional argument that is needed comes before any keyword, so that it may
 * be called like one.
 */
const struct arg *arg_find(const struct command *command, const char *word,
			   uint64_t seen)
{
	const struct arg *arg = positional_next(command, seen);
	const struct arg *keyword;

	if (arg && (arg->flags & ARG_REQUIRED) && !is_seen(command, arg, seen))
		return arg;
	keyword = keyword_find(command, word);
	return keyword ? keyword : arg;
}

int value_take(const struct arg *arg, const char *word, struct request *r)
{
	struct words words = {};
	char text[CHOICES_MAX];

	if (arg->choices)
		choices_split(arg->choices, &words, text, sizeof(text));
	if (arg->choices && words_find(&words, word) < 0)
		return bad_word(r, arg, word, &words);
	return arg->take(r, arg, word);
}

static void about_add(struct request *r, const char *word)
{
	size_t n = strlen(r->about);

	if (n + sizeof(" ...") > sizeof(r->about))
		return;
	r->about[n++] = ' ';
	quoted(word, r->about + n, sizeof(r->about) - n);
}

/* What the command is about, for what the kernel says without a name. */
static void argument_add(struct request *r, const struct arg *arg,
			 const char *word)
{
	if (!(arg->flags & ARG_POSITIONAL))
		about_add(r, arg->name);
	if (!(arg->flags & ARG_FLAG))
		about_add(r, arg->flags & ARG_SECRET ? "..." : word);
}

/* Takes an argument, and leaves *words at its last word. */
static int arg_take(const struct arg *arg, char ***words, struct request *r)
{
	if (!(arg->flags & (ARG_POSITIONAL | ARG_FLAG)) && !*++*words) {
		fprintf(stderr, "nfhactl: %s: %s needs a value, expected %s\n",
			r->command, arg->name, arg->value);
		return EXIT_USAGE;
	}
	argument_add(r, arg, **words);
	return value_take(arg, **words, r);
}

int args_parse(const struct command *command, char **words, struct request *r)
{
	uint64_t seen = 0;

	for (; *words; words++) {
		const struct arg *arg = arg_find(command, *words, seen);
		struct words known = {};
		int ret;

		if (!arg) {
			keywords(command, &known);
			words_refuse(&known, r->command, *words, "an argument");
			return EXIT_USAGE;
		}
		if (is_seen(command, arg, seen) && !(arg->flags & ARG_MANY)) {
			fprintf(stderr, "nfhactl: %s: %s is given twice\n",
				r->command, arg->name);
			return EXIT_USAGE;
		}
		ret = arg_take(arg, &words, r);
		if (ret)
			return ret;
		seen |= NFHA_BIT(arg - command->args);
	}
	return args_missing(command, r, seen);
}

void objects_of(const struct command *const *tables, struct words *words)
{
	const struct command *command;

	for (; *tables; tables++)
		for (command = *tables; command->object; command++)
			words_add(words, command->object);
}

void verbs_of(const struct command *const *tables, const char *object,
	      struct words *words)
{
	const struct command *command;

	for (; *tables; tables++)
		for (command = *tables; command->object; command++)
			if (!strcmp(command->object, object) && command->verb)
				words_add(words, command->verb);
}

static const struct command *command_of(const struct command *const *tables,
					const char *object, const char *verb)
{
	const struct command *command;

	for (; *tables; tables++)
		for (command = *tables; command->object; command++)
			if (!strcmp(command->object, object) &&
			    (!verb || !strcmp(command->verb, verb)))
				return command;
	return NULL;
}

const char *object_find(const struct command *const *tables, const char *word)
{
	struct words words = {};
	int i;

	objects_of(tables, &words);
	i = words_find(&words, word);
	return i < 0 ? NULL : words.word[i];
}

/* Commands without a verb take no word. As with ip, an object alone is shown. */
const struct command *verb_find(const struct command *const *tables,
				const char *object, char ***words)
{
	struct words verbs = {};
	int i;

	verbs_of(tables, object, &verbs);
	if (!verbs.n)
		return command_of(tables, object, NULL);
	i = words_find(&verbs, **words ? **words : "show");
	if (i < 0)
		return NULL;
	if (**words)
		++*words;
	return command_of(tables, object, verbs.word[i]);
}

/* Advances *words past what names the command. */
const struct command *command_find(const struct command *const *tables,
				   char ***words, struct request *r)
{
	const char *object = object_find(tables, **words);
	const struct command *command;
	struct words known = {};
	static char name[64];

	if (!object) {
		objects_of(tables, &known);
		words_refuse(&known, "", **words, "an object");
		return NULL;
	}
	++*words;
	command = verb_find(tables, object, words);
	if (!command) {
		verbs_of(tables, object, &known);
		words_refuse(&known, object, **words ? **words : "",
			     "a command");
		return NULL;
	}
	snprintf(name, sizeof(name), "%s%s%s", object,
		 command->verb ? " " : "", command->verb ? command->verb : "");
	r->command = name;
	return command;
}
