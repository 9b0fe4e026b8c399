// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nfhactl.h"

static void usage(FILE *to)
{
	fputs("Usage: nfhactl [-j] [-p] [-n NETNS] [-s PATH] COMMAND\n"
	      "  -j  JSON   -p  indented   -n  in this network namespace\n"
	      "  -s, --socket  nfhad's, if not /run/nfhad.socket\n"
	      "  -V  version   -h  help\n"
	      "Words may be abbreviated. Commands:\n", to);
	help_print(all_commands, NULL, to);
}

/* The word after an option; NULL after a message. */
static const char *option_value(char ***word, const char *expected)
{
	const char *option = **word;

	if ((*word)[1] && *(*word)[1])
		return *++*word;
	fprintf(stderr, "nfhactl: %s needs a value, expected %s\n", option,
		expected);
	return NULL;
}

/* Returns the number of words taken, or -1 after a message. */
static int options_parse(char **words, struct request *r)
{
	char text[QUOTED_MAX];
	char **word;

	for (word = words; *word && **word == '-'; word++) {
		if (!strcmp(*word, "-j")) {
			r->json = true;
		} else if (!strcmp(*word, "-p")) {
			r->pretty = true;
		} else if (!strcmp(*word, "-n")) {
			r->netns = option_value(&word, "NETNS");
			if (!r->netns)
				return -1;
		} else if (!strcmp(*word, "-s") || !strcmp(*word, "--socket")) {
			r->socket = option_value(&word, "PATH");
			if (!r->socket)
				return -1;
		} else if (!strcmp(*word, "-V") || !strcmp(*word, "--version")) {
			puts("nfhactl " NFHA_VERSION);
			exit(0);
		} else if (!strcmp(*word, "-h") || !strcmp(*word, "--help")) {
			usage(stdout);
			exit(0);
		} else {
			fprintf(stderr,
				"nfhactl: \"%s\" is not an option, expected -j, -p, -n NETNS, -s PATH, -V or -h\n",
				quoted(*word, text, sizeof(text)));
			return -1;
		}
	}
	return word - words;
}

static int open_refused(const struct request *r, int error)
{
	const char *what = strerror(-error);
	char text[QUOTED_MAX] = "";

	if (error == -ENOPROTOOPT)
		what = "the kernel does not have nfha; load the module: modprobe nfha";
	else if (error == -ENOENT)
		what = "no such network namespace";
	if (r->netns)
		quoted(r->netns, text, sizeof(text));
	fprintf(stderr, "nfhactl: %s%s%s\n", text, *text ? ": " : "", what);
	return EXIT_REFUSED;
}

/* "help", "help OBJECT", "OBJECT help" and "OBJECT COMMAND help" ask for help. */
static bool help_wanted(char **words)
{
	const char *object;

	if (!strcmp(*words, "help")) {
		object = words[1] ? object_find(all_commands, words[1]) : NULL;
		if (words[1] && !object)
			return false;
		if (object)
			help_print(all_commands, object, stdout);
		else
			usage(stdout);
		return true;
	}
	object = object_find(all_commands, *words);
	if (!object || !words[1] ||
	    (strcmp(words[1], "help") != 0 &&
	     (!words[2] || strcmp(words[2], "help") != 0)))
		return false;
	help_print(all_commands, object, stdout);
	return true;
}

static int command_run(const struct command *command, struct request *r)
{
	struct nfha *h = NULL;
	int ret = is_of_daemon(command) ? 0 : nfha_open(&h, r->netns);

	if (ret)
		return open_refused(r, ret);
	ret = command->run(h, r);
	nfha_close(h);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "nfhactl: standard output: %s\n",
			strerror(errno));
		return EXIT_REFUSED;
	}
	return ret;
}

int main(int argc, char **argv)
{
	static struct request r;
	const struct command *command;
	char **words = argv + 1;
	int ret;

	if (argc > 1 && !strcmp(argv[1], "--complete")) {
		complete(all_commands, argv + 2);
		return 0;
	}
	ret = options_parse(words, &r);
	if (ret < 0)
		return EXIT_USAGE;
	words += ret;
	if (!*words) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (help_wanted(words))
		return 0;
	/* Of what there is no help about it is said what there is. */
	if (!strcmp(*words, "help"))
		words++;
	command = command_find(all_commands, &words, &r);
	if (!command)
		return EXIT_USAGE;
	ret = args_parse(command, words, &r);
	return ret ? ret : command_run(command, &r);
}
